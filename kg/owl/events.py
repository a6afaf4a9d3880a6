"""A side of a recommendation as OWL classes of care events: what is recorded of each leaf, under which conditions.

Each leaf is the class of the events of which it is recorded, each condition the class of those of which it holds;
values of a facet that exclude each other are disjoint, one that implies another is below it. A node is the class of the
events of which it is recorded wholly, built from those of its parts; beside it stands what says that nothing of it is:

    recorded(AllOf)    all parts are           recorded(Optional)  it is, or nothing of it is
    recorded(OneOf)    one branch is, of the others nothing
    recorded(When)     the condition holds and the content is, or it fails and nothing of it is

A combination is then a choice of leaves of which some event can be: HermiT says which classes can have a member.
Nothing of the evaluator's is used, so that each is the other's check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, count, islice
from typing import assert_never

from pyoxigraph import BlankNode, NamedNode

from kg.errors import KgError
from kg.expression.condition import STATED, Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, conditions, picks
from kg.graph.iris import BASE, DATA
from kg.owl.hermit import Limits, realise
from kg.owl.records import Ontology

Node = NamedNode | BlankNode

MOST_CHOICES = 2_048
"""Choices of leaves that are put to HermiT for one side."""
_A_RUN = 64
_LIMITS = Limits()


class Events:
    """The classes of one side's care events in a context, and whether some event can be of each."""

    def __init__(self, e: Expression, context: Context) -> None:
        self._e, self._context = e, context
        self._leaves = picks(e)

    def combinations(self, limits: Limits = _LIMITS) -> list[str]:
        """The distinct combinations, each as its sorted notations (`J12.8 + Y53.-`), sorted, as HermiT finds them;
        a combination of no selector is the empty text.

        Raises:
            KgError: KG-E0802 for more leaves than can be tried; those of `kg.owl.hermit.realise`.
        """
        size = len(self._leaves)
        if 2**size > MOST_CHOICES:
            what = f"the side has {size} leaves: {2**size:,} choices of them; HermiT is asked about {MOST_CHOICES:,}"
            raise KgError("KG-E0802", what, hint="Ask without --by owl.")
        found: set[str] = set()
        every = (chosen for n in range(size + 1) for chosen in combinations(range(size), n))
        while some := list(islice(every, _A_RUN)):
            found.update(
                " + ".join(sorted(str(self._leaves[i].selector) for i in chosen))
                for chosen in self._possible(some, limits)
            )
        return sorted(found)

    def is_possible(self, limits: Limits = _LIMITS) -> bool:
        """Whether some care event can be recorded as the side says."""
        told = _Telling(self._e, self._context)
        whole = told.define("whole", [told.recorded()])
        return not _empty(told, [whole], limits)

    def _possible(self, chosen: Sequence[tuple[int, ...]], limits: Limits) -> Iterator[tuple[int, ...]]:
        told = _Telling(self._e, self._context)
        whole = told.define("whole", [told.recorded()])
        names = {
            leaves: told.define(
                f"choice/{'-'.join(map(str, leaves)) or 'none'}",
                [NamedNode(whole), *(told.leaf(i, taken=i in leaves) for i in range(len(self._leaves)))],
            )
            for leaves in chosen
        }
        empty = _empty(told, names.values(), limits)
        return (leaves for leaves, name in names.items() if name not in empty)


def _empty(told: _Telling, names: Iterable[str], limits: Limits) -> set[str]:
    found = realise(told.ontology.triples, (), limits)
    if not found.consistent:
        return set(names)  # the context itself can be of no event
    return set(names) & set(found.empty)


class _Telling:
    """Writes the classes of one expression. Leaves are numbered in print order."""

    def __init__(self, e: Expression, context: Context) -> None:
        self.ontology = Ontology(f"{DATA}events")
        self._next = count()  # a leaf is told by its place in print order: one value may stand in two places
        known = [Condition(*fact) for fact in context.facts]
        self._conditions = {c.fact: c for c in (*conditions(e), *known)}
        self._facets(context)
        self._whole, _ = self._node(e)
        self._given = [self._condition(c, holds=context.facts[c.fact]) for c in known]

    def define(self, name: str, parts: Sequence[Node]) -> str:
        """A class of what is in all of the parts; its IRI comes back."""
        return self.ontology.named_class(f"{BASE}event#{name}", parts)

    def recorded(self) -> Node:
        """The events of the context that are recorded as the side says."""
        return self.ontology.all_of([self._whole, *self._given])

    def leaf(self, number: int, *, taken: bool) -> Node:
        """The events of which a leaf is recorded, or not."""
        it = self.ontology.atom(f"{BASE}event#leaf/{number}")
        return it if taken else self.ontology.none_of(it)

    def _node(self, e: Expression) -> tuple[Node, Node]:
        """The events of which a node is recorded, and those of which nothing of it is."""
        o = self.ontology
        match e:
            case Pick():
                number = next(self._next)
                return self.leaf(number, taken=True), self.leaf(number, taken=False)
            case Unnamed():
                return o.everything, o.everything
            case AllOf(parts=parts):
                told = [self._node(part) for part in parts]
                return o.all_of([on for on, _ in told]), o.all_of([off for _, off in told])
            case OneOf(branches=branches):
                told = [self._node(b.then if isinstance(b, When) else b) for b in branches]
                labels = [[self._condition(b.condition, holds=True)] if isinstance(b, When) else [] for b in branches]
                ways = [
                    o.all_of([*labels[i], on, *(off for j, (_, off) in enumerate(told) if j != i)])
                    for i, (on, _) in enumerate(told)
                ]
                return o.any_of(ways), o.all_of([off for _, off in told])
            case Optional(content=content):
                on, off = self._node(content)
                return o.any_of([on, off]), off
            case When(condition=condition, then=then):
                on, off = self._node(then)
                held = o.all_of([self._condition(condition, holds=True), on])
                failed = o.all_of([self._condition(condition, holds=False), off])
                return o.any_of([held, failed]), off
            case _:
                assert_never(e)

    def _condition(self, c: Condition, *, holds: bool) -> Node:
        number = sorted(self._conditions).index(c.fact)
        it = self.ontology.atom(f"{BASE}event#condition/{number}")
        return it if holds else self.ontology.none_of(it)

    def _facets(self, context: Context) -> None:
        for one, other in combinations(sorted(self._conditions), 2):
            if one[0] != other[0] or one[0] == STATED:
                continue
            a, b = (self._condition(self._conditions[fact], holds=True) for fact in (one, other))
            if context.facets.implies(one[0], one[1], other[1]):
                self.ontology.narrower(a, b)
            elif context.facets.implies(one[0], other[1], one[1]):
                self.ontology.narrower(b, a)
            else:
                self.ontology.narrower(a, self.ontology.none_of(b))
