"""Lists and sentences that are each of another person's record."""

from __future__ import annotations

from collections.abc import Sequence

from kg.expression.nodes import When
from kg.guidance.page.source import Source
from kg.guidance.parts.leads import Head
from kg.guidance.sentences.effects import Effect

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
