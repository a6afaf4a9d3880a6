"""What words in brackets behind a code mean, where they are a sentence of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import One, Selector
from kg.expression.nodes import When
from kg.expression.recommendation import Side
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.conditions import condition_of
from kg.guidance.parts.groups import groups
from kg.guidance.parts.items import Aside, expression_of
from kg.guidance.sentences.effects import Effect, Meaning
from kg.guidance.sentences.instead import offered
from kg.guidance.sentences.mentions import REMARK
from kg.guidance.sentences.sentence import read_sentence


def aside_effect(
    aside: Aside, side: Side, known: Sequence[Selector], source: Source, beside: Sequence[Selector] = ()
) -> Meaning:
    """What words in brackets behind a code mean, where they are a sentence; `beside` is the code before them."""
    inner = aside.stretch.part(1, len(aside.stretch.text) - (1 if aside.stretch.text.endswith(")") else 0))
    found = spots(inner.text)
    selector = selector_of(found[0], side.scheme) if len(found) == 1 else None
    wider = (
        selector is not None and not isinstance(selector, One)
        and any(b != selector and source.same_codes(b, selector) for b in beside)
    )  # fmt: skip
    if wider and re.search(r"\b(?:other|another|different|else|otherwise)\b", inner.text, re.IGNORECASE):
        return offered(aside.stretch, side, [(found[0], selector)], beside, source) if selector is not None else REMARK
    if re.match(r"or\b", inner.text, re.IGNORECASE) and beside and found:
        made = groups(inner, found, side.scheme, source)
        node = expression_of(inner, made[0], side.scheme, source, len(inner.text)) if len(made) == 1 else None
        if node is not None:
            words = condition_of(inner, source)
            other = When(source.condition(words), node, source.cite(inner)) if words is not None else node
            return Meaning((Effect("instead", side, inner, other, tuple(beside), None, plain=False),))
    made = read_sentence(inner, side, known, source, None)
    known_idle = any(
        source.phrases.find(kind, inner.text) for kind in ("remark", "boilerplate", "fallback", "position")
    )
    if made.status == "remark" and not found and not known_idle:
        return Meaning((), "unclear", "words in brackets")
    return made
