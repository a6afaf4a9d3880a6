"""The codes in use in England, from open yearly counts: titles of OPCS-4, existence and frequency of both systems.

A user who has no release yet is told that `J12.8` exists, what it is called and how often it is recorded. The list
holds what was recorded from 2012 on, so it is no release: it is never complete, and it knows no category by title.
Source: `ontology/ATTRIBUTION.md`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from types import MappingProxyType

from kg import resources
from kg.codes import Category, Chapter, Chapters, Code, One, Range, Scheme, Selector
from kg.codes.selector import spans
from kg.errors import KgError, Place
from kg.terminology.search import words_of

_FILES = {Scheme.OPCS4: "ontology/opcs4_in_use.tsv", Scheme.ICD10: "ontology/icd10_in_use.tsv"}
_TEXT_COLUMNS = ("code", "title", "other_titles")


@dataclass(frozen=True, slots=True)
class _Counts:
    """One file as read: the years of its columns, how many columns stand before them, and each row by its code's key.

    Rows are kept as text and split when asked for: of ten thousand codes a command looks at a few.
    """

    years: tuple[int, ...]
    lead: int
    rows: Mapping[str, str]
    keys: tuple[str, ...]


class OpenCodes:
    """The open list of codes in use as a classification. Files are read when the first question needs them."""

    @property
    def chapters(self) -> Chapters:
        """The chapters, with the letter O categories that continue a full one (`ontology/opcs4_overflow.csv`)."""
        return _chapters()

    def title(self, selector: Selector) -> str | None:
        """The title of an OPCS-4 code, or of a chapter in the project's words; None for all else."""
        match selector:
            case One(code):
                return self._text(code, 1) or None
            case Chapter(scheme, letter):
                return _chapter_titles().get((scheme, letter))
            case Category() | Range():
                return None

    def other_titles(self, code: Code) -> tuple[str, ...]:
        """The titles under which the code was counted in other years, newest first."""
        return tuple(title for title in self._text(code, 2).split(" | ") if title)

    def exists(self, code: Code) -> bool | None:
        """Whether the code was recorded in any year; None where the counts cannot tell (a fifth character of ICD-10).

        Hospital counts of ICD-10 stop at the fourth character.
        """
        rows = _counts(code.scheme).rows
        if code.key in rows:
            return True
        return None if code.scheme is Scheme.ICD10 and len(code.key) > 4 and code.key[:4].rstrip("X") in rows else False

    def codes_under(self, selector: Selector) -> Iterator[Code]:
        """The listed codes that a selector covers, in order. Logarithmic, then linear in what comes back."""
        keys = _counts(selector.scheme).keys
        for low, high in spans(selector, self.chapters):
            for key in keys[bisect_left(keys, low) : bisect_left(keys, high)]:
                yield _code(selector.scheme, key)

    def is_complete(self, scheme: Scheme) -> bool:
        """Never: a code that nobody recorded is not in the list."""
        return False

    def use(self, code: Code) -> Mapping[int, int]:
        """How often the code was recorded in England by year (2012: April 2012 to March 2013), in order.

        Years without a count are left out: the code was not used then, or not in the edition.
        """
        counts = _counts(code.scheme)
        row = counts.rows.get(code.key)
        if row is None:
            return MappingProxyType({})
        cells = row.split("\t")[counts.lead :]
        return MappingProxyType(
            {year: int(cell) for year, cell in zip(counts.years, cells, strict=False) if cell.strip()}
        )

    def find(self, text: str, scheme: Scheme, limit: int) -> tuple[Code, ...]:
        """The listed codes whose title has all words of a text, each whole or as its beginning; short titles first.

        ICD-10 has no titles here, so that none is found. Linear in the list, a few milliseconds.
        """
        wanted = [f" {word}" for word in words_of(text)]
        if not wanted:
            return ()
        found = (key for words, key in _words(scheme) if all(word in words for word in wanted))
        return tuple(_code(scheme, key) for key in islice(found, limit))

    def _text(self, code: Code, column: int) -> str:
        counts = _counts(code.scheme)
        row = counts.rows.get(code.key)
        return row.split("\t")[column] if row is not None and column < counts.lead else ""


@cache
def _counts(scheme: Scheme) -> _Counts:
    """One file of counts, read once in a process.

    Raises:
        KgError: KG-E0703 if the file has no header of code and years.
    """
    name = _FILES[scheme]
    lines = resources.text(name).split("\n")
    start = next((i for i, line in enumerate(lines) if line and not line.startswith("#")), len(lines))
    header = lines[start].split("\t") if start < len(lines) else []
    lead = sum(1 for column in header if column in _TEXT_COLUMNS)
    years = header[lead:]
    if not header or header[0] != "code" or not all(year.isdigit() for year in years):
        raise KgError("KG-E0703", f"{name} has no header of code and years", where=Place(name, start + 1))
    rows = {line[: line.find("\t")].replace(".", ""): line for line in lines[start + 1 :] if "\t" in line}
    if scheme is Scheme.ICD10:  # the filler X is no part of a code here, as in kg.codes.Code
        rows = {key.removesuffix("X"): line for key, line in rows.items()}
    return _Counts(tuple(int(year) for year in years), lead, MappingProxyType(rows), tuple(sorted(rows)))


@cache
def _words(scheme: Scheme) -> tuple[tuple[str, str], ...]:
    """The words of each title with a blank before each, and its key; of few words first."""
    counts = _counts(scheme)
    if counts.lead < 2:
        return ()
    titles = ((words_of(row.split("\t", 2)[1]), key) for key, row in counts.rows.items())
    return tuple((f" {' '.join(words)}", key) for words, key in sorted(titles, key=lambda one: (len(one[0]), one[1])))


def _code(scheme: Scheme, key: str) -> Code:
    return Code(scheme, f"{key[:3]}.{key[3:]}" if len(key) > 3 else key)


@cache
def _chapters() -> Chapters:
    rows = [line.split(",") for line in _lines("ontology/opcs4_overflow.csv")]
    return Chapters(MappingProxyType({row[0]: row[1].strip() for row in rows if row[0] != "category"}))


@cache
def _chapter_titles() -> Mapping[tuple[Scheme, str], str]:
    rows = [line.split("\t") for line in _lines("ontology/chapters.tsv")]
    return MappingProxyType({(Scheme(row[0]), row[1]): row[2] for row in rows if row[0] != "scheme"})


def _lines(name: str) -> list[str]:
    return [line for line in resources.text(name).splitlines() if line and not line.startswith("#")]
