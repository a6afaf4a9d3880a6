"""The terminology part of a store, written from what was delivered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from kg.codes import Scheme
from kg.errors import KgError, Place
from kg.extras import need
from kg.terminology.earlier import Earlier, keys_of
from kg.terminology.editions import SNOMED_CT, Edition, Level, folder_of, period, write_editions
from kg.terminology.in_use import OpenCodes
from kg.terminology.problems import Problems
from kg.terminology.release import Release

if TYPE_CHECKING:
    from kg.terminology.code_edition import ReleasedCodes
    from kg.terminology.code_files import CodeRow
    from kg.terminology.delivery import Delivery, EditionFiles

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

_BASE_MEMORY = 500_000_000
_INTERNATIONAL = "INT"  # in the names of the files of the International Edition
_STEPS = ("reading", "concepts", "terms", "maps", "hierarchy", "search")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the editions, the files on the disk that they came from, and what was wrong in them."""

    editions: tuple[Edition, ...]
    origins: tuple[Path, ...]
    problems: Problems

    def counts(self) -> dict[str, int]:
        """Rows over the newest edition of each system, under the names that `kg doctor` tells."""
        newest = {each.system: each.counts for each in self.editions}
        snomed = newest.get(SNOMED_CT, {})
        return {
            "concepts": snomed.get("concept", 0),
            "descriptions": snomed.get("description", 0),
            "relationships": snomed.get("relationship", 0),
            "map_rows": sum(snomed.get(name, 0) for name in ("map", "uk-map", "complex-map")),
            "opcs4_codes": newest.get(Scheme.OPCS4.value, {}).get("codes", 0),
            "icd10_codes": newest.get(Scheme.ICD10.value, {}).get("codes", 0),
        }


class Part:
    """The terminology part of a build: what was asked for, and after `write` what has come of it. Of no releases it is
    empty, and the open list answers for codes.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        strict: bool = False,
        progress: Progress | None = None,
        earlier: Callable[[], Earlier] | None = None,
    ) -> None:
        """Build from `paths`; `earlier` is asked for the store before, when nobody else builds."""
        self._paths, self._strict, self._progress, self._earlier = paths, strict, progress, earlier
        self.codes: OpenCodes | ReleasedCodes = OpenCodes()
        self.release: Release | None = None
        self.editions: tuple[Edition, ...] = ()
        self.origins: tuple[Path, ...] = ()
        self.digests: Mapping[Path, str] = MappingProxyType({})
        self.problems = Problems()
        self.counts: Mapping[str, int] = MappingProxyType({})

    def write(self, folder: Path) -> None:
        """Write it into a folder that does not exist yet; then `codes` are those of the newest editions.

        Raises:
            KgError: those of `write_terminology`.
        """
        earlier = self._earlier() if self._earlier else None
        made = write_terminology(self._paths, folder, strict=self._strict, progress=self._progress, earlier=earlier)
        self.editions, self.origins, self.problems = made.editions, made.origins, made.problems
        self.digests = {path: earlier.digest(path) for path in made.origins} if earlier else {}
        self.counts = MappingProxyType({name: count for name, count in made.counts().items() if count})
        self.release = Release(folder)
        self.codes = self.release.codes(datetime.date.max)


def memory_needed(files: Sequence[EditionFiles]) -> int:
    """The bytes of memory that reading takes at most: half a gigabyte, and the files of the largest edition inflated.

    Measured: 1.5 GB for 1.5 GB of files (one million concepts); half of that again is kept free for the guidances.
    """
    return _BASE_MEMORY + int(max((each.size for each in files), default=0) * 1.2)


def memory_free() -> int | None:
    """The bytes that can still be had, where the system tells."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return free if limit == resource.RLIM_INFINITY else min(free, limit)


def write_terminology(
    paths: Sequence[Path],
    folder: Path,
    *,
    strict: bool = False,
    progress: Progress | None = None,
    earlier: Earlier | None = None,
    free: Callable[[], int | None] = memory_free,
) -> Written:
    """Write all editions that are found under `paths` into `folder`, which must not exist yet; those that `earlier` has
    of the same files are taken over.

    Raises:
        KgError: KG-E0104 without the extra `releases`; KG-E1007 before anything is read if memory will not do;
            KG-E1006 with `strict` if anything is wrong;
            those of `kg.terminology.delivery.Delivery`, `kg.terminology.rf2.reading` and the other readers.
    """
    need("reading releases", "releases", ("numpy", "polars", "pyarrow"))
    from kg.terminology.delivery import Delivery

    problems = Problems()
    with Delivery(paths) as delivery:
        files = delivery.editions(problems)
        needed, there = memory_needed(files), free()
        if there is not None and there < needed:
            raise KgError(
                "KG-E1007",
                f"the release needs {needed / 1e9:.2f} GB of memory, {there / 1e9:.2f} GB are free",
                where=Place(str(paths[0])),
                hint="Close other programs, or build on a machine with more memory; the store can be copied.",
            )
        editions: list[Edition] = []
        codes: dict[tuple[str, str], frozenset[str]] = {}
        # SNOMED CT last: its maps are held against the codes of the classifications.
        for each in sorted(files, key=lambda each: each.system == SNOMED_CT):
            mine = Problems()
            tell = _teller(progress, each)
            begun = period(each.system, each.name)[0]
            beside = _in_use(editions, begun) if each.system == SNOMED_CT else []
            made_of = earlier.made_of(each, [e.made_of for e in beside]) if earlier else ""
            same = partial(_is_held_so, editions=editions)
            if earlier and (stands := earlier.take_over(made_of, folder, mine, same)) is not None:
                if stands.system != SNOMED_CT:
                    codes[stands.system, stands.name] = keys_of(folder, stands)
                problems.take(mine)
                editions.append(stands)
                continue
            made = (
                _snomed(each, delivery, folder, mine, tell, (codes, [(e.system, e.name) for e in beside]))
                if each.system == SNOMED_CT
                else _codes(each, folder, mine, tell, codes)
            )
            problems.take(mine)
            about = {**made.about, "held": _held(made, editions)} if made.about else made.about
            made = replace(made, about=about)
            editions.append(replace(made, problems=mine.counts(), told=tuple(mine.as_json()), made_of=made_of))
        origins = {s.source.origin for each in files for s in (*each.rf2, *each.tables)}
    ordered = _until_the_next(editions)
    if earlier:
        _tell_older(ordered, earlier.editions, problems)
    if strict and problems:
        raise _refused(problems)
    write_editions(folder, ordered)
    return Written(tuple(ordered), tuple(sorted(origins)), problems)


def _refused(problems: Problems) -> KgError:
    first: dict[str, KgError] = {}
    for each in problems:
        first.setdefault(each.id, each.told())
    counts = problems.counts()
    told = [f"{counts[id]:,} x {id}, the first at {fault.where}: {fault.what}" for id, fault in first.items()]
    return KgError(
        "KG-E1006",
        f"{problems.count:,} problem{'s' * (problems.count > 1)} in the release",
        where=next(iter(first.values())).where,
        why="\n  ".join(told),
        hint="Without --strict the sound rows are loaded, and the problems told.",
    )


def _in_use(editions: Sequence[Edition], day: str) -> list[Edition]:
    """The editions of the classifications in use on a day, of each the first where none has begun: what maps are held
    against, if their own edition is not at hand. One that comes later changes nothing for what was loaded before.
    """
    found: dict[str, Edition] = {}
    for each in sorted((e for e in editions if e.system != SNOMED_CT), key=lambda e: (e.since, e.name)):
        if each.system not in found or each.since <= day:
            found[each.system] = each
    return list(found.values())


def _held(edition: Edition, editions: Sequence[Edition]) -> dict[str, str]:
    """The editions at hand that the maps of one name as their own, with what each was made of."""
    named = {(one["system"], one["edition"]) for one in edition.about.get("maps", ())}
    return {each.title: each.made_of for each in editions if (each.system, each.name) in named}


def _is_held_so(edition: Edition, editions: Sequence[Edition]) -> bool:
    """Whether an edition loaded before would be held against the same editions again."""
    return edition.about.get("held", {}) == _held(edition, editions)


def _tell_older(editions: Sequence[Edition], before: Sequence[Edition], problems: Problems) -> None:
    """Tell systems of which the store before had a newer edition than any that is given now."""
    for system in sorted({each.system for each in editions}):
        now, was = (
            max((e for e in some if e.system == system), key=lambda e: (e.since, e.name), default=None)
            for some in (editions, before)
        )
        if now and was and (now.since, now.name) < (was.since, was.name):
            problems.add(
                "KG-W1020", f"{now.title} is older than {was.title}, which the store had", system, value=now.name
            )


def _teller(progress: Progress | None, each: EditionFiles) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if progress is not None:
            progress(f"{each.system} {each.name}: {step}", _STEPS.index(step), len(_STEPS))

    return tell


def _until_the_next(editions: Sequence[Edition]) -> list[Edition]:
    """Editions by system and date; one whose end is not known ends the day before the next begins."""
    ordered = sorted(editions, key=lambda each: (each.system, each.since, each.name))
    for i, (one, following) in enumerate(pairwise(ordered)):
        if one.system == following.system and not one.until and following.since:
            last = datetime.date.fromisoformat(following.since) - datetime.timedelta(days=1)
            ordered[i] = replace(one, until=last.isoformat())
    return ordered


def _snomed(
    files: EditionFiles,
    delivery: Delivery,
    folder: Path,
    problems: Problems,
    tell: Callable[[str], None],
    codes: tuple[Mapping[tuple[str, str], frozenset[str]], Sequence[tuple[str, str]]],
) -> Edition:
    """An edition of SNOMED CT; `codes` are those of the classifications at hand, and which of these were in use."""
    from kg.terminology.map_writing import write_history, write_maps
    from kg.terminology.rf2 import reading
    from kg.terminology.snomed_writing import write_concepts, write_relations, write_terms

    into = folder / folder_of(files.system, files.name)
    into.mkdir(parents=True)
    tell("reading")
    layouts = delivery.layouts
    # What is related waits for nothing that has a name, and both take as long. Each tells problems of its own.
    of_names, of_relations = Problems(), Problems()
    with reading(files, layouts, problems) as tables, ThreadPoolExecutor(1) as beside:
        concepts_read = tables.take("concept")
        tell("concepts")
        has_base = any(each.named.place == _INTERNATIONAL for each in files.rf2)
        concepts, modules = write_concepts(concepts_read, into, problems, has_base=has_base)
        related = beside.submit(write_relations, tables, concepts, into, of_relations)
        tell("terms")
        about: dict[str, object] = {"modules": modules}
        about["languages"] = write_terms(tables, concepts, layouts, into, of_names)
        tell("maps")
        about["maps"] = write_maps(tables, layouts, into, of_names, *codes)
        about["associations"] = write_history(tables, into, of_names)
        tell("hierarchy")
        related.result()
        counts = tables.end(problems)
    problems.take(of_names)
    problems.take(of_relations)
    tell("search")
    _write_words(into)
    since, until = period(files.system, files.name)
    names = tuple(sorted(each.source.name for each in files.rf2))
    return Edition(files.system, files.name, folder_of(files.system, files.name), since, until, counts, names, about)


def _write_words(into: Path) -> None:
    import numpy as np

    from kg.terminology.arrays import Arrays
    from kg.terminology.word_writing import write_words

    arrays = Arrays(into)
    owner = arrays["term.owner"].array
    live = (arrays["term.active"].array == 1) & (arrays["concept.active"].array[owner] == 1)
    accepted = arrays["term.language"].array > 0
    write_words(into, arrays.texts("term").series(), owner, np.where(live, np.where(accepted, 0, 1), 2))


def _codes(
    files: EditionFiles,
    folder: Path,
    problems: Problems,
    tell: Callable[[str], None],
    codes: dict[tuple[str, str], frozenset[str]],
) -> Edition:
    from kg.terminology.code_files import read_codes

    tell("reading")
    found = read_codes(files, problems)
    name = files.name.removeprefix("claml:") if not found.name else found.name
    into = folder / folder_of(files.system, name)
    into.mkdir(parents=True)
    _write_codes(found.rows, into)
    codes[files.system, name] = frozenset(row.key for row in found.rows if row.level is Level.CODE)
    since, until = period(files.system, name)
    counts = {**found.counts, "codes": len(codes[files.system, name]), "rows": len(found.rows)}
    names = tuple(sorted(each.source.name for each in files.tables))
    return Edition(files.system, name, folder_of(files.system, name), since, until, counts, names)


def _write_codes(rows: Sequence[CodeRow], into: Path) -> None:
    """The codes of an edition: one text for each of their fields, and the level of each."""
    import numpy as np
    import polars as pl

    from kg.terminology.arrays import save, save_texts
    from kg.terminology.word_writing import write_words

    save_texts(into, "code.key", pl.Series([row.key for row in rows], dtype=pl.String))
    save_texts(into, "code.title", pl.Series([row.title for row in rows], dtype=pl.String))
    save(into, "code.level", np.array([int(row.level) for row in rows], np.uint8))
    beside = ["\t".join((row.mark, "^".join(row.pairs), row.sex, *row.ages)) for row in rows]
    save_texts(into, "code.beside", pl.Series(beside, dtype=pl.String))
    owner = np.arange(len(rows), dtype=np.int32)
    worse = np.array([row.level is not Level.CODE for row in rows], bool)
    write_words(into, pl.Series([row.title for row in rows], dtype=pl.String), owner, worse)
