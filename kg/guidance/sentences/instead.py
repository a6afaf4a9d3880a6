"""Sentences that offer codes in place of others: of a listed one, of the sentence before, of their own first clause."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kg.codes import Selector, mark_of
from kg.expression.nodes import AllOf, Expression, OneOf, Pick, When, all_of, picks
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.conditions import clause_of, condition_of, event_of, without_note
from kg.guidance.parts.groups import groups
from kg.guidance.parts.items import expression_of
from kg.guidance.parts.stems import stems
from kg.guidance.parts.titled import end_of_title, ends_of_titles
from kg.guidance.sentences.clauses import is_denied
from kg.guidance.sentences.effects import Effect, Meaning, asks, names
from kg.guidance.sentences.replacing import may_replace_all, replaced_together, says_instead
from kg.guidance.sentences.restricted import case_of_one

Group = tuple[list[Spot], list[str]]
"""Codes that are joined, and what joins them."""
_OPEN = Meaning((), "unclear", "what replaces what")


def offered(
    stretch: Stretch,
    side: Side,
    read: list[tuple[Spot, Selector]],
    known: Sequence[Selector],
    source: Source,
    previous: Effect | None = None,
) -> Meaning:
    """Codes offered in place of a listed one: other codes of a listed code's category, or new ones beside one mention.

    New ones alone take the place of those of the sentence before (`previous`), or of the clause before.
    """
    wide = [(s, x) for s, x in read if s.kind in {"bare", "category"}]
    if len(read) == len(wide) == 1 and any(source.same_codes(wide[0][1], k) for k in known):
        return _of_category(stretch, side, *wide[0], known, source)
    if (own := _of_its_category(stretch, read, wide, known, source)) is not None:
        return _of_category(stretch, side, *wide[0], (own,), source)
    if (both := _or_its_category(stretch, side, read, wide, known, source)) is not None:
        return Meaning((Effect("add", side, stretch, both, plain=False),))
    new = [s for s, x in read if not any(source.same_codes(x, k) for k in known)]
    placed = [s for s, _ in read if _PLACED.search(stretch.text[: s.start])]
    mentions = tuple(x for s, x in read if s not in placed and any(source.same_codes(x, k) for k in known))
    if not new and set(mentions) <= set(known) and not source.phrases.find("not", stretch.text):
        other = _of_listed(stretch, side, read, source)
        return Meaning((Effect("order", side, stretch, other, mentions, plain=False),))
    mentions = _of_a_kind(listed := mentions, [x for s, x in read if s in new], source)
    together = replaced_together(stretch, read, listed, source)
    mentions = together or mentions
    if any(x in listed and x not in mentions and is_denied(stretch, s, source) for s, x in read):
        return _OPEN  # "B replaces A, and Z is not recorded"
    if not new or (len(set(mentions)) > 1 and not together and not _are_choice(stretch.text, read, mentions)):
        return _OPEN
    made = groups(stretch, new, side.scheme, source, {s.start for s in new})
    leading = [k for k in dict.fromkeys(known) if source.leads(k)]
    sole = leading if len(leading) == 1 and not asks(previous) else []
    own = next(x for s, x in read if s in new)
    like = () if source.leads(own) else tuple(k for k in dict.fromkeys(known) if str(k)[:3] == str(own)[:3])
    target = tuple(dict.fromkeys(mentions)) or like or tuple(sole)
    if not mentions and (told := _described(stretch.text, known)) is not None:
        target = (told,)
    if len(made) == 2 and not mentions:
        both = _in_two_clauses(stretch, made[0], made[1], side, source)
        return Meaning((Effect("add", side, stretch, both, plain=False),)) if both is not None else _OPEN
    node = expression_of(stretch, made[0], side.scheme, source, len(stretch.text)) if len(made) == 1 else None
    if node is None:
        return _OPEN
    case = condition_of(stretch, source) or clause_of(stretch, new[0].start, source)
    case = case or _clause_before(stretch, read[0][0].start, source) or _case_around(stretch, read, source)
    case = case if case is not None else _subject(stretch, made[0][0][0], source)
    if case is None and mentions:
        case = event_of(stretch, min(s.start for s, _ in read), source)
    if case is not None:
        node = When(source.condition(without_note(case)), node, source.cite(stretch))
    if together:
        return Meaning((Effect("instead.all", side, stretch, node, together, None, plain=False),))
    if case is not None and _is_combination(node, source) and not mentions and any(source.leads(k) for k in known):
        if not _WHOLE.search(stretch.text):
            what = "not said whether these codes take the place of all that is listed: it is read so"
            source.warn("KG-W0202", what, stretch)
        return Meaning((Effect("other", side, stretch, node, plain=False),))
    if not target and previous is None and case is not None:
        target = _choice_listed(side, known, leading, picks(node)[0].selector, source)
    if target:
        if case is not None and not mentions and may_replace_all(stretch.text, known):
            source.warn("KG-W0202", "not said whether this takes the place of all that is listed", stretch)
        return Meaning((Effect("instead", side, stretch, node, target, None, plain=False),))
    return _of_sentence_before(node, stretch, previous, source)


# Before a code that only says where another one stands.
_PLACED = re.compile(
    r"\b(?:goes|stands|comes|placed|recorded|put|sequenced|entered)\s+(?:directly |immediately )?"
    r"(?:before|after|behind|ahead of|in front of)\s+(?:the\s+)?$",
    re.IGNORECASE,
)


def _of_a_kind(mentions: tuple[Selector, ...], new: Sequence[Selector], source: Source) -> tuple[Selector, ...]:
    """The listed codes whose place new ones can take: main codes, if these are; others say where those stand."""
    kinds = {source.leads(x) for x in new[:1]}
    return tuple(m for m in mentions if source.leads(m) in kinds)


def _are_choice(text: str, read: Sequence[tuple[Spot, Selector]], mentions: Sequence[Selector]) -> bool:
    """Whether "or", "nor" or a stroke joins the listed codes that are replaced ("in place of A or B")."""
    own = [s for s, x in read if x in mentions]
    gaps = [text[a.end : b.start] for a, b in pairwise(own)]
    joined = [re.search(r"\b(?:n?or)\s+['\"]?$|^\s?/\s?$", gap) is not None for gap in gaps]
    return bool(gaps) and joined[-1] and all(j or gap.strip() == "," for j, gap in zip(joined, gaps, strict=True))


def _clause_before(stretch: Stretch, at: int, source: Source) -> Stretch | None:
    """The clause before the one of the code `at`, where that says "then": it is the case of the replacement."""
    end = max(stretch.text.rfind(sign, 0, at) for sign in (";", ", and ", ", so "))
    told = end > 0 and source.phrases.find("condition.then", stretch.text[end:]) is not None
    return without_note(stretch.part(0, end)) if told else None


def _case_around(stretch: Stretch, read: Sequence[tuple[Spot, Selector]], source: Source) -> Stretch | None:
    """The case that opens a sentence right before its first code, or closes it behind the last ("for a child")."""
    bare = without_note(stretch)
    begin = len(stretch.text) - len(bare.text)
    first, last = read[0][0], read[-1][0]
    opened = _OPENS.fullmatch(stretch.text, begin, first.start)
    if opened is not None and source.phrases.verb(opened[0]) is None:
        return stretch.part(begin, opened.end("case"))
    end = end_of_title(stretch, last, len(stretch.text), source)
    closed = _CLOSES.fullmatch(stretch.text, end)
    if closed is not None and source.phrases.verb(closed[0]) is None:
        return stretch.part(closed.start("case"), closed.end("case"))
    return None


_OPENS = re.compile(
    r"(?P<case>(?:for|in|with|on|under|during|after) (?!(?:the|all|each|every|both)\b)[^,;:()]+?),?\s*", re.IGNORECASE
)
_CLOSES = re.compile(
    r"\s*(?P<case>(?:for|in|with|on|under|during|after) (?!(?:all|each|every|both)\b)[^,;:()]+?)\W*", re.IGNORECASE
)


# The code before these words is the one that is not recorded.
_GIVES_WAY = re.compile(
    r"\b(?:replaced|superseded|exchanged|swapped|changed|supplanted) (?:by|for|to|with)\b"
    r"|\b(?:gives?|makes?) (?:way|its place)\b|\b(?:yields?|cedes?)\b",
    re.IGNORECASE,
)


def _of_listed(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], source: Source
) -> Expression | None:
    """The listed code that takes the place of another listed one, in its case ("B supersedes A once it is sure")."""
    words = condition_of(stretch, source)
    if len(read) != len("AB") or read[0][1] == read[1][1] or words is None:
        return None
    between = stretch.text[read[0][0].end : read[1][0].start]
    first = source.phrases.find("instead", between) is not None and _GIVES_WAY.search(between) is None
    spot, _ = read[0 if first else 1]
    node = expression_of(stretch, ([spot], []), side.scheme, source, spot.end)
    return When(source.condition(without_note(words)), node, source.cite(stretch)) if node is not None else None


_WHOLE = re.compile(r"\b(?:record|records|combination|set|entry|entries|list|codes|coding|all)\b", re.IGNORECASE)


def _is_combination(node: Expression, source: Source) -> bool:
    """Whether codes are a main code and what goes with it, so that they take the place of such."""
    inner = node.then if isinstance(node, When) else node
    return isinstance(inner, AllOf) and any(source.leads(pick.selector) for pick in picks(inner))


# What a code takes the place of, told by its title ("instead of the local anaesthetic code").
_NAMED = re.compile(
    r"\b(?:instead of|in place of|rather than|in lieu of|replaces|takes the place of) (?:the|that|this) "
    r"(?P<words>(?:[\w-]+ ){1,5}?)code\b(?! (?:from|of|in)\b)"
    r"|\b(?:instead of|in place of|rather than|in lieu of|replaces|takes the place of) the code (?:for|of) "
    r"(?P<title>[^.;:,]+)",
    re.IGNORECASE,
)


_NTH = re.compile(
    r"\bthe (first|second|third|last|latter|former)(?: (?:listed|printed))?"
    r"(?: code| line| entry| of (?:these|the|those) (?:two |three )?codes)\b",
    re.IGNORECASE,
)


def _described(text: str, known: Sequence[Selector]) -> Selector | None:
    """The only listed code that has all the words in its title by which a sentence names what is replaced."""
    if (nth := _NTH.search(text)) is not None and len(known) > 1:
        order = list(dict.fromkeys(known))
        at = {"first": 0, "former": 0, "second": 1, "third": 2}.get(nth[1].lower(), len(order) - 1)
        return order[at] if at < len(order) else None
    found = _NAMED.search(text)
    words = (found["words"] or found["title"] or "").lower() if found is not None else ""
    wanted = stems(words, letters=6)
    hits = [k for k in dict.fromkeys(known) if wanted and any(wanted <= stems(t, letters=6) for t in titles_of(k))]
    return hits[0] if len(hits) == 1 else None


def _choice_listed(
    side: Side, known: Sequence[Selector], leading: Sequence[Selector], own: Selector, source: Source
) -> tuple[Selector, ...]:
    """What a code takes the place of in one case, where that is all diagnoses, or all main codes.

    They have to be one choice (kg.guidance.lists.apply).
    """
    if side is Side.DIAGNOSIS or not leading:
        of_dagger = mark_of(own) == "D"  # the asterisk code behind it stays
        return tuple(k for k in dict.fromkeys(known) if not (of_dagger and mark_of(k) == "A"))
    return tuple(leading) if source.leads(own) else ()


def _subject(stretch: Stretch, spot: Spot, source: Source) -> Stretch | None:
    """What a sentence gives a code to, before its verb, where that are some cases ("Later visits are coded to")."""
    bare = without_note(stretch)
    begin = len(stretch.text) - len(bare.text)
    verb = source.phrases.verb(stretch.text[begin : spot.start])
    last = list(source.phrases.all("record", stretch.text[begin : spot.start]))[-1:]
    if verb is None or not last or source.phrases.opens("head.no", bare.text) or re.match(r"the\b", bare.text, re.I):
        return None
    words = stretch.part(begin, begin + last[0].start())
    return words if len(words.text.split()) > 1 else None


def _of_its_category(
    stretch: Stretch,
    read: Sequence[tuple[Spot, Selector]],
    wide: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector],
    source: Source,
) -> Selector | None:
    """The listed code of a sentence that names it and its category ("other codes of S57 instead of S57.1")."""
    if len(read) != 2 or len(wide) != 1 or source.phrases.find("instead.other", stretch.text) is None:
        return None
    own = next(x for _, x in read if x != wide[0][1])
    return own if own in known and source.same_codes(own, wide[0][1]) else None


def _or_its_category(
    stretch: Stretch,
    side: Side,
    read: Sequence[tuple[Spot, Selector]],
    wide: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector],
    source: Source,
) -> Expression | None:
    """A code that is not listed yet, or another of its category ("S57.1, or another code of S57 if the wound ...").

    Or a choice of codes, one of which is of the category ("S57.1, S66.2 or another code of S57").
    """
    other = source.phrases.find("instead.other", stretch.text)
    if len(read) < len("AB") or len(wide) != 1 or wide[0] != read[-1] or other is None:
        return None
    (*own, (behind, category)) = read
    if not own[-1][0].end <= other.start() < behind.start or not any(source.same_codes(x, category) for _, x in own):
        return None
    if any(source.same_codes(x, k) for _, x in own for k in known):
        return None
    ends = ends_of_titles(stretch, [spot for spot, _ in own], other.start(), source)
    if not all(_OR_BETWEEN.fullmatch(stretch.text, a, b.start) for a, (b, _) in zip(ends, own[1:], strict=False)):
        return None
    first = [
        expression_of(stretch, ([spot], []), side.scheme, source, end) for (spot, _), end in zip(own, ends, strict=True)
    ]
    node: Expression = Pick(category, "", source.cite(stretch, behind.start, behind.end))
    words = condition_of(stretch.part(behind.end, len(stretch.text)), source)
    if words is not None:
        node = When(source.condition(words), node, source.cite(stretch))
    elif condition_of(stretch, source) is not None:
        return None
    return OneOf((*(x for x in first if x is not None), node), citation=source.cite(stretch))


_OR_BETWEEN = re.compile(r",?\s*(?:or(?: to| by| with)?)?\s*['\"]?", re.IGNORECASE)


def _of_category(
    stretch: Stretch, side: Side, spot: Spot, selector: Selector, known: Sequence[Selector], source: Source
) -> Meaning:
    """Other codes of a category, in place of a listed one of it."""
    node: Expression = Pick(selector, "", source.cite(stretch, spot.start, spot.end))
    words = (
        condition_of(stretch, source) or stretch.part(len("("), len(stretch.text))
        if stretch.text.startswith("(")
        else stretch
    )
    node = When(source.condition(words), node, source.cite(stretch))
    near = tuple(k for k in known if source.same_codes(k, selector))
    return Meaning((Effect("instead", side, stretch, node, near, None, plain=False),))


def _of_sentence_before(node: Expression, stretch: Stretch, previous: Effect | None, source: Source) -> Meaning:
    """The effect of the sentence before with one more alternative, of its kind."""
    before = previous.expression if previous is not None else None
    if previous is None or before is None or previous.kind != "add":
        return _OPEN
    if len({source.leads(pick.selector) for e in (before, node) for pick in picks(e)[:1]}) != 1:
        return _OPEN
    return Meaning((replace(previous, expression=_either(before, node, stretch, source), plain=False),), "amended")


def _either(one: Expression, other: Expression, stretch: Stretch, source: Source) -> Expression:
    """A choice of both; an alternative more where the first is a choice already."""
    branches = one.branches if isinstance(one, OneOf) else (one,)
    return OneOf((*branches, other), citation=source.cite(stretch))


def _in_two_clauses(stretch: Stretch, first: Group, second: Group, side: Side, source: Source) -> Expression | None:
    """The codes of the first clause, or in one case those of the second ("A; where it is irregular, B instead")."""
    begin, end = first[0][-1].end, second[0][0].start
    between = stretch.text[begin:end]
    cue = source.phrases.find("condition", between)
    before = stretch.text[: first[0][0].start]
    late = says_instead(stretch.text[begin:], source)
    opened = condition_of(stretch.part(0, first[0][0].start), source)
    if not late or (opened is None) is not (source.phrases.find("condition", before) is None):
        return None
    if cue is None:
        late = _PARTED.search(between) is not None and opened is None
        return _in_second_clause(stretch, first, second, side, source) if late else None
    case = stretch.part(begin + cue.start(), end - len(between) + len(between.rstrip(" ,;")))
    base = expression_of(stretch, first, side.scheme, source, begin + cue.start())
    other = expression_of(stretch, second, side.scheme, source, len(stretch.text))
    if base is None or other is None or source.leads(picks(base)[0].selector) != source.leads(picks(other)[0].selector):
        return None
    both = OneOf((base, When(source.condition(case), other, source.cite(stretch))), citation=source.cite(stretch))
    return both if opened is None else When(source.condition(without_note(opened)), both, source.cite(stretch))


def _in_second_clause(stretch: Stretch, first: Group, second: Group, side: Side, source: Source) -> Expression | None:
    """The same where the case stands behind the second code ("A; B replaces it if it is irregular")."""
    begin, end = first[0][-1].end, second[0][-1].end
    parted = _PARTED.search(stretch.text, begin)
    stop = parted.start() if parted is not None else end
    words = condition_of(stretch.part(end, len(stretch.text)), source) or _past_of(stretch, end)
    base = expression_of(stretch, first, side.scheme, source, stop)
    other = expression_of(stretch, second, side.scheme, source, len(stretch.text))
    if words is None or base is None or other is None:
        return None
    if source.leads(picks(base)[0].selector) != source.leads(picks(other)[0].selector):
        return None
    label = source.phrases.find("apart", stretch.text[begin:stop])
    if label is not None:
        own = stretch.part(begin + label.start(), stop)
        base = When(source.condition(own), base, source.cite(own))
    return OneOf((base, When(source.condition(words), other, source.cite(words))), citation=source.cite(stretch))


# What parts a clause from the one that takes its code's place; the records of the past, for which it does.
_PARTED = re.compile(r";|,\s+(?:but|though|although|while|whereas|yet)\b")
_PAST = re.compile(
    r"(?P<case>(?:for|in|on) (?:(?:past|older|earlier|old|previous) )?(?:episodes|records|entries|admissions|spells)"
    r"(?: (?:before|prior to|until|up to|of|from|that|which)\b[^,;:]*)?)\W*$",
    re.IGNORECASE,
)


def _past_of(stretch: Stretch, begin: int) -> Stretch | None:
    """The records that close a sentence and for which its last code is ("takes its place for episodes before 2017")."""
    found = _PAST.search(stretch.text, begin)
    return stretch.part(found.start("case"), found.end("case")) if found is not None else None


def alone_in_case(
    stretch: Stretch, mentions: Sequence[Selector], previous: Effect | None, source: Source
) -> Meaning | None:
    """A listed code "on its own" in another case than that of the sentence before: an alternative to its codes.

    None for a sentence that says neither "on its own" nor a case.
    """
    words = case_of_one(stretch, source)
    if words is None:
        return None
    before = previous.expression if previous is not None else None
    told = names(before)
    if previous is None or not isinstance(before, When | OneOf) or not all(m in told for m in mentions):
        return Meaning((), "unclear", "a code by itself in one case")
    own = {pick.selector: replace(pick, citation=source.cite(stretch)) for pick in picks(before)}
    alone = all_of([own[m] for m in dict.fromkeys(mentions)])
    if alone is None:
        return None
    other = When(source.condition(without_note(words)), alone, source.cite(stretch))
    return Meaning((replace(previous, expression=_either(before, other, stretch, source), plain=False),), "amended")
