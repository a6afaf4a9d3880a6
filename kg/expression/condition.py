"""Conditions of a recommendation, and what is known of one care event.

A condition is a facet and a value (`approach = open`). A facet has one value at a time; a value can imply a wider one
(`image-control = fluoroscopic` implies `image-control = used`). Words that no facet recognises are a facet of their
own with the words as its value, where every value stands by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from kg.citation import Origin
from kg.errors import KgError, nearest

STATED = "stated"
"""The facet of conditions known only by their words: its values do not exclude each other."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in the words of the document, with the facet and value in which they are recognised."""

    facet: str
    value: str
    words: str = ""
    citation: Origin | None = None

    def __str__(self) -> str:
        return f"{self.facet}={self.value}"

    @property
    def fact(self) -> tuple[str, str]:
        """Facet and value: what makes two conditions the same."""
        return self.facet, self.value

    @classmethod
    def stated(cls, words: str, citation: Origin | None = None) -> Condition:
        """A condition that no facet recognises: its value is its words in lower case, joined by hyphens."""
        return cls(STATED, re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "unspoken", words, citation)


@dataclass(frozen=True, slots=True)
class Facets:
    """The facets that are known: for each, its values, and for each value the wider one that it implies (or None).

    An empty table knows no facet; then every facet is taken as single-valued and no value implies another.
    """

    values: Mapping[str, Mapping[str, str | None]] = field(default_factory=lambda: MappingProxyType({}))

    def wider(self, facet: str, value: str) -> Iterator[str]:
        """The value and every wider one that it implies, narrowest first."""
        table = self.values.get(facet, {})
        seen: set[str] = set()
        at: str | None = value
        while at is not None and at not in seen:
            seen.add(at)
            yield at
            at = table.get(at)

    def implies(self, facet: str, narrow: str, wide: str) -> bool:
        """Whether an event of which the facet has value `narrow` has `wide` too."""
        return wide in self.wider(facet, narrow)

    def excludes(self, facet: str, one: str, other: str) -> bool:
        """Whether no event has both values."""
        if facet == STATED or one == other:
            return False
        return not (self.implies(facet, one, other) or self.implies(facet, other, one))

    def check(self, facet: str, value: str, also: Sequence[tuple[str, str]] = ()) -> None:
        """Refuse a facet or value that neither this table nor `also` (those of a recommendation) knows.

        Raises:
            KgError: KG-E0303, with the nearest known name.
        """
        if facet == STATED and not also:
            return
        names = sorted({*self.values, *(name for name, _ in also)})
        if facet not in names:
            near = nearest(facet, names)
            hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names) or 'none'}."
            raise KgError("KG-E0303", f'no facet is called "{facet}"', hint=hint)
        known = sorted({*self.values.get(facet, {}), *(v for name, v in also if name == facet)})
        if value not in known:
            near = nearest(value, known)
            hint = f"Did you mean {facet}={near[0]}?" if near else f"Values of {facet}: {', '.join(known)}."
            raise KgError("KG-E0303", f'the facet {facet} has no value "{value}"', hint=hint)


NO_FACETS = Facets()


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of one care event: facts that hold or fail; everything else is unknown.

    `facts` maps (facet, value) to True or False. Knowing a value decides the others of its facet: a wider value
    holds, a value that excludes it fails. A context that says both of one fact is refused (KG-E0304).
    """

    facts: Mapping[tuple[str, str], bool] = field(default_factory=lambda: MappingProxyType({}))
    facets: Facets = NO_FACETS

    def __post_init__(self) -> None:
        """Refuse what no care event can be (KG-E0304)."""
        held = [fact for fact, holds in self.facts.items() if holds]
        for facet, value in held:
            for other_facet, other in held:
                if facet == other_facet and self.facets.excludes(facet, value, other):
                    what = f"{facet} cannot be both {value} and {other}"
                    raise KgError("KG-E0304", what, why="A facet has one value for one care event.")
            for wide in self.facets.wider(facet, value):
                if self.facts.get((facet, wide)) is False:
                    what = f"{facet}={value} is given, and {facet}={wide} is denied"
                    raise KgError("KG-E0304", what, why=f"{value} implies {wide}.")

    def holds(self, facet: str, value: str) -> bool | None:
        """Whether a fact is true, false or (None) unknown."""
        for (other_facet, other), given in self.facts.items():
            if other_facet != facet:
                continue
            if given and self.facets.implies(facet, other, value):
                return True
            if given and self.facets.excludes(facet, other, value):
                return False
            if not given and self.facets.implies(facet, value, other):
                return False
        return None

    @classmethod
    def of(cls, pairs: Mapping[str, str | Sequence[str]], facets: Facets = NO_FACETS) -> Context:
        """A context of given facts, as `{"approach": "open"}`; a value that begins with `!` is denied."""
        facts: dict[tuple[str, str], bool] = {}
        for facet, values in pairs.items():
            for value in [values] if isinstance(values, str) else values:
                fact, holds = (facet, value.removeprefix("!")), not value.startswith("!")
                if facts.setdefault(fact, holds) is not holds:
                    raise KgError("KG-E0304", f"{facet}={fact[1]} is both given and denied")
        return cls(facts, facets)


NOTHING_KNOWN = Context()
