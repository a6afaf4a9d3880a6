"""Which guidances a record could mean, how sure that is, and which codes would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    import datetime

    from kg.answers.records import Asked
    from kg.reason.applied import Applied
    from kg.reason.identify import Candidate, Identified, Identifier
    from kg.reason.record import Record
    from kg.workspace import Workspace


class Identifiers:
    """What finds the guidances that records could mean, by the editions and standards in force on their day."""

    def __init__(
        self, workspace: Workspace, applied: Applied | None, day: datetime.date | None = None, *, infer: bool = False
    ) -> None:
        from kg.answers.by_day import ByDay
        from kg.answers.predecessors import listed_before

        self._candidates, self._before = workspace.candidates, listed_before(workspace)
        self._by_day = ByDay(workspace, applied, day, infer=infer)
        self._found: dict[int, Identifier] = {}

    def of(self, record: Record) -> Identifier:
        """That for a record."""
        from kg.reason.identify import Identifier

        held = self._by_day.of(record)
        if id(held) not in self._found:
            self._found[id(held)] = Identifier(self._candidates, held.kept, held.inferring, self._before)
        return self._found[id(held)]


def found(asked: Asked, identifiers: Identifiers, *, everything: bool = False) -> Identified:
    """What a record could mean.

    Raises:
        KgError: that of what is no record.
    """
    if asked.record is None:
        raise asked.error or KgError("KG-E0305", "not a record")
    return identifiers.of(asked.record).identify(asked.record, everything=everything)


def identify(asked: Asked, identifiers: Identifiers, *, everything: bool = False) -> dict[str, Any]:
    """What a record could mean as JSON; the fault of what is no record."""
    try:
        told = found(asked, identifiers, everything=everything)
    except KgError as error:
        return {"id": asked.given_id, "error": {**error.as_dict(), "text": str(error)}}
    return {
        "id": asked.given_id,
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
        **(
            {"through": [{"concept": str(t.concept), "listed": t.listed, "link": t.link} for t in c.through]}
            if c.through
            else {}
        ),
        "combinations": {"met": c.met, "of": c.of} if c.of is not None else None,
        "broken": [b.rule for s in c.verdict.sides for b in s.broken if b.contradicts],
        "inferred": [i.sentence for s in c.verdict.sides for i in s.inferred],
    }
