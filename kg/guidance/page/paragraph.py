"""A line as it was before wrapping: what it opens, and whether it begins with a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kg.guidance.page.misprints import Misprint
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots

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
    r"|device|version|v|descriptions?|terms?|notes?|comments?|order|positions?|when|for|of|in|from|to be|recorded"
    r"|assigned|used|clinical|disease|surgical|this|these)"
)
_EDITION = r"(?:version|v|edition|release|revision)\s?\d[\d.]*|\d\w*\s(?:version|edition|release|revision)"
_NAMED = re.compile(
    rf"(?:{_HEADING_WORD}[\s,:-]+)*[(\[]?(?P<name>OPCS[\s-]*4?|ICD[\s-]*(?:10)?)(?:\.\s?(?P<edition>\d+))?[)\]]?"
    rf"(?:[\s,:-]+\(?{_HEADING_WORD}\)?)*(?:\s(?:is|are))?(?:\s\((?:{_EDITION})\)|,?\s(?:{_EDITION}))?",
    re.IGNORECASE,
)
# The full names of the classifications, for which their letters stand.
_FULL = (
    (
        re.compile(
            r"(?:the )?international (?:statistical )?classification of diseases\b(?: and related health problems)?"
            r"(?:,? (?:10th|tenth) revision)?",
            re.IGNORECASE,
        ),
        "ICD-10",
    ),
    (
        re.compile(
            r"(?:the )?office of population,? censuses and surveys\b(?: classification)?"
            r"(?: of (?:surgical )?(?:interventions|operations)(?: and procedures)?)?(?:,? version 4)?",
            re.IGNORECASE,
        ),
        "OPCS-4",
    ),
)
# Both classifications in one heading ("OPCS-4.5 and ICD-10 codes"), as their first; what leads to that of diagnoses.
_BOTH = re.compile(
    r"(?:(?P<name>OPCS[\s-]*4?(?:\.\s?\d+)?)\s*(?:(?:procedure )?codes?(?:\(s\))?\s*)?(?:and|or|/|&|\+)"
    r"\s*ICD[\s-]*(?:10)?"
    r"|ICD[\s-]*(?:10)?\s*(?:(?:diagnosis )?codes?(?:\(s\))?\s*)?(?:and|or|/|&|\+)"
    r"\s*(?P<last>OPCS[\s-]*4?(?:\.\s?\d+)?))(?=\s|$)",
    re.IGNORECASE,
)
_ADDED = re.compile(r"^(?:in addition|additionally|also|plus|and)[,:]?\s+(?=ICD\b)", re.IGNORECASE)
# The number of a section; what a heading asks in brackets of the codes below it.
_NUMBER = re.compile(
    r"(?:(?:part|section) \w{1,3}|\d{1,2}(?:\.\d{1,2})*|[A-DI](?=[.):])|I[IV]|II?I)[.):]*\s+(?=[A-Z])", re.IGNORECASE
)
_ASKS = re.compile(r"(?P<heading>[^()]*(?:\(s\))?)\s*:?\s*\((?P<asks>[^()]+)\)\s*:?", re.IGNORECASE)
_ASKS_BEHIND = re.compile(  # "ICD-10 code(s): one of"
    r"(?P<heading>(?:OPCS|ICD)[\w. -]*(?:\(s\))?)\s*[:,]\s*"
    r"(?P<asks>(?:any |only |exactly |just )?(?:one|either)\b[^():]*):?",
    re.IGNORECASE,
)
# A connective with the case of the next line ("with (if a biopsy is taken)", "with, at a refill only,").
CASED_JOINT = re.compile(
    r"(?:and |with |plus |or )?(?:possibly|sometimes|often|usually|rarely|occasionally|perhaps)(?: with| also)?:?|"
    r"(?:and|with|together with|along with|followed by|in addition|also|then)(?: also)?(?:,? "
    r"\((?:if|when|where|wherever|whenever|only|unless|after|for|as|optional)\b[^()]*\):?"
    r"|, (?:only |but )?(?:if|when|where|wherever|whenever|unless|after|before|for|at|in|on|during) [^,;:()]*[,:])",
    re.IGNORECASE,
)
# A few words that lead over to the next line ("and possibly", "with or without").
JOINS_NEXT = re.compile(
    r"(?:and|or|with|plus|possibly|sometimes|often|usually|rarely|occasionally|as well as|together with|along with"
    r"|followed by|also|then)\b,?(?: [a-z]+,?){1,5}:?",
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
    plain = _plain(text)
    if not plain or len(plain) > 120:
        return None
    if asked_in(text, phrases) is not None and (asked := _asks(text)) is not None:
        plain = _plain(asked["heading"])
    if (first := _first_of(plain)) != plain and _NAMED.fullmatch(first):
        return "coding"
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


def _plain(text: str) -> str:
    """A line without the number of a section and closing marks, classifications by their letters."""
    plain = re.sub(r"\bcode \(s\)", "code(s)", text.strip(" .:;-'\""))
    plain = _NUMBER.sub("", plain, count=1) if _NUMBER.match(plain) else plain
    plain = _ADDED.sub("", plain, count=1)
    for name, letters in _FULL:
        plain = name.sub(letters, plain)
    return plain.strip(" .:;-").removesuffix("(s)")


def _first_of(plain: str) -> str:
    """A heading of both classifications as that of OPCS-4; another as it is."""
    return _BOTH.sub(lambda hit: hit["name"] or hit["last"], plain, count=1)


def asked_in(text: str, phrases: Phrases) -> tuple[int, int] | None:
    """Where a heading asks, in brackets or behind a colon, for one of the codes below it ("ICD-10 code(s) (select
    one):"); else None. Brackets that name all variants ("(options 1 and 2)") ask for nothing, and have no place.
    """
    found = _asks(text)
    if found is None or spots(found["asks"]):
        return None
    if phrases.find("lead.one", found["asks"]) or phrases.find("back.one", found["asks"]):
        return found.span("asks")
    return (0, 0) if phrases.whole("heading.all", found["asks"]) else None


def _asks(text: str) -> re.Match[str] | None:
    """A heading and what stands behind it, in brackets or behind a colon."""
    if len(text) > 120 or not ("(" in text or ":" in text or "," in text):
        return None
    return _ASKS.fullmatch(text.strip()) or _ASKS_BEHIND.fullmatch(text.strip())


def edition_in(text: str) -> str | None:
    """The edition that a heading of OPCS-4 names: "4.6"; None where it names none."""
    plain = _first_of(_plain(text))
    found = OPCS.fullmatch(plain)
    edition = found[1] if found else None
    if edition is None and (named := _NAMED.fullmatch(plain)) and named["name"][0] in "Oo":
        edition = named["edition"]
    return f"4.{edition}" if edition else None


@lru_cache(maxsize=1024)
def connective_of(text: str, phrases: Phrases) -> str | None:
    """The connective that a line is: or, plus, and-or, either; None for other lines."""
    bare = text.strip(" ().,:;-").replace(",", "")
    if bare in {"+", "&"}:
        return "plus"
    for kind in ("or", "plus", "and-or", "either"):
        if phrases.whole(f"line.{kind}", bare):
            return kind
    return "plus" if phrases.whole("line.of-each", bare) else None


def begins_with_item(text: str) -> bool:
    """Whether a line begins with a code."""
    found = spots(text)
    return bool(found) and found[0].start == 0


def tells_codes(text: str) -> bool:
    """Whether a line tells codes in a sentence ("The codes are A and B."), or behind a label ("OPCS-4: A and B")."""
    found = spots(text)
    named = any(
        spot.kind in {"code", "category", "range"} or text[: spot.start].endswith("category ") for spot in found
    )
    if named and _SPEAKS_OF_CODES.search(text):
        return True
    return bool(found) and LABEL.match(text) is not None


# "OPCS-4: category W37 or W38", "Codes: A and B": the heading on the line of its codes.
LABEL = re.compile(
    r"(?:OPCS[\s-]*4?(?:\.\d+)?(?: (?:procedure )?codes?(?:\(s\))?)?|(?:(?:procedure|operation|OPCS) )?codes?(?:\(s\))?"
    r"|procedures?|operations?|(?:en)?code (?:to|as|with))\s*[:-]\s",
    re.IGNORECASE,
)
_SPEAKS_OF_CODES = re.compile(
    r"\b(?:codes?|coded|classif\w+|recorded) (?:is|are|to|as|with|by|for|from)\b|\bcodes?\b[^.;:]{1,60}\b(?:is|are)\b"
    r"|\b(?:coded|classified|recorded|assigned|indexed) (?:in|within|under|using) (?:the )?OPCS"
    r"|(?:^|[.;:] )(?:please )?(?:assign|record|report|use) (?=[A-Z]\d\d\.)",
    re.IGNORECASE,
)


def is_prose(text: str, phrases: Phrases) -> bool:
    """Whether a line that begins with a code is a sentence: it has a verb outside brackets."""
    return phrases.verb(re.sub(r"\([^)]*\)?", "", text)) is not None


def leads_in_case(text: str) -> bool:
    """Whether a line leads over to codes that are for a case ("and, if the patient is anaemic, one of")."""
    return _IN_CASE.fullmatch(text) is not None


_IN_CASE = re.compile(
    r"(?:and|plus|or|also|together with|followed by|with)\b,?\s+(?:also\s+)?"
    r"(?:(?:if|when|where|whenever|in|for)\s[^.;:()]*,\s*"
    r"(?:(?:also\s+)?(?:either|any|one|an?|the|with|by)\b(?:\s+(?:one|codes?|following|of|from|these|the))*)?"
    r"|(?:if|when|where|whenever)\s[^.,;:()]*|(?:one|either|any) of,?\s+(?:if|when|where)\s[^.;:()]*)",
    re.IGNORECASE,
)
