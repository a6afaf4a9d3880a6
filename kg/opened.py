"""An opened store for Python and notebooks: what `kg.open` gives (docs/python.md).

It is a `Workspace` (recommendations, codes and editions as typed values) that answers in tables, and shows itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING

from kg.citation import Citation
from kg.codes import Chapter, Code, One, Scheme
from kg.expression.nodes import picks
from kg.expression.recommendation import Side
from kg.graph import queries
from kg.graph.results import run
from kg.graph.store import open_store
from kg.reason.check import check_all
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict
from kg.table import Table
from kg.terminology import frames
from kg.terminology.snomed import Id
from kg.workspace import Workspace

if TYPE_CHECKING:
    import networkx as nx
    import rdflib


class OpenedStore(Workspace):
    """An opened store. A context manager; what it answers never changes, however often the store is built anew."""

    # -- guidances

    def guidances(self) -> Table:
        """The guidances: `id`, `title`, `review`, and the number of combinations of either side as printed."""
        found = [
            (r.id, r.title, r.review, *(self.combinations(r.id, side=side).count for side in Side))
            for r in self.recommendations.values()
        ]
        return Table.of("guidances", ("id", "title", "review", "procedure", "diagnosis"), found)

    def selectors(self) -> Table:
        """What the guidances name, in print order: `guidance`, `side`, `selector`, `title`, `quote`."""
        found = [
            (
                r.id,
                side.value,
                str(p.selector),
                p.title or self.title(p.selector),
                p.citation.quote if isinstance(p.citation, Citation) else "",
            )
            for r in self.recommendations.values()
            for side in Side
            for p in picks(r.side(side))
        ]
        return Table.of("selectors of guidances", ("guidance", "side", "selector", "title", "quote"), found)

    def combinations_table(
        self, id: str, given: Mapping[str, Sequence[str]] | None = None, most: int = 10_000
    ) -> Table:
        """The first combinations of a guidance as printed: `side`, `rank`, `selectors`, `notation`.

        Raises:
            KgError: KG-E0601 for no such guidance, KG-E0303 and KG-E0304 for facts that are not to be had.
        """
        context = self.context(given or {}, [self.recommendation(id)])
        found: list[tuple[str, int, str, str]] = []
        for side in Side:
            for each in self.combinations(id, context, side):
                if len(found) == most:
                    break
                found.append((side.value, each.rank, " ".join(map(str, each.selectors)), each.notation))
        return Table.of(f"combinations of {id}", ("side", "rank", "selectors", "notation"), found)

    def check(
        self,
        procedures: Sequence[str] = (),
        diagnoses: Sequence[str] = (),
        *,
        snomed: Sequence[str] = (),
        given: Mapping[str, Sequence[str]] | None = None,
        date: str | None = None,
        guidance: str | None = None,
    ) -> tuple[GuidanceVerdict, ...]:
        """The verdicts on a record, best first, with the standards in force on its day: against one guidance, or all
        that apply.

        Raises:
            KgError: those of `Record.of`, KG-E0601 for no such guidance.
        """
        among = [self.recommendation(guidance)] if guidance else list(self.recommendations.values())
        record = Record.of(procedures, diagnoses, snomed, context=self.context(given or {}, among), date=date)
        against = among if guidance else self.candidates.about(record)
        found = check_all(against, record, self.classification, self.applied(), everything=guidance is not None)
        return tuple(found)

    # -- the graph

    def query(self, asked: str, **values: str | Sequence[str]) -> Table:
        """The answer to a named query with its values, or to SPARQL.

        >>> # store.query("codes-of-guidance", guidance="IPG369"), store.query("SELECT * { GRAPH ?g { ?s ?p ?o } }")

        Raises:
            KgError: KG-E0602 to KG-E0605, KG-E0608.
        """
        is_name = not any(sign in asked for sign in "{} \n")
        question = queries.fill(queries.named(asked), values) if is_name else queries.ad_hoc(asked)
        results = run(self.snapshot, question)
        return Table.of(question.source, results.names(), results.values())

    def dataset(self, *, union: bool = True) -> rdflib.Dataset:
        """The quads as a read-only rdflib data set, where they lie; `union`: all graphs together are the default."""
        from kg.graph.rdflib_store import dataset_of

        return dataset_of(self.snapshot.quads, union=union)

    def neighbourhood(self, thing: str, radius: int = 1, most: int = 500) -> nx.MultiDiGraph:
        """What stands around a guidance, code or concept, as `kg.graph.neighbourhood` tells it; around a concept that
        no guidance touches, of the newest edition of SNOMED CT: parents, children and relationships.

        Raises:
            KgError: KG-E0601 for a thing that the store does not know.
        """
        from kg.answers.neighbourhood import around

        return around(self, thing, radius, most)

    # -- releases

    def concepts(self, below: Id | None = None, edition: str | None = None) -> Table:
        """Concepts of an edition (the newest; `below` one, with it): `concept`, `term`, `fsn`, `active`, `defined`.

        Raises:
            KgError: KG-E1009 without the edition, KG-E0601 without the concept.
        """
        return frames.concepts(self.release.snomed(edition), below)

    def terms(self, below: Id | None = None, edition: str | None = None) -> Table:
        """Terms of concepts as in `concepts`: `concept`, `id`, `term`, `kind`, `active`."""
        return frames.terms(self.release.snomed(edition), below)

    def relationships(self, below: Id | None = None, edition: str | None = None) -> Table:
        """Active relationships of concepts as in `concepts`, is-a included: `concept`, `group`, `type`, `target`."""
        return frames.relationships(self.release.snomed(edition), below)

    def maps(self, below: Id | None = None, edition: str | None = None) -> Table:
        """Active map rows of concepts as in `concepts`: `concept`, `refset`, `system`, `block`, `group`, `priority`,
        `target`, `rule`, `advice`.
        """
        return frames.maps(self.release.snomed(edition), below)

    def codes(self, system: str | Scheme) -> Table:
        """The codes of a classification in use today, of its loaded edition or of the open list: `code`, `title`.

        Raises:
            KgError: KG-E0411 for a system that is none.
        """
        scheme = system if isinstance(system, Scheme) else Scheme.named(system)
        known = self.classification
        codes: list[Code] = []
        for letter in ascii_uppercase:
            codes += known.codes_under(Chapter(scheme, letter))
        found = sorted(set(codes), key=lambda code: code.key)
        return Table.of(str(scheme), ("code", "title"), [(str(c), known.title(One(c))) for c in found])

    # -- shown

    def __repr__(self) -> str:
        told = self.snapshot.manifest
        return f"<kg store {self.snapshot.path}: {len(self.recommendations)} guidances, {told.quads:,} quads>"

    def _repr_html_(self) -> str:
        """What the store holds, for a notebook."""
        told = self.snapshot.manifest
        rows = [("release", told.id), ("quads", f"{told.quads:,}")]
        rows += [(name.replace("_", " "), f"{count:,}") for name, count in told.counts.items() if count]
        rows += [("edition", each.title) for each in self.release.editions]
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows)
        return f"<table><caption>{escape(str(self.snapshot.path))}</caption>{cells}</table>"


def open(store: str | Path | None = None) -> OpenedStore:
    """Open a store to read it; without one named `$KG_STORE`, else `./kg-store`.

    Raises:
        KgError: those of `kg.graph.store.open_store`.
    """
    return OpenedStore(open_store(Path(store or os.environ.get("KG_STORE") or "kg-store")))
