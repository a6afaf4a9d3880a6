"""The folder a user works in: building it from sources, and opening it read-only.

Opens and hands over; rules live below. This is the only place that knows documents, releases and the graph at once.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

from pyoxigraph import RdfFormat, Store

from kg.codes import CodeList, One, Scheme, Selector
from kg.errors import KgError, Place, nearest
from kg.expression.combination import Combinations, combinations
from kg.expression.condition import Context, Facets
from kg.expression.nodes import conditions, picks
from kg.expression.notation import write_recommendation
from kg.expression.recommendation import Recommendation, Side
from kg.facets import Lexicon, load_lexicon
from kg.graph import classifications, dataset
from kg.graph.building import build as build_store
from kg.graph.building import standing
from kg.graph.decode import decode_recommendation, guidances_in
from kg.graph.iris import guidance_iri
from kg.graph.manifest import Contents, Input, digest_of
from kg.graph.store import Snapshot, open_store
from kg.reason.applied import Applied
from kg.reason.standing import CombinationsInForce
from kg.resources import VERSION
from kg.terminology.in_use import OpenCodes

if TYPE_CHECKING:
    from kg.folder.outcome import Outcome
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
    """What a build has made: the release, what went in, what could not be read. `reused`: it stood there already."""

    release: str
    path: Path
    quads: int
    read: Read
    reused: bool

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
    strict: bool = False,
    progress: Progress | None = None,
    version: str = VERSION,
    jobs: int | None = None,
) -> BuildReport:
    """Build the store at `into` from its sources, and make the new release current.

    With `strict` a source that cannot be read stops the build. Growth: linear in sources and their combinations listed.

    Raises:
        KgError: that of the first source if none can be read, or with `strict`; those of `kg.graph.building.build`.
    """
    read = read_sources(sources, progress, jobs=jobs)
    if read.failed and (strict or not read.recommendations):
        raise read.failed[0][1]
    return build_from(read, into, progress=progress, version=version, jobs=jobs)


def build_from(
    read: Read, into: Path, *, progress: Progress | None = None, version: str = VERSION, jobs: int | None = None
) -> BuildReport:
    """Build the store at `into` from what was read. The same bytes whatever `jobs`; nothing is done that stands there.

    Raises:
        KgError: KG-E0201 if there is nothing; those of `kg.graph.building.build`.
    """
    if not read.recommendations:
        raise KgError("KG-E0201", "there is nothing to build from", hint="Name documents or a folder of them.")
    made_of = _made_of(read, version)
    made = standing(into, made_of)
    if made is None:
        # On the disk: a thousand guidances are more than a hundred megabytes of quads.
        with TemporaryFile() as lines:
            counts = _derive(lines, read.recommendations, progress, jobs)

            def write(store: Store) -> Contents:
                lines.seek(0)
                store.bulk_load(input=lines, format=RdfFormat.N_QUADS)  # one load: each costs a tenth of a second
                store.extend(dataset.describe(store, version))
                return Contents(read.inputs, MappingProxyType(counts), made_of)

            made = build_store(into, write, program=f"terminology-kg {version}")
    return BuildReport(made.manifest.id, into, made.manifest.quads, read, reused=made.reused)


def _made_of(read: Read, version: str) -> str:
    """A digest of all that decides about the quads of a store."""
    from kg.folder.kept import version_of_program

    found = hashlib.sha256(f"{version_of_program()} {version}".encode())
    for each in (*map(write_recommendation, read.recommendations), *map(astuple, read.inputs)):
        found.update(hashlib.sha256(json.dumps(each).encode()).digest())
    return found.hexdigest()


def _derive(
    lines: IO[bytes], recommendations: Sequence[Recommendation], progress: Progress | None, jobs: int | None
) -> dict[str, int]:
    """Write the quads of all recommendations and of what they share; counts of what they hold come back."""
    from kg.folder.deriving import as_lines, derive
    from kg.folder.side_by_side import FEW, cores, side_by_side

    codes = OpenCodes()
    named: set[Selector] = set()
    printed: dict[Selector, str] = {}
    lines.write(as_lines(dataset.shipped()))
    few = jobs is None and len(recommendations) <= FEW
    work = partial(derive, here=few)
    found = map(work, recommendations) if few else side_by_side(work, recommendations, jobs or cores())
    for done, (r, quads) in enumerate(zip(recommendations, found, strict=True), 1):
        lines.write(quads)
        for pick in (p for reading in r.readings for side in Side for p in picks(reading.side(side))):
            named.add(pick.selector)
            if pick.title:
                printed.setdefault(pick.selector, pick.title)
        if progress:
            progress("deriving", done, len(recommendations))
    lines.write(as_lines(classifications.encode_selectors(sorted(named, key=_order), codes, printed)))
    known = {s for selector in named for s in (selector, *map(One, codes.codes_under(selector)))}
    return {
        "guidances": len(recommendations),
        "concepts": len({c.id for r in recommendations for c in r.concepts}),
        "descriptions": 0,
        "relationships": 0,
        "map_rows": 0,
        "opcs4_codes": sum(isinstance(s, One) and s.scheme is Side.PROCEDURE.scheme for s in known),
        "icd10_codes": sum(isinstance(s, One) and s.scheme is Side.DIAGNOSIS.scheme for s in known),
    }


def _order(selector: Selector) -> tuple[str, str, str]:
    return selector.scheme.value, type(selector).__name__, str(selector)


def today() -> datetime.date:
    """The day on which the user asks, where he is."""
    return datetime.datetime.now().astimezone().date()


class Workspace:
    """An opened store: its recommendations as values, the classification, and the graph. A context manager."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.classification = OpenCodes()
        self._standards: dict[tuple[tuple[Path, ...], Path | None], Loaded] = {}
        self._code_lists: dict[Scheme, CodeList] = {}

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
        return Applied(ready, self.classification, day or today(), self.lexicon.stated_in)

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

    def code_list(self, scheme: Scheme) -> CodeList | None:
        """All codes of a scheme, to count with; None where not all are known."""
        if not self.classification.is_complete(scheme):
            return None
        if scheme not in self._code_lists:
            self._code_lists[scheme] = CodeList.known(self.classification, scheme)
        return self._code_lists[scheme]

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


__all__ = [
    "BuildReport",
    "Progress",
    "Read",
    "Workspace",
    "build",
    "build_from",
    "open_workspace",
    "read_sources",
    "today",
]
