"""A line as it was before wrapping: what it opens, and whether it begins with a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kg.guidance.misprints import Misprint
from kg.guidance.phrases import Phrases
from kg.guidance.prose import Stretch
from kg.guidance.spots import spots

_NOTE = re.compile(r"(?:please\s+)?notes?\s*\d?\s*[:.-]|nb[:.\s]|n\.b\.|important\s*:", re.IGNORECASE)
_INCLUDES = re.compile(
    r"(?:includes|include(?=\s*:)|including|excludes|exclude(?=\s*:)|excluding|incl|excl)\b\.?\s*:?", re.IGNORECASE
)
KIND_OF_ID = re.compile(r"(?:IPG|IP|MTG|MIB|DG|HTG|HTE|TA|HST|ES|NG|CG|MT|EVA|QS|PH|SG)\s?\d", re.IGNORECASE)
OPCS = re.compile(
    r"opcs[\s-]*4?\s*(?:\.\s?(\d+))?\s*(?:v(?:ersion)?\s*\d[.\d]*)?\s*(?:codes?|code\s?\(s\)|codes\s?\(s\))?(?:\s+and\s+titles?)?",
    re.IGNORECASE,
)
_ICD = re.compile(r"icd[\s-]*(?:10)?\s*(?:codes?|code\s?\(s\)|codes\s?\(s\))?(?:\s+and\s+titles?)?", re.IGNORECASE)
# A classification named in a heading of other words: "Diagnosis (ICD-10)", "OPCS-4 procedure codes".
_HEADING_WORD = (
    r"(?:procedures?|operations?|interventions?|treatments?|diagnos[ei]s|indications?|conditions?|disorders?|diseases?"
    r"|code(?:\(s\)|s)?|coding|classifications?|recommend(?:ed|ations?)|side|section|entries|and|or|titles?|the|health"
    r"|device|version|v|descriptions?|terms?|notes?|comments?|order|positions?|when|conditions?)"
)
_NAMED = re.compile(
    rf"(?:{_HEADING_WORD}[\s,:-]+)*[(\[]?(?P<name>OPCS[\s-]*4?|ICD[\s-]*(?:10)?)(?:\.\s?(?P<edition>\d+))?[)\]]?"
    rf"(?:[\s,:-]+{_HEADING_WORD})*",
    re.IGNORECASE,
)
_SNOMED = re.compile(r"snomed[\s-]*ct\b.{0,60}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line as it was before wrapping. `after_blank`: an empty line, a page's end or the document's beginning stands
    before it. `misprints` are read as what they stand for; `doubtful`: it may be the rest of the one
    before it.
    """

    stretch: Stretch
    level: int = 0
    bullet: bool = False
    after_blank: bool = False
    misprints: tuple[Misprint, ...] = ()
    doubtful: bool = False

    @property
    def text(self) -> str:
        """The folded text."""
        return self.stretch.text


def is_note(text: str) -> bool:
    """Whether a line opens a note."""
    return _NOTE.match(text) is not None


def is_includes(text: str) -> bool:
    """Whether a line begins what a code includes or excludes."""
    return _INCLUDES.match(text) is not None


@lru_cache(maxsize=4096)
def heading_of(text: str, phrases: Phrases) -> str | None:
    """The section that a line opens: coding, opcs, icd, snomed, procedure, diagnosis or end; None for other lines."""
    plain = text.strip(" .:;-").removesuffix("(s)")
    if not plain or len(plain) > 120:
        return None
    if OPCS.fullmatch(plain):
        return "opcs"
    if _ICD.fullmatch(plain):
        return "icd"
    if (named := _NAMED.fullmatch(plain)) and (" " in plain or named["edition"]):
        return "opcs" if named["name"][0] in "Oo" else "icd"
    if _SNOMED.fullmatch(plain) and not re.search(r"\d{6}|provides|\.", plain):
        return "snomed"
    spaced = re.sub(r"\s*/\s*", " or ", plain)
    for kind in ("coding", "procedure", "diagnosis", "snomed", "end"):
        if phrases.whole(f"line.{kind}", spaced):
            return kind
    return None


def edition_in(text: str) -> str | None:
    """The edition that a heading of OPCS-4 names: "4.6"; None where it names none."""
    plain = text.strip(" .:;-").removesuffix("(s)")
    found = OPCS.fullmatch(plain)
    edition = found[1] if found else None
    if edition is None and (named := _NAMED.fullmatch(plain)) and named["name"][0] in "Oo":
        edition = named["edition"]
    return f"4.{edition}" if edition else None


def begins_with_item(text: str) -> bool:
    """Whether a line begins with a code."""
    found = spots(text)
    return bool(found) and found[0].start == 0


def is_prose(text: str, phrases: Phrases) -> bool:
    """Whether a line that begins with a code is a sentence: it has a verb outside brackets."""
    return phrases.verb(re.sub(r"\([^)]*\)?", "", text)) is not None
