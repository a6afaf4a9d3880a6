"""What a sentence recommends: codes to add, under what condition, in place of which; or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kg.codes import One, Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, picks
from kg.expression.recommendation import Side
from kg.guidance.clauses import apart_of, are_denied, bounds_of, case_of_last, is_denied, is_landmark, trails
from kg.guidance.conditions import condition_of, event_of, is_for_another, is_no_offer, then_of, without_note
from kg.guidance.effects import (
    Effect,
    Meaning,
    as_alternative,
    contrasted,
    exclusive,
    is_unknown,
    names,
    only_qualifies,
)
from kg.guidance.frames import is_empty, report_strange
from kg.guidance.instead import alone_in_case, of_the_past, offered
from kg.guidance.items import Aside, expression_of, groups, is_enumerated
from kg.guidance.ledger import doubt_of, unread
from kg.guidance.mentions import REMARK, about_listed
from kg.guidance.named import is_listed, named_in
from kg.guidance.prose import Stretch
from kg.guidance.source import Source
from kg.guidance.spots import Spot, selector_of, spots

# A code that is offered without its name ("or a code for the access").
_NAMELESS = re.compile(
    r"\bor (?:the|a|another) code\b(?!s?\s+(?:from\s+)?(?:(?:category\s+)?[A-Z]\d\d|chapter\s+[A-Z]\b))", re.IGNORECASE
)
# A case in which something was not done: what is denied in it is recorded in the other.
_UNDONE = re.compile(r"(?<!must )(?<!should )(?<!may )(?<!can )(?<!do )\b(?:no|not|none|without)\b", re.IGNORECASE)
_EVENT = re.compile(r"\b(?:that|which|who)\s+(?:is|are|was|were)\s+\w+", re.IGNORECASE)


def read_sentence(
    stretch: Stretch,
    side: Side,
    known: Sequence[Selector],
    source: Source,
    before: Effect | None,
    previous: Stretch | None = None,
) -> Meaning:
    """What a sentence means, and a question where it says more than was read (kg.guidance.ledger).

    `known` are the selectors listed on its side, `before` is the effect of the sentence before it, `previous` that
    sentence.
    """
    made = _read(stretch, side, known, source, before, previous)
    own = [e.expression for e in made.effects if e.expression is not None]
    if own and made.status == "read":
        used = [e.condition for e in made.effects if e.condition is not None]
        if words := doubt_of(stretch, own, used, source, other=any(e.kind != "add" for e in made.effects)):
            source.warn("KG-W0211", f'more is said than was read: "{words}"', stretch)
        if any(e.kind != "specify" for e in made.effects):
            report_strange(stretch, own, used, side, source)
    if made.status == "remark" and (words := unread(stretch, source)):
        source.warn("KG-W0211", f'read as a remark, and it says "{words}"', stretch)
    return made


def _read(
    stretch: Stretch,
    side: Side,
    known: Sequence[Selector],
    source: Source,
    before: Effect | None,
    previous: Stretch | None = None,
) -> Meaning:
    text, phrases = stretch.text, source.phrases
    scheme = side.scheme
    named = named_in(stretch, scheme, source)
    if not named:
        return _without_codes(stretch, side, source, before)
    read: list[tuple[Spot, Selector]] = []
    for spot in named:
        selector = source.selector(spot, scheme, stretch)
        if selector is not None:
            read.append((spot, selector))
    new = [(s, x) for s, x in read if not is_listed(s, x, text, known, source)]
    mentions = tuple(x for s, x in read if is_listed(s, x, text, known, source))
    if new and are_denied(stretch, [spot for spot, _ in read], source):
        return Meaning((), "excluded")
    if phrases.find("instead", text):
        return offered(stretch, side, read, known, source, before)
    if new and _NAMELESS.search(text):
        return Meaning((), "unclear", "a code that is not named, as an alternative")
    if not new and (made := alone_in_case(stretch, mentions, before, source)) is not None:
        return made
    if not new:
        return about_listed(stretch, side, mentions, names(before.expression) if before else (), source, known)
    if (
        phrases.find("position", text)
        and any(source.leads(k) for k in known)
        and all(is_landmark(text, s) for s, _ in new)
    ):
        sure = all(text[: s.start].count("(") == text[: s.start].count(")") for s, _ in new)
        return Meaning((), "position", "a code named for its position", sure)
    if phrases.find("past", text):
        return of_the_past(stretch, side, [s for s, _ in read], len(new) == len(read), source)
    denied = [s for s, _ in new if is_denied(stretch, s, source)]
    case = condition_of(stretch, source) if denied else None
    if case is not None and _UNDONE.search(case.text):
        return Meaning((), "unclear", "a code that is denied in one case")
    if denied:
        return Meaning((), "excluded") if len(denied) == len(new) else Meaning((), "unclear", "what it denies")
    if phrases.find("boilerplate", text) and not phrases.find("add", text):
        return REMARK
    bare = re.sub(r"^(?:please\s+)?note\s*:\s*", "", text, flags=re.IGNORECASE)
    opened = re.match(
        r"['\"(]*(?:[A-Z]\d\d|(?:or|plus|and|with|alternatively|also|then|either|in addition|additionally|furthermore"
        r"|together with|followed by|icd|opcs|diagnosis|code)\b)",
        bare,
        re.I,
    )
    if not opened and not phrases.find("add", text) and not phrases.find("record", text):
        source.warn("KG-W0202", "no word that assigns the code: it is read as going with the others", stretch)
    told = _spelled_out(bare, before)
    spoken = previous is not None and not spots(previous.text) and phrases.find("usual", previous.text) is not None
    if spoken and not told and re.match(r"(?:these|they|those|such|both|it)\b(?!\s+codes?\b)", bare, re.IGNORECASE):
        source.warn("KG-W0202", "not said whether this code is for the cases of the sentence before", stretch)
    made = _adds(stretch, side, [s for s, _ in read], {s.start for s, _ in new}, mentions, source, previous)
    if told and before is not None and len(made.effects) == 1 and made.effects[0].expression is not None:
        node = made.effects[0].expression
        if isinstance(before.expression, When):
            node = When(before.expression.condition, node, source.cite(stretch))
        return Meaning((replace(before, expression=node, plain=made.effects[0].plain and before.plain),), "amended")
    if (
        before is not None
        and before.expression is not None
        and len(made.effects) == 1
        and phrases.opens("alternatively", bare)
    ):
        other = made.effects[0].expression
        if other is not None:
            choice = OneOf((before.expression, other), citation=source.cite(stretch))
            return Meaning((replace(before, expression=choice),), "amended")
    if len(made.effects) == 1 and (is_unknown(made.effects[0], source) or not phrases.find("also", bare)):
        made = as_alternative(made, stretch, side, known, source)
    if (
        known
        and any(e.plain for e in made.effects)
        and not phrases.find("also", text)
        and not only_qualifies(made, source)
        and any(source.leads(k) and not str(k).startswith("V55") for k in known)  # else it is the main code
    ):
        source.warn("KG-W0202", "not said whether this code always goes with the others: it is read so", stretch)
    return made


def _spelled_out(text: str, before: Effect | None) -> bool:
    """Whether a sentence names the codes that the one before it only asked for ("It comes from category Y53")."""
    asked = before is not None and before.kind == "add" and before.expression is not None
    opens = re.match(r"(?:it|this|that|they|these|those|the code|such a code)\b", text, re.IGNORECASE) is not None
    return opens and asked and before is not None and not picks(before.expression)


def _adds(
    stretch: Stretch,
    side: Side,
    found: list[Spot],
    new: set[int],
    mentions: tuple[Selector, ...],
    source: Source,
    previous: Stretch | None,
) -> Meaning:
    """The codes that a sentence adds, group by group, each under the conditions of its clause."""
    text, phrases, scheme = stretch.text, source.phrases, side.scheme
    effects: list[Effect] = []
    made = groups(stretch, found, scheme, source, new)
    fresh = [g for g in made if any(s.start in new for s in g[0])]
    pooled = phrases.find("pool", text) is not None
    whole = condition_of(stretch, source) or then_of(stretch, previous, source)
    start, carried = 0, False
    bounds = bounds_of(stretch, [group[0] for group in fresh], source)
    for i, group in enumerate(fresh):
        end = fresh[i + 1][0][0].start if i + 1 < len(fresh) else len(text)
        node = expression_of(stretch, group, scheme, source, end)
        if node is None:
            continue
        before = text[: group[0][0].start]
        listed = before.rstrip().endswith(":") and phrases.find("lead.one", before) is not None
        if isinstance(node, AllOf) and (pooled or listed or _is_pool(before, node, source)):
            node = OneOf(node.parts, citation=node.citation)
        elif isinstance(node, AllOf) and side is Side.DIAGNOSIS and _is_one_category(node, text, source):
            source.warn("KG-W0202", "codes of one category: read as a choice of one", stretch)
            node = OneOf(node.parts, citation=node.citation)
        elif isinstance(node, AllOf) and is_enumerated(stretch, group[0], side.scheme):
            source.warn("KG-W0202", "not said whether one of these diagnoses is recorded or all", stretch)
        clause = stretch.part(start, end)
        behind = stretch.part(group[0][0].start, bounds[i + 1])
        near = clause if len(fresh) == 1 else stretch.part(bounds[i], bounds[i + 1])
        start = group[0][-1].end
        own = condition_of(near, source) or (whole if len(fresh) == 1 else None)
        if own is None and i == 0:
            own = event_of(stretch, group[0][0].start, source)
        if own is None and is_for_another((clause if len(fresh) == 1 else near).text, source):
            own = clause
        if own is None and len(fresh) > 1:
            own = apart_of(behind, group[0][-1].end - group[0][0].start, source)
        if own is None and whole is not None and stretch.span()[0] == whole.span()[0]:
            own = whole  # a condition that opens the sentence holds for all its codes
        if own is None and carried:
            own = clause  # one of several operations, each with its code
        if own is not None and phrases.opens("head.no", own.text) and is_empty(own.text, source):
            own = None  # "each with"
        if isinstance(node, OneOf) and (last := case_of_last(stretch, group[0], end, side, source)) is not None:
            branch = When(source.condition(last), node.branches[-1], source.cite(last))
            node = replace(node, branches=(*node.branches[:-1], branch))
            own = None if own is not None and own.span() == last.span() else own
        if own is not None and isinstance(node, AllOf) and trails(stretch, group[0][-1], end, own, source):
            source.warn("KG-W0202", "not said whether this condition is for the last code or for all", own)
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
    between = [text[a[0][-1].end : b[0][0].start] for a, b in pairwise(fresh)]
    if len(effects) > 1 and not any(e.condition is not None for e in effects):
        if any(re.search(r"[,;)]\s*(?:or|either)\b", gap, re.IGNORECASE) for gap in between):
            source.warn("KG-W0202", "not said how the codes of this sentence go together: all are read", stretch)
        gaps = [text[a[0][-1].end : b[0][0].start] for a, b in pairwise(fresh)]
        effects = contrasted(effects, stretch, source)
        if len(effects) > 1 and pooled:
            options = tuple(e.expression for e in effects if e.expression is not None)
            effects = [replace(effects[0], expression=OneOf(options, citation=source.cite(stretch)))]
        heads = [x for e in effects for x in names(e.expression)[:1]]
        alike = len({str(x)[:3] for x in heads}) < len(heads)
        rivals = side is Side.DIAGNOSIS or sum(map(source.leads, heads)) > 1 or alike
        main = side is Side.PROCEDURE and sum(map(source.leads, heads)) > 1
        gaps = [re.sub(r"\band\b", " ", gap) for gap in gaps] if main else gaps
        if len(effects) > 1 and rivals and not all(phrases.find("together", gap) for gap in gaps):
            source.warn("KG-W0202", "not said how the codes of this sentence go together: all are read", stretch)
    elif len(effects) > 1 and not phrases.find("otherwise", text):
        effects = exclusive(effects, side, stretch, source)
    if len(effects) == 2 and phrases.find("otherwise", text[fresh[0][0][-1].end : fresh[1][0][0].start]):
        first, second = (effect.expression for effect in effects)
        if isinstance(first, When) and second is not None:
            rest = second.then if isinstance(second, When) else second
            clause = stretch.part(fresh[0][0][-1].end, len(text))
            other = When(source.condition(clause), rest, source.cite(clause))
            effects = [replace(effects[0], expression=OneOf((first, other), citation=source.cite(stretch)))]
    return Meaning(tuple(effects)) if effects else Meaning((), "unclear")


def _is_one_category(node: AllOf, text: str, source: Source) -> bool:
    """Whether diagnoses joined by "and" are of one category, and the text does not ask for both."""
    single = all(isinstance(part, Pick) for part in node.parts) and len({str(x)[:3] for x in names(node)}) == 1
    return single and not source.phrases.find("lead.all", text)


def _is_pool(before: str, node: Expression, source: Source) -> bool:
    """Whether the words before joined codes ask for one of them ("one of A, B and C")."""
    if len({isinstance(pick.selector, One) for pick in picks(node)}) > 1:
        return False  # "a code from V55.- and Y53.4"
    return any(hit.end() >= len(before.rstrip()) for hit in source.phrases.all("pool.before", before))


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


def _without_codes(stretch: Stretch, side: Side, source: Source, before: Effect | None) -> Meaning:
    """A sentence without codes: it may speak of the codes before it, call for codes without a name.

    Or recommend nothing.
    """
    text, phrases = stretch.text, source.phrases
    idle = phrases.find("boilerplate", text) is not None
    if before is not None and not idle and phrases.find("anaphor", text) and before.expression is not None:
        return _amended(stretch, source, before)
    if phrases.find("different", text):
        words = condition_of(stretch, source) or stretch
        own = source.cite(stretch)
        other = When(source.condition(without_note(words)), Unnamed(stretch.text, own), own)
        return Meaning((Effect("other", side, stretch, other),))
    labels = source.lexicon.stated_in(text)
    if len({facet for facet, _ in labels}) < len(labels) and phrases.find("lead.one", text):
        return Meaning((Effect("label", side, stretch),))
    if phrases.find("fallback", text) and phrases.find("remark", text):
        return REMARK
    if (idle or phrases.find("remark", text)) and not phrases.find("condition", text):
        return REMARK
    if phrases.find("unnamed", text) and not idle and not phrases.find("remark", text):
        words = condition_of(stretch, source)
        own = source.cite(stretch)
        body = without_note(stretch)
        node: Expression = Unnamed(body.text, own)
        if words is not None:
            node = When(source.condition(without_note(words)), node, own)
        elif phrases.find("may", text):
            node = Optional(node, own)
        elif _EVENT.search(text) and phrases.find("diagnosis", text) is None and side is Side.DIAGNOSIS:
            node = When(source.condition(body), node, own)
        return Meaning((Effect("add", side, stretch, node, (), words, words is None),))
    if phrases.find("prefer", text) and re.search(r"\b(?:first|former)\b", text, re.IGNORECASE):
        return Meaning((Effect("rank", side, stretch),))
    risk = phrases.find("risk", text)
    if risk:
        return Meaning((), "unclear", f'"{risk[0]}"')
    return REMARK


def _amended(stretch: Stretch, source: Source, before: Effect) -> Meaning:
    """The effect of the sentence before, with the condition and the choice that this sentence gives it."""
    node = before.expression
    if node is None:
        return REMARK
    words = condition_of(stretch, source)
    if words is not None and phrases_deny(stretch, words, source) and not isinstance(node, When | Optional):
        denied = When(source.condition(without_note(words)), node, source.cite(before.stretch))
        return Meaning((replace(before, expression=denied, plain=False, condition=words),), "amended")
    inner = node.then if isinstance(node, When) else node.content if isinstance(node, Optional) else node
    if isinstance(inner, AllOf) and source.phrases.find("pool", stretch.text):
        inner = OneOf(inner.parts, citation=inner.citation)
    if words is not None and not source.phrases.find("fallback", words.text):
        inner = When(source.condition(without_note(words)), inner, source.cite(before.stretch))
        return Meaning((replace(before, expression=inner, plain=False, condition=words),), "amended")
    if isinstance(node, When):
        inner = When(node.condition, inner, node.citation)
    elif isinstance(node, Optional):
        inner = Optional(inner, node.citation)
    return Meaning((replace(before, expression=inner),), "amended")


def phrases_deny(stretch: Stretch, words: Stretch, source: Source) -> bool:
    """Whether a sentence says, outside its condition, that a code is not recorded."""
    start, end = words.span()
    for hit in source.phrases.all("not", stretch.text):
        at, stop = stretch.span(hit.start(), hit.end())
        if not (start <= at and stop <= end):
            return True
    return False


def aside_effect(
    aside: Aside, side: Side, known: Sequence[Selector], source: Source, beside: Sequence[Selector] = ()
) -> Meaning:
    """What words in brackets behind a code mean, where they are a sentence; `beside` is the code before them."""
    inner = aside.stretch.part(1, len(aside.stretch.text) - (1 if aside.stretch.text.endswith(")") else 0))
    found = spots(inner.text)
    selector = selector_of(found[0], side.scheme) if len(found) == 1 else None
    wider = (
        selector is not None and not isinstance(selector, One)
        and any(b != selector and source.same_codes(b, selector) for b in beside)
    )  # fmt: skip
    if wider and re.search(r"\b(?:other|another|different|else|otherwise)\b", inner.text, re.IGNORECASE):
        return offered(aside.stretch, side, [(found[0], selector)], beside, source) if selector is not None else REMARK
    if re.match(r"or\b", inner.text, re.IGNORECASE) and beside and found:
        made = groups(inner, found, side.scheme, source)
        node = expression_of(inner, made[0], side.scheme, source, len(inner.text)) if len(made) == 1 else None
        if node is not None:
            words = condition_of(inner, source)
            other = When(source.condition(words), node, source.cite(inner)) if words is not None else node
            return Meaning((Effect("instead", side, inner, other, tuple(beside), None, plain=False),))
    return read_sentence(inner, side, known, source, None)
