"""Folders of documents for tests, and decisions on them."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

from kg.expression.recommendation import Decision, Verb
from kg.folder.gather import gather
from kg.folder.outcome import Outcome
from kg.folder.reading import Documents
from kg.guidance.decisions import Decided, bare_reading, beside, write_decided
from kg.guidance.reading import read_file

TEXT = """IPG{n} A title of guidance {n}

OPCS-4 code(s):
J12.8 Other specified other therapeutic percutaneous operations on liver
Y53.{digit} Approach to organ under image control

ICD-10 code(s):
C78.7 Secondary malignant neoplasm of liver
"""
DOUBT = "Thing J03.2l unless it glows in the dark.\n"


def folder(path: Path, count: int, *, first: int = 1) -> Path:
    """A folder of `count` texts, all different."""
    path.mkdir(parents=True, exist_ok=True)
    for n in range(first, first + count):
        (path / f"IPG{n}.txt").write_text(TEXT.format(n=n, digit=n % 9 + 1), encoding="utf-8")
    return path


def doubtful(path: Path, n: int) -> Path:
    """A text that asks for a person."""
    path.write_text(TEXT.format(n=n, digit=1).replace("\nICD", f"{DOUBT}\nICD"), encoding="utf-8")
    return path


def decide(document: Path, *, rank: int = 1, by: str = "A. Coder", into: Path | None = None) -> Path:
    """Accept a reading of a document; the file of the decision comes back."""
    r = read_file(document)
    into = into or beside(document)
    decision = Decision(Verb.ACCEPTED, by, datetime.date(2026, 11, 21), "it is right", into.name)
    digest = hashlib.sha256(document.read_bytes()).hexdigest()
    decided = Decided(decision, r.id, document.name, digest, bare_reading(r.readings[rank - 1]))
    into.write_text(write_decided(decided), encoding="utf-8")
    return into


def read(*paths: Path, jobs: int | None = None, fresh: bool = False) -> tuple[list[Outcome], list[str]]:
    """The outcomes of documents, and the ids of what is wrong with decisions."""
    documents = Documents(gather(paths), jobs=jobs, fresh=fresh)
    outcomes = list(documents)
    return outcomes, [problem.id for _, problem in documents.problems]


def warned(outcome: Outcome) -> list[str]:
    """The ids of a document's warnings."""
    return [w.id for w in outcome.recommendation.warnings] if outcome.recommendation else []
