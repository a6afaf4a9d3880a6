"""What a record is held to: the editions in use on its own day, and the standards with these."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.codes import Classification
    from kg.reason.applied import Applied
    from kg.reason.inferring import Inferring
    from kg.reason.prepared import Kept
    from kg.reason.record import Record
    from kg.reason.repair import Repairer
    from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Held:
    """What records of one day are held to. `kept` and `repairer` spare the second of them the work of the first."""

    classification: Classification
    applied: Applied | None
    kept: Kept
    repairer: Repairer
    inferring: Inferring | None


class ByDay:
    """What records are held to, by their day; a record without a date is of the `day`, else of today.

    Days on which the same editions are in use share all that is kept.
    """

    def __init__(
        self, workspace: Workspace, applied: Applied | None, day: datetime.date | None = None, *, infer: bool = False
    ) -> None:
        self._workspace, self._applied = workspace, applied
        self._day = day or (applied.day if applied else None)
        self._inferring = workspace.inferring if infer else None
        self._held: dict[int, Held] = {}

    def of(self, record: Record) -> Held:
        """What a record is held to."""
        from kg.reason.prepared import Kept
        from kg.reason.repair import Repairer
        from kg.workspace import today

        known = self._workspace.classification_on(record.date or self._day or today())
        found = self._held.get(id(known))
        if found is None:
            applied = self._applied.but(classification=known) if self._applied else None
            inferring = replace(self._inferring, classification=known) if self._inferring else None
            found = Held(known, applied, Kept(known, applied), Repairer(known, applied), inferring)
            self._held[id(known)] = found
        return found
