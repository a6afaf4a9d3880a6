"""A recommendation: the coding part of one guidance, as a value."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum

from kg.citation import Citation
from kg.codes import Scheme
from kg.expression.nodes import Expression


class Side(StrEnum):
    """The two sides of a recommendation, each recorded in its own classification."""

    PROCEDURE = "procedure"
    DIAGNOSIS = "diagnosis"

    __hash__ = str.__hash__  # that of Enum is written in Python

    @property
    def scheme(self) -> Scheme:
        """OPCS-4 for procedures, ICD-10 for diagnoses."""
        return Scheme.OPCS4 if self is Side.PROCEDURE else Scheme.ICD10


@dataclass(frozen=True, slots=True)
class ConceptMention:
    """A SNOMED CT concept as the document lists it. `id` is as printed (digits), whether or not its check digit is
    right.
    """

    id: str
    term: str
    side: Side
    condition: str | None = None
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class Warning:
    """Something to look at, with its place (characters `start` to `end` of the text); `id` is one of
    `kg.errors.CATALOGUE`.
    """

    id: str
    message: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading the document; the first of a recommendation is the one in use. `reason` says why it is so
    read.
    """

    procedure: Expression | None
    diagnosis: Expression | None
    reason: str = ""

    def side(self, side: Side) -> Expression | None:
        """The expression of one side, or None where the text says nothing on it."""
        return self.procedure if side is Side.PROCEDURE else self.diagnosis


class Verb(StrEnum):
    """What a person did: chose one of the readings, wrote another, or found the one in use right."""

    CHOSE = "reading"
    CORRECTED = "correction"
    ACCEPTED = "accept"


@dataclass(frozen=True, slots=True)
class Decision:
    """That a person decided how the document is read: what was done, by whom, on which day, why; `source` is the name
    of the file that records it.
    """

    verb: Verb
    by: str
    on: datetime.date
    why: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What one guidance recommends.

    `id` is the guidance's (`IPG369`, `IP1062/2`); `readings` has one at least, best first; `review` says that a
    person should look; `source` is the file's name without folders and `digest` the SHA-256 of its bytes
    (hexadecimal). With a `decision` the first reading is the one that was decided on, for the document of this digest.
    """

    id: str
    title: str
    readings: tuple[Reading, ...]
    opcs_version: str | None = None
    concepts: tuple[ConceptMention, ...] = ()
    warnings: tuple[Warning, ...] = ()
    review: bool = False
    source: str = ""
    digest: str = ""
    decision: Decision | None = None

    @property
    def procedure(self) -> Expression | None:
        """The procedure side of the reading in use."""
        return self.readings[0].procedure

    @property
    def diagnosis(self) -> Expression | None:
        """The diagnosis side of the reading in use."""
        return self.readings[0].diagnosis

    def side(self, side: Side) -> Expression | None:
        """One side of the reading in use."""
        return self.readings[0].side(side)
