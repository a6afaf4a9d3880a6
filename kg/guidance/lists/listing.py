"""Lines of codes as rows, with what their brackets say of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from kg.codes import One, Selector
from kg.expression.nodes import Optional, Pick, all_of
from kg.expression.recommendation import Side
from kg.guidance.lists.added_above import join_above
from kg.guidance.lists.told import Told
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.aside import Aside, aside_of, report_bracket
from kg.guidance.parts.items import Item, read_items, wrapped
from kg.guidance.parts.joints import brackets
from kg.guidance.parts.sides import side_change
from kg.guidance.sentences import row as so_far
from kg.guidance.sentences.asides import aside_effect, of_line
from kg.guidance.sentences.effects import Effect, Meaning, names
from kg.guidance.sentences.frames import report_strange_line, strange_aside
from kg.guidance.sentences.nameless import asked_behind

_AS_FITS = re.compile(r"\W*as (?:appropriate|applicable)\W*$", re.IGNORECASE)


@dataclass(slots=True)
class Listing(Told):
    """Reads lines that begin with a code; `and_or` and `case` are what the connective above the next one says of it,
    `begun` the first codes of the lines so far.
    """

    and_or: bool = False
    case: Aside | None = None
    begun: set[tuple[Side | Selector, ...]] = field(default_factory=set[tuple[Side | Selector, ...]])

    def _items(self, stretch: Stretch, told: Side | None = None) -> None:
        side = told or self.side
        found = spots(stretch.text)
        if side is Side.PROCEDURE and (cut := side_change(stretch, found, self.source)):
            self._items(stretch.part(0, len(stretch.text[:cut].rstrip(" ,;"))), Side.PROCEDURE)
            behind = next(spot.start for spot in found if spot.start > cut)
            self._items(stretch.part(behind, len(stretch.text)), Side.DIAGNOSIS)
            return
        side = self.side_of_line(found[0], stretch) if found and told is None else side
        said = self.told[side]
        if found and stretch.text[: found[0].start].rstrip().endswith("("):
            bracketed = selector_of(found[0], side.scheme)
            headed = any(row.kind == "head" for row in self.rows)
            if isinstance(bracketed, One) and not headed and self.known[side].count(bracketed) > 1:
                return  # a title with its code in brackets, listed elsewhere: a reference
        made = read_items(stretch, side.scheme, self.source)
        if not made:
            return
        own = [x for item in made for x in names(item.expression)]
        if said and own and all(any(self.source.says_same(x, t) for t in said) for x in own):
            self.source.warn("KG-W0206", "a line that repeats what a sentence has said", stretch, review=False)
            return
        so_far.mark_addition(self.rows, stretch.text, self.source)
        if any(self.source.phrases.find("record.other", stretch.text[a:b]) for a, b in brackets(stretch.text)):
            self.source.warn("KG-W0202", "not said whether this code is for another record", stretch)
        report_strange_line(stretch, made, side, self.source)
        if self.case is not None:  # told by the Or above it
            case, self.case = self.case, None
            made[0] = replace(made[0], expression=wrapped(made[0].expression, case, self.source))
        for item in made:
            item, self.and_or = replace(item, both=self.and_or), False
            first = (side, *names(item.expression)[:1])
            again = first in self.begun and self.rows[-1].kind == "plus"  # it is of another record
            self.begun.add(first)
            self.add("item", item.stretch, item, side)
            self.last_item = item
            for aside in item.asides:
                if self._fits_one(item, aside) or join_above(self.rows, aside.stretch, side, self.source):
                    continue
                report_bracket(aside.kind, aside.stretch, item.expression, self.source)
                if aside.kind == "sentence":
                    own = names(item.expression)[-1:]
                    listed = [] if again else self.listed_here(side)  # so is what it names
                    made_of = of_line(aside_effect(aside, side, listed, self.source, own))
                    if not self._follows(item, made_of):
                        self.take(made_of, aside.stretch, side)
        if (more := asked_behind(stretch, found[-1], self.source)) is not None:
            self.add("effect", stretch, Effect("add", side, stretch, more, bound=True), side)

    def _follows(self, item: Item, meaning: Meaning) -> bool:
        """Whether a bracket asks for one code more behind a line that Plus joins ("Plus site code (Z94.- follows)"):
        it goes with whatever that line goes with.
        """
        joined = len(self.rows) > 1 and self.rows[-1].value is item and self.rows[-2].kind == "plus"
        effect = meaning.effects[0] if len(meaning.effects) == 1 and meaning.status == "read" else None
        if not joined or effect is None or effect.kind != "add" or not isinstance(effect.expression, Pick):
            return False
        both = all_of([item.expression, effect.expression]) or item.expression
        self.rows[-1].value = self.last_item = replace(item, expression=both)
        return True

    def _fits_one(self, item: Item, aside: Aside) -> bool:
        """Whether "as appropriate" behind the last line of a list asks for one of its lines, which is then no longer at
        will.
        """
        if (
            aside.kind != "optional"
            or not isinstance(item.expression, Optional)
            or not _AS_FITS.match(aside.stretch.text)
        ):
            return False
        row, made = self.rows[-1], replace(item, expression=item.expression.content)
        row.value = made
        if not self.is_chosen(aside.stretch):
            row.value = item
            above = self.rows[-2].value if len(self.rows) > 1 else None
            alike = names(above.expression)[:1] if isinstance(above, Item) else []
            if alike and str(alike[0])[:3] == str(names(item.expression)[0])[:3]:
                what = "not said whether one of these lines is taken or all of them"
                self.source.warn("KG-W0202", what, aside.stretch)
            return False
        self.last_item = made
        return True

    def _aside(self, stretch: Stretch) -> None:
        """A bracket on a line of its own speaks of the item above it."""
        kind = aside_of(stretch, self.source)
        if kind == "title" and (word := strange_aside(stretch, self.last_item, self.source)):
            self.source.warn("KG-W0218", f'"{word}" is known in no place like this', stretch)
        if kind == "title" and self.source.phrases.find("unnamed", stretch.text):
            kind = "sentence"
        aside = Aside(kind, stretch, 0, len(stretch.text))
        if kind == "sentence" or (kind == "remark" and spots(stretch.text)):
            own, side = names(self.last_item.expression)[-1:] if self.last_item else [], self.side_of_above(stretch)
            apart = replace(self.source, warnings=[], review=False)
            made_of = of_line(aside_effect(aside, side, self.listed_here(side), apart, own))
            if kind == "sentence" or not (made_of.effects or apart.review):
                self.source.warnings.extend(apart.warnings)
                self.source.review = self.source.review or apart.review
                self.take(made_of, stretch, side)
        elif kind in {"optional", "condition"} and self.last_item is not None:
            self.last_item = so_far.rewrap(self.rows, self.last_item, aside, self.source)
