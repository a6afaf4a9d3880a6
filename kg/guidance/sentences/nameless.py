"""Codes that a text offers, or asks for, and only describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import Selector
from kg.expression.nodes import Expression, Unnamed, When, all_of
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, spots
from kg.guidance.parts.conditions import condition_of, without_note
from kg.guidance.parts.headings import describes_code
from kg.guidance.parts.joints import FILLER
from kg.guidance.parts.lines import asks_for_codes, bids_diagnosis
from kg.guidance.parts.titled import end_of_title
from kg.guidance.sentences.effects import Effect, Meaning

# A code that is offered without its name ("or a code for the access").
NAMELESS = re.compile(
    r"\bor (?:the|a|another) code\b(?!s?\s+(?:(?:from|of|in|within|out of)\s+)?(?:the\s+)?"
    r"(?:(?:category\s+)?[A-Z]\d\d|chapter\s+[A-Z]\b))",
    re.IGNORECASE,
)
# A sentence over the list that it speaks of.
OVER_LIST = re.compile(
    r"\b(?:coded|recorded|classified|represented) (?:with|by|as|to|using|under) the following (?:\w+ )?codes?\W*$", re.I
)


def asked_for(
    meaning: Meaning, stretch: Stretch, side: Side, home: Side, source: Source, *, says_diagnosis: bool
) -> Meaning:
    """What a sentence without codes means, where it was taken for a remark: it may ask for one."""
    text = stretch.text
    asks = side is Side.DIAGNOSIS and says_diagnosis and asks_for_codes(text, source.phrases)
    asks = asks or (side is Side.DIAGNOSIS and bids_diagnosis(text, home)) or describes_code(text, source.phrases)
    if meaning.status != "remark" or not asks:
        return meaning
    return Meaning((Effect("add", side, stretch, Unnamed(text, source.cite(stretch))),))


# What is coded before the codes that a sentence names, and has no name itself ("the underlying cause is coded first").
_FIRST = re.compile(
    r"(?:(?:the|its|an?) )?(?:codes? (?:for|of) )?(?:the |its |an? )?"
    r"(?:underlying|primary|causative|original|associated|main|principal)"
    r" (?:[\w-]+ ){1,3}?(?:is|are|must be|should be|has to be|will be) (?:always |also )?"
    r"(?:coded|recorded|assigned|sequenced|entered|reported|placed)\b[^.;:]*?"
    r"(?:followed by|and then|then|before|ahead of|in front of|together with|along with|plus|with|and)"
    r"(?: (?:the |an? )?(?:codes?|manifestation|secondary|additional))*\s*['\"(]?$",
    re.IGNORECASE,
)

# "Plus a laterality code and", before the first code.
_JOINED = re.compile(
    rf"(?:(?:plus|and|also|with)\s+)?(?P<what>[^.;:,]+?),?\s+"
    rf"(?:and then|and|plus|with|followed by|together with|along with)\s*{FILLER}['\"]?",
    re.IGNORECASE,
)


def asked_first(stretch: Stretch, end: int, side: Side, source: Source) -> Unnamed | None:
    """What a sentence asks for without a name before its first code, which begins at `end`."""
    words = without_note(stretch.part(0, end))
    if (joined := _JOINED.fullmatch(words.text)) is not None and describes_code(joined["what"], source.phrases):
        words = words.part(*joined.span("what"))
    elif side is Side.PROCEDURE or _FIRST.fullmatch(words.text) is None:
        return None
    return Unnamed(words.text, source.cite(words))


def asked_behind(stretch: Stretch, last: Spot, source: Source) -> Expression | None:
    """A code that a sentence or line asks for without its name behind those it names ("A, and one for the cause")."""
    end = end_of_title(stretch, last, len(stretch.text), source)
    hit = source.phrases.find("unnamed.beside", stretch.text[end:])
    if hit is None:
        return None
    words = stretch.part(end + hit.start(), len(stretch.text.rstrip(" .")))
    node = Unnamed(words.text, source.cite(words))
    return When(source.condition(words), node, node.citation) if _IF_ANY.search(words.text) else node


def with_unnamed(effects: Sequence[Effect], more: Effect) -> list[Effect]:
    """The effects of a sentence with what it asks for behind its codes: in their case, where they have one."""
    first = effects[0]
    if len(effects) == 1 and isinstance(first.expression, When) and isinstance(more.expression, Unnamed):
        both = all_of([first.expression.then, more.expression]) or first.expression.then
        return [replace(first, expression=replace(first.expression, then=both))]
    return [*effects, more]


_IF_ANY = re.compile(r"\b(?:if|any|when|where|may|can)\b", re.IGNORECASE)


_DONE = r"(?:recorded|coded|assigned|added|used|given|required|needed|sequenced|placed|entered|reported|included)"
_KIND = (
    r"(?:(?:an?|the|its|any)\s+)?(?:\w+ )?(?:codes?(?:\(s\))?\s+(?:for|of)\s+(?:the\s+|an?\s+|any\s+)?[^.;:,()]+?"
    r"|(?:underlying|primary|causative|original|external|associated) [a-z -]+?|organism(?: code)?|cause"
    r"|infecting organism)"
)
_TO = (
    r"(?:in addition to|together with|along(?:side)? with|alongside|with|after|behind|following|besides?)"
    r"(?: the| codes?| category)*\s*['\"(]?"
)
_IS_DONE = rf"(?:is|are|should be|must be|has to be|will be)(?: also| always| then)? {_DONE}"
_BESIDE = re.compile(
    rf"(?:please )?(?:notes?\s*:\s*)?{_KIND},?(?: \(?(?:if|where|when)[^,.;:()]*\)?,?)?"
    rf" {_IS_DONE}(?: (?:if|where|when)[^,.;:()]*)? {_TO}",
    re.IGNORECASE,
)
_LED_BY = re.compile(rf"(?:please )?(?:notes?\s*:\s*)?{_TO}", re.IGNORECASE)
_BEHIND = re.compile(rf"[^.;:,()]*?,? {_KIND},? {_IS_DONE}\b[^.;:]*\.?", re.IGNORECASE)
_GOES_WITH = re.compile(
    r"[^.;:,()]*? (?:accompanied|followed|supplemented|preceded)(?: always| also)? (?:by|with) "
    rf"{_KIND}(?:,? (?:if|where|when)\b[^.;:]*)?\.?",
    re.IGNORECASE,
)
_NO_KIND = re.compile(
    r"\b(?:above|below|following|only|instead|rather|not|never|may|can|another|same|(?<!primary )(?<!its )site|side"
    r"|laterality|image|imaging|approach|level)\b",
    re.IGNORECASE,
)


def asked_beside(stretch: Stretch, side: Side, mentions: tuple[Selector, ...], source: Source) -> Meaning | None:
    """What a sentence asks for without a name beside a listed diagnosis ("The code for the primary cancer is recorded
    in addition to C78.2 where it is known"); None where it asks for something else.
    """
    text, named = stretch.text, spots(stretch.text)
    if side is not Side.DIAGNOSIS or len(set(mentions)) != 1 or not named or _NO_KIND.search(text):
        return None
    before, behind = text[: named[0].start], text[named[-1].end :]
    asks = _BESIDE.fullmatch(before) is not None
    asks = asks or (_LED_BY.fullmatch(before) is not None and _BEHIND.fullmatch(behind) is not None)
    asks = asks or (not before.strip(" '\"") and _GOES_WITH.fullmatch(behind) is not None)
    if not asks:
        return None
    own, case = source.cite(stretch), condition_of(stretch, source)
    node: Expression = Unnamed(without_note(stretch).text, own)
    if case is not None:
        node = When(source.condition(without_note(case)), node, own)
    return Meaning((Effect("add", side, stretch, node, mentions, case, plain=case is None),))
