"""Records against the guidances of a store, with verdict, what is missing, repairs, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    import datetime

    from kg.answers.records import Asked
    from kg.expression.recommendation import Recommendation
    from kg.reason.applied import Applied
    from kg.reason.edits import Repairs
    from kg.reason.verdict import Broken, GuidanceVerdict
    from kg.workspace import Workspace

Answer = tuple[dict[str, Any], "list[GuidanceVerdict]", "list[Broken]", "list[Repairs]"]
"""The answer for one record as JSON, its verdicts, the rules that it breaks, and the repairs for each guidance."""


See = Callable[["Asked", Answer], None]


class Checker:
    """The guidances and options of one run; counts the verdicts it gives (`tally`).

    Each record is held to the editions and standards in force on its own date, else on `day`. Each of `seen` is given
    every record with its answer.
    """

    def __init__(
        self,
        workspace: Workspace,
        applied: Applied | None,
        *,
        guidance: str | None = None,
        given: Mapping[str, list[str]] | None = None,
        everything: bool = False,
        infer: bool = False,
        day: datetime.date | None = None,
    ) -> None:
        from kg.answers.by_day import ByDay
        from kg.answers.records import GivenContexts

        self.by_day = ByDay(workspace, applied, day, infer=infer)
        self.workspace, self.everything = workspace, everything
        self.context = GivenContexts(workspace, dict(given or {}))
        self.guidance = workspace.recommendation(guidance).id if guidance else None
        self.all = tuple(workspace.recommendations.values())
        self.seen: list[See] = []
        self.tally: dict[str, int] = {}

    def against(self, asked: Asked) -> Sequence[Recommendation]:
        """The guidances to check a record against: the one that is named, all, or those that it could mean."""
        if wanted := asked.guidance or self.guidance:
            return [self.workspace.recommendation(wanted)]
        if self.everything or asked.record is None:
            return self.all
        return self.workspace.candidates.about(asked.record)

    def answer(self, asked: Asked) -> Answer:
        """The answer for one record; what is no record has its `error`."""
        from kg.answers.records import odd_codes
        from kg.reason.check import check_all
        from kg.reason.explain import record_json

        try:
            if asked.record is None:
                raise asked.error or KgError("KG-E0305", "not a record")
            wanted = asked.guidance or self.guidance
            against = self.against(asked)
        except KgError as error:
            self.tally["error"] = self.tally.get("error", 0) + 1
            return {"id": asked.given_id, "error": {**error.as_dict(), "text": str(error)}}, [], [], []
        held = self.by_day.of(asked.record)
        found = check_all(
            against,
            asked.record,
            held.classification,
            held.applied,
            everything=self.everything or wanted is not None,
            kept=held.kept,
            inferring=held.inferring,
        )
        broken = held.applied.broken(asked.record) if held.applied else []
        by_id = self.workspace.recommendations
        repairs = [held.repairer.repairs(by_id[v.guidance], asked.record, v, held.inferring) for v in found]
        item = record_json(asked.given_id, found, broken, repairs)
        if odd := list(odd_codes(asked.record, self.workspace, held.classification)):
            item["warnings"] = odd
        self.tally[item["verdict"]] = self.tally.get(item["verdict"], 0) + 1
        answer = (item, found, broken, repairs)
        for see in self.seen:
            see(asked, answer)
        return answer
