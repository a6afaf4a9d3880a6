"""The codes that a sentence adds: group by group, each under the conditions of its clause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kg.codes import One, Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, walk
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, spots
from kg.guidance.parts.conditions import (
    at_event,
    before_subject,
    clause_of,
    condition_of,
    event_of,
    is_for_another,
    is_no_offer,
    led_by,
    shown_of,
    then_of,
    without_note,
)
from kg.guidance.parts.either import case_of_both, is_pool, or_both, with_both
from kg.guidance.parts.groups import groups
from kg.guidance.parts.items import OF_CASE_TOO, expression_of, is_enumerated
from kg.guidance.parts.joints import CASED, FILLER, OTHERWISE
from kg.guidance.parts.purposes import tells_purpose
from kg.guidance.parts.titled import end_of_title
from kg.guidance.sentences.clauses import (
    apart_of,
    bounds_of,
    case_of_last,
    comes_next,
    disease_of,
    is_joined_last,
    named_before,
    runs_of,
    subjects_of,
    trails,
)
from kg.guidance.sentences.effects import Effect, Meaning, contrasted, exclusive, names, of_residual, one_in_case
from kg.guidance.sentences.frames import is_empty
from kg.guidance.sentences.nameless import asked_behind, asked_first, with_unnamed
from kg.guidance.sentences.nested import in_opening, joins_case, of_one_of, or_else, parted_behind, under_first, within
from kg.guidance.sentences.previous import case_before

OF_CATEGORY = "codes of one category: read as a choice of one"


def additions(
    stretch: Stretch,
    side: Side,
    found: list[Spot],
    new: set[int],
    mentions: tuple[Selector, ...],
    source: Source,
    previous: Stretch | None,
    known: Sequence[Selector] = (),
) -> Meaning:
    """The codes that a sentence adds, group by group, each under the conditions of its clause."""
    text, phrases, scheme = stretch.text, source.phrases, side.scheme
    effects: list[Effect] = []
    made = groups(stretch, found, scheme, source, new)
    fresh = [g for g in made if any(s.start in new for s in g[0])]
    pooled = phrases.find("pool", _TO_EITHER.sub("", text)) is not None
    whole = condition_of(stretch, source)
    earlier = then_of(stretch, previous, source)
    if earlier is not None and (whole is None or is_empty(whole.text, source)):
        whole = earlier
    if whole is None and fresh:
        whole = clause_of(stretch, fresh[0][0][0].start, source)
    at_times = case_before(stretch, previous, side, source) if whole is None and fresh else None
    subjects = subjects_of(stretch, [group[0] for group in fresh], source) if side is Side.DIAGNOSIS else []
    start, carried, shared = 0, False, False
    led = whole is not None and bool(fresh) and whole.span()[1] <= stretch.span(fresh[0][0][0].start)[0]
    if led and whole is not None and len(fresh) > 1 and (at := parted_behind(stretch, whole, found)):
        inside = [replace(spot, start=spot.start - at, end=spot.end - at) for spot in found]
        apart, behind = replace(source, warnings=[], review=False), stretch.part(at, len(text))
        inner = additions(behind, side, inside, {n - at for n in new}, mentions, apart, None, known)
        if not apart.review and (parted := in_opening(inner, whole, stretch, source)) is not None:
            return parted
    several, both = phrases.find("codes.several", text), phrases.find("codes.both", text)
    told = led or (several is not None and bool(fresh) and several.end() <= fresh[0][0][0].start)
    told = told and all(_is_beside(stretch, a[0][-1], b[0][0], source) for a, b in pairwise(fresh))
    bounds = bounds_of(stretch, [group[0] for group in fresh], source)
    for i, group in enumerate(fresh):
        end = fresh[i + 1][0][0].start if i + 1 < len(fresh) else len(text)
        node = expression_of(stretch, group, scheme, source, end)
        if node is None:
            continue
        before = text[: group[0][0].start]
        if i == 0 and (first := _or_without_name(stretch, group[0][0].start, source)) is not None:
            case = condition_of(stretch.part(group[0][-1].end, bounds[i + 1]), source)
            if (cased := CASED.search(before)) is not None:
                case = stretch.part(*cased.span("case"))
            other = When(source.condition(case), node, source.cite(case)) if case is not None else node
            made_of = OneOf((first, other), citation=source.cite(stretch))
            beside = _beside(text, group[0], found, mentions, side, source)
            effects.append(Effect("add", side, stretch, made_of, beside, case, case is None))
            start = group[0][-1].end
            continue
        listed = before.rstrip().endswith(":") and phrases.find("lead.one", before) is not None
        if isinstance(node, AllOf) and (pooled or listed or is_pool(text, group[0], node, source)):
            node = OneOf(node.parts, citation=node.citation)
        elif isinstance(node, AllOf) and side is Side.DIAGNOSIS and _is_one_category(node, text, source):
            source.warn("KG-W0202", OF_CATEGORY, stretch)
            node = OneOf(node.parts, citation=node.citation)
        elif isinstance(node, AllOf) and is_enumerated(stretch, group[0], side.scheme):
            source.warn("KG-W0202", "not said whether one of these diagnoses is recorded or all", stretch)
        either = or_both(text, end_of_title(stretch, group[0][-1], end, source))
        if either is not None and (pair := with_both(node, case_of_both(stretch, either), source)) is not None:
            node = pair
        clause = stretch.part(start, end)
        behind = stretch.part(group[0][0].start, bounds[i + 1])
        titled = end_of_title(stretch, group[0][-1], end, source)
        near = clause if len(fresh) == 1 else stretch.part(bounds[i], bounds[i + 1])
        start = group[0][-1].end
        own = condition_of(near, source) or (whole if len(fresh) == 1 else None)
        if own is None and whole is earlier is not None:
            own = earlier
        if own is None and i == 0:
            own = event_of(stretch, group[0][0].start, source)
            own = None if own is not None and is_empty(own.text, source) else own  # "Use of A is mandatory"
            own = own or (shown_of(behind) if _ALWAYS_SHOWN.search(text) is None else None)
        if own is None and is_for_another((clause if len(fresh) == 1 else near).text, source):
            own = stretch.part(0, fresh[0][0][0].start) if told else (before_subject(clause) or clause)
        if own is None and i == 0 and not phrases.find("may", near.text):
            own = event_of(stretch, group[0][0].start, source, things=True)
            own = None if own is not None and is_empty(own.text, source) else own
        if own is None and subjects:
            own = subjects[i]
        if own is None and side is Side.DIAGNOSIS and len(fresh) == 1 and (not known or disease_of(previous, source)):
            own = disease_of(stretch, source)
        if own is None and len(fresh) > 1:
            own = named_before(stretch, group[0][0].start, fresh[i - 1][0] if i else None, source)
        if own is None and len(fresh) > 1 and (one := _ONE_OF_SEVERAL.search(near.text[: _to_code(near)])) is not None:
            own = near.part(one.start(), one.end())
        if own is None and len(fresh) > 1:
            own = apart_of(behind, titled - group[0][0].start, source)
            own = None if own is not None and (told or both) and _PART.match(own.text) else own
            own = None if own is not None and tells_purpose(own, node, source) else own
        if own is None and len(fresh) == 1 and (any(map(source.leads, known)) or not source.leads(names(node)[0])):
            own = at_event(behind)
        if own is None and phrases.find("may", near.text) and not is_no_offer(near.text):
            case = apart_of(behind, titled - group[0][0].start, source)
            own = case if case is not None and _FOR_ONE.match(case.text) else led_by(stretch)
        if own is None and whole is not None and (led or stretch.span()[0] == whole.span()[0]):
            own = whole  # a condition that opens the sentence holds for all its codes
        if own is None and carried:  # one of several operations, each with its code, or one with several
            of_last = effects[-1].condition if effects else None
            led_to = _led_to(stretch, fresh[i - 1][0], group[0], source)
            if led_to is None or (of_last is not None and of_last.span()[1] > led_to.span()[0]):
                led_to = clause
            own = of_last if told and effects else led_to
            if _OF_ALL.match(re.split(r"[;,]\s*", text[: group[0][0].start])[-1]):
                own = None  # "follow either with"
            elif own is led_to and comes_next(stretch, fresh[i - 1][0][-1], group[0][0], source):
                source.warn("KG-W0202", OF_CASE_TOO, stretch, group[0][0].start)
                own = None
        if own is None and at_times is not None and not phrases.find("may", near.text):
            own = at_times[0]
            if not at_times[1]:
                source.warn("KG-W0202", "not said whether this code is for the case of the sentence before", stretch)
        if own is not None and phrases.opens("head.no", own.text) and is_empty(own.text, source):
            own = None  # "each with"
        if own is not None and i and effects and joins_case(text[fresh[i - 1][0][-1].end : group[0][0].start]):
            before_it, same = effects[-1].condition, tells_purpose(own, node, source, added=True)
            own, shared = (before_it, True) if before_it is not None and same else (own, shared)
        if own is not None and (tells_purpose(own, node, source) or of_residual(stretch, own)):
            own = None
        if isinstance(node, OneOf) and (last := case_of_last(stretch, group[0], end, side, source)) is not None:
            branch = When(source.condition(last), node.branches[-1], source.cite(last))
            node = replace(node, branches=(*node.branches[:-1], branch))
            own = None if own is not None and own.span() == last.span() else own
        if isinstance(node, AllOf) and (
            told := of_one_of(stretch.part(group[0][-1].end, end), len(node.parts), source)
        ):
            at, own = told[0], None
            case = When(source.condition(told[1]), node.parts[at], source.cite(told[1]))
            node = replace(node, parts=(*node.parts[:at], case, *node.parts[at + 1 :]))
        if own is not None and isinstance(node, AllOf) and trails(stretch, group[0][-1], end, own, source):
            if not is_joined_last(stretch, group[0], end, own, source) or len(names(node.parts[-1])) > 1:
                source.warn("KG-W0202", "not said whether this condition is for the last code or for all", own)
            else:
                case = When(source.condition(without_note(own)), node.parts[-1], source.cite(own))
                node, own = replace(node, parts=(*node.parts[:-1], case)), None
        if own is not None and either is not None and own.span()[0] >= stretch.span(either.start())[0]:
            own = None  # it is the case of both
        if own is not None and any(
            isinstance(n, When) and n.citation is not None and n.condition.words == own.text for n in walk(node)
        ):
            own = None  # it is the case of one of the codes
        carried = carried or own is not None
        alone = own is None
        if own is not None:
            optional = phrases.opens("optional", own.text)
            if optional and optional.end() >= len(own.text):
                node = Optional(node, source.cite(own))
            else:
                node = When(source.condition(without_note(own)), node, source.cite(stretch))
        elif (phrases.find("may", near.text) is not None and not is_no_offer(near.text)) or (
            isinstance(node, Pick) and isinstance(node.selector, One) and phrases.find("at-will", near.text)
        ):
            node = Optional(node, source.cite(stretch))
            alone = False
        effects.append(
            Effect("add", side, stretch, node, _beside(text, group[0], found, mentions, side, source), own, alone)
        )
    if len(effects) == len(fresh) > 1:
        effects = under_first(effects, [group[0][0].start for group in fresh], stretch, side, source)
    between = [text[a[0][-1].end : b[0][0].start] for a, b in pairwise(fresh)]
    of_one = (told or led or shared) and not phrases.find("otherwise", text) and not phrases.find("may", text)
    if of_one and len(effects) == len(fresh) > 1 and not any(re.search(r"\bor\b|;", gap) for gap in between):
        effects = _in_one_case(effects, stretch, source)
    first_leads = [side is Side.PROCEDURE and source.leads(x) for e in effects for x in names(e.expression)[:1]]
    if len(effects) == len(fresh) == len(first_leads) and (chosen := runs_of(between, first_leads)):
        added = any(map(source.leads, known))
        effects = [x for a, b in chosen for x in _either(effects[a:b], stretch, source, added=added)]
        between = [between[end - 1] for _, end in chosen[:-1]]
    if len(effects) > 1 and not any(e.condition is not None for e in effects):
        if any(re.search(r"[,;)]\s*(?:or|either)\b", gap, re.IGNORECASE) for gap in between):
            source.warn("KG-W0202", "not said how the codes of this sentence go together: all are read", stretch)
        effects = effects if both is not None else contrasted(effects, stretch, source)
        if len(effects) > 1 and pooled:
            options = tuple(e.expression for e in effects if e.expression is not None)
            effects = [replace(effects[0], expression=OneOf(options, citation=source.cite(stretch)))]
        heads = [x for e in effects if not isinstance(e.expression, Optional) for x in names(e.expression)[:1]]
        alike = len({str(x)[:3] for x in heads}) < len(heads)
        rivals = (side is Side.DIAGNOSIS and len(heads) > 1) or sum(map(source.leads, heads)) > 1 or alike
        main = side is Side.PROCEDURE and sum(map(source.leads, heads)) > 1
        gaps = [re.sub(r"\band\b", " ", gap) for gap in between] if main else between
        if len(effects) > 1 and rivals and not all(phrases.find("together", gap) for gap in gaps):
            source.warn("KG-W0202", "not said how the codes of this sentence go together: all are read", stretch)
    elif (
        len(effects) == len("AB") == len(fresh)
        and (nested := within(effects, text[fresh[0][0][-1].end : fresh[1][0][0].start], source)) != effects
    ):
        effects = nested
    elif len(effects) > 1 and both is None and not phrases.find("otherwise", text):
        effects = exclusive(effects, side, stretch, source, fresh[0][0][-1].end, known)
    if len(effects) == len(fresh) > 1:
        rest = phrases.find("otherwise", text[fresh[-2][0][-1].end : fresh[-1][0][0].start])
        if rest or _ELSE.search(text, fresh[-1][0][-1].end):
            effects = or_else(effects, stretch, fresh[-2][0][-1].end, source)
    if len(effects) == len("AB") and side is Side.DIAGNOSIS and not _TOO.search(text[fresh[0][0][-1].end :]):
        effects = one_in_case(effects, stretch, source)
    if effects and fresh and (side is Side.PROCEDURE or not known):
        asked = asked_first(stretch, fresh[0][0][0].start, side, source)
        effects = [Effect("add", side, stretch, asked), *effects] if asked is not None else effects
    if effects and (more := asked_behind(stretch, found[-1], source)) is not None:
        effects = with_unnamed(effects, Effect("add", side, stretch, more, (), None, isinstance(more, Unnamed)))
    return Meaning(tuple(effects)) if effects else Meaning((), "unclear")


_ELSE = re.compile(r"\b(?:(?<!unless )otherwise|in (?:all )?other cases|in any other case)\W*$", re.IGNORECASE)
# What is said of either code above, which asks for no choice here ("To either of these A and B are added").
_TO_EITHER = re.compile(
    r"^(?:(?:please )?notes?\s*:\s*)?(?:with|to|for|in|on|after|behind|beside|alongside) either of"
    r" (?:the two|them|these)\b",
    re.IGNORECASE,
)
# What follows each time ("Either code is followed by B to show that a probe was used").
_ALWAYS_SHOWN = re.compile(
    r"\b(?:followed|accompanied|supplemented) by\b(?:[^.;]|\.(?=\d))* to (?:show|indicate) that\b", re.IGNORECASE
)
_TOO = re.compile(r"\b(?:also|too|as well|in addition|additionally|together)\b", re.IGNORECASE)
# What a code of several shows ("for the new lens"), which is no case of its own; what joins it to the next.
_OF_ALL = re.compile(
    r"(?:(?:follow|supplement|accompany|complete|join|add to|behind|after|with|for)\s+)?(?:either|both|each|all|any)\b"
    r"(?:\s+of\s+\w+)?(?:\s+(?:is|are)\s+\w+)?\s*(?:with|by|add|comes?|goes|follows?)?",
    re.IGNORECASE,
)
# Which of several it is ("for the first of them A and for the others B").
_ONE_OF_SEVERAL = re.compile(
    r"\b(?:for|at|in|on|during) (?:the|each|every|any|all|its)"
    r" (?:first|initial|second|third|others?|later|next|last|final"
    r"|rest|remaining|subsequent)\b(?! (?:position|place|code|line|order|field))[^,;:]*$",
    re.IGNORECASE,
)


def _to_code(clause: Stretch) -> int:
    """Where the first code of a clause begins."""
    return min((spot.start for spot in spots(clause.text)), default=len(clause.text))


_PART = re.compile(r"for the\b", re.IGNORECASE)
_JOINED = re.compile(
    r"[\s,]*(?:(?:is|are) (?:also |then )?(?:recorded|assigned|added|used|coded)\b)?\s*"
    r"(?:for the [^,;.]*?|\([^()]*\))?[\s,]*(?:and|plus|with|together with|along with|followed by|&|\+)?[\s,]*"
    r"(?:for the [^,;.]*?,)?\s*(?:also|then|with|by|to|as)?\s*"
    rf"{FILLER}['\"(]?",
    re.IGNORECASE,
)


def _is_beside(stretch: Stretch, before: Spot, after: Spot, source: Source) -> bool:
    """Whether nothing but what a code shows and what joins it to the next stands between two codes of a sentence."""
    end = end_of_title(stretch, before, after.start, source)
    return _JOINED.fullmatch(stretch.text[end : after.start]) is not None


def _in_one_case(effects: list[Effect], stretch: Stretch, source: Source) -> list[Effect]:
    """The codes of a sentence together where all of them are for the same case."""
    cases = {e.condition.span() for e in effects if e.condition is not None}
    nodes = [e.expression.then for e in effects if isinstance(e.expression, When)]
    if len(cases) != 1 or len(nodes) != len(effects) or effects[0].condition is None:
        return effects
    parts = tuple(x for node in nodes for x in (node.parts if isinstance(node, AllOf) else (node,)))
    case = source.condition(without_note(effects[0].condition))
    made = When(case, AllOf(parts, citation=source.cite(stretch)), source.cite(stretch))
    return [replace(effects[0], expression=made)]


def _led_to(stretch: Stretch, before: list[Spot], group: list[Spot], source: Source) -> Stretch | None:
    """The words between two codes that lead to the second ("a secondary one to"), without the title of the first."""
    start = end_of_title(stretch, before[-1], group[0].start, source)
    joined = re.compile(r"(?:[\s,;]|(?:and|but|while|whereas)\b)+").match(stretch.text, start)
    words = stretch.part(joined.end() if joined else start, group[0].start)
    return words if len(words.text.split()) > 2 and not is_empty(words.text, source) else None


def _or_without_name(stretch: Stretch, end: int, source: Source) -> Unnamed | None:
    """What a sentence asks for without a name before its first code, which "or" offers ("it is coded too, or A if")."""
    words = without_note(stretch.part(0, end))
    cased = CASED.search(words.text)
    hit = cased if cased is not None and cased["word"].lower() == "or" else OTHERWISE.search(f"{words.text} ")
    if hit is None or not source.phrases.find("unnamed", words.text[: hit.start()]):
        return None
    words = words.part(0, len(words.text[: hit.start()].rstrip(" ,;:")))
    return Unnamed(words.text, source.cite(words))


# The trigger of a code that is recorded at will.
_FOR_ONE = re.compile(r"for (?:an?\s|any\s|[a-z-]+s\s)", re.IGNORECASE)


def _either(effects: Sequence[Effect], stretch: Stretch, source: Source, *, added: bool) -> Sequence[Effect]:
    """The choice that "or" makes of clauses ("A for a new graft or by B for an old one"), in a case that opens both.

    `added`: they go with a main code, so that a case which opens the sentence is that of all ("if X, A, or B if Y").
    """
    if len(effects) == 1:
        return effects
    if added and (nested := _under_first(effects, stretch, source)) is not None:
        return nested
    cases = [e.condition for e in effects]
    shared = cases[0] if cases[0] is not None and all(c == cases[0] for c in cases) else None
    own = [
        e.expression.then if shared is not None and isinstance(e.expression, When) else e.expression for e in effects
    ]
    made: Expression = OneOf(tuple(e for e in own if e is not None), citation=source.cite(stretch))
    if shared is not None:
        made = When(source.condition(without_note(shared)), made, source.cite(stretch))
    return [replace(effects[0], expression=made, condition=shared, plain=all(e.plain for e in effects))]


def _under_first(effects: Sequence[Effect], stretch: Stretch, source: Source) -> Sequence[Effect] | None:
    """The choice under the case that opens the sentence, where only later codes have one of their own behind them."""
    (first, *others), at = effects, stretch.span(min(spot.start for spot in spots(stretch.text)))[0]
    opens = first.condition is not None and first.condition.span()[1] <= at
    behind = all(e.condition is not None and e.condition.span()[0] > at for e in others)
    if not opens or not behind or not isinstance(first.expression, When):
        return None
    node, case = first.expression.then, first.expression.condition
    own = [node, *(e.expression for e in others if e.expression is not None)]
    made = When(case, OneOf(tuple(own), citation=source.cite(stretch)), source.cite(stretch))
    return [replace(first, expression=made, plain=False)]


def _is_one_category(node: AllOf, text: str, source: Source) -> bool:
    """Whether diagnoses joined by "and" are of one category, and the text does not ask for both."""
    single = all(isinstance(part, Pick) for part in node.parts) and len({str(x)[:3] for x in names(node)}) == 1
    return single and not source.phrases.find("lead.all", text)


def _beside(
    text: str, own: list[Spot], found: list[Spot], mentions: tuple[Selector, ...], side: Side, source: Source
) -> tuple[Selector, ...]:
    """The listed selectors that stand in the same part of a sentence, between semicolons, as the codes of a group."""
    start = text.rfind(";", 0, own[0].start) + 1
    end = text.find(";", own[-1].end)
    near = {
        source.selector(s, side.scheme, Stretch("", ()))
        for s in found
        if start <= s.start < (end if end >= 0 else len(text))
    }
    kept = tuple(m for m in mentions if m in near)
    return kept or mentions
