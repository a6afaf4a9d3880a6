"""SNOMED CT concepts that a document lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from kg.codes import Component, SctId
from kg.errors import KgError
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch

# "Term (737083005)", also with blanks among the digits; "737083005 | Term (tag)".
_IN_BRACKETS = re.compile(r"[(\[]\s*(?:SCTID:?\s*|concept id:?\s*)?(\d(?:\s?\d){5,17})\s*(?:[)\]]|$)", re.IGNORECASE)
_WITH_BAR = re.compile(r"(?<!\d)(\d{6,18})\s*\|\s*([^|]+?)\s*(?:\||$)")
_TAG = re.compile(
    r"\s*\((?:procedure|disorder|finding|regime/therapy|physical object|body structure|situation|observable entity"
    r"|morphologic abnormality"
    r"|product|substance|event|person|qualifier value|[a-z]+ (?:procedure|object|abnormality))\)$"
)
_LABEL = re.compile(r"(?:SNOMED(?: CT)?|SCT)\b[^:()|\d]*:\s*(?=\S)", re.IGNORECASE)
# "SNOMED CT term", "SCTID" without a colon; what kind of concept it is.
_BARE_LABEL = re.compile(
    r"(?:(?:SNOMED(?: CT)?|SCT)\b(?: (?:preferred|term|concept|code|ID|identifier))*|SCTID:?) (?=[A-Z\d])"
)
_KIND = re.compile(
    r"(?:(?P<procedure>procedure|operation|intervention)|diagnosis|disorder|condition|finding|disease)s?\s*:\s*(?=\S)",
    re.IGNORECASE,
)
_NAME = r"(?:(?:SNOMED(?: CT)?|SCT)\s+)?(?:(?:preferred|fully specified)\s+)?(?:term|name)\s*[:=]"
_ID = r"(?:(?:SNOMED(?: CT)?|SCT)\s+)?(?:concept\s+)?(?:ID|code|identifier|SCTID)\s*[:=]?"
# Term and identifier, each with its label.
_LABELLED = (
    re.compile(rf"(?:{_NAME}?\s*)?(?P<term>[A-Z][^|]*?)[;,.]?\s+{_ID}\s*(?P<id>\d{{6,18}})\.?", re.IGNORECASE),
    re.compile(rf"(?:{_ID}\s*)?(?P<id>\d{{6,18}})[;,.]?\s+{_NAME}\s*(?P<term>\S.*)", re.IGNORECASE),
)
# "609232008: Term", "609232008 (Term)", "Term: 609232008".
_PARTED = (
    re.compile(r"(?P<id>\d{6,18})\s*(?::|\()\s*(?P<term>[A-Z].*?)\)?"),
    re.compile(r"(?P<term>[A-Z][^:|]*[a-z)])\s*[:=]\s*(?P<id>\d{6,18})\.?"),
)
_NAME_LINE = re.compile(rf"{_NAME}\s*(?!.*\d{{6}})\S.*", re.IGNORECASE)
_ID_LINE = re.compile(rf"{_ID}\s*\d{{6,18}}\.?", re.IGNORECASE)
_NUMBER = re.compile(r"\d(?:\s?\d){5}")
_DASHED = re.compile(r"(?<!\d)(\d{6,18})\s+(?:-\s+)?(?=[A-Z])(.+)|(.+?)\s+-\s+(\d{6,18})$")
# A row of a table, "Term 737083005"; "Term, SNOMED CT 737083005".
_TOLD = re.compile(
    r"(?P<term>[A-Z][^()|\d]*?[a-z)],?) "
    r"(?:(?:SNOMED(?: CT)?|SCT)(?: (?:concept|code|ID|identifier))*:? )?(?P<id>\d{6,18})",
)


# Of what kind a concept is, said of its number: "SNOMED CT disorder: 197270009".
_SORT = re.compile(
    r"\b(?:SNOMED(?: CT)?|SCT)\W+(?:(?P<procedure>procedure|operation|intervention)"
    r"|diagnosis|disorder|condition|finding|disease)s?\b",
    re.IGNORECASE,
)
# What parts the operation from the disease in a title: "... for ...".
_AIM = re.compile(r"\b(?:for|in|to (?:treat|prevent|reduce|relieve|diagnose|manage))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A concept in a stretch: id as printed (digits), term, and the characters that hold both.

    `kind` is the side that a label before it names ("Diagnosis: 425231005 ..."), if one does.
    """

    id: str
    term: str
    start: int
    end: int
    kind: Side | None = None


def side_told(text: str, term: str, title: str) -> Side | None:
    """The side of a concept that stands under no heading: told on its line, or by the title of the document.

    A term that has words of the operation in the title and fewer of what it is for is the operation's.
    """
    if (sort := _SORT.search(text)) is not None:
        return Side.PROCEDURE if sort["procedure"] else Side.DIAGNOSIS
    operation, *disease = _AIM.split(title, maxsplit=1)
    own = _beginnings(term)
    same, other = len(own & _beginnings(operation)), len(own & _beginnings(" ".join(disease)))
    return Side.PROCEDURE if disease and same > other else None


def _beginnings(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower())}


def is_one_concept(before: str, after: str) -> bool:
    """Whether two lines are the term and the identifier of one concept, each with its label."""
    if not (_has_number(before) or _has_number(after)):
        return False
    pair = (_NAME_LINE, _ID_LINE)
    return any(a.fullmatch(before) and b.fullmatch(after) for a, b in (pair, pair[::-1]))


@lru_cache(maxsize=1024)
def _has_number(text: str) -> bool:
    return _NUMBER.search(text) is not None


def concepts(stretch: Stretch) -> list[Found]:
    """The concepts of a line, in order; a label before them ("SNOMED CT:") is no part of a term."""
    text = stretch.text
    if not _has_number(text):
        return []
    for labelled in _LABELLED:
        if (both := labelled.fullmatch(text)) is not None:
            return [Found(both["id"], _TAG.sub("", both["term"]).strip(" ."), 0, len(text))]
    if (kind := _KIND.match(text)) is not None:
        side = Side.PROCEDURE if kind["procedure"] else Side.DIAGNOSIS
        return [replace(one, kind=side) for one in _behind(stretch, kind.end())]
    if (label := _LABEL.match(text) or _BARE_LABEL.match(text)) is not None and (made := _behind(stretch, label.end())):
        return made
    found: list[Found] = []
    if "|" in text:
        bars = _WITH_BAR.finditer(text)
        found += [Found(bar[1], _TAG.sub("", bar[2]).strip(), bar.start(), bar.end()) for bar in bars]
        if found:
            return found
    start = 0
    for bracket in _IN_BRACKETS.finditer(text):
        term = re.sub(
            r"^(?:[,;/]|or\b|and\b|plus\b|\s)+", "", text[start : bracket.start()], flags=re.IGNORECASE
        ).strip()
        begin = text.find(term, start) if term else bracket.start()
        found.append(Found(re.sub(r"\s", "", bracket[1]), _TAG.sub("", term), begin, bracket.end()))
        start = bracket.end()
    if not found and (told := _TOLD.fullmatch(text)) and objection(told["id"]) is None:
        found.append(Found(told["id"], _TAG.sub("", told["term"]).strip(" ,"), 0, len(text)))
    for parted in _PARTED if not found else ():
        if (one := parted.fullmatch(text)) is not None and objection(one["id"]) is None:
            return [Found(one["id"], _TAG.sub("", one["term"]).strip(), 0, len(text))]
    if not found and (dashed := _DASHED.fullmatch(text)):
        id, term = (dashed[1], dashed[2]) if dashed[1] else (dashed[4], dashed[3])
        found.append(Found(id, _TAG.sub("", term).strip(), 0, len(text)))
    return found


def _behind(stretch: Stretch, at: int) -> list[Found]:
    """The concepts behind a label."""
    behind = concepts(stretch.part(at, len(stretch.text)))
    return [replace(one, start=one.start + at, end=one.end + at) for one in behind]


def stray_numbers(stretch: Stretch) -> list[tuple[int, int]]:
    """Where a number as long as an identifier stands that is none of a concept: a bracket or a letter is lost."""
    listed = [(found.start, found.end) for found in concepts(stretch)]
    numbers = (m.span() for m in re.finditer(r"(?<![\w.])\d{6,18}(?!\w)", stretch.text))
    return [(a, b) for a, b in numbers if not any(start <= a and b <= end for start, end in listed)]


def objection(id: str) -> str | None:
    """What is wrong with an identifier, or None."""
    try:
        SctId.parse(id, Component.CONCEPT)
    except KgError as fault:
        return fault.what
    return None
