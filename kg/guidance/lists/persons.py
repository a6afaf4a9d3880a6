"""Lists and sentences that are each of another person's record."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.expression.nodes import When
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import Head
from kg.guidance.sentences.effects import Effect
from kg.guidance.sentences.row import Row

_YOUNG = frozenset({"newborn", "neonate", "infant", "baby", "children"})


def _person(text: str, source: Source) -> str | None:
    """Whose record words name first."""
    hit = source.phrases.find("person", text)
    who = hit[0].lower() if hit is not None else None
    return "child" if who in _YOUNG else who


def of_other_persons(heads: Sequence[Head], effects: Sequence[Effect], source: Source) -> list[Effect]:
    """The additions that are of another person than the lists under headings ("For the mother the code is O35.8.")."""
    persons = {_person(head.stretch.text, source) for head in heads}
    if None in persons:
        return []

    def is_of_another(effect: Effect) -> bool:
        node = effect.expression
        if effect.kind != "add" or effect.mentions or not isinstance(node, When):
            return False
        who = _person(node.condition.words, source)
        return who is not None and who not in persons

    return [effect for effect in effects if is_of_another(effect)]


_OF_THESE = re.compile(
    r"(?:notes?: )?the (?:[\w-]+ )?(?:codes?|diagnos[ei]s)"
    r"(?P<whose> (?:for|in) (?:these|those|such) (?:patients|cases|women|men|children|adults|people|babies|infants))"
    r" (?=is|are|will|should|must)",
    re.IGNORECASE,
)


def without_these(stretch: Stretch, rows: Sequence[Row]) -> Stretch:
    """A sentence right below the list of a case without the words that only mean that case ("the diagnosis for these
    patients is").
    """
    told = _OF_THESE.match(stretch.text)
    below = bool(rows) and isinstance(rows[-1].value, Item) and any(isinstance(row.value, Head) for row in rows)
    if told is None or not below:
        return stretch
    return stretch.part(0, told.start("whose")).then(stretch.part(told.end("whose"), len(stretch.text)))
