"""Building a store: documents and decisions read, made into quads, and put into a new release.

Each step may use several processes; the store has the same bytes whatever their number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO

from pyoxigraph import RdfFormat, Store

from kg.codes import Category, One, Selector
from kg.errors import KgError, Place
from kg.expression.nodes import picks
from kg.expression.notation import write_recommendation
from kg.expression.recommendation import Recommendation, Side
from kg.folder.deriving import as_lines, derive
from kg.folder.gather import gather
from kg.folder.kept import version_of_program
from kg.folder.outcome import Outcome
from kg.folder.reading import Documents
from kg.folder.side_by_side import FEW, cores, side_by_side
from kg.graph import classifications, dataset, iris
from kg.graph.building import build as build_store
from kg.graph.building import standing
from kg.graph.iris import guidance_iri
from kg.graph.manifest import TERMINOLOGY, Contents, Input, digest_of
from kg.graph.store import RELEASES, current_id, read_manifest
from kg.release_quads import all_chapters, load_all
from kg.resources import VERSION
from kg.terminology.building import Part
from kg.terminology.code_edition import ReleasedCodes
from kg.terminology.earlier import Earlier
from kg.terminology.editions import SNOMED_CT, Edition
from kg.terminology.in_use import OpenCodes
from kg.terminology.problems import Problems
from kg.touched import edition_quads

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
    """What a build has made: the release, what went in, what could not be read. `reused`: it stood there already.

    `editions` are those of the users' releases, `problems` what was wrong in them.
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
    documents = Documents(gather(sources).each_once(), jobs=jobs, fresh=fresh, progress=progress)
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
    everything: bool = False,
) -> BuildReport:
    """Build the store at `into` from what was read; its quads hold of the releases what guidances touch, or
    `everything`. The same bytes whatever `jobs`; nothing is done that stands there.

    Raises:
        KgError: KG-E0201 if there is nothing; those of `kg.graph.building.build` and of
            `kg.terminology.building.write_terminology`.
    """
    if not read.recommendations and not releases:
        raise KgError("KG-E0201", "there is nothing to build from", hint="Name documents or a folder of them.")
    part = Part(releases, strict=strict, progress=progress, earlier=partial(_earlier, into, version))
    # Whether a release is the one that stands there, its bytes would tell; digesting them costs as much as loading.
    made_of = "" if releases else _made_of(read, version)
    made = standing(into, made_of)

    def write(store: Store) -> Contents:
        # On the disk: a thousand guidances are more than a hundred megabytes of quads.
        with TemporaryFile() as lines:
            chapters = all_chapters(part.codes) if everything else ()
            counts = _derive(lines, read.recommendations, part.codes, progress, jobs, chapters, partial(_is_gone, part))
            lines.seek(0)
            store.bulk_load(input=lines, format=RdfFormat.N_QUADS)  # one load: each costs a tenth of a second
        if part.release and everything:
            for edition in part.release.snomed_editions:
                load_all(store, edition)
        elif part.release:
            store.bulk_extend(edition_quads(read.recommendations, part.release))
        store.extend(dataset.describe(store, version, _used(part) if part.release else ()))
        inputs = [Input(f.name, "release", f.stat().st_size, part.digests[f]) for f in part.origins]
        return Contents((*read.inputs, *inputs), MappingProxyType({**counts, **part.counts}), made_of)

    if made is None:
        beside = part.write if releases else None
        made = build_store(into, write, beside=beside, program=f"terminology-kg {version}")
    told = made.manifest
    return BuildReport(told.id, into, told.quads, read, made.reused, part.editions, part.problems)


def _earlier(into: Path, version: str) -> Earlier:
    """The terminology of the store that stands at `into`, for editions to be taken over."""
    program = f"{version_of_program()} {version}"
    try:
        release = into / RELEASES / current_id(into)
        digests = {file.path: file.sha256 for file in read_manifest(release).files}
    except KgError:
        return Earlier(program)

    def is_sound(name: str) -> bool:
        path = f"{TERMINOLOGY}/{name}"
        return path in digests and digest_of(release / path) == digests[path]

    return Earlier(program, release / TERMINOLOGY, is_sound)


def _made_of(read: Read, version: str) -> str:
    """A digest of all that decides about the quads of a store."""
    found = hashlib.sha256(f"{version_of_program()} {version}".encode())
    for each in (*map(write_recommendation, read.recommendations), *map(astuple, read.inputs)):
        found.update(hashlib.sha256(json.dumps(each).encode()).digest())
    return found.hexdigest()


def _used(part: Part) -> tuple[dataset.Used, ...]:
    """The editions that a store is built with, in order, and which graph has what was taken of them: of SNOMED CT each
    has its own, of the classifications those in use are in the shared one.
    """
    in_use = part.codes.editions if isinstance(part.codes, ReleasedCodes) else ()
    graphs = dict.fromkeys(in_use, iris.CLASSIFICATIONS_GRAPH)
    graphs |= {e.folder: iris.edition_graph(*e.folder.split("/")) for e in part.editions if e.system == SNOMED_CT}
    return tuple(dataset.Used(e.folder, e.name, e.title, graphs.get(e.folder)) for e in part.editions)


def _is_gone(part: Part, selector: Selector) -> bool:
    """Whether another loaded edition or the open list knows a code or category that the edition in use has no more."""
    codes = part.codes
    if not isinstance(selector, One | Category) or not codes.is_complete(selector.scheme):
        return False
    if part.release is None or any(True for _ in codes.codes_under(selector)):
        return False
    before = part.release.editions_with(selector, codes.chapters)
    return bool(before) or any(True for _ in OpenCodes().codes_under(selector))


def _derive(
    lines: IO[bytes],
    recommendations: Sequence[Recommendation],
    codes: OpenCodes | ReleasedCodes,
    progress: Progress | None,
    jobs: int | None,
    besides: Iterable[Selector] = (),
    is_gone: Callable[[Selector], bool] = lambda _: False,
) -> dict[str, int]:
    """Write the quads of all recommendations and of what they share, and of selectors `besides`; counts of what they
    hold come back.
    """
    named: set[Selector] = set(besides)
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
    lines.write(as_lines(classifications.encode_selectors(sorted(named, key=_order), codes, printed, is_gone)))
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
