"""The rows that were read so far, and the codes that are listed or told on each side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from kg.codes import Category, One, Selector
from kg.expression.recommendation import Side
from kg.guidance.lists.said_anew import of_heading
from kg.guidance.page.paragraph import Paragraph
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.page.titles import exists
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Head, Lead
from kg.guidance.parts.sides import goes_on, is_procedure, report_change, side_of
from kg.guidance.sentences.effects import Effect, Meaning, names, report_meaning
from kg.guidance.sentences.row import Row, are_of_procedures, chosen, said_again
from kg.guidance.sentences.sentence import read_sentence

_NEAR = 3  # lines in which the first code under a heading is looked for
_LONG = 12  # lines of its list that are looked at


@dataclass(slots=True)
class Told:
    """Rows in print order. `known` are the codes that all lines list, `told` those of sentences so far; `side` is the
    one of the next row, `home` that of the section; `last` and `previous` are the effect and the sentence before,
    `last_item` the line of codes.
    """

    source: Source
    known: dict[Side, list[Selector]] = field(default_factory=lambda: {Side.PROCEDURE: [], Side.DIAGNOSIS: []})
    told: dict[Side, list[Selector]] = field(default_factory=lambda: {Side.PROCEDURE: [], Side.DIAGNOSIS: []})
    rows: list[Row] = field(default_factory=list)
    side: Side = Side.PROCEDURE
    home: Side = Side.PROCEDURE
    last: Effect | None = None
    previous: Stretch | None = None
    last_item: Item | None = None

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

    def listed_here(self, side: Side) -> list[Selector]:
        """What is listed under the last heading of a side, and above all headings unless it has a main code of its own;
        all of it where there is no heading.
        """
        own = [row for row in self.rows if row.side is side]
        heads = [n for n, row in enumerate(own) if row.kind == "head"]
        if not heads or side is not self.side:
            return self.listed(side)
        items = [row.value for row in own[heads[-1] :] if isinstance(row.value, Item)]
        if not any(item.leads for item in items):
            items += [row.value for row in own[: heads[0]] if isinstance(row.value, Item)]
        return list(dict.fromkeys(x for item in items for x in names(item.expression)))

    def is_listed(self, spot: Spot) -> bool:
        """Whether a code is listed on the procedure side."""
        selector = None if spot.is_icd else selector_of(spot, Side.PROCEDURE.scheme)
        return selector is not None and any(self.source.same_codes(selector, k) for k in self.listed(Side.PROCEDURE))

    def are_of_procedures(self, stretch: Stretch) -> bool:
        """Whether codes behind diagnoses are of listed procedures; under their own heading, of no disease too."""
        if self.home is Side.PROCEDURE:
            return all(map(self.is_listed, spots(stretch.text)))
        return are_of_procedures(stretch, self.listed(Side.PROCEDURE), self.listed(Side.DIAGNOSIS), self.source)

    def is_beside_procedure(self, stretch: Stretch) -> bool:
        """Whether a sentence among diagnoses puts codes that only follow others, without a title, beside a listed main
        procedure, which no diagnosis is.
        """
        own = [(s, selector_of(s, Side.PROCEDURE.scheme)) for s in spots(stretch.text)]
        known = {side: self.listed(side) for side in Side}
        main = [x for _, x in own if x in known[Side.PROCEDURE] and x is not None and self.source.leads(x)]
        rest = [(s, x) for s, x in own if x not in main]
        bare = all(s.letter in "YZ" and not re.match(r"\s+[A-Z][a-z]", stretch.text[s.end :]) for s, _ in rest)
        listed = any(selector_of(s, Side.DIAGNOSIS.scheme) in known[Side.DIAGNOSIS] for s, _ in own)
        return bool(main and rest) and bare and not listed and re.search(r"\bicd\b", stretch.text, re.I) is None

    def is_disease(self, spot: Spot, stretch: Stretch) -> bool:
        """Whether a code, of no listed procedure, is one of a listed diagnosis, as it is printed or of its category."""
        selector = None if is_procedure(spot, stretch) else selector_of(spot, Side.DIAGNOSIS.scheme)
        known = self.listed(Side.DIAGNOSIS) if selector is not None else ()
        return selector is not None and any(self.source.same_codes(selector, k) for k in known)

    def _is_of_category(self, spot: Spot, stretch: Stretch) -> bool:
        """Whether a code without a title is one of a category listed among the diagnoses, and no code of OPCS-4 that
        goes with others there.
        """
        wide = [k for k in self.known[Side.DIAGNOSIS] if isinstance(k, Category)]
        if not wide:
            return False
        own, other = (selector_of(spot, side.scheme) for side in (Side.DIAGNOSIS, Side.PROCEDURE))
        titled = re.match(r"['\"]?\s+['\"]?[A-Z][a-z]", stretch.text[spot.end :]) is not None
        beside = other is not None and not self.source.leads(other) and exists(other, Side.PROCEDURE.scheme)
        if not isinstance(own, One) or titled or beside:
            return False
        return any(self.source.same_codes(own, k) for k in wide)

    def side_of_line(self, spot: Spot, stretch: Stretch) -> Side:
        """The side of a line of a list by its first code, its title and what stands above it."""
        again = self.side is not self.home is Side.PROCEDURE and goes_on(spot, stretch, self.source)
        side = Side.PROCEDURE if again else side_of(spot, stretch, self.side, self.source)
        if self.side is Side.PROCEDURE:
            report_change(spot, stretch, side, self.source)
        return Side.DIAGNOSIS if side is Side.PROCEDURE and self._is_of_disease(spot, stretch) else side

    def _is_of_disease(self, spot: Spot, stretch: Stretch) -> bool:
        """Whether a code without a title among procedures goes with a diagnosis listed or right above it."""
        return self._is_of_category(spot, stretch) or self._is_beside_disease(spot, stretch)

    def _is_beside_disease(self, spot: Spot, stretch: Stretch) -> bool:
        """Whether a code without a title stands among procedures right behind a diagnosis, and may be one as well."""
        above = self.rows[-1] if self.rows else None
        if above is None or above.kind != "item" or above.side is Side.PROCEDURE:
            return False
        own, other = (selector_of(spot, side.scheme) for side in (Side.DIAGNOSIS, Side.PROCEDURE))
        titled = re.match(r"['\"]?\s+['\"]?[A-Z][a-z]", stretch.text[spot.end :]) is not None
        if titled or not isinstance(own, One) or not exists(own, Side.DIAGNOSIS.scheme):
            return False
        if other is not None and exists(other, Side.PROCEDURE.scheme):
            self.source.warn("KG-W0202", f'"{spot.printed}" may be a procedure or a diagnosis', stretch)
        return True

    def side_of_above(self, stretch: Stretch) -> Side:
        """The side of words in brackets below a line: of the line, where their code may be of it."""
        above, found = self.rows[-1] if self.rows else None, spots(stretch.text)
        if above is None or above.kind != "item":
            return self.side
        return side_of(found[0], stretch, above.side, self.source) if found else above.side

    def side_below(self, rest: Sequence[Paragraph]) -> Side | None:
        """The side of the diagnoses over which a heading among procedures stands, if its list is of such; or None."""
        first = next((i for i, line in enumerate(rest[:_NEAR]) if spots(line.text)), None)
        if first is None or self.home is Side.DIAGNOSIS or not self.rows:
            return None
        own = [line.stretch for line in takewhile(lambda line: spots(line.text), rest[first : first + _LONG])]
        listed = [(spots(x.text)[0], x) for x in own if spots(x.text)[0].start == 0]
        of_disease = [side_of(spot, x, self.home, self.source) is Side.DIAGNOSIS for spot, x in listed]
        return Side.DIAGNOSIS if of_disease and all(of_disease) else None

    def side_of_joint(self, following: Paragraph | None) -> Side:
        """The side of what a connective joins: of the line above it, if the one below it is of that side too."""
        above = self.rows[-1] if self.rows else None
        found = spots(following.text) if following is not None else []
        if above is None or above.kind != "item" or following is None or not found:
            return self.side
        below = side_of(found[0], following.stretch, self.side, self.source)
        return above.side if below is above.side else self.side

    def open_again(self, stretch: Stretch) -> None:
        """What goes on with an outer list goes with all of the inner one; a main code may be one more case."""
        named = [x for spot in spots(stretch.text) if (x := selector_of(spot, self.side.scheme)) is not None]
        if self.side is Side.DIAGNOSIS or any(map(self.source.leads, named)):
            self.source.warn("KG-W0202", "not said whether this line goes with the list above it", stretch)
        else:
            self.add("lead", stretch, Lead(stretch, plus=True, all=True))

    def orders(self, label: Stretch) -> bool:
        """Whether words over a diagnosis only tell its place in the record ("Second:"); of procedures it is asked."""
        if self.source.phrases.whole("head.rank", label.text) and self.side is Side.DIAGNOSIS:
            what = "not said whether these words tell the place in the record or a kind of the disease"
            self.source.warn("KG-W0202", what, label)
        if not self.source.phrases.whole("head.order", label.text):
            return False
        if self.side is Side.PROCEDURE:
            what = "not said whether these words tell the place in the record or one of several operations"
            self.source.warn("KG-W0202", what, label)
        return self.side is Side.DIAGNOSIS

    def is_chosen(self, stretch: Stretch) -> bool:
        """Words behind a list that ask for one of its lines make it a choice; whether they did."""
        side = self.rows[-1].side if self.rows and self.rows[-1].kind == "item" else self.side
        known, inline = self.known[side], side is not self.home
        return chosen(self.rows, stretch, self.last_item, side, known, self.source, inline=inline)

    def say_of_diseases(self, stretch: Stretch) -> None:
        """Read a sentence among procedures whose codes are all of listed diagnoses."""
        again, asked = said_again(self.rows, stretch, Side.DIAGNOSIS, self.source), self.source.asked()
        listed = [x for x in self.listed(Side.DIAGNOSIS) if x not in again]
        meaning = read_sentence(stretch, Side.DIAGNOSIS, listed, self.source, None)
        self.take(of_heading(meaning, again, self.rows, asked, self.source), stretch, Side.DIAGNOSIS)

    def take(self, meaning: Meaning, stretch: Stretch, side: Side) -> None:
        """Keep the effects of a sentence, or report it."""
        report_meaning(meaning, stretch, self.source)
        if meaning.status == "amended" and self.rows and self.rows[-1].kind == "effect":
            self.rows[-1].value = self.last = meaning.effects[0]
            return
        joined = bool(self.rows) and self.rows[-1].kind == "plus"  # so it is of the case above, as a line would be
        for effect in meaning.effects:
            effect = replace(effect, bound=effect.bound or joined)
            self.add("effect", effect.stretch, effect, side)
            self.told[side] += names(effect.expression)
            self.last = effect
