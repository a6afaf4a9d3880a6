"""A line of codes: what it selects, and what the brackets behind a code say of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, cast

from kg.citation import Citation
from kg.codes import Code, One, Scheme
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, all_of, one_of
from kg.guidance.page.behind import code_behind_title
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.parts.aside import Aside, aside_of, names_side
from kg.guidance.parts.contrasts import are_rivals
from kg.guidance.parts.either import before_both, with_both
from kg.guidance.parts.excepted import excepted
from kg.guidance.parts.grammar import Typed, parse_phrase
from kg.guidance.parts.groups import groups
from kg.guidance.parts.joints import CASED, LANDMARK, ONE_OF, POOL, brackets, condition_tail, is_named_code
from kg.guidance.parts.last_case import code_of, is_of_last, last_in_case, offered_in_case
from kg.guidance.parts.purposes import names_place
from kg.guidance.parts.titled import end_of_title, title_of, titled

OF_CASE_TOO = "not said whether the codes behind this case are of it too: they are read as always recorded"


@dataclass(frozen=True, slots=True)
class Item:
    """Codes of one line. `leads`: its first code may stand first in a record; `choice`.

    Codes of the line are joined by or. `both`: it may also stand with the line before it (and/or).
    """

    expression: Expression
    stretch: Stretch
    leads: bool
    choice: bool
    asides: tuple[Aside, ...] = ()
    both: bool = False


def expression_of(
    stretch: Stretch,
    group: tuple[list[Spot], list[str]],
    scheme: Scheme,
    source: Source,
    end: int,
    wraps: dict[int, Aside] | None = None,
) -> Expression | None:
    """The expression of joined codes. `end` is where the words of the last one stop.

    `wraps` are the asides of single codes.
    """
    found, joints = group
    if {"AND", "OR"} <= set(joints) and POOL.search(stretch.text[: found[0].start]):
        first = joints.index("OR")  # "either of A and B, or C"
        joints = ["OR" if how == "AND" and i < first else how for i, how in enumerate(joints)]
    if (cased := last_in_case(stretch, found, joints)) is not None:
        at, to, words = cased
        first = expression_of(stretch, (found[:at], joints[: at - 1]), scheme, source, words.start, wraps)
        stop = found[to].start if to < len(found) else end
        own = expression_of(stretch, (found[at:to], joints[at : to - 1]), scheme, source, stop, wraps)
        rest = expression_of(stretch, (found[to:], joints[to:]), scheme, source, end, wraps) if stop < end else None
        if first is not None and own is not None:
            if rest is not None:
                source.warn("KG-W0202", OF_CASE_TOO, words.stretch)
            made = [first, wrapped(own, words, source), *([rest] if rest is not None else [])]
            return all_of(made, citation=source.cite(stretch, found[0].start, end))
    if (offered := offered_in_case(stretch, found, joints, scheme, source)) is not None:
        at, words = offered
        first = expression_of(stretch, (found[:at], joints[: at - 1]), scheme, source, words.start, wraps)
        own = expression_of(stretch, (found[at:], joints[at:]), scheme, source, end, wraps)
        if first is not None and own is not None:
            before = first.branches if isinstance(first, OneOf) else (first,)
            return one_of([*before, wrapped(own, words, source)], citation=source.cite(stretch, found[0].start, end))
    if cuts := _labelled(stretch, found, joints) or _combinations(found, joints, scheme, source):
        own = [(found[a:b], joints[a : b - 1]) for a, b in pairwise([0, *cuts, len(found)])]
        stops = [found[at].start for at in cuts]
        made = [_branch(stretch, g, scheme, source, at, wraps) for g, at in zip(own, [*stops, end], strict=True)]
        return one_of([e for e in made if e is not None], citation=source.cite(stretch, found[0].start, end))
    values: list[Expression | None] = []
    for i, spot in enumerate(found):
        before = found[i - 1].end if i else spot.start
        if i and (cased := CASED.search(stretch.text[before : spot.start])) is not None:
            at, to = before + cased.start("case"), before + cased.end("case")
            wraps = {spot.start: Aside("condition", stretch.part(at, to), at, to), **(wraps or {})}
        selector = source.selector(spot, scheme, stretch)
        stop = found[i + 1].start if i + 1 < len(found) else end
        title, title_end = title_of(stretch, spot, stop, source) if spot.kind != "chapter" else ("", spot.end)
        node: Expression | None = None
        if selector is not None:
            node = Pick(selector, title, source.cite(stretch, spot.start, max(title_end, spot.end)))
            if wraps and spot.start in wraps:
                node = wrapped(node, wraps[spot.start], source)
        values.append(node)
    if any(value is None for value in values):
        kept = [value for value in values if value is not None]
        return all_of(kept) if "OR" not in joints else one_of(kept)
    marks = [_mark(value) for value in values]
    tokens: list[Typed] = []
    pooled = any(ONE_OF.search(stretch.text[a.end : b.start]) for a, b in pairwise(found))
    if "OR" in joints and "AND" in joints and not any(marks) and not pooled:
        source.warn(
            "KG-W0202", "or and and between codes: read as and before or", stretch, found[0].start, found[-1].end
        )
    shared = marks == ["D"] * (len(marks) - 1) + ["A"] and joints == ["OR"] * (len(joints) - 1) + ["AND_THEN"]
    for i, value in enumerate(values):
        if i:
            how = joints[i - 1]
            if how == "EITHER" and len(joints) > 1:
                source.warn("KG-W0202", "and/or is read as a choice of one", stretch, found[0].start, found[-1].end)
            pair = how in {"AND", "AND_THEN"} and not shared and (marks[i - 1], marks[i]) == ("D", "A")
            tokens.append(Typed("PAIRED" if pair else {"EITHER": "OR", "THEN": "AND_THEN"}.get(how, how), None))
        tokens.append(Typed("CODE", value))
    whole = source.cite(stretch, found[0].start, end)
    made_of = _expression(parse_phrase(tokens), whole)
    if joints == ["EITHER"] and made_of is not None:
        return with_both(made_of, stretch.part(0, 0), source) or made_of
    return made_of


def in_one_group(
    stretch: Stretch, found: Sequence[Spot], scheme: Scheme, source: Source, end: int | None = None
) -> Expression | None:
    """The expression of codes that a sentence joins to one group, all of them new; None for several groups."""
    made = groups(stretch, found, scheme, source, {spot.start for spot in found})
    stop = len(stretch.text) if end is None else end
    return expression_of(stretch, made[0], scheme, source, stop) if len(made) == 1 else None


def in_sequence(stretch: Stretch, found: Sequence[Spot], scheme: Scheme, source: Source) -> Expression | None:
    """The expression of codes each of which follows the one before it."""
    return expression_of(stretch, (list(found), ["AND_THEN"] * (len(found) - 1)), scheme, source, len(stretch.text))


def _branch(
    stretch: Stretch,
    group: tuple[list[Spot], list[str]],
    scheme: Scheme,
    source: Source,
    end: int,
    wraps: dict[int, Aside] | None,
) -> Expression | None:
    """One of several combinations of a line; a case in brackets behind its last code is that of all its codes."""
    aside = (wraps or {}).get(group[0][-1].start)
    if aside is None or len(group[0]) == 1 or not _labelled(stretch, *group, last=True):
        return expression_of(stretch, group, scheme, source, end, wraps)
    rest = {at: own for at, own in (wraps or {}).items() if own is not aside}
    node = expression_of(stretch, group, scheme, source, end, rest)
    return wrapped(node, aside, source) if node is not None else None


def _labelled(stretch: Stretch, found: Sequence[Spot], joints: Sequence[str], *, last: bool = False) -> list[int]:
    """Where "or" begins another combination, as each ends in brackets that say when it is taken: "A (planned) or B with
    C (urgent)". `last`: of one of them alone, whether it does.
    """
    text = stretch.text
    cuts = [i + 1 for i, how in enumerate(joints) if how == "OR"]
    gaps = [text[found[at - 1].end : found[at].start] for at in cuts]
    closed = re.search(r"[a-z]\)\W*$", text[found[-1].end :]) is not None
    if last:
        following = re.match(r"[^()]*(?:\([^()]*\)[^()]*?)*\)\s*(?:$|[.,;]|,?\s*or\b)", text[found[-1].end :])
        return [1] if following is not None else []
    together = {"AND", "AND_THEN", "THEN"} & set(joints)
    return cuts if together and cuts and closed and all(_CLOSED.search(gap) for gap in gaps) else []


_CLOSED = re.compile(r"[a-z]\)\s*[,;]?\s*\bor\b", re.IGNORECASE)


def _combinations(found: Sequence[Spot], joints: Sequence[str], scheme: Scheme, source: Source) -> list[int]:
    """Where "or" begins another combination: between a code that only follows a main code, and a main code.

    "A with B, or C with D": each main code has what follows it.
    """
    read = [selector_of(spot, scheme) for spot in found]
    leads = [x is not None and source.leads(x) for x in read]
    cuts = [i + 1 for i, how in enumerate(joints) if how == "OR" and not leads[i] and leads[i + 1]]
    whole = scheme is Scheme.OPCS4 and None not in read and leads[:1] == [True]
    # Behind the last "or" a main code alone goes with what stands before it: "A or B with C".
    return cuts if whole and all("AND" in joints[a : b - 1] or "AND_THEN" in joints[a : b - 1] or b - a == 1
                                 for a, b in pairwise([0, *cuts])) else []  # fmt: skip


def is_enumerated(stretch: Stretch, found: Sequence[Spot], scheme: Scheme) -> bool:
    """Whether nothing but commas joins diagnoses, so that they may be alternatives."""
    gaps = [stretch.text[a.end : b.start] for a, b in pairwise(found)]
    joined = re.compile(r"\b(?:and|or|plus|with|both|followed|if|when|where)\b|[&+/*\u2020]|[DA]$")
    return scheme is Scheme.ICD10 and bool(gaps) and not any(joined.search(gap) for gap in gaps)


def _mark(node: Expression | None) -> str:
    """The mark of a dagger or asterisk code."""
    match node:
        case Pick(One(Code(mark=mark))):
            return mark
        case _:
            return ""


def _expression(tree: Any, citation: Citation) -> Expression | None:
    if isinstance(tree, tuple):
        name, parts = cast("tuple[str, tuple[Any, ...]]", tree)
        below = [x for part in parts if (x := _expression(part, citation)) is not None]
        return one_of(below, citation=citation) if name == "any" else all_of(below, citation=citation)
    return tree


# "A, then B or C", "A, one of B or C": what follows is one of its codes.
_LEADS_TO_CHOICE = re.compile(r"\b(?:then(?: either| one of)?|one of|either of)\s+$", re.IGNORECASE)


def wrapped(node: Expression, aside: Aside, source: Source) -> Expression:
    """A node under what an aside says of it."""
    citation = source.cite(aside.stretch)
    if aside.kind == "optional":
        return Optional(node, citation)
    if aside.kind == "condition":
        plain = aside.stretch.text.strip(" ()")
        if names_place(plain, node, source):
            return node
        at = aside.stretch.text.find(plain)
        return When(source.condition(aside.stretch.part(at, at + len(plain))), node, citation)
    return node


def _title_first(stretch: Stretch, spot: Spot, scheme: Scheme, source: Source) -> list[Item]:
    selector = source.selector(spot, scheme, stretch)
    if selector is None:
        return []
    title = stretch.text[: spot.start].strip(" -:(")
    node = Pick(selector, title, source.cite(stretch, 0, spot.end))
    return [Item(node, stretch, source.leads(selector), choice=False)]


def read_items(stretch: Stretch, scheme: Scheme, source: Source) -> list[Item]:
    """The items of a line that begins with a code.

    Codes with nothing but a title between them are items of their own.
    """
    if (cut := before_both(stretch)) is not None and len(made := read_items(cut[0], scheme, source)) == 1:
        listed = re.search(r"\b(?:and|plus|with)\b|[&+;]", _between(made[0])) is None
        whole = with_both(made[0].expression, cut[1], source, listed=listed)
        if whole is not None:
            return [replace(made[0], expression=whole, stretch=stretch)]
    text = stretch.text
    asides: list[Aside] = []
    hidden: list[tuple[int, int]] = []
    for start, stop in brackets(text):
        inner = stretch.part(start, stop)
        kind = aside_of(inner, source)
        if CASED.search(text[:stop]) is not None:
            continue  # "or (if it is open) B": the case of the code behind it
        if kind != "title" and not is_named_code(text[:start], inner.text):
            asides.append(Aside(kind, inner, start, stop))
            hidden.append((start, stop))
    tail = condition_tail(text)
    if tail < len(text):
        words = stretch.part(tail, len(text))
        begin = len(words.text) - len(words.text.lstrip(" ,;:-"))
        words = words.part(begin, len(words.text.rstrip(" .")))
        plain = source.phrases.opens("optional", words.text)
        kind = "optional" if plain and plain.end() >= len(words.text) - 1 else "condition"
        asides.append(Aside(kind, words, tail, len(text)))
    if (behind := code_behind_title(text)) is not None:
        return _title_first(stretch, behind, scheme, source)
    found = [s for s in spots(text) if s.start < tail and not any(a <= s.start < b for a, b in hidden)]
    found = [s for s in found if s is found[0] or LANDMARK.search(text[: s.start]) is None]
    left = excepted(text, found, scheme, source)
    found = [s for s in found if s not in left]
    made = groups(stretch, found, scheme, source)
    for before, after in pairwise(made):
        title_end = end_of_title(stretch, before[0][-1], after[0][0].start, source)
        rest = re.sub(r"\([^()]*\)", " ", text[title_end : after[0][0].start])
        whole = text[before[0][-1].end : after[0][0].start]
        joins = r"\b(?:or|and|either|plus|with|but|not|else)\b"
        chosen = "OR" in after[1] and _LEADS_TO_CHOICE.search(whole) is None  # a comma may be lost, or be a full stop
        rest = _LEADS_TO_CHOICE.sub("", rest)
        if chosen or re.search(joins, rest, re.IGNORECASE) or re.search(rf"[,;)]\s*{joins}", whole, re.IGNORECASE):
            source.warn("KG-W0202", "not said how the codes of this line go together: all are read", stretch)
    items: list[Item] = []
    for i, group in enumerate(made):
        end = made[i + 1][0][0].start if i + 1 < len(made) else len(text)
        own = [a for a in asides if group[0][0].start < a.start < end]
        wraps: dict[int, Aside] = {}
        behind_all: list[Aside] = []
        for aside in own:
            if aside.kind not in {"optional", "condition"}:
                continue
            code = code_of(aside, group[0], text)
            if "OR" in group[1] and re.match(r"\W*(?:as|which)", aside.stretch.text, re.IGNORECASE):
                continue  # "A or B (as appropriate)": the choice is said already
            if scheme is Scheme.ICD10 and "AND" in group[1] and _AS_FITS.match(aside.stretch.text):
                source.warn("KG-W0202", "not said whether one of these diagnoses is recorded or all", stretch)
            gap = text[group[0][-2].end : code.start] if code is group[0][-1] and len(group[0]) > 1 else ""
            own_case = scheme is Scheme.ICD10 and re.search(r",\s*or\b", gap) is not None
            own_case = (own_case and not names_side(aside.stretch.text)) or bool(_labelled(stretch, *group))
            if "OR" in group[1] and code is group[0][-1] and not own_case and aside.kind == "condition":
                told = titled(stretch, group[0], aside.start, source)
                own_case = is_of_last(aside.stretch.text, told, scheme, source)
            # "A with an external cause code, where it is induced": a cause has no case of its own
            caused = scheme is Scheme.ICD10 and code.letter in "VWXY" and aside.start == tail and len(group[0]) > 1
            if code is group[0][-1] and ("OR" in group[1] or caused) and not own_case:
                behind_all.append(aside)
            else:
                wraps[code.start] = aside
        node = expression_of(
            stretch, group, scheme, source, min([end, *(a.start for a in own if a.start > group[0][-1].start)]), wraps
        )
        if node is None:
            continue
        if isinstance(node, AllOf) and _ONE_OF_THESE.search(text, group[0][-1].end, end):
            node = OneOf(node.parts, citation=node.citation)
        elif isinstance(node, AllOf) and is_enumerated(stretch, group[0], scheme):
            source.warn("KG-W0202", "not said whether one of these diagnoses is recorded or all", stretch)
        elif isinstance(node, AllOf) and scheme is Scheme.ICD10 and are_rivals(stretch, group[0], end):
            source.warn("KG-W0202", "not said whether these diagnoses are recorded together or one of them", stretch)
        for aside in behind_all:
            node = _with_choice(node, aside, group, text, source) or wrapped(node, aside, source)
        first = source.selector(group[0][0], scheme, stretch)
        leads = first is not None and source.leads(first)
        chosen = "OR" in group[1] or isinstance(node, OneOf)
        items.append(Item(node, stretch.part(group[0][0].start, end), leads, chosen, tuple(own)))
    return items


def _with_choice(
    node: Expression, aside: Aside, group: tuple[list[Spot], list[str]], text: str, source: Source
) -> Expression | None:
    """A code and the choice that goes with it in a case ("A, with B or C if it is open"); None for other groups."""
    found, joints = group
    apart = re.search(r"\b(?:with|plus|and also)\b", text[found[0].end : found[1].start])
    if joints[0] not in {"AND", "AND_THEN"} or set(joints[1:]) != {"OR"} or apart is None:
        return None
    match node:
        case AllOf((first, OneOf() as choice)) if isinstance(first, Pick):
            return replace(node, parts=(first, wrapped(choice, aside, source)))
        case _:
            return None


_AS_FITS = re.compile(r"\W*as (?:appropriate|applicable)\W*$", re.IGNORECASE)
# What asks for one of the codes of a line, behind them.
_ONE_OF_THESE = re.compile(
    r"[-,;:(]\s*(?:only |just )?(?:one|either) of (?:these|them|those|the above)\b", re.IGNORECASE
)


def alternatives_of(item: Item) -> Expression:
    """The only line of a choice: its codes are what is chosen from, where nothing but commas joins them."""
    e = item.expression
    joined = re.search(r"\b(?:and|plus|with|followed|together)\b|[+&]", _between(item))
    return OneOf(e.parts, citation=e.citation) if isinstance(e, AllOf) and not joined else e


def _between(item: Item) -> str:
    """The words before each further code of a line."""
    text = item.stretch.text
    return " | ".join(text[max(0, s.start - 16) : s.start] for s in spots(text)[1:])
