"""Sentences that speak of earlier releases and records, and the codes that these had."""

from __future__ import annotations

import re

from kg.expression.nodes import When, picks
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot
from kg.guidance.parts.conditions import condition_of, without_note
from kg.guidance.parts.items import in_one_group
from kg.guidance.sentences.effects import Effect, Meaning

# Something withdrawn in a case, and no code ("when the needle is withdrawn").
_WITHDRAWN = re.compile(
    r"\b(?:if|when|once|where|after|before|as|while|until|as soon as)\s+(?:the |an? |its |this |both |all )?"
    r"(?!(?:codes?|categor(?:y|ies)|entry|entries|it|they|lines?)\b)[a-z-]+(?: (?!codes?\b)[a-z-]+)?"
    r" (?:is|are|was|were|has been|have been) (?:withdrawn|retired)\b"
    r"|\bno longer "
    r"(?:present|there|evident|visible|active|detectable|detected|found|in place|in situ|under treatment)\b",
    re.IGNORECASE,
)


def tells_past(text: str, source: Source) -> bool:
    """Whether a sentence speaks of codes or records of the past."""
    return source.phrases.find("past", _WITHDRAWN.sub(" ", text)) is not None


def ask_of_past(words: Stretch, stretch: Stretch, source: Source) -> None:
    """Ask of codes of earlier records, where a sentence does not say that it is for these."""
    if tells_past(words.text, source) and not source.phrases.find("past.records", words.text):
        source.warn("KG-W0202", "codes of earlier records: read as an alternative to the listed ones", stretch)


def of_the_past(stretch: Stretch, side: Side, found: list[Spot], fresh: bool, source: Source) -> Meaning:
    """What a sentence says of earlier records: its codes are an alternative to all, where they are main codes.

    `fresh`: none of them is listed. A person is asked in any case.
    """
    node = in_one_group(stretch, found, side.scheme, source)
    denied = source.phrases.find("not", stretch.text) is not None
    gone = source.phrases.find("gone", stretch.text) is not None
    if gone and fresh and condition_of(stretch, source) is None:
        return Meaning((), "excluded")
    if node is None or not fresh or denied or gone or not source.leads(picks(node)[0].selector):
        return Meaning((), "unclear", "a code of the past")
    ask_of_past(stretch, stretch, source)
    before = stretch.part(0, found[0].start)
    case = before if source.phrases.find("past", before.text) else stretch
    other = When(source.condition(without_note(case)), node, source.cite(stretch))
    return Meaning((Effect("other", side, stretch, other, plain=False),))
