"""What became of one document: its recommendation or its fault, and the words that its warnings are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import KgError, Place
from kg.expression.notation import read_recommendation, write_recommendation
from kg.expression.recommendation import Recommendation, Warning
from kg.guidance.page.document import Document

_AROUND = 90  # characters of a line shown on each side of what is meant


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The words that a warning is about, within their line, with the lines before and after.

    `line` and `column` count from 1 in the text as it was read; `page` and `paragraph` are those of an original that
    has them.
    """

    line: int
    column: int
    before: str
    words: str
    after: str
    above: str = ""
    below: str = ""
    page: int | None = None
    paragraph: int | None = None

    @property
    def where(self) -> str:
        """The place as a person finds it: page, paragraph, or line and column."""
        if self.page is not None:
            return f"page {self.page}"
        return f"paragraph {self.paragraph}" if self.paragraph is not None else f"line {self.line}:{self.column}"

    @classmethod
    def of(cls, warning: Warning, document: Document) -> Excerpt | None:
        """The excerpt of a warning, or None for one without a place."""
        text, start = document.text, warning.start
        if not warning.end or start >= len(text):
            return None
        place = Place.in_text("", text, start, warning.end)
        line, column = place.excerpt or "", place.column or 1
        stop = column - 1 + place.length
        begin = start - (column - 1)
        above = text[:begin].rstrip().rpartition("\n")[2].strip()
        below = text[begin + len(line) :].lstrip().partition("\n")[0].strip()
        cite = document.citation("", start, warning.end)
        before, after = line[: column - 1].lstrip(), line[stop:].rstrip()
        if len(before) > _AROUND:
            before = f"…{before[-_AROUND:]}"
        if len(after) > _AROUND:
            after = f"{after[:_AROUND]}…"
        words = line[column - 1 : stop]
        return cls(
            place.line or 1, column, before, words if len(words) < 3 * _AROUND else f"{words[: 3 * _AROUND]}…", after,
            _cut(above), _cut(below), cite.page, cite.paragraph,
        )  # fmt: skip

    @classmethod
    def of_json(cls, data: list[Any] | None) -> Excerpt | None:
        """As `as_json` wrote it."""
        return cls(*data) if data else None

    def as_json(self) -> list[Any]:
        """The fields, in order."""
        return [
            self.line, self.column, self.before, self.words, self.after, self.above, self.below, self.page,
            self.paragraph,
        ]  # fmt: skip


def _cut(line: str) -> str:
    return line if len(line) <= 2 * _AROUND else f"{line[: 2 * _AROUND]}…"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One document: a recommendation, or the fault for which there is none.

    `excerpts` has one for each warning of the recommendation (None without a place). `unchanged`: it was read before
    and is as it was then. `misfit` is why its decision was not applied, where that says of it what is not so.
    """

    file: Path
    recommendation: Recommendation | None = None
    fault: KgError | None = None
    excerpts: tuple[Excerpt | None, ...] = ()
    digest: str = ""
    size: int = 0
    unchanged: bool = False
    misfit: KgError | None = None

    @property
    def waits(self) -> bool:
        """Whether a person is asked: it could not be read, or not without doubt."""
        return self.recommendation is None or self.recommendation.review


# ---- as JSON: between processes, and kept for the next time


def as_json(r: Recommendation, excerpts: tuple[Excerpt | None, ...]) -> dict[str, Any]:
    """A recommendation that was read."""
    return {"recommendation": write_recommendation(r), "excerpts": [x.as_json() if x else None for x in excerpts]}


def fault_as_json(fault: KgError) -> dict[str, Any]:
    """The fault for which there is none."""
    where = fault.where
    place = [where.source, where.line, where.column, where.excerpt, where.length] if where else None
    return {"failed": [fault.id, fault.what, place, fault.why, fault.hint]}


def of_json(told: Mapping[str, Any], file: Path, digest: str, size: int, *, unchanged: bool = False) -> Outcome:
    """What `as_json` or `fault_as_json` told, of a file.

    Raises:
        ValueError, KeyError, TypeError: for what neither of them writes.
    """
    if "failed" in told:
        return Outcome(file, None, _fault(told["failed"], file), (), digest, size)
    r = read_recommendation(told["recommendation"])
    excerpts = tuple(Excerpt.of_json(each) for each in told["excerpts"])
    misfit = _fault(told["misfit"], file) if "misfit" in told else None
    return Outcome(file, r, None, excerpts, digest, size, unchanged, misfit)


def _fault(told: list[Any], file: Path) -> KgError:
    id, what, place, why, hint = told
    source, line, column, excerpt, length = place or [file.name, None, None, None, 1]
    # Within its process a file is known by its name alone.
    where = Place(str(file) if source == file.name else source, line, column, excerpt, length)
    return KgError(id, what, where=where, why=why, hint=hint)
