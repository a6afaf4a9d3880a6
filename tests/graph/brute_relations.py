"""The direct relations of one side, computed plainly from the words of the design and the program's values alone.

Nodes are told by their path from the root, as `(0, 2, 1)`. A way through the expression is the multiset of its
selectors with the leaves it takes them from; a combination is a multiset with all leaves of all its ways.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import combinations

from kg.codes import Chapters, Selector, may_lead
from kg.expression.condition import STATED, Facets
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, children

Path = tuple[int, ...]
Fact = tuple[str, str]
Term = Selector | Path
"""A selector, or a node."""

Way = tuple[tuple[Selector, ...], frozenset[tuple[Fact, bool]], frozenset[Path]]


class Side:
    """One side of a guidance, with all that is asked of it worked out by trying everything."""

    def __init__(
        self,
        e: Expression,
        leads: bool,
        chapters: Chapters,
        facets: Facets,
        states: Callable[[Selector], set[Fact]],
    ) -> None:
        self.root, self.facets, self._states_of = e, facets, states
        self.nodes = dict(_nodes(e, ()))
        named = {n.selector for n in self.nodes.values() if isinstance(n, Pick)}
        self.principal = {s for s in named if not leads or may_lead(s, chapters)} or named
        self.combinations: dict[frozenset[tuple[Selector, int]], set[Path]] = {}
        self.together: list[frozenset[Path]] = []
        for selectors, facts, leaves in self._ways(e, ()):
            if self._can_be(facts):
                key = frozenset(Counter(selectors).items())
                self.combinations.setdefault(key, set()).update(leaves)
                self.together.append(leaves)
        self.sets = [({s for s, _ in key}, used) for key, used in self.combinations.items()]

    # -- combinations

    def _ways(self, e: Expression, at: Path) -> list[Way]:
        none: Way = ((), frozenset(), frozenset())
        match e:
            case Pick(selector=selector):
                return [((selector,), frozenset(), frozenset({at}))]
            case Unnamed():
                return [((), frozenset(), frozenset({at}))]
            case AllOf(parts=parts):
                made = [none]
                for i, part in enumerate(parts):
                    made = [_sum(a, b) for a in made for b in self._ways(part, (*at, i))]
                return made
            case OneOf(branches=branches):
                return [
                    way
                    for i, branch in enumerate(branches)
                    for way in (
                        _resting(self._ways(branch.then, (*at, i, 0)), branch, True)
                        if isinstance(branch, When)
                        else self._ways(branch, (*at, i))
                    )
                ]
            case Optional(content=content):
                return [none, *self._ways(content, (*at, 0))]
            case When(then=then):
                return [*_resting([none], e, False), *_resting(self._ways(then, (*at, 0)), e, True)]

    def _can_be(self, facts: frozenset[tuple[Fact, bool]]) -> bool:
        for ((facet, one), holds), ((other_facet, other), other_holds) in combinations(sorted(facts), 2):
            if facet == other_facet:
                if holds and other_holds and self.facets.excludes(facet, one, other):
                    return False
                if holds and not other_holds and self.facets.implies(facet, one, other):
                    return False
                if other_holds and not holds and self.facets.implies(facet, other, one):
                    return False
        return True

    def _with(self, a: Selector) -> list[tuple[set[Selector], set[Path]]]:
        return [(selectors, used) for selectors, used in self.sets if a in selectors]

    # -- requires-additional

    def required(self) -> set[tuple[Selector, Term]]:
        found: set[tuple[Selector, Term]] = set()
        for a in self.principal:
            every = self._with(a)
            if not every:
                continue
            found |= {(a, b) for b in set.intersection(*(s for s, _ in every)) - {a}}
            for at, node in self.nodes.items():
                if not isinstance(node, OneOf) or a in self._selectors_below(at):
                    continue
                taken = {used_path[len(at)] for _, used in every for used_path in used if _below(used_path, at)}
                always = all(any(_below(path, at) for path in used) for _, used in every)
                if always and len(taken) > 1:
                    found.add((a, at))
        return found

    def _selectors_below(self, at: Path) -> set[Selector]:
        return {n.selector for p, n in self.nodes.items() if isinstance(n, Pick) and _below(p, at)}

    # -- alternative-to

    def alternatives(self) -> set[tuple[Term, Term]]:
        found: set[tuple[Term, Term]] = set()
        for at, node in self.nodes.items():
            if not isinstance(node, OneOf):
                continue
            for i, one in enumerate(node.branches):
                for j, other in enumerate(node.branches):
                    if i != j:
                        found.add(((*at, i), (*at, j)))
                        pairs = {(a, b) for a in self._leading(one) for b in self._leading(other)}
                        pairs |= {(a, b) for a in _whole(one) for b in _whole(other)}
                        found |= {(a, b) for a, b in pairs if a != b}
        return found

    def _leading(self, branch: Expression) -> set[Selector]:
        """The principal selectors of a branch, but for what it adds as an option or under a condition."""
        match branch:
            case When(then=then):
                return self.certain(then)
            case _:
                return self.certain(branch)

    def certain(self, e: Expression) -> set[Selector]:
        match e:
            case Pick(selector=selector):
                return {selector} & self.principal
            case AllOf(parts=parts):
                return set().union(*map(self.certain, parts))
            case OneOf(branches=branches):
                return set().union(*map(self._leading, branches))
            case Unnamed() | Optional() | When():
                return set()

    # -- maps-to

    def of_guidance(self) -> set[Selector]:
        e = self.root
        while isinstance(e, Optional | When):
            e = children(e)[0]
        return self.certain(e)

    def of_concept(self, term: set[Fact]) -> set[Selector]:
        """The selectors that a concept maps to by what its term states."""
        found = set(self.principal)
        for selectors, _ in self.sets:
            found &= selectors
        if not self.sets:
            found = set()
        for at in self.nodes:
            if self._is_decided(at, term):
                ways = [s for s, used in self.sets if any(_below(path, at) or path == at for path in used)]
                if ways:
                    found |= self.principal & set.intersection(*ways)
        return found

    def _is_decided(self, at: Path, term: set[Fact]) -> bool:
        """Whether the term selects this branch and every branch above it, and nothing between is an addition."""
        if not at or not isinstance(self.nodes[at[:-1]], OneOf) or at not in self.selected(at[:-1], term):
            return False
        for depth in range(len(at)):
            above = at[:depth]
            node = self.nodes[above]
            label = bool(above) and isinstance(self.nodes[above[:-1]], OneOf)
            if isinstance(node, Optional) or (isinstance(node, When) and not label):
                return False
            if isinstance(node, OneOf) and at[: depth + 1] not in self.selected(above, term):
                return False
        return True

    def selected(self, choice: Path, term: set[Fact]) -> set[Path]:
        """The branches that are left where a term decides a choice; none where it does not."""
        node = self.nodes[choice]
        assert isinstance(node, OneOf)
        branches = {(*choice, i): self.stated(branch) for i, branch in enumerate(node.branches)}
        left = set(branches)
        for facet in {facet for facet, _ in term}:
            said = {value for f, value in term if f == facet}
            told = {at: {v for f, v in facts if f == facet} for at, facts in branches.items()}
            kept = {
                at for at, values in told.items() if any(self.facets.implies(facet, t, v) for t in said for v in values)
            }
            if not kept:
                kept = {
                    at
                    for at, values in told.items()
                    if not any(all(self.facets.excludes(facet, t, v) for t in said) for v in values)
                }
            if kept:
                left &= kept
        return left if left != set(branches) else set()

    def stated(self, branch: Expression) -> set[Fact]:
        label: set[Fact] = set()
        if isinstance(branch, When):
            label = {branch.condition.fact} if branch.condition.facet != STATED else set()
            branch = branch.then
        return label | self._told(branch)

    def _told(self, e: Expression) -> set[Fact]:
        match e:
            case Pick(selector=selector):
                return self._states_of(selector)
            case AllOf(parts=parts):
                return set().union(*map(self._told, parts))
            case OneOf(branches=branches):
                # The label of an alternative within an alternative is not the outer one's label.
                return set().union(*(self._told(b.then if isinstance(b, When) else b) for b in branches))
            case Unnamed() | Optional() | When():
                return set()

    # -- conditional additions

    def additions(self) -> set[tuple[Selector, Path]]:
        """A principal selector and the node of an addition (or labelled variant) beside which it can stand."""
        found: set[tuple[Selector, Path]] = set()
        for at, node in self.nodes.items():
            if isinstance(node, Optional | When):
                if not _added(children(node)[0]):
                    continue
                for used in self.together:
                    if any(_below(path, at) for path in used):
                        outside = (self.nodes[path] for path in used if not _below(path, at))
                        found |= {
                            (n.selector, at) for n in outside if isinstance(n, Pick) and n.selector in self.principal
                        }
        return found


def _added(e: Expression) -> bool:
    """Whether something is added by the node itself (and not only by a further addition within)."""
    match e:
        case AllOf(parts=parts):
            return any(map(_added, parts))
        case Pick() | OneOf() | Unnamed():
            return True
        case Optional() | When():
            return False


def _whole(branch: Expression) -> set[Selector]:
    inner = branch.then if isinstance(branch, When) else branch
    return {inner.selector} if isinstance(inner, Pick) else set()


def _below(path: Path, at: Path) -> bool:
    return len(path) > len(at) and path[: len(at)] == at


def _sum(a: Way, b: Way) -> Way:
    return (*a[0], *b[0]), a[1] | b[1], a[2] | b[2]


def _resting(ways: list[Way], when: When, holds: bool) -> list[Way]:
    return [(s, facts | {(when.condition.fact, holds)}, leaves) for s, facts, leaves in ways]


def _nodes(e: Expression, at: Path) -> list[tuple[Path, Expression]]:
    return [(at, e), *(pair for i, child in enumerate(children(e)) for pair in _nodes(child, (*at, i)))]
