"""The folder a user works in: building it from sources, and opening it read-only.

Opens and hands over; rules live below.
This is the only place that knows documents, releases and the graph at once.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, Store

from kg.codes import Selector
from kg.errors import KgError, Place, nearest
from kg.expression.combination import Combinations, combinations
from kg.expression.condition import Context, Facets
from kg.expression.nodes import conditions, picks
from kg.expression.recommendation import Recommendation, Side
from kg.facets import Lexicon, load_lexicon
from kg.folder.deriving import derive_all, made_of_what
from kg.graph import dataset
from kg.graph.building import build as build_store
from kg.graph.building import standing
from kg.graph.decode import decode_recommendation, guidances_in
from kg.graph.iris import guidance_iri
from kg.graph.manifest import Contents, Input, digest_of
from kg.graph.store import Snapshot, open_store
from kg.reason.applied import Applied
from kg.reason.candidates import Candidates
from kg.reason.standing import CombinationsInForce
from kg.resources import VERSION
from kg.terminology.building import Part
from kg.terminology.code_edition import ReleasedCodes
from kg.terminology.editions import Edition
from kg.terminology.in_use import OpenCodes
from kg.terminology.problems import Problems
from kg.terminology.release import Release

if TYPE_CHECKING:
    from kg.folder.outcome import Outcome
    from kg.owl.records import Ontology
    from kg.reason.inferring import Inferring
    from kg.standards import Loaded

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Read:
    """What became of the sources.

    `outcomes` has one for each document, in their order; `recommendations` are in order of their ids. `failed` has
    faults with the file of each, of documents and of decisions; `noted` what is to be told of decisions besides.
    """

    outcomes: tuple[Outcome, ...]
    recommendations: tuple[Recommendation, ...]
    inputs: tuple[Input, ...]
    failed: tuple[tuple[Path, KgError], ...]
    noted: tuple[tuple[Path, KgError], ...]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build has made, and what could not be read. `reused`: it stood there already. `editions` are those of the
    users' releases, `problems` what was wrong in them.
    """

    release: str
    path: Path
    quads: int
    read: Read
    reused: bool
    editions: tuple[Edition, ...] = ()
    problems: Problems = field(default_factory=Problems)

    @property
    def recommendations(self) -> tuple[Recommendation, ...]:
        """What went in, in order of ids."""
        return self.read.recommendations

    @property
    def failed(self) -> tuple[tuple[Path, KgError], ...]:
        """What could not be read."""
        return self.read.failed


def read_sources(
    sources: Sequence[Path], progress: Progress | None = None, *, jobs: int | None = None, fresh: bool = False
) -> Read:
    """Read documents, hand-written recommendations and decisions, and the folders of these that are named.

    What cannot be read does not stop the others. `jobs` and `fresh` as in `kg.folder.reading.Documents`.
    """
    from kg.folder.gather import gather
    from kg.folder.outcome import Outcome
    from kg.folder.reading import Documents

    documents = Documents(gather(sources), jobs=jobs, fresh=fresh, progress=progress)
    found: dict[str, Outcome] = {}
    outcomes: list[Outcome] = []
    for outcome in documents:
        if (r := outcome.recommendation) is not None:
            # Ids that differ in "/" and "-" alone would share one address in the graph.
            other = found.setdefault(guidance_iri(r.id).value, outcome)
            if other is not outcome and other.recommendation:
                fault = KgError(
                    "KG-E0209",
                    f"{other.recommendation.id} is in {other.file.name} already",
                    where=Place(str(outcome.file)),
                    hint="Give each guidance once, or give one of them another id.",
                )
                outcome = Outcome(outcome.file, fault=fault, digest=outcome.digest, size=outcome.size)
        outcomes.append(outcome)
    kept = [(o.recommendation, o) for o in outcomes if o.recommendation]
    inputs = [Input(o.file.name, "guidance", o.size, o.digest) for _, o in kept]
    inputs += [Input(f.path.name, "decision", f.path.stat().st_size, digest_of(f.path)) for f in documents.used]
    faults = [(o.file, o.fault if o.fault.where else o.fault.at(Place(str(o.file)))) for o in outcomes if o.fault]
    wrong = [each for each in documents.problems if each[1].kind.severity == "error"]
    return Read(
        tuple(outcomes),
        tuple(sorted((r for r, _ in kept), key=lambda r: r.id)),
        tuple(sorted(inputs)),
        (*faults, *wrong),
        tuple(each for each in documents.problems if each not in wrong),
    )


def build(
    sources: Sequence[Path],
    into: Path,
    *,
    releases: Sequence[Path] = (),
    strict: bool = False,
    progress: Progress | None = None,
    version: str = VERSION,
    jobs: int | None = None,
) -> BuildReport:
    """Build the store at `into` from its sources and the users' releases, and make the new release current.

    With `strict` a source that cannot be read stops the build, and so does a problem in a release. Growth: linear in
    sources, their combinations listed, and rows of releases.

    Raises:
        KgError: that of the first source if none can be read, or with `strict`; those of `build_from`.
    """
    read = read_sources(sources, progress, jobs=jobs)
    if read.failed and (strict or not read.recommendations):
        raise read.failed[0][1]
    return build_from(read, into, releases=releases, strict=strict, progress=progress, version=version, jobs=jobs)


def build_from(
    read: Read,
    into: Path,
    *,
    releases: Sequence[Path] = (),
    strict: bool = False,
    progress: Progress | None = None,
    version: str = VERSION,
    jobs: int | None = None,
) -> BuildReport:
    """Build the store at `into` from what was read. The same bytes whatever `jobs`; nothing is done that stands there.

    Raises:
        KgError: KG-E0201 if there is nothing; those of `kg.graph.building.build` and of
            `kg.terminology.building.write_terminology`.
    """
    if not read.recommendations and not releases:
        raise KgError("KG-E0201", "there is nothing to build from", hint="Name documents or a folder of them.")
    part = Part(releases, strict=strict, progress=progress)
    # What a release is made of is told by its bytes, which cost as much to digest as to load.
    made_of = "" if releases else made_of_what(read.recommendations, read.inputs, version)
    made = standing(into, made_of)
    if made is None:
        # On the disk: a thousand guidances are more than a hundred megabytes of quads.
        with TemporaryFile() as lines:

            def write(store: Store) -> Contents:
                counts = derive_all(lines, read.recommendations, part.codes, progress, jobs)
                lines.seek(0)
                store.bulk_load(input=lines, format=RdfFormat.N_QUADS)  # one load: each costs a tenth of a second
                store.extend(dataset.describe(store, version))
                inputs = [Input(f.name, "release", f.stat().st_size, digest_of(f)) for f in part.origins]
                return Contents((*read.inputs, *inputs), MappingProxyType({**counts, **part.counts}), made_of)

            made = build_store(
                into, write, beside=part.write if releases else None, program=f"terminology-kg {version}"
            )
    told = made.manifest
    return BuildReport(told.id, into, told.quads, read, made.reused, part.editions, part.problems)


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
        """The classifications in use on a day."""
        return self.release.codes(day) if self.release else OpenCodes()

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

    @property
    def selectors(self) -> frozenset[Selector]:
        """All selectors that some guidance names, in the reading in use."""
        return frozenset(p.selector for r in self.recommendations.values() for s in Side for p in picks(r.side(s)))

    @cached_property
    def candidates(self) -> Candidates:
        """The recommendations by the main codes that could lead a record."""
        return Candidates.of(self.recommendations.values(), self.classification.chapters)

    def recommendation(self, id: str) -> Recommendation:
        """The recommendation of a guidance; capitals and blanks in the id do not matter.

        Raises:
            KgError: KG-E0601 with near ids.
        """
        plain = "".join(id.split()).lower()
        for known, r in self.recommendations.items():
            if "".join(known.split()).lower() == plain:
                return r
        near = nearest(id, list(self.recommendations))
        hint = f"Did you mean {' or '.join(near)}?" if near else f"The store holds {_some(list(self.recommendations))}."
        raise KgError("KG-E0601", f'no guidance "{id}" in the store', where=Place(str(self.snapshot.path)), hint=hint)

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

    def record_classes(self, guidance: str | None = None) -> Ontology:
        """The OWL classes of the records that meet the combinations as printed, of all guidances or of one, and of
        those that break a rule of the national standards.
        """
        from kg.owl.definitions import definitions

        which = [self.recommendation(guidance)] if guidance else list(self.recommendations.values())
        return definitions(
            which,
            lambda r, side: self.combinations(r.id, side=side),
            self.classification,
            self.standards().standards,
        )

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

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _some(ids: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(ids[:most])
    return f"{shown} and {len(ids) - most} more" if len(ids) > most else shown or "none"


def open_workspace(store: Path) -> Workspace:
    """Open a store to read it.

    Raises:
        KgError: those of `kg.graph.store.open_store`.
    """
    return Workspace(open_store(store))
