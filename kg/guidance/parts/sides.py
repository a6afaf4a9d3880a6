"""Which side a printed code is on, by its form, its title and the words about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.page.titles import (
    exists,
    is_no_site,
    is_site_of_another,
    is_title,
    known_end,
    names_procedure,
    scheme_of,
)
from kg.guidance.parts.titled import end_of_title, title_of

_LONG = 15  # characters of a title that no other title has by chance


def side_of(spot: Spot, stretch: Stretch, side: Side, source: Source) -> Side:
    """The side of a code by its form and title, else that of the heading above it."""
    key = stretch.text, spot.start, side
    if key not in source.sides:
        source.sides[key] = _side_of(spot, stretch, side, source)
    return source.sides[key]


def _side_of(spot: Spot, stretch: Stretch, side: Side, source: Source) -> Side:
    if spot.is_icd:
        return Side.DIAGNOSIS
    selector = selector_of(spot, side.scheme)
    if selector is None or spot.kind == "chapter":
        return side
    if (told := told_side(spot, stretch, source)) is not None:
        return told
    if known_end(selector, stretch.text[spot.end :]) > _LONG:
        return Side.PROCEDURE  # word for word its title in OPCS-4
    if re.search(r"\bicd\b", stretch.text[: spots(stretch.text)[0].start], re.IGNORECASE):
        return Side.DIAGNOSIS
    later = min((s.start for s in spots(stretch.text) if s.start > spot.start), default=len(stretch.text))
    if not re.match(r"\s*(?:[:-]\s)?\s*[A-Z][a-z]", stretch.text[spot.end : later]):
        return side  # no title follows
    title, _ = title_of(stretch, spot, later, source)
    if spot.start and is_no_site(selector, title):
        return Side.DIAGNOSIS  # in a sentence; in a list of procedures one word is too little
    return Side.PROCEDURE if scheme_of(selector, title, side.scheme) is Side.PROCEDURE.scheme else Side.DIAGNOSIS


# What names the side of the code right behind it, or before it.
_BEFORE = re.compile(
    r"\b(?:(?P<icd>icd[\s-]*10|diagnos[ei]s|disease)|opcs[\s-]*(?:4(?:\.\d+)?)?|procedure|operation)"
    r"(?: (?:diagnosis|procedure|operation))?(?:,? (?:the )?(?:codes?(?:\(s\))?|category)|,? it)?"
    r"(?: (?:is|are)(?: (?:coded|classified|recorded|assigned|given))?)?(?: (?:with|to|as|by|under))?:?\s*['\"(]?$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\s*,?\s*(?:\((?:from |in )?(?P<name>icd[\s-]*10|opcs[\s-]*4)\s*[),;]|as (?:the|an?|its) "
    r"(?:(?P<icd>icd[\s-]*10|diagnos[ei]s|disease)|opcs[\s-]*4|procedure|operation)\b"
    r"|(?:in|from) (?P<of>icd[\s-]*10|opcs[\s-]*4)\b)",
    re.IGNORECASE,
)


def told_side(spot: Spot, stretch: Stretch, source: Source) -> Side | None:
    """The side that words beside one of several codes name ("OPCS-4: A, ICD-10: B", "A (OPCS-4); B (ICD-10)").

    None where no words do, or the title of the code is one of the other side.
    """
    named = spots(stretch.text)
    if not named:
        return None
    at = next((i for i, s in enumerate(named) if s.start == spot.start), 0)
    later = named[at + 1].start if at + 1 < len(named) else len(stretch.text)
    title, title_end = title_of(stretch, spot, later, source)
    behind = _BEHIND.match(stretch.text[max(title_end, spot.end) : later])
    before = _BEFORE.search(stretch.text[named[at - 1].end if at else 0 : spot.start])
    if behind is None and before is None:
        return _named_at_end(stretch.text)
    if len(named) < len("AB") and (behind is None or not behind["name"]):
        return None
    icd = (behind["icd"] or (behind["name"] or behind["of"] or "")[:1] in set("iI")) if behind else before["icd"]  # type: ignore[index]
    selector = selector_of(spot, Side.PROCEDURE.scheme)
    if icd and selector is not None and title and is_title(selector, title):
        return None
    return Side.DIAGNOSIS if icd else Side.PROCEDURE


_AT_END = re.compile(r"\((?:from |in )?(icd[\s-]*10|opcs[\s-]*4)\s*(?:[,;][^()]*)?\)\W*$", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _named_at_end(text: str) -> Side | None:
    """The side that brackets at the end of a line name, if it names no other: of all codes of a choice."""
    found = _AT_END.search(text)
    if found is None or len(re.findall(r"\b(?:icd|opcs)\b", text, re.IGNORECASE)) > 1:
        return None
    return Side.DIAGNOSIS if found[1][0] in "iI" else Side.PROCEDURE


def goes_on(spot: Spot, stretch: Stretch, source: Source) -> bool:
    """Whether a line behind a diagnosis among procedures goes on with these: by its title, and it says nothing else."""
    selector = selector_of(spot, Side.PROCEDURE.scheme)
    if selector is None or spot.is_icd or re.search(r"\bicd\b", stretch.text[: spot.start], re.IGNORECASE):
        return False
    later = min((s.start for s in spots(stretch.text) if s.start > spot.start), default=len(stretch.text))
    return is_title(selector, title_of(stretch, spot, later, source)[0], 0.4)


def side_change(stretch: Stretch, fresh: Sequence[Spot], source: Source) -> int:
    """Where a sentence that names procedures and then diagnoses, by their titles, goes over; 0 if it does not."""
    sides = [side_of(s, stretch, Side.PROCEDURE, source) for s in fresh]
    if len(set(sides)) < 2 or sides != sorted(sides, reverse=True):
        return 0
    at = sides.index(Side.DIAGNOSIS)
    gap = stretch.text[fresh[at - 1].end : fresh[at].start]
    told = re.match(r"['\"]?\s+['\"]?[A-Z][a-z]", gap) is not None or _BEFORE.search(gap) is not None
    joins = list(re.finditer(r"\band\b|[;,]|\bwith\b|\b(?=ICD\b)", gap))
    return fresh[at - 1].end + joins[-1].start() if told and joins else 0


def said_in(stretch: Stretch, source: Source) -> str:
    """The text of a sentence without the titles of its codes, whose words say nothing of the sentence."""
    text, named = stretch.text, spots(stretch.text)
    for i, spot in reversed(list(enumerate(named))):
        end = named[i + 1].start if i + 1 < len(named) else len(text)
        title_end = end_of_title(stretch, spot, end, source) if spot.kind != "chapter" else spot.end
        text = f"{text[: spot.end]} {text[max(spot.end, title_end) :]}"
    return text


_OPCS = re.compile(r"\bOPCS-?4?(?:\.\d+)?\s+(?:codes?\s+|category\s+|site\s+)*['\"(]?$", re.IGNORECASE)


def side_of_sentence(stretch: Stretch, fresh: Sequence[Spot], side: Side, source: Source, *, asks: bool) -> Side:
    """The side that a sentence speaks of; `fresh` are the codes that are not listed among the procedures.

    `asks`: it calls for codes.
    """
    text, phrases, found = said_in(stretch, source), source.phrases, spots(stretch.text)
    icd = re.search(r"icd", text, re.IGNORECASE) is not None
    says_procedure = phrases.find("procedure", text) is not None
    if fresh and all(_OPCS.search(stretch.text[: s.start]) for s in fresh):
        return Side.PROCEDURE
    letters = {s.letter for s in fresh if s.is_icd}
    if fresh and not icd and not letters and re.search(r"\bOPCS\b", text) is not None:
        return Side.PROCEDURE
    if fresh and all(side_of(s, stretch, side, source) is Side.DIAGNOSIS or s.letter in letters for s in fresh):
        return Side.DIAGNOSIS
    if side is Side.PROCEDURE and not says_procedure and fresh and all(_is_disease(s, stretch.text) for s in fresh):
        source.warn("KG-W0202", "read as diagnoses: OPCS-4 has no such codes", stretch, fresh[0].start)
        return Side.DIAGNOSIS
    told = bool(fresh) and all(is_procedure(s, stretch) for s in fresh)
    if icd and told:
        source.warn("KG-W0202", "named as a diagnosis, with the title of a procedure: read as one", stretch)
    if (
        fresh
        and (told or not icd)
        and all(side_of(s, stretch, Side.DIAGNOSIS, source) is Side.PROCEDURE for s in fresh)
    ):
        return Side.PROCEDURE
    if phrases.find("diagnosis", text) is not None and not (says_procedure and not icd):
        return Side.DIAGNOSIS if icd or (bool(fresh) if found else asks) else side
    return Side.PROCEDURE if says_procedure and found else side


_CODED_TO = re.compile(
    r"\b(?:is|are) (?:coded|classified|assigned|recorded|indexed)(?: (?:to|as|with|under|by|at))?(?: the code)?"
    r"[\s'\"]+$",
    re.IGNORECASE,
)


def _is_disease(spot: Spot, text: str) -> bool:
    """Whether something is said to be coded to a code that is in use in ICD-10, and not in OPCS-4."""
    selectors = [(selector_of(spot, side.scheme), side.scheme) for side in Side]
    known = [selector is not None and exists(selector, scheme) for selector, scheme in selectors]
    return spot.kind == "code" and known == [False, True] and _CODED_TO.search(text[: spot.start]) is not None


def is_procedure(spot: Spot, stretch: Stretch) -> bool:
    """Whether a code is printed with its title in OPCS-4."""
    selector = selector_of(spot, Side.PROCEDURE.scheme)
    return selector is not None and known_end(selector, stretch.text[spot.end :]) > _LONG


def report_change(spot: Spot, stretch: Stretch, side: Side, source: Source) -> None:
    """Ask where a line among procedures is read as a diagnosis (`side`), and its code may be a slip.

    So one that only ICD-10 can have without a title of it; or one of a site or method by its title alone. Asked too
    where a code that ICD-10 has as well is read as a site, and has the title of another.
    """
    if side is Side.PROCEDURE:
        own = selector_of(spot, side.scheme)
        if own is not None and spot.letter == "Z":
            later = min((s.start for s in spots(stretch.text) if s.start > spot.start), default=len(stretch.text))
            if is_site_of_another(own, title_of(stretch, spot, later, source)[0]):
                source.warn("KG-W0202", f'"{spot.printed}" is read as a site by its title', stretch)
        return
    if spot.has_fifth or _is_misplaced(spot, stretch, source):
        source.warn("KG-W0208", f'"{spot.printed}" is not an OPCS-4 code', stretch, spot.start, spot.end)
    selector = selector_of(spot, Side.PROCEDURE.scheme)
    told = spot.is_icd or re.search(r"\bicd\b", stretch.text, re.IGNORECASE) is not None
    if spot.letter in "YZO" and not told and selector is not None and exists(selector, Side.PROCEDURE.scheme):
        source.warn("KG-W0202", f'"{spot.printed}" is read as a diagnosis by its title', stretch)


def _is_misplaced(spot: Spot, stretch: Stretch, source: Source) -> bool:
    """Whether a code that only ICD-10 can have is printed among procedures without a title, or with one of theirs."""
    following = next((s.start for s in spots(stretch.text) if s.start > spot.start), len(stretch.text))
    title, _ = title_of(stretch, spot, following, source)
    return spot.is_icd and (not title or names_procedure(title))


def speaks_of_icd(text: str) -> bool:
    """Whether a sentence without codes speaks of ICD-10 alone, so that the next names codes of it."""
    return _ICD.search(text) is not None and not spots(text) and re.search(r"\bOPCS", text) is None


_ICD = re.compile(
    r"\bno (?:\w+ )?ICD[\s-]*10 codes?\b|\bICD[\s-]*10 (?:has|offers|gives|contains) no\b|\bno (?:\w+ )?codes? in ICD"
)
