"""Episodes held to the editions in use on their own days, as `kg check` holds records: an engine for each set of
editions, not for each day.
"""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kg.audit.codes_by_value import CodesByValue
from kg.audit.engine import Auditor, day_classes
from kg.audit.growing import Array
from kg.codes import Classification
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.recommendation import Recommendation
from kg.reason.applied import Applied
from kg.terminology.code_edition import ReleasedCodes
from kg.terminology.in_use import OpenCodes
from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class InUse:
    """Which classification is in use when: the first before all `changes`, each of the others from its change on."""

    changes: tuple[datetime.date, ...]
    codes: tuple[OpenCodes | ReleasedCodes | CodesByValue, ...]

    @classmethod
    def always(cls, classification: OpenCodes | ReleasedCodes | CodesByValue) -> InUse:
        """One for all days."""
        return cls((), (classification,))

    @classmethod
    def of(cls, workspace: Workspace) -> InUse:
        """Those of a store."""
        days = workspace.release.changes
        first = days[0] - datetime.timedelta(days=1) if days else datetime.date.min
        changes, codes = list[datetime.date](), [workspace.classification_on(first)]
        for day in days:
            found = workspace.classification_on(day)
            if found is not codes[-1]:
                changes.append(day)
                codes.append(found)
        return cls(tuple(changes), tuple(codes))

    def by_value(self) -> InUse:
        """The same to be sent to another machine."""
        every = (each if isinstance(each, CodesByValue) else CodesByValue.of(each) for each in self.codes)
        return InUse(self.changes, tuple(every))

    def on(self, day: datetime.date | None) -> Classification:
        """The one in use on a day; None: the last."""
        return self.codes[bisect_right(self.changes, day) if day else -1]


class ByEdition:
    """Holds batches of episodes against guidances, each episode with the editions in use on its day. As printed no
    edition matters.

    Args: as of `kg.audit.engine.Auditor`; those without a date are of the day of `applied`.
    """

    def __init__(
        self,
        recommendations: Iterable[Recommendation],
        in_use: InUse,
        applied: Applied | None,
        context: Context = NOTHING_KNOWN,
        *,
        everything: bool = False,
    ) -> None:
        self._in_use = in_use if applied else InUse.always(in_use.codes[-1])
        self._recommendations, self._applied, self._context = tuple(recommendations), applied, context
        self.everything = everything
        self._auditors: dict[int, Auditor] = {}

    @property
    def checked(self) -> int:
        """How many signatures of sides were checked, of those that are kept."""
        return sum(each.checked for each in self._auditors.values())

    @staticmethod
    def schema(episodes: pa.Schema) -> pa.Schema:
        """The schema of the rows for episodes of a schema."""
        return Auditor.schema(episodes)

    def verdicts(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows for a batch, as `Auditor.verdicts` gives them.

        Raises:
            KgError: KG-E0412 or KG-E0413 for a text among the codes that is none.
        """
        which = day_classes(batch, self._in_use.changes, self._applied.day if self._applied else None)
        editions = np.unique(which).tolist()
        if len(editions) < 2:
            return self._auditor(editions[0] if editions else 0).verdicts(batch)
        rows, places = list[pa.RecordBatch](), list[Array]()
        for edition in editions:
            mine = np.flatnonzero(which == edition)
            found, told = self._auditor(edition).placed(batch.take(pa.array(mine)))
            places.append(mine[found])
            rows.append(told)
        order = np.argsort(np.concatenate(places), kind="stable")
        joined = pa.Table.from_batches(rows).unify_dictionaries().take(pa.array(order)).combine_chunks().to_batches()
        return joined[0] if joined else rows[0]

    def _auditor(self, edition: int) -> Auditor:
        if edition not in self._auditors:
            known = self._in_use.codes[edition]
            applied = self._applied.but(classification=known) if self._applied else None
            self._auditors[edition] = Auditor(
                self._recommendations, known, applied, self._context, everything=self.everything
            )
        return self._auditors[edition]
