"""Categories that one sentence only names, and of which the next asks for a code ("one code from them is added")."""

from __future__ import annotations

import re
from dataclasses import replace

from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.conditions import condition_of, is_no_offer, without_note
from kg.guidance.parts.sides import said_in
from kg.guidance.sentences.effects import Effect, Meaning

_NAMES = re.compile(
    r"\b(?:categor(?:y|ies)|codes?|classified|ranges?|chapters?)\b[^.;]*"
    r"|\b(?:is|are|has|have)\b[^.;]*\b(?:categor(?:y|ies)|codes?)\b",
    re.IGNORECASE,
)
# What a sentence that only names codes does not say.
_ASSIGNS = re.compile(
    r"\b(?:recorded|assigned|added|used|given|entered|reported|taken|appended|included|required|needed|mandatory"
    r"|follows?|must|should|may|can|record|assign|add|use|enter|report)\b",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    r"\b(?:one|a|any|either)(?: single)?(?: codes?)?(?: (?:from|of|in|out of))?(?: (?:one|either))?(?: of)?"
    r" (?:them|these|those|it|either|this|that|(?:its|their) codes)\b",
    re.IGNORECASE,
)
_IS_ADDED = re.compile(r"\b(?:recorded|assigned|added|used|given|entered|reported|taken|appended|included)\b", re.I)


def asked_of_named(stretch: Stretch, before: Effect | None, source: Source) -> Meaning | None:
    """The codes of the sentence before as the choice that this one asks for, in its case; None where it asks for none.

    Only where the sentence before says what its codes are, and not that they are recorded.
    """
    node = before.expression if before is not None else None
    if before is None or before.kind != "add" or not before.plain or not isinstance(node, Pick | AllOf | OneOf):
        return None
    named, text = said_in(before.stretch, source), stretch.text
    if _NAMES.search(named) is None or _ASSIGNS.search(named) is not None:
        return None
    if _ONE_OF.search(text) is None or _IS_ADDED.search(text) is None or source.phrases.find("not", text):
        return None
    made: Expression = OneOf(node.parts, citation=node.citation) if isinstance(node, AllOf) else node
    case = condition_of(stretch, source)
    if case is not None and not source.phrases.find("fallback", case.text):
        made = When(source.condition(without_note(case)), made, source.cite(stretch))
    elif source.phrases.find("may", text) and not is_no_offer(text):
        made = Optional(made, source.cite(stretch))
    return Meaning((replace(before, expression=made, plain=case is None, condition=case),), "amended")
