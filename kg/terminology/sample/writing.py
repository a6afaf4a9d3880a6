"""`sample_release`: a whole release in files as they are delivered, with what is in it and what changes listed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kg.codes import Scheme
from kg.errors import KgError, Place
from kg.terminology.layouts import Layout, Layouts, load_layouts
from kg.terminology.sample import codes as classifications
from kg.terminology.sample.codes import Change, SampleEdition
from kg.terminology.sample.concepts import ACTIVE, CORE, DRUGS, FIRST, MODEL, NEW, RETIRED, SECOND, make_concepts
from kg.terminology.sample.maps import map_rows
from kg.terminology.sample.tables import (
    METADATA,
    Concepts,
    Descriptions,
    concept_rows,
    description_rows,
    history_rows,
    language_rows,
    make_descriptions,
    relationship_rows,
)  # fmt: skip

if TYPE_CHECKING:
    import polars as pl

_FEWEST = 500
_MONTHS = {1: "Nov 2022", 2: "Nov 2025"}
_NUMBERS = {1: "10", 2: "11"}
_ICD10 = {1: "20160401", 2: "20260401"}


@dataclass(frozen=True, slots=True)
class Sample:
    """What was written: rows of each table, codes of each classification, changes between the two editions."""

    folder: Path
    counts: dict[str, int]
    changes: list[Change]


def sample_release(
    folder: Path, concepts: int, seed: int, *, edition: int = 1, monolith: bool = False, layouts: Layouts | None = None
) -> Sample:
    """Write a made-up release of about `concepts` concepts into an empty or new folder.

    The same numbers give the same bytes; edition 2 of a seed follows its edition 1, and `changes.csv` in either lists
    what changes between them. Packages of the UK on the international one, or with `monolith` all in one.

    Raises:
        KgError: KG-E0206 if the folder holds files, KG-E0102 for fewer than 500 concepts.
    """
    layouts = layouts or load_layouts()
    if concepts < _FEWEST:
        raise KgError("KG-E0102", f"a sample has at least {_FEWEST} concepts, not {concepts}")
    if folder.exists() and any(folder.iterdir()):
        raise KgError("KG-E0206", "the folder is not empty", where=Place(str(folder)), hint="Name a new one.")
    rng = np.random.default_rng([seed, 1])
    opcs4, icd10 = classifications.opcs4(rng), classifications.icd10(rng)
    opcs4_later, opcs4_changes = classifications.next_edition(opcs4, rng)
    icd10_later, icd10_changes = classifications.next_edition(icd10, rng)
    writer = _Writer(folder, layouts, edition, monolith)
    writer.codes((opcs4, opcs4_later)[edition - 1], (icd10, icd10_later)[edition - 1])
    made = make_concepts(concepts, np.random.default_rng([seed, 2]), METADATA)
    descriptions = make_descriptions(made, np.random.default_rng([seed, 3]))
    writer.table("concept", concept_rows(made, np.random.default_rng([seed, 4]), edition))
    writer.table("description", description_rows(made, descriptions, edition))
    writer.table("language", language_rows(made, descriptions, np.random.default_rng([seed, 5]), edition))
    links = relationship_rows(made, np.random.default_rng([seed, 6]), edition)
    pairs = {"ICD-10": (icd10, icd10_later), "OPCS-4": (opcs4, opcs4_later)}
    for tables in (
        links.frames,
        history_rows(made, np.random.default_rng([seed, 7]), edition),
        map_rows(made, pairs, np.random.default_rng([seed, 8]), edition),
    ):
        for name, frame in tables.items():
            writer.table(name, frame)
    writer.empty_tables()
    snomed = _changes(made, descriptions)
    snomed += [("SNOMED CT", str(id), "moved", str(old), str(new)) for id, old, new in links.moved]
    changes = sorted([*opcs4_changes, *icd10_changes, *snomed])
    _write_lists(folder, writer.counts, changes, {"concepts": concepts, "seed": seed, "edition": edition})
    return Sample(folder, writer.counts, changes)


def _changes(c: Concepts, d: Descriptions) -> list[Change]:
    found: list[Change] = []
    for status, change in ((RETIRED, "retired"), (NEW, "new")):
        found += [("SNOMED CT", str(id), change, "", "") for id in c.id[c.status == status].tolist()]
    concepts = set(d.retitled.tolist())
    fsn = np.flatnonzero(d.is_fsn & np.isin(d.owner, d.retitled))
    before: dict[int, str] = {}
    for row in fsn.tolist():
        owner, term = int(d.owner[row]), d.term[row]
        if d.status[row] == RETIRED:
            before[owner] = term
        elif d.status[row] == NEW and owner in concepts:
            found.append(("SNOMED CT", str(c.id[owner]), "retitled", before[owner], term))
    assert ACTIVE == 0  # noqa: S101
    return found


def _write_lists(folder: Path, counts: dict[str, int], changes: Iterable[Change], options: dict[str, int]) -> None:
    with (folder / "changes.csv").open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("system", "id", "change", "before", "after"))
        writer.writerows(changes)
    told = {"notice": "Made up for tests. Not a release of SNOMED CT, OPCS-4 or ICD-10.", **options, "counts": counts}
    (folder / "sample.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


class _Writer:
    """Writes tables into the files that their layouts name, package by package."""

    def __init__(self, folder: Path, layouts: Layouts, edition: int, monolith: bool) -> None:
        self.folder, self.layouts, self.edition = folder, layouts, edition
        self.date = str(FIRST if edition == 1 else SECOND)
        self.tags = ("MONO",) if monolith else ("", "UKCL", "UKDG")
        self.counts: dict[str, int] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def table(self, name: str, frame: pl.DataFrame) -> None:
        """Write one table, each row into the package of its module."""
        import polars as pl

        layout = self.layouts.named(name)
        self.counts[name] = frame.height
        frame = frame.select(layout.names)
        if len(self.tags) == 1:
            self._file(self.tags[0], layout, frame)
            return
        core = pl.col("moduleId").is_in([CORE, MODEL])
        drugs = pl.col("moduleId") == DRUGS
        for tag, mine in (("", core), ("UKCL", ~core & ~drugs), ("UKDG", drugs)):
            self._file(tag, layout, frame.filter(mine))

    def empty_tables(self) -> None:
        """Write the header of every table that has no rows, as releases do."""
        import polars as pl

        for layout in self.layouts.rf2:
            if layout.table not in self.counts:
                self.table(layout.table, pl.DataFrame(schema=dict.fromkeys(layout.names, pl.Int64)))

    def _file(self, tag: str, layout: Layout, frame: pl.DataFrame) -> None:
        package = next(each for each in self.layouts.packages if each.tag == tag)
        kind = "der2" if layout.content.endswith("Refset") and layout.table != "owl" else "sct2"
        language = f"-{layout.language}" if layout.language else ""
        name = f"{kind}_{layout.content}_{layout.summary}{tag}Snapshot{language}_{package.place}_{self.date}.txt"
        path = self.folder / package.folder.format(date=self.date) / "Snapshot" / layout.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_csv(path, separator="\t", line_terminator=layout.line_end, quote_style="never")

    def codes(self, opcs4: SampleEdition, icd10: SampleEdition) -> None:
        """Write the files of both classifications in all their forms."""
        date = _ICD10[self.edition]
        names = {
            "number": _NUMBERS[self.edition],
            "month": _MONTHS[self.edition],
        }
        for table, lines in (
            ("opcs-4", classifications.opcs4_lines(opcs4)),
            (
                "opcs-4-metadata",
                classifications.opcs4_metadata_lines(opcs4, self.layouts.named("opcs-4-metadata").widths),
            ),
            ("opcs-4-xml", classifications.opcs4_xml_lines(opcs4)),
            ("icd-10", classifications.icd10_lines(icd10)),
            ("claml", classifications.claml_lines(icd10, date)),
        ):
            layout = self.layouts.named(table)
            told = names if layout.system == Scheme.OPCS4.value else {"number": "5", "date": date, "year": date[:4]}
            path = self.folder / layout.write.format(**told)
            path.parent.mkdir(parents=True, exist_ok=True)
            head = ["\t".join(layout.names)] if layout.header else []
            text = layout.line_end.join([*head, *lines]) + layout.line_end
            path.write_bytes(text.encode())
        self.counts["opcs4_codes"] = len(opcs4.leaves())
        self.counts["icd10_codes"] = len(icd10.leaves())
