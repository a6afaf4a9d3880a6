"""Which recommendations a new edition changes: the combinations of codes that it takes away or adds, and what edit of
the recommendation would mend each.

A recommendation's combinations of codes change exactly if a code that was retired stood in one of them, or a new code
stands in one. Both are decided on blocks of codes (`kg.expression.concrete`), without writing combinations down.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from kg.codes import Category, Chapters, Code, CodeList, One, Range, Scheme, Selector, covers
from kg.expression.concrete import Blocks, in_blocks
from kg.expression.condition import NO_FACETS, Context, Facets
from kg.expression.counting import Counting
from kg.expression.diagram import TooLargeError
from kg.expression.nodes import (
    AllOf,
    Expression,
    OneOf,
    Optional,
    Pick,
    Unnamed,
    When,
    all_of,
    one_of,
    picks,
)
from kg.expression.program import compile_expression
from kg.expression.recommendation import Recommendation, Side

_MOST_NAMED = 20  # codes that stand for a category of before
_NEAR = 3  # replacements told for one code
Title = Callable[[Selector], str | None]


class Became(StrEnum):
    """What happened to codes of a combination."""

    RETIRED = "retired"
    NEW = "new"


class Mend(StrEnum):
    """What to do with a selector of a recommendation."""

    KEEP = "keep"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class ExpressionEdit:
    """One edit of a recommendation: a selector is kept, replaced by one of `by` (all of them, where they stand for it
    `together`), or its branch is removed; and why.
    """

    mend: Mend
    selector: Selector
    by: tuple[Selector, ...]
    why: str
    together: bool = False


@dataclass(frozen=True, slots=True)
class Impact:
    """What a new edition does to one side of a recommendation: codes of its combinations that are retired, or new.

    `repairs` are alternatives, best first, each an edit for every selector that is touched.
    """

    guidance: str
    side: Side
    became: Became
    codes: tuple[Code, ...]
    selectors: tuple[Selector, ...]
    repairs: tuple[tuple[ExpressionEdit, ...], ...]


class Editions:
    """Two editions of the classifications: the codes to record of each, what only one has, and the titles."""

    def __init__(
        self,
        old: Mapping[Scheme, CodeList],
        new: Mapping[Scheme, CodeList],
        chapters: Chapters,
        titles: tuple[Title, Title],
        facets: Facets = NO_FACETS,
        equivalences: Mapping[Code, Sequence[Sequence[Code]]] = MappingProxyType({}),
    ) -> None:
        """`equivalences`: what the publisher's table says stands for retired codes, alternatives of codes together."""
        self._equivalences = equivalences
        self.old, self.new, self.chapters, self.context = old, new, chapters, Context(facets=facets)
        self.title_before, self.title_after = titles
        self.delta = {
            (Became.RETIRED, s): CodeList.of(s, (c for c in old[s].codes if not _has(new[s], c.key))) for s in old
        } | {(Became.NEW, s): CodeList.of(s, (c for c in new[s].codes if not _has(old[s], c.key))) for s in old}
        self._moved: dict[str, list[Code]] = {}
        for s in old:
            for code in self.delta[Became.NEW, s].codes:
                self._moved.setdefault(_plain(self.title_after(One(code))), []).append(code)

    def under(self, became: Became, selector: Selector) -> list[Code]:
        """The codes of a selector that are retired or new."""
        found = self.delta.get((became, selector.scheme))
        return found.under(selector, self.chapters) if found is not None else []

    def instead(self, code: Code) -> list[tuple[tuple[Code, ...], str]]:
        """Codes of the new edition that could stand for a retired one (together), best first, each with the reason.

        Those of the table of equivalences alone, where it tells any; else a code with its title comes first, then
        those of its category that share most words with it.
        """
        if told := self._equivalences.get(code):
            said = [(tuple(codes), " + ".join(map(str, codes))) for codes in told]
            return [(codes, f"the table of coding equivalences has {words} for {code}") for codes, words in said]
        title = self.title_before(One(code)) or ""
        same = [c for c in self._moved.get(_plain(title), ()) if title and c.scheme is code.scheme]
        found = [(c, f"{c} has the title of {code}") for c in same]
        near = self.new[code.scheme].under(Category(code.scheme, code.category), self.chapters)
        scored = sorted((-_shared(title, self.title_after(One(c)) or ""), c.key, c) for c in near if c not in same)
        found += [(c, f"{c} is in its category" + (" and shares words with it" if n else "")) for n, _, c in scored]
        return [((c,), why) for c, why in found[:_NEAR]]


def impacts(recommendation: Recommendation, editions: Editions) -> Iterator[Impact]:
    """What a new edition does to a recommendation, side by side, what is retired before what is new."""
    for side in Side:
        e = recommendation.side(side)
        if e is None:
            continue
        named = list(dict.fromkeys(pick.selector for pick in picks(e)))
        for became in Became:
            touched = {s: codes for s in named if (codes := editions.under(became, s))}
            if not touched:
                continue
            codes = _in_combinations(e, named, became, editions, {c.key: c for cs in touched.values() for c in cs})
            if codes:
                kept = {s: [c for c in cs if c in codes] for s, cs in touched.items()}
                kept = {s: cs for s, cs in kept.items() if cs}
                repairs = tuple(_repairs(e, kept, became, editions))
                yield Impact(recommendation.id, side, became, codes, tuple(kept), repairs)


def _in_combinations(
    e: Expression, named: Sequence[Selector], became: Became, editions: Editions, of: Mapping[str, Code]
) -> tuple[Code, ...]:
    """The codes, of those that changed, that stand in a combination of the edition that has them."""
    codes = (editions.old if became is Became.RETIRED else editions.new)[next(iter(of.values())).scheme]
    own = [s for s in named if s.scheme is codes.scheme]
    if len(own) < len(named):  # a side names codes of both classifications: none is left out
        return tuple(of[key] for key in sorted(of))
    blocks = Blocks(own, codes, editions.chapters)
    context = editions.context
    try:
        live = Counting(in_blocks(compile_expression(e, context), blocks), context).selectors()
    except TooLargeError:
        live = {block for s in own for block in blocks.of(s)}
    keys = {code.key for block in live for code in blocks.codes(block)}
    return tuple(of[key] for key in sorted(of) if key in keys)


def _repairs(
    e: Expression, touched: Mapping[Selector, Sequence[Code]], became: Became, editions: Editions
) -> Iterator[tuple[ExpressionEdit, ...]]:
    """The alternatives: the first choice for every selector, then the second …; the last stands for what has fewer."""
    choices = [
        list(_of_retired(e, s, codes, editions) if became is Became.RETIRED else _of_new(s, codes, editions))
        for s, codes in touched.items()
    ]
    for n in range(max(map(len, choices))):
        yield tuple(options[min(n, len(options) - 1)] for options in choices)


def _of_retired(e: Expression, s: Selector, gone: Sequence[Code], editions: Editions) -> Iterator[ExpressionEdit]:
    left = editions.new[s.scheme].under(s, editions.chapters)
    told = ", ".join(map(str, gone[:_NEAR])) + (" …" if len(gone) > _NEAR else "")
    if left:
        codes = "1 code" if len(left) == 1 else f"{len(left)} codes"
        yield ExpressionEdit(Mend.KEEP, s, (), f"{told} retired; {s} still covers {codes}")
        return
    if isinstance(s, One):
        for codes, why in editions.instead(gone[0]):
            by = tuple(map(One, codes))
            yield ExpressionEdit(Mend.REPLACE, s, by, f"{told} retired; {why}", together=len(by) > 1)
    without = removed(e, s)
    why = "its branch falls away" if without is not None else "nothing of this side is left"
    yield ExpressionEdit(Mend.REMOVE, s, (), f"{told} retired; without {s} {why}")


def _of_new(s: Selector, come: Sequence[Code], editions: Editions) -> Iterator[ExpressionEdit]:
    told = ", ".join(map(str, come[:_NEAR])) + (" …" if len(come) > _NEAR else "")
    yield ExpressionEdit(Mend.KEEP, s, (), f"{told} new below {s}: right if the recommendation means it too")
    before = [c for c in editions.old[s.scheme].under(s, editions.chapters) if _has(editions.new[s.scheme], c.key)]
    if before and len(before) <= _MOST_NAMED and isinstance(s, One | Category | Range):
        by = tuple(One(code) for code in before)
        if any(covers(one, code, editions.chapters) for one in by for code in come):
            return  # a code that is divided now covers what is new: no selector names it alone
        yield ExpressionEdit(Mend.REPLACE, s, by, f"names the codes of before, so that {told} stays out")


def edited(e: Expression, edits: Sequence[ExpressionEdit]) -> Expression | None:
    """The expression after edits; None if nothing is left of it."""
    found: Expression | None = e
    for edit in edits:
        if found is None:
            break
        if edit.mend is Mend.REMOVE:
            found = removed(found, edit.selector)
        elif edit.mend is Mend.REPLACE:
            put: list[Expression] = [Pick(by) for by in edit.by]
            now = all_of(put) if edit.together else one_of(put)
            found = _rebuilt(found, lambda p, s=edit.selector, n=now: n if p.selector == s else p)
    return found


def removed(e: Expression, selector: Selector) -> Expression | None:
    """The expression without the combinations that need a selector: its branch of a choice, an addition that has it."""
    return _rebuilt(e, lambda pick: None if pick.selector == selector else pick)


def _rebuilt(e: Expression, change: Callable[[Pick], Expression | None]) -> Expression | None:
    """The expression with its leaves changed; what loses a part that it needs is gone too."""
    match e:
        case Pick():
            return change(e)
        case Unnamed():
            return e
        case AllOf(parts, sequenced, citation):
            made = [(part, _rebuilt(part, change)) for part in parts]
            if any(new is None and not isinstance(old, Optional | When) for old, new in made):
                return None
            return all_of([new for _, new in made if new is not None], sequenced=sequenced, citation=citation)
        case OneOf(branches, ranked, citation):
            kept = [new for branch in branches if (new := _rebuilt(branch, change)) is not None]
            return one_of(kept, ranked=ranked, citation=citation)
        case Optional(content, citation):
            inner = _rebuilt(content, change)
            return Optional(inner, citation) if inner is not None else None
        case When(condition, then, citation):
            inner = _rebuilt(then, change)
            return When(condition, inner, citation) if inner is not None else None


def _has(codes: CodeList, key: str) -> bool:
    at = bisect_left(codes.keys, key)
    return at < len(codes.keys) and codes.keys[at] == key


def _plain(title: str | None) -> str:
    return " ".join((title or "").lower().split())


def _shared(one: str, other: str) -> float:
    """How many words two titles share, of all that they have."""
    a, b = (set(re.findall(r"[a-z]{3,}", text.lower())) for text in (one, other))
    return round(len(a & b) / len(a | b), 6) if a | b else 0.0
