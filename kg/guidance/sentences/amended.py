"""What a sentence without codes does to what the one before it adds: a case, a choice, another code in its place."""

from __future__ import annotations

import re
from dataclasses import replace

from kg.expression.nodes import AllOf, OneOf, Optional, Unnamed, When
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.conditions import condition_of, denied_in, without_note
from kg.guidance.sentences.effects import Effect, Meaning
from kg.guidance.sentences.mentions import REMARK


def in_its_place(stretch: Stretch, source: Source, before: Effect) -> Meaning:
    """The codes of the sentence before, or in one case one without a name ("the cause, if known, is coded instead")."""
    words, node = condition_of(stretch, source), before.expression
    if words is None or node is None or before.kind != "add" or isinstance(node, When | Optional | Unnamed):
        return Meaning((), "unclear", "what replaces what")
    cite = source.cite(stretch)
    other = When(source.condition(without_note(words)), Unnamed(stretch.text, cite), cite)
    return Meaning((replace(before, expression=OneOf((node, other), citation=cite)),), "amended")


_FEW = 5  # words of a case that only another sentence tells ("if this is so")
# What is said of the codes of the sentence before ("It is mandatory whenever an image was used").
_IT_IS = re.compile(
    r"(?:notes?\s*:\s*)?(?:it|this|these|they)\s+"
    r"(?:(?:is|are)(?: to be)?|(?:must|should|has to|have to|needs? to) be)\s+"
    r"(?:(?:only|then|always|therefore)\s+)?(?:recorded|assigned|added|coded|used|reported|given|entered|included|mandatory"
    r"|compulsory|obligatory|required|needed|necessary)\b(?!\s+(?:by|as|to|with|in place)\b)",
    re.IGNORECASE,
)


def limits(stretch: Stretch, source: Source) -> bool:
    """Whether a sentence without codes says in what case those of the sentence before are recorded."""
    words = condition_of(stretch, source) if _IT_IS.match(stretch.text) is not None else None
    if words is None:
        return False
    optional = source.phrases.opens("optional", words.text)
    plain = optional is not None and optional.end() >= len(words.text.rstrip(" ."))
    rest = words.text.partition(" ")[2]
    back = source.phrases.opens("condition.anaphor", rest) is not None and len(rest.split()) <= _FEW
    even = stretch.text[: stretch.text.find(words.text)].rstrip().lower().endswith("even")
    return not (plain or back or even)


def amended(stretch: Stretch, source: Source, before: Effect) -> Meaning:
    """The effect of the sentence before, with the condition and the choice that this sentence gives it."""
    node = before.expression
    if node is None:
        return REMARK
    words = condition_of(stretch, source)
    if words is not None and phrases_deny(stretch, words, source) and not isinstance(node, When | Optional):
        denied = When(source.condition(denied_in(stretch, words, source)), node, source.cite(before.stretch))
        return Meaning((replace(before, expression=denied, plain=False, condition=words),), "amended")
    inner = node.then if isinstance(node, When) else node.content if isinstance(node, Optional) else node
    if isinstance(inner, AllOf) and source.phrases.find("pool", stretch.text):
        inner = OneOf(inner.parts, citation=inner.citation)
    # "Where image control is used and is not stated by the code" is a case, whatever is not stated in it.
    if words is not None and not source.phrases.find("fallback", words.text.partition(" and ")[0]):
        inner = When(source.condition(without_note(words)), inner, source.cite(before.stretch))
        return Meaning((replace(before, expression=inner, plain=False, condition=words),), "amended")
    if isinstance(node, When):
        inner = When(node.condition, inner, node.citation)
    elif isinstance(node, Optional):
        inner = Optional(inner, node.citation)
    return Meaning((replace(before, expression=inner),), "amended")


def phrases_deny(stretch: Stretch, words: Stretch, source: Source) -> bool:
    """Whether a sentence says, outside its condition, that a code is not recorded."""
    start, end = words.span()
    for hit in source.phrases.all("not", stretch.text):
        at, stop = stretch.span(hit.start(), hit.end())
        if not (start <= at and stop <= end):
            return True
    return False
