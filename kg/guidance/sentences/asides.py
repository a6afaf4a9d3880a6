"""What words in brackets behind a code mean, where they are a sentence of their own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import One, Selector
from kg.expression.nodes import When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.aside import Aside
from kg.guidance.parts.conditions import condition_of
from kg.guidance.parts.groups import groups
from kg.guidance.parts.items import expression_of
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
    if (other := _of_category(inner, selector, side, beside, source)) is not None:
        return other
    made = read_sentence(inner, side, known, source, None)
    known_idle = any(
        source.phrases.find(kind, inner.text) for kind in ("remark", "boilerplate", "fallback", "position")
    )
    if made.status == "remark" and not found and not known_idle:
        return Meaning((), "unclear", "words in brackets")
    return made


def of_line(meaning: Meaning) -> Meaning:
    """What words in brackets mean: it is of the heading that the line before them stands under."""
    return replace(meaning, effects=tuple(replace(effect, bound=True) for effect in meaning.effects))


def _of_category(
    inner: Stretch, selector: Selector | None, side: Side, beside: Sequence[Selector], source: Source
) -> Meaning | None:
    """Another code of the category of the one before the brackets, in a case: in its place ("Y53.3 if under CT")."""
    like = [b for b in beside if b != selector and str(b)[:3] == str(selector)[:3]]
    words = condition_of(inner, source)
    if not isinstance(selector, One) or not like or words is None or not all(isinstance(b, One) for b in like):
        return None
    if any(source.phrases.find(kind, inner.text) for kind in ("not", "besides", "also", "past")):
        return None
    node = expression_of(inner, ([spots(inner.text)[0]], []), side.scheme, source, len(inner.text))
    if node is None:
        return None
    other = When(source.condition(words), node, source.cite(inner))
    return Meaning((Effect("instead", side, inner, other, tuple(like), None, plain=False),))
