"""The rows that were read so far, and the codes that are listed or told on each side."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.codes import Selector
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Head, Lead
from kg.guidance.sentences.effects import Effect, Meaning, names, report_meaning
from kg.guidance.sentences.row import Row


@dataclass(slots=True)
class Told:
    """Rows in print order. `known` are the codes that all lines list, `told` those of sentences so far; `side` is the
    one of the next row, `home` that of the section; `last` and `previous` are the effect and the sentence before.
    """

    source: Source
    known: dict[Side, list[Selector]] = field(default_factory=lambda: {Side.PROCEDURE: [], Side.DIAGNOSIS: []})
    told: dict[Side, list[Selector]] = field(default_factory=lambda: {Side.PROCEDURE: [], Side.DIAGNOSIS: []})
    rows: list[Row] = field(default_factory=list)
    side: Side = Side.PROCEDURE
    home: Side = Side.PROCEDURE
    last: Effect | None = None
    previous: Stretch | None = None

    def add(
        self, kind: str, stretch: Stretch, value: Item | Lead | Head | Effect | None = None, side: Side | None = None
    ) -> None:
        """Add a row. Behind any but an effect no sentence speaks of the one before it."""
        at = side or self.side
        self.rows.append(Row(kind, at, stretch, value, at is not self.home))
        if kind != "effect":
            self.last = None
            self.previous = None

    def listed(self, side: Side) -> list[Selector]:
        """What is listed or told on a side, with what a lead-in above it has put there."""
        own = (row.value for row in self.rows if row.side is side)
        here = (x for item in own if isinstance(item, Item) for x in names(item.expression))
        return list(dict.fromkeys((*self.known[side], *here, *self.told[side])))

    def is_listed(self, spot: Spot) -> bool:
        """Whether a code is listed on the procedure side."""
        selector = None if spot.is_icd else selector_of(spot, Side.PROCEDURE.scheme)
        return selector is not None and any(self.source.same_codes(selector, k) for k in self.listed(Side.PROCEDURE))

    def take(self, meaning: Meaning, stretch: Stretch, side: Side) -> None:
        """Keep the effects of a sentence, or report it."""
        report_meaning(meaning, stretch, self.source)
        if meaning.status == "amended" and self.rows and self.rows[-1].kind == "effect":
            self.rows[-1].value = self.last = meaning.effects[0]
            return
        for effect in meaning.effects:
            self.add("effect", effect.stretch, effect, side)
            self.told[side] += names(effect.expression)
            self.last = effect
