"""The store a user works with, opened read-only: recommendations, classification and standards as values.

Opens and hands over; rules live below. `kg.building` builds it.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from kg.codes import SctId, Selector
from kg.errors import KgError, Place, nearest
from kg.expression.combination import Combinations, combinations
from kg.expression.condition import Context, Facets
from kg.expression.nodes import conditions, picks
from kg.expression.recommendation import Recommendation, Side
from kg.facets import Lexicon, load_lexicon
from kg.graph.decode import decode_recommendation, guidances_in
from kg.graph.iris import concept_iri, guidance_graph
from kg.graph.store import Snapshot, open_release, open_store
from kg.reason.applied import Applied
from kg.reason.candidates import Candidates
from kg.reason.standing import CombinationsInForce
from kg.terminology.code_edition import ReleasedCodes
from kg.terminology.in_use import OpenCodes
from kg.terminology.release import Release

if TYPE_CHECKING:
    from kg.reason.inferring import Inferring
    from kg.standards import Loaded


def today() -> datetime.date:
    """The day on which the user asks, where he is."""
    return datetime.datetime.now().astimezone().date()


class Workspace:
    """An opened store: its recommendations as values, the classification, and the graph. A context manager."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.release = Release.of_store(snapshot.release)
        self._standards: dict[tuple[tuple[Path, ...], Path | None], Loaded] = {}

    @cached_property
    def classification(self) -> OpenCodes | ReleasedCodes:
        """The classifications in use today: those of the loaded releases, else the open list of codes in use."""
        return self.classification_on(today())

    def classification_on(self, day: datetime.date) -> OpenCodes | ReleasedCodes:
        """The classifications in use on a day: one object for all days with the same editions."""
        return self.release.codes(day) if self.release else self._open_codes

    @cached_property
    def _open_codes(self) -> OpenCodes:
        return OpenCodes()

    @cached_property
    def lexicon(self) -> Lexicon:
        """The facets with the words that state them."""
        return load_lexicon()

    @property
    def facets(self) -> Facets:
        """The facets that conditions are recognised in."""
        return self.lexicon.facets

    @cached_property
    def recommendations(self) -> Mapping[str, Recommendation]:
        """All recommendations by the id of their guidance, in order of ids."""
        store = self.snapshot.quads
        found = [decode_recommendation(store, guidance) for guidance in guidances_in(store)]
        return MappingProxyType({r.id: r for r in sorted(found, key=lambda r: r.id)})

    @cached_property
    def candidates(self) -> Candidates:
        """The guidances by their main codes: those that a record could be about are found without trying the others."""
        return Candidates.of(self.recommendations.values(), self.classification.chapters)

    def recommendation(self, id: str) -> Recommendation:
        """The recommendation of a guidance, by its id as `named` reads it.

        Raises:
            KgError: KG-E0601 with near ids.
        """
        found = self.named(id)
        if found is not None:
            return found
        near = nearest(id, list(self.recommendations))
        hint = f"Did you mean {' or '.join(near)}?" if near else f"The store holds {_some(list(self.recommendations))}."
        raise KgError("KG-E0601", f'no guidance "{id}" in the store', where=Place(str(self.snapshot.path)), hint=hint)

    def named(self, text: str) -> Recommendation | None:
        """The recommendation of the guidance that a text names, if one does: capitals and blanks do not matter, and
        what divides it (`IPG-369`, `IP1062-2`) only where the store has two that are otherwise alike.
        """
        if (exact := self.recommendations.get(text)) is not None:
            return exact
        for dividing in (r"\s", r"[\s/_.-]"):
            asked = re.sub(dividing, "", text).lower()
            alike = [r for id, r in self.recommendations.items() if re.sub(dividing, "", id).lower() == asked]
            if len(alike) == 1:
                return alike[0]
        return None

    def listing(self, concept: SctId) -> tuple[Recommendation, ...]:
        """The recommendations whose guidances list a concept, in order of ids, without reading the others."""
        store = self.snapshot.quads
        graphs = {q.graph_name for q in store.quads_for_pattern(None, None, concept_iri(concept), None)}
        found = [decode_recommendation(store, g) for g in guidances_in(store) if guidance_graph(g) in graphs]
        return tuple(sorted((r for r in found if any(c.id == str(concept) for c in r.concepts)), key=lambda r: r.id))

    def recommendations_but(self, other: Workspace) -> tuple[Recommendation, ...]:
        """The recommendations whose guidances another store does not have, in order of ids."""
        theirs = set(guidances_in(other.snapshot.quads))
        store = self.snapshot.quads
        found = [decode_recommendation(store, g) for g in guidances_in(store) if g not in theirs]
        return tuple(sorted(found, key=lambda r: r.id))

    def context(self, given: Mapping[str, Sequence[str]], among: Sequence[Recommendation] = ()) -> Context:
        """The context of given facts, after a check that each facet and value is known or occurs in `among`.

        Raises:
            KgError: KG-E0303 with the nearest name, KG-E0304 for facts that contradict each other.
        """
        occurring = sorted(
            {c.fact for r in among for reading in r.readings for s in Side for c in conditions(reading.side(s))}
        )
        for facet, values in given.items():
            for value in values:
                self.facets.check(facet, value.removeprefix("!"), occurring)
        return Context.of(given, self.facets)

    def combinations(self, id: str, context: Context | None = None, side: Side | str = Side.PROCEDURE) -> Combinations:
        """The combinations of one side of a guidance as printed."""
        return combinations(self.recommendation(id).side(Side(side)), context or Context(facets=self.facets))

    def combinations_in_force(
        self,
        id: str,
        context: Context | None = None,
        side: Side | str = Side.PROCEDURE,
        applied: Applied | None = None,
    ) -> CombinationsInForce:
        """The combinations of one side of a guidance that are in force; without `applied`, today and as shipped."""
        known = context or Context(facets=self.facets)
        return (applied or self.applied()).combinations(self.recommendation(id), Side(side), known)

    def applied(
        self, day: datetime.date | None = None, packs: Sequence[Path] = (), settings: Path | None = None
    ) -> Applied:
        """The standards to apply to what has no date of its own: the national ones, packs of rules and local switches,
        on a day (None: today).

        Raises:
            KgError: those of `kg.standards.load_standards`.
        """
        ready = self.standards(packs, settings).ready(self.classification.chapters)
        classification = self.classification if day is None else self.classification_on(day)
        return Applied(ready, classification, day or today(), self.lexicon.stated_in)

    @cached_property
    def inferring(self) -> Inferring:
        """What codes and concepts of a record say of conditions; terms of concepts are those that guidances print."""
        from kg.standards.inferences import load_inferring

        terms = {c.id: c.term for r in self.recommendations.values() for c in r.concepts}
        return load_inferring(self.classification, self.lexicon, lambda concept: terms.get(str(concept), ""))

    def standards(self, packs: Sequence[Path] = (), settings: Path | None = None) -> Loaded:
        """The rules of the national standards and packs, at the levels of local switches; read once.

        Raises:
            KgError: those of `kg.standards.load_standards`.
        """
        from kg.standards import Loaded, load_national, load_standards

        key = (tuple(packs), settings)
        if key not in self._standards:
            # The shipped rules are held against each other by the tests: alone they need not be again.
            alone = not packs and settings is None
            self._standards[key] = (
                Loaded(load_national()) if alone else load_standards(self.classification, packs, settings)
            )
        return self._standards[key]

    def title(self, selector: Selector) -> str:
        """The known title of a selector, else the first that a guidance of the store prints with it; may be empty."""
        return self.classification.title(selector) or self._printed.get(selector, "")

    @cached_property
    def _printed(self) -> Mapping[Selector, str]:
        found: dict[Selector, str] = {}
        for r in self.recommendations.values():
            for pick in (p for reading in r.readings for side in Side for p in picks(reading.side(side)) if p.title):
                found.setdefault(pick.selector, pick.title)
        return found

    def uses(self, selector: Selector) -> list[tuple[Recommendation, Side]]:
        """The guidances that name a selector, by id, with the side they name it on."""
        return [
            (r, side)
            for r in self.recommendations.values()
            for side in Side
            if any(p.selector == selector for p in picks(r.side(side)))
        ]

    def close(self) -> None:
        """Let go of the store."""
        self.snapshot.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _some(ids: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(ids[:most])
    return f"{shown} and {len(ids) - most} more" if len(ids) > most else shown or "none"


def open_workspace(store: Path, release: str | None = None) -> Workspace:
    """Open a store to read it: its current release, or the one of an id.

    Raises:
        KgError: those of `kg.graph.store.open_store` and `open_release`.
    """
    return Workspace(open_store(store) if release is None else open_release(store, release))


__all__ = ["Workspace", "open_workspace", "today"]
