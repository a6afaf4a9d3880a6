"""A naive evaluator of what a recommendation means, written from the design text alone.

It shares the value types with the program (codes, nodes, conditions, contexts) and none of its evaluation. Everything
is an explicit set, everything is tried: fit for expressions of a few hundred combinations and records of a few codes.

The decisions beyond the text: a combination that would rest on a condition and its opposite, or on two values of a
facet that exclude each other, does not exist; a value is consistent with a wider one that it implies, and not with that
one denied; `Unnamed` adds no selector; two ways to one multiset of selectors are one combination.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import chain, combinations, permutations
from typing import assert_never

from kg.codes import Chapters, Code, Scheme, Selector, covers
from kg.expression.condition import Context, Facets
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children

Fact = tuple[str, str]
Literal = tuple[Fact, bool]
"""A fact that holds (True) or fails (False)."""

Path = tuple[int, ...]

Multiset = tuple[Selector, ...]
"""Selectors sorted by their print, so that equal multisets are equal values."""


@dataclass(frozen=True)
class Way:
    """One way through an expression: the selectors, what it rests on, and the exclusive variants that it goes through.

    A variant is the path of its OneOf (numbers of children from the root) and the number of the branch.
    """

    selectors: Multiset
    rests_on: frozenset[Literal] = frozenset()
    unnamed: int = 0
    through: frozenset[tuple[Path, int]] = frozenset()


def multiset(selectors: Iterable[Selector]) -> Multiset:
    """The selectors as a value that does not depend on their order."""
    return tuple(sorted(selectors, key=lambda s: (s.scheme, str(s), type(s).__name__)))


def can_be(rests_on: frozenset[Literal], facets: Facets) -> bool:
    """Whether a care event could have all of these, taken two by two."""
    for (facet, value), holds in rests_on:
        for (other_facet, other), other_holds in rests_on:
            if facet != other_facet:
                continue
            if holds and other_holds and facets.excludes(facet, value, other):
                return False
            if holds and not other_holds and facets.implies(facet, value, other):
                return False
    return True


def ways(e: Expression, context: Context, path: Path = ()) -> set[Way]:
    """`valid(e, context)`: every way through the expression that is open under the context."""
    match e:
        case Pick(selector=selector):
            return {Way((selector,))}
        case Unnamed():
            return {Way((), unnamed=1)}
        case AllOf(parts=parts):
            sums = {Way(())}
            for n, part in enumerate(parts):
                sums = {_add(x, y) for x in sums for y in ways(part, context, (*path, n))}
            found = sums
        case OneOf(branches=branches):
            found = set[Way]()
            for n, branch in enumerate(branches):
                if not isinstance(branch, When):
                    found |= ways(branch, context, (*path, n))
                elif context.holds(*branch.condition.fact) is not False:
                    inner = ways(branch.then, context, (*path, n, 0))
                    if e.has_variants:
                        inner = {replace(way, through=way.through | {(path, n)}) for way in inner}
                    found |= _resting(inner, branch.condition.fact, True)
        case Optional(content=inner):
            found = {Way(())} | ways(inner, context, (*path, 0))
        case When(condition=condition, then=inner):
            truth = context.holds(*condition.fact)
            found = set[Way]()
            if truth is not False:
                found |= _resting(ways(inner, context, (*path, 0)), condition.fact, True)
            if truth is not True:
                found |= _resting({Way(())}, condition.fact, False)
        case _:
            assert_never(e)
    return {way for way in found if can_be(way.rests_on, context.facets)}


def _add(x: Way, y: Way) -> Way:
    return Way(
        multiset(x.selectors + y.selectors),
        x.rests_on | y.rests_on,
        x.unnamed + y.unnamed,
        x.through | y.through,
    )


def _resting(found: set[Way], fact: Fact, holds: bool) -> set[Way]:
    return {replace(way, rests_on=way.rests_on | {(fact, holds)}) for way in found}


def valid(e: Expression | None, context: Context) -> dict[Multiset, set[frozenset[Literal]]]:
    """The combinations, each with the sets of conditions on which it can rest."""
    found: dict[Multiset, set[frozenset[Literal]]] = {}
    for way in ways(e, context) if e is not None else ():
        found.setdefault(way.selectors, set()).add(way.rests_on)
    return found


def is_met(selectors: Sequence[Selector], entries: Sequence[Code], chapters: Chapters) -> bool:
    """Whether the selectors can be matched to entries of their own: by trying every arrangement."""
    return any(
        all(covers(s, code, chapters) for s, code in zip(selectors, chosen, strict=True))
        for chosen in permutations(entries, len(selectors))
    )


def satisfies_hall(selectors: Sequence[Selector], entries: Sequence[Code], chapters: Chapters) -> bool:
    """Hall's condition itself: every subset of the selectors is matched by as many entries as it has members."""
    everyone = range(len(selectors))
    for chosen in chain.from_iterable(combinations(everyone, n) for n in range(len(selectors) + 1)):
        below = sum(any(covers(selectors[i], code, chapters) for i in chosen) for code in entries)
        if below < len(chosen):
            return False
    return True


class Verdict(StrEnum):
    """The verdict of a side, in the words of the design."""

    NOT_GIVEN = "not given"
    NOT_APPLICABLE = "not applicable"
    CONTRADICTED = "contradicted"
    VALID = "valid"
    INCOMPLETE = "incomplete"


@cache
def _every_code() -> tuple[Code, ...]:
    """Every code of the right shape, in use or not."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return tuple(Code(Scheme.OPCS4, f"{x}{n:02}.{y}") for x in letters for n in range(100) for y in range(10))


def may_lead(selector: Selector, chapters: Chapters) -> bool:
    """Whether a selector is principal: some code that it covers is of no subsidiary chapter."""
    return _may_lead(selector, tuple(sorted(chapters.overflow.items())))


@cache
def _may_lead(selector: Selector, overflow: tuple[tuple[str, str], ...]) -> bool:
    chapters = Chapters(dict(overflow))
    return selector.scheme is not Scheme.OPCS4 or any(
        covers(selector, code, chapters) and not chapters.is_subsidiary(code) for code in _every_code()
    )


def principal(selectors: Iterable[Selector], chapters: Chapters) -> set[Selector]:
    """The principal selectors of a side: those that may lead; all, where none may."""
    everyone = set(selectors)
    return {s for s in everyone if may_lead(s, chapters)} or everyone


def missing(selectors: Sequence[Selector], entries: Sequence[Code], chapters: Chapters) -> int:
    """The fewest selectors that stay without an entry."""
    for left_out in range(len(selectors) + 1):
        for kept in combinations(selectors, len(selectors) - left_out):
            if is_met(kept, entries, chapters):
                return left_out
    raise AssertionError("the empty choice is always met")


def rivals(e: Expression, entries: Sequence[Code], context: Context, chapters: Chapters) -> bool | None:
    """Whether two exclusive variants are met and neither's codes contain the other's; None where that depends on the
    reading.

    A variant is met if a combination of its content is met, and its codes are the entries below the selectors of that
    combination. The design does not say which counts where several are met, nor what holds where one combination of the
    whole needs the codes of both variants: then nothing is said.
    """
    every_way = ways(e, context)
    live = {variant for way in every_way for variant in way.through}
    needed = [
        set(chosen)
        for way in every_way
        for chosen in permutations(range(len(entries)), len(way.selectors))
        if all(covers(s, entries[i], chapters) for s, i in zip(way.selectors, chosen, strict=True))
    ]
    met: dict[tuple[Path, int], set[frozenset[int]]] = {}
    for (path, n), known in sorted(_variants(e, context).items(), key=lambda each: each[0]):
        branch = node_at(e, (*path, n))
        assert isinstance(branch, When)
        labelled = _resting(ways(branch.then, known), branch.condition.fact, True)
        for way in labelled:
            if way.selectors and can_be(way.rests_on, context.facets) and is_met(way.selectors, entries, chapters):
                met.setdefault((path, n), set()).add(_below(way.selectors, entries, chapters))
    answer: bool | None = False
    for (one, mine), (other, theirs) in combinations(met.items(), 2):
        if one[0] != other[0]:
            continue
        apart = {not (x <= y or y <= x) and not any(x | y <= codes for codes in needed) for x in mine for y in theirs}
        if apart == {True} and one in live and other in live:
            return True
        if any(not (x <= y or y <= x) for x in mine for y in theirs):
            answer = None
    return answer


def _variants(e: Expression, context: Context, path: Path = ()) -> dict[tuple[Path, int], Context]:
    """The variants that no condition above them rules out (their neighbours still may), with what is known where they
    stand: the conditions above them hold.
    """
    found: dict[tuple[Path, int], Context] = {}
    for n, child in enumerate(children(e)):
        below = context
        if isinstance(e, OneOf) and e.has_variants and isinstance(child, When):
            if context.holds(*child.condition.fact) is False:
                continue
            found[path, n] = context
        if isinstance(e, When):
            truth = context.holds(*e.condition.fact)
            if truth is False:
                continue
            if truth is None:
                below = Context({**context.facts, e.condition.fact: True}, context.facets)
        found |= _variants(child, below, (*path, n))
    return found


def node_at(e: Expression, path: Path) -> Expression:
    """The node at a path of numbers of children."""
    for n in path:
        e = children(e)[n]
    return e


def _below(selectors: Sequence[Selector], entries: Sequence[Code], chapters: Chapters) -> frozenset[int]:
    return frozenset(i for i, code in enumerate(entries) if any(covers(s, code, chapters) for s in selectors))


def verdict(e: Expression, entries: Sequence[Code], context: Context, chapters: Chapters) -> Verdict | None:
    """The verdict of one side, without national standards; None where the design leaves it open (see `rivals`)."""
    if not entries:
        return Verdict.NOT_GIVEN
    nothing_known = Context(facets=context.facets)
    printed = valid(e, nothing_known)
    leads = principal(chain.from_iterable(printed), chapters)
    if not any(covers(s, code, chapters) for s in leads for code in entries):
        return Verdict.NOT_APPLICABLE
    open_now = valid(e, context)
    if not open_now:
        return Verdict.CONTRADICTED
    apart = rivals(e, entries, context, chapters)
    if apart:
        return Verdict.CONTRADICTED
    if apart is None:
        return None
    if any(is_met(c, entries, chapters) for c in open_now):
        return Verdict.VALID
    if any(is_met(c, entries, chapters) for c in printed):
        return Verdict.CONTRADICTED
    return Verdict.INCOMPLETE
