"""A record: the ordered codes of one care event, with what is known of it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from kg.codes import Code, Scheme, SctId
from kg.errors import KgError
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.recommendation import Side

MOST_CODES = 200
"""Codes a side may have; HES has 24 procedures and 20 diagnoses."""


@dataclass(frozen=True, slots=True)
class Record:
    """Codes in the order in which they are recorded, first the main one. The same code may stand twice."""

    procedures: tuple[Code, ...] = ()
    diagnoses: tuple[Code, ...] = ()
    concepts: tuple[SctId, ...] = ()
    context: Context = NOTHING_KNOWN
    date: datetime.date | None = None
    id: str = ""

    def __post_init__(self) -> None:
        """Refuse codes of the wrong classification (KG-E0305) and too many of them (KG-E0306)."""
        for side in Side:
            codes = self.side(side)
            if len(codes) > MOST_CODES:
                raise KgError("KG-E0306", f"{len(codes)} {side} codes in one record; at most {MOST_CODES} are read")
            for code in codes:
                if code.scheme is not side.scheme:
                    raise KgError("KG-E0305", f"{code} is an {code.scheme} code among the {side} codes of the record")

    def side(self, side: Side) -> tuple[Code, ...]:
        """The codes of one side."""
        return self.procedures if side is Side.PROCEDURE else self.diagnoses

    @classmethod
    def of(
        cls,
        procedures: Sequence[str] = (),
        diagnoses: Sequence[str] = (),
        concepts: Sequence[str] = (),
        *,
        context: Context = NOTHING_KNOWN,
        date: str | None = None,
        id: str = "",
    ) -> Record:
        """A record of codes in any printed form.

        Raises:
            KgError: that of the first code that cannot be read, KG-E0305 for a date that is none, KG-E0306.
        """
        day = None
        if date:
            try:
                day = datetime.date.fromisoformat(date)
            except ValueError:
                raise KgError("KG-E0305", f'not a date: "{date}"', hint="Write dates as 2024-05-01.") from None
        return cls(
            tuple(Code.parse(text, Scheme.OPCS4) for text in procedures),
            tuple(Code.parse(text, Scheme.ICD10) for text in diagnoses),
            tuple(SctId.parse(text) for text in concepts),
            context,
            day,
            id,
        )
