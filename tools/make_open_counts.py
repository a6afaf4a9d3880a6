#!/usr/bin/env python3
"""Write the open tables of codes in use from the collected national counts.

    python tools/make_open_counts.py FOLDER [--out ontology]

FOLDER holds `opcs4_usage.csv.gz` and `icd10_usage.csv.gz` (columns code, title, year, usage; one
row for each code and year in which it was used) and `opcs4_overflow.csv` (category, chapter), as
the project's shared data has them. Written are

- `opcs4_in_use.tsv`: code, title of the latest year, titles of other years (latest first, joined
  by ` | `), then the count of each year;
- `icd10_in_use.tsv`: code and the count of each year, without titles, which are WHO's;
- `opcs4_overflow.csv`: the chapter that each O category overflows.

A year is the one in which it begins, in April: 2012 is April 2012 to March 2013. An empty cell
says that the source has no count. Tables are sorted by code; the same input gives the same bytes.
Values that are not codes are left out and told. Sources and licence: `ontology/ATTRIBUTION.md`.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

_OPCS4 = re.compile(r"([A-Z]\d\d)(\d)")
# HES fills the fourth place with X where a category is not subdivided: C19X is the code C19.
_ICD10 = re.compile(r"([A-Z]\d\d)(\d|X)")
# The tables are read whole at every start of the program, and travel in its wheel.
_LARGEST = 1 << 20


@dataclass(slots=True)
class Use:
    """What the counts say of one code: its title and its count, by year."""

    titles: dict[int, str] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)

    def distinct_titles(self) -> list[str]:
        """Each title once, that of the latest year first."""
        return list(dict.fromkeys(self.titles[year] for year in sorted(self.titles, reverse=True)))


def printed_opcs4(raw: str) -> str | None:
    """`J12.3` of `J123`; None if it is not an OPCS-4 code."""
    found = _OPCS4.fullmatch(raw)
    return f"{found[1]}.{found[2]}" if found else None


def printed_icd10(raw: str) -> str | None:
    """`C78.7` of `C787` and `C19` of `C19X`; None if it is not an ICD-10 code."""
    found = _ICD10.fullmatch(raw)
    if not found:
        return None
    return found[1] if found[2] == "X" else f"{found[1]}.{found[2]}"


def read_uses(path: Path) -> dict[str, Use]:
    """What is told of each raw code of a file of counts.

    Raises:
        ValueError: two rows of one code and year, or a count that is not a positive number.
    """
    uses: dict[str, Use] = defaultdict(Use)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            use, year = uses[row["code"]], int(row["year"])
            if year in use.counts:
                raise ValueError(f"{path.name}: {row['code']} has two rows for {year}")
            if not row["usage"].isdigit() or row["usage"] == "0":
                raise ValueError(f'{path.name}: {row["code"]}, {year}: "{row["usage"]}"')
            use.titles[year] = row["title"].strip()
            use.counts[year] = int(row["usage"])
    return uses


def cells(use: Use, years: Iterable[int]) -> list[str]:
    """The counts of the years, empty where the source has none."""
    return [str(use.counts.get(year, "")) for year in years]


def write(path: Path, text: str) -> None:
    """Write a table, and tell its size.

    Raises:
        ValueError: it is larger than 1 MiB.
    """
    content = text.encode()
    if len(content) >= _LARGEST:
        raise ValueError(f"{path.name} would have {len(content):,} bytes, {_LARGEST:,} are too many")
    path.write_bytes(content)
    rows = text.count("\n") - 1
    sys.stdout.write(f"{path.name}: {rows:,} rows, {len(content):,} bytes\n")


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    """Tab-separated lines.

    Raises:
        ValueError: a cell holds a tab or the end of a line.
    """
    lines = [header, *sorted(rows)]
    if any("\t" in cell or "\n" in cell for line in lines for cell in line):
        raise ValueError("a cell holds a tab or the end of a line")
    return "".join("\t".join(line) + "\n" for line in lines)


def tell_left_out(name: str, left_out: dict[str, Use]) -> None:
    """Say which values of a file are no codes, and how many episodes were counted under them."""
    for raw, use in sorted(left_out.items()):
        counts = ", ".join(f"{count:,} in {year}" for year, count in sorted(use.counts.items()))
        sys.stdout.write(f'{name}: left out, not a code: "{raw}" ({counts})\n')


def main() -> None:
    """Read the folder and write the tables."""
    parser = argparse.ArgumentParser(description="Write the open tables of codes in use.")
    parser.add_argument("folder", type=Path, help="holds the counts (see the head of this file)")
    here = Path(__file__).resolve().parent.parent / "ontology"
    parser.add_argument("--out", type=Path, default=here, help="where to write; default: ontology")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    out: Path = arguments.out

    opcs4 = read_uses(folder / "opcs4_usage.csv.gz")
    icd10 = read_uses(folder / "icd10_usage.csv.gz")
    years = sorted({year for use in [*opcs4.values(), *icd10.values()] for year in use.counts})
    columns = [str(year) for year in years]

    procedures: list[list[str]] = []
    for raw, use in opcs4.items():
        if code := printed_opcs4(raw):
            latest, *others = use.distinct_titles()
            procedures.append([code, latest, " | ".join(others), *cells(use, years)])
    diagnoses = [[code, *cells(use, years)] for raw, use in icd10.items() if (code := printed_icd10(raw))]
    tell_left_out("opcs4", {raw: use for raw, use in opcs4.items() if not printed_opcs4(raw)})
    tell_left_out("icd10", {raw: use for raw, use in icd10.items() if not printed_icd10(raw)})
    write(out / "opcs4_in_use.tsv", table(["code", "title", "other_titles", *columns], procedures))
    write(out / "icd10_in_use.tsv", table(["code", *columns], diagnoses))

    with (folder / "opcs4_overflow.csv").open(encoding="utf-8", newline="") as source:
        overflow = sorted((row["category"], row["chapter"]) for row in csv.DictReader(source))
    lines = ["category,chapter", *(f"{category},{chapter}" for category, chapter in overflow)]
    write(out / "opcs4_overflow.csv", "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
