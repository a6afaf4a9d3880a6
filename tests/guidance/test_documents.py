"""Documents by many hands (a file in `documents` for each) with their meaning: read rightly, or a person is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kg.errors import KgError
from kg.expression.notation import read_recommendation
from kg.expression.recommendation import Recommendation, Side
from kg.guidance.reading import read_bytes
from kg.terminology import OpenCodes
from tests.guidance.wordings import meaning, told

CODES = OpenCodes()
DOCUMENTS = Path(__file__).with_name("documents")
SHARES = 8
KNOWN = frozenset({"w28-IPG741.new"})
"""Read wrongly and in silence to this day."""


@cache
def documents() -> list[dict[str, Any]]:
    files = sorted(DOCUMENTS.glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def read(row: Mapping[str, Any]) -> Recommendation | None:
    """The document as it is read beside the open list of codes; None where it is refused, and so waits for a person."""
    try:
        return read_bytes(row["text"].encode(), "document.txt", CODES)
    except KgError:
        return None


def meanings(row: Mapping[str, Any], side: Side) -> list[frozenset[tuple[str, ...]]]:
    """What the side of a document means; each reading that is accepted."""
    accepted = [row[side.value], *row.get(f"also_accepted_{side.value}", ())]
    found = [read_recommendation({"id": row["id"], "title": "", side.value: e}, row["id"], "") for e in accepted]
    return [of_side(r, side) for r in found]


def of_side(r: Recommendation, side: Side) -> frozenset[tuple[str, ...]]:
    """The sets of codes that a side admits; a category of ICD-10 and its undivided code are one."""
    return meaning(told(r.side(side)).replace(".-", ""))


def is_right(row: Mapping[str, Any], r: Recommendation) -> bool:
    """Whether both sides admit the codes that the document means, and the concepts are its own."""
    sides = all(of_side(r, side) in meanings(row, side) for side in Side)
    return sides and {c.id for c in r.concepts} == set(row["concepts"])


@pytest.mark.parametrize("share", range(SHARES))
def test_no_document_is_read_wrongly_in_silence(share: int) -> None:
    rows = documents()[share::SHARES]
    silent = {row["id"] for row in rows if (r := read(row)) is not None and not r.review and not is_right(row, r)}
    assert silent == {row["id"] for row in rows} & KNOWN


def test_most_documents_are_read_rightly_and_few_of_those_are_asked_about() -> None:
    some = [(row, read(row)) for row in documents()[::10]]
    right = [r for row, r in some if r is not None and is_right(row, r)]
    assert len(right) > 0.85 * len(some)
    assert sum(r.review for r in right) < 0.2 * len(right)
