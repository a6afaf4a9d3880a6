"""Listed codes that are for some cases only, told before the verb or behind it ("Only X has A", "A is only for X")."""

from __future__ import annotations

import re

from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.conditions import condition_of, without_note
from kg.guidance.parts.titled import end_of_title

_SUBJECT = re.compile(
    r"(?P<case>(?:only|just|solely) (?!(?:one|a single|two|three|the (?:first|last|following|code|category))\b|if\b"
    r"|when\b"
    r"|where\b|for\b|in\b)(?P<words>[^.;:]+?)) (?:(?:is|are) (?:then )?(?:coded|recorded|classified|assigned|given"
    r"|reported)"
    r"(?: (?:to|as|with|by|under|in))?|has|have|takes?|gets?|receives?|needs?|carr(?:y|ies)|goes to|go to|falls? under)"
    r"(?: the code| category| a code (?:from|of|in))?\s*",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r",?\s*(?:(?:is|are) )?(?:(?:to be |then )?(?:recorded|used|assigned|coded|taken|chosen|reported|given|added) )?"
    r"(?P<case>(?:(?:only|solely|just|exclusively)"
    r"(?: (?:meant|intended|used|assigned|recorded|needed|required|added))? (?:for|in|with|on)"
    r"|(?:reserved|confined|restricted|limited) (?:for|to)|applies (?:only|solely) to|(?:for|in) (?=[^.;:]* (?:only"
    r"|alone)$)) "
    r"(?P<words>[^.;:]+))",
    re.IGNORECASE,
)
# Words that speak of codes or of every record, and of no case.
_NO_CASE = re.compile(
    r"\b(?:codes?|categor\w+|chapters?|position|place|records?|list|lines?|entry|all|every|each|both|not|no|never"
    r"|may|can|if"
    r"|when|where|unless|instead|addition|main|first|last|example|this|that procedure|these|reference|historical"
    r"|past)\b",
    re.IGNORECASE,
)


def case_alone(stretch: Stretch, source: Source) -> Stretch | None:
    """The case to which a sentence that is about one listed code confines it; None where other words are left over."""
    bare = without_note(stretch)
    bare = bare.part(0, len(bare.text.rstrip(" .")))
    found = spots(bare.text)
    if len(found) != 1:
        return None
    (spot,) = found
    end = end_of_title(bare, spot, len(bare.text), source)
    hit = _SUBJECT.fullmatch(bare.text, 0, spot.start)
    if hit is None or bare.text[end:].strip():
        opens = re.fullmatch(r"(?:the )?(?:code )?", bare.text[: spot.start], re.IGNORECASE)
        hit = _BEHIND.fullmatch(bare.text, end) if opens else None
    if hit is None or _NO_CASE.search(hit["words"]):
        return None
    return bare.part(hit.start("case"), hit.end("case"))


def case_of_one(stretch: Stretch, source: Source) -> Stretch | None:
    """The case in which a listed code is recorded by itself ("A leak of another cause is coded to A alone")."""
    thing = _OF_THING.fullmatch(stretch.text)
    words = condition_of(stretch, source) if thing is None else stretch.part(*thing.span("case"))
    rest = stretch.text.replace(words.text, " ") if words is not None else ""
    if words is None or source.phrases.find("not", rest):
        return None
    alone = thing is not None or source.phrases.find("alone", rest) is not None or _ONLY.search(rest) is not None
    return words if alone else None


_OF_THING = re.compile(
    r"(?P<case>(?:an?|any) [^.;:,]+?) (?:is|are|should be|must be|will be) (?:then )?"
    r"(?:assigned|coded|classified|recorded|given)(?: (?:to|as|with|by|under))?(?: (?:just|only|the code))* ['\"]?"
    r"(?=[A-Z]\d\d)[^.;:,]*(?:\.\d)?[^.;:]*? (?:only|alone|by itself|on its own)\.?",
    re.IGNORECASE,
)
_ONLY = re.compile(r"[A-Z]\d\d(?:\.[\dX])?[^.;:]* only\.?$")
