"""Which guidances a record could mean, how sure that is, and which codes would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.answers.records import Asked
    from kg.reason.identify import Candidate, Identified, Identifier


def found(asked: Asked, identifier: Identifier, *, everything: bool = False) -> Identified:
    """What a record could mean.

    Raises:
        KgError: that of what is no record.
    """
    if asked.record is None:
        raise asked.error or KgError("KG-E0305", "not a record")
    return identifier.identify(asked.record, everything=everything)


def identify(asked: Asked, identifier: Identifier, *, everything: bool = False) -> dict[str, Any]:
    """What a record could mean as JSON; the fault of what is no record."""
    try:
        told = found(asked, identifier, everything=everything)
    except KgError as error:
        return {"id": asked.id, "error": {**error.as_dict(), "text": str(error)}}
    return {
        "id": asked.id,
        "valid_for": told.valid,
        "candidates": [_candidate(c) for c in told.candidates],
        "tells": [
            {
                "code": str(t.selector),
                "side": t.side.value,
                "guidance": t.guidance,
                "against": list(t.against),
                "always": t.always,
                "present": t.present,
            }
            for t in told.tells
        ],
    }


def _candidate(c: Candidate) -> dict[str, Any]:
    return {
        "guidance": c.guidance,
        "title": c.verdict.title,
        "certainty": c.certainty.value,
        "verdict": c.verdict.verdict.value,
        **{s.side.value: s.verdict.value for s in c.verdict.sides},
        "explained": [str(code) for code in c.explained],
        "unexplained": [str(code) for code in c.unexplained],
        "missing": [str(s) for s in c.missing],
        "alike": list(c.alike),
        "concepts": [str(concept) for concept in c.concepts],
        "combinations": {"met": c.met, "of": c.of} if c.of is not None else None,
        "broken": [b.rule for s in c.verdict.sides for b in s.broken if b.contradicts],
        "inferred": [i.sentence for s in c.verdict.sides for i in s.inferred],
    }
