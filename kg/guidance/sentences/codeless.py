"""Sentences without codes: what they say of the codes before them, or ask for without its name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Selector
from kg.expression.nodes import Expression, Optional, Unnamed, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.conditions import condition_of, without_note
from kg.guidance.sentences.amended import amended, in_its_place, limits
from kg.guidance.sentences.defined import asked_of_named
from kg.guidance.sentences.effects import Effect, Meaning
from kg.guidance.sentences.mentions import REMARK, risk_in, said_of_before, spares, tells_order, tells_when_done
from kg.guidance.sentences.nameless import OVER_LIST
from kg.guidance.sentences.undone import undone

# One of the listed codes, by its place, with words that may limit it ("the third is left off where it was not needed").
_OF_LISTED = re.compile(
    r"\bthe (?:first|second|third|fourth|last|main|other|latter|former)(?: of (?:these|them|the \w+))?"
    r"(?: codes?| one| lines?| entry)? (?:is|are|was|were|may be|can be|need)\b[^.]*"
    r"\b(?:alone|only|by itself|on its own|left (?:off|out)|omitted|dropped|required|needed)\b"
    r"|^\W*or\b.*\bno (?:further |other |additional |extra )?codes?\b",
    re.IGNORECASE,
)
# A kind of code that is left out in a case ("no laterality code is needed for a transplanted kidney").
_SPARED = re.compile(
    r"\bno (?:separate |further |additional )?(?:site|laterality|approach|level|imaging|image control) codes?\b[^.;]*"
    r"\b(?:if|when|where|unless|(?:for|in|with|on|after) (?:an?|patients|those|cases|operations|procedures))\b",
    re.IGNORECASE,
)
_EVENT = re.compile(r"\b(?:that|which|who)\s+(?:is|are|was|were)\s+\w+", re.IGNORECASE)


# What is coded in the case that the sentence before has named.
_OF_SUCH = re.compile(
    r"(?:such|it|they|this|these|those|that) (?:an? )?[^.;:]*\b(?:coded|recorded|reported|assigned)\b", re.I
)


def without_codes(
    stretch: Stretch, side: Side, known: Sequence[Selector], source: Source, before: Effect | None,
    previous: Stretch | None,
) -> Meaning:  # fmt: skip
    """A sentence without codes: it may speak of the codes before it, call for codes without a name.

    Or recommend nothing.
    """
    text, phrases = stretch.text, source.phrases
    idle = phrases.find("boilerplate", text) is not None
    head, semicolon, rest = text.partition("; ")
    if semicolon and phrases.find("remark", head) and not any(phrases.find(k, head) for k in ("risk", "condition")):
        stretch = stretch.part(len(text) - len(rest), len(text))  # what is asked for behind a remark
        text = stretch.text
    if before is not None and not idle and phrases.find("anaphor", text) and before.expression is not None:
        return amended(stretch, source, before)
    told = before is not None and previous is not None and before.stretch.span() == previous.span()
    if before is not None and told and before.kind == "add" and limits(stretch, source):
        return amended(stretch, source, before)
    if (idle_of := undone(text, side, known)) is not None:
        return idle_of
    if (said := asked_of_named(stretch, before, source) or said_of_before(stretch, side, before, source)) is not None:
        return said
    if before is not None and before.kind == "other" and _OF_SUCH.match(text) and isinstance(before.expression, When):
        return REMARK if isinstance(before.expression.then, Unnamed) else Meaning((), "unclear")
    if phrases.find("different", text):
        words = condition_of(stretch, source) or stretch
        own = source.cite(stretch)
        other = When(source.condition(without_note(words)), Unnamed(stretch.text, own), own)
        return Meaning((Effect("other", side, stretch, other),))
    labels = source.lexicon.named_in(text)
    if len({facet for facet, _ in labels}) < len(labels) and phrases.find("lead.one", text):
        return Meaning((Effect("label", side, stretch),))
    if _SPARED.search(text):
        return Meaning((), "unclear", "whether a listed code is always recorded")
    if phrases.find("fallback", text) and phrases.find("remark", text):
        return REMARK
    idle_here = idle or phrases.find("remark", text)
    if OVER_LIST.search(text) or (idle_here and not phrases.find("condition", text)):
        return REMARK
    if phrases.find("unnamed", text) and not idle and not phrases.find("remark", text):
        words = condition_of(stretch, source)
        own = source.cite(stretch)
        body = without_note(stretch)
        node: Expression = Unnamed(body.text, own)
        if words is not None:
            node = When(source.condition(without_note(words)), node, own)
        elif phrases.find("may", text):
            node = Optional(node, own)
        elif _EVENT.search(text) and phrases.find("diagnosis", text) is None and side is Side.DIAGNOSIS:
            node = When(source.condition(body), node, own)
        return Meaning((Effect("add", side, stretch, node, (), words, words is None),))
    if phrases.find("prefer", text) and re.search(r"\b(?:first|former)\b", text, re.IGNORECASE):
        return Meaning((Effect("rank", side, stretch),))
    if before is not None and phrases.find("instead", text) and phrases.find("record", text):
        return in_its_place(stretch, source, before)
    if tells_order(text, source):
        return Meaning((Effect("order", side, stretch),))
    if (risk := risk_in(text, source)) and not tells_when_done(text, source):
        return Meaning((), "unclear", f'"{risk}"')
    if spares(text, source) or _OF_LISTED.search(text):
        return Meaning((), "unclear", "whether a listed code is always recorded")
    return REMARK
