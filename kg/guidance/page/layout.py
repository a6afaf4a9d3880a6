"""The coding part of a document: its sections, its title, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from kg.expression.recommendation import Side
from kg.guidance.page.paragraph import (
    KIND_OF_ID,
    LABEL,
    Paragraph,
    asked_in,
    begins_with_item,
    edition_in,
    heading_of,
    tells_codes,
)
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.spots import spots

_FEW = 6  # words of a heading that no colon ends
_CASE = 12  # words of one that stands over sections
_ID = re.compile(r"((?:NICE\s+)?[A-Z]{1,6}\s?\d+[a-z]?(?:/\d+)*)\b\s*(?:[-:.]\s*)?(?=\S|$)")


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one side; `snomed`: they stand under a heading of SNOMED CT concepts; `headed`.

    A heading opened them.
    """

    side: Side
    snomed: bool
    lines: tuple[Paragraph, ...]
    headed: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """What a document is made of: id and title, the edition named in a heading, the sections of its coding part.

    What follows it. `guessed`: no heading and no listed code says where the coding part begins, it is taken to begin at
    the first line that names one.
    """

    id: str
    title: str
    opcs_version: str | None
    sections: tuple[Section, ...]
    preamble: tuple[Paragraph, ...]
    closing: tuple[Paragraph, ...]
    headings: tuple[Paragraph, ...] = ()
    guessed: bool = False


def layout(lines: Sequence[Paragraph], phrases: Phrases, name: str) -> Layout:
    """The parts of a document. The coding part begins at its first heading.

    Or at the first code where there is none.
    """
    id, title, begin = _title(lines, phrases, name)
    edition: str | None = None
    sections: _Parts = []
    preamble: list[Paragraph] = []
    closing: list[Paragraph] = []
    headings: list[Paragraph] = []
    ended = False
    for i, line in enumerate(lines):
        if i < begin:
            continue
        kind = heading_of(line.text, phrases)
        if kind in {"opcs", "icd"} and sections and asked_in(line.text, phrases) and _labels(sections[-1][2]):
            kind = None  # a label, as those above it
        if kind == "end":
            ended = bool(sections)
            continue
        if ended:
            # A heading of the coding part after page furniture: the page goes on.
            if kind in {"opcs", "icd", "procedure", "diagnosis", "coding"}:
                ended = False
            else:
                closing.append(line)
                continue
        if kind is not None:
            headings.append(line)
            if kind in {"diagnosis", "icd"} and not sections and (told := _told(preamble)) < len(preamble):
                sections.append((Side.PROCEDURE, False, preamble[told:], False))
                del preamble[told:]
            if kind in {"opcs", "coding"}:
                edition = edition or edition_in(line.text)
            side = sections[-1][0] if sections else Side.PROCEDURE
            if kind in {"diagnosis", "icd"}:
                side = Side.DIAGNOSIS
            elif kind in {"procedure", "opcs"}:
                side = Side.PROCEDURE
            sections.append((side, kind == "snomed", _asked(line, phrases), True))
        elif sections:
            sections[-1][2].append(line)
        elif begins_with_item(line.text):
            over = len(list(takewhile(lambda above: _stands_over(above.text), reversed(preamble))))
            over = min(len(preamble) - over, _told(preamble))
            sections.append((Side.PROCEDURE, False, [*preamble[over:], line], False))
            del preamble[over:]
        else:
            preamble.append(line)
    at = None if sections else next((i for i, line in enumerate(preamble) if _names_code(line)), None)
    if at is None and not sections:
        at = next((i for i, line in enumerate(preamble) if _names_category(line)), None)
    if not sections and (told := _told(preamble)) < len(preamble):
        at = min(told, told if at is None else at)
    if at is not None:
        sections.append((Side.PROCEDURE, False, preamble[at:], False))
        del preamble[at:]
    guessed = at is not None and LABEL.match(sections[0][2][0].text) is None
    _share_headings(sections, preamble)
    done = tuple(Section(side, snomed, tuple(body), headed) for side, snomed, body, headed in sections)
    return Layout(id, title, edition, done, tuple(preamble), tuple(closing), tuple(headings), guessed)


def _labels(body: Sequence[Paragraph]) -> bool:
    """Whether a section names the classification on the line of its codes, for each of its cases."""
    return any(_ITS_CODE.match(line.text) for line in body)


_ITS_CODE = re.compile(r"(?:OPCS|ICD)[^:]{0,30}:\s*[A-Z]\d\d", re.IGNORECASE)
_Parts = list[tuple[Side, bool, list[Paragraph], bool]]


def _share_headings(sections: _Parts, preamble: list[Paragraph]) -> None:
    """Put the heading of a case that stands over both a section of procedures and one of diagnoses into each of them.

    "Living donor", procedures, diagnoses; "Recipient", procedures, diagnoses. Where each such pair has its heading: it
    is the last line of what stands above the pair.
    """
    filled = [n for n, (_, snomed, body, _) in enumerate(sections) if body and not snomed]
    coded = [n for n in filled if any(map(_names_code, sections[n][2]))]
    if _parts_cases(sections, coded) or _pair_cases(sections, coded, preamble):
        return
    if [sections[n][0] for n in coded[-2:]] == [Side.PROCEDURE, Side.DIAGNOSIS] and _head_each(
        sections, coded[:-1], preamble
    ):
        return
    _pair_cases(sections, filled, preamble)  # a diagnosis may only be described


def _pair_cases(sections: _Parts, coded: Sequence[int], preamble: list[Paragraph]) -> bool:
    """Put the heading over each pair of sections into both of them; whether there is one over each."""
    pairs = list(zip(coded[::2], coded[1::2], strict=False))
    sides = {(sections[a][0], sections[b][0]) for a, b in pairs}
    if len(pairs) < len("AB") or len(coded) % 2 or sides != {(Side.PROCEDURE, Side.DIAGNOSIS)}:
        return False
    above = [preamble, *(sections[b][2] for _, b in pairs[:-1])]
    if coded[0] and sections[coded[0] - 1][2]:
        above[0] = sections[coded[0] - 1][2]  # the concepts
    if not all(body and _names_case(body[-1]) for body in above):
        return False
    for (a, b), body in zip(pairs, above, strict=True):
        heading = body.pop()
        sections[a][2].insert(0, heading)
        sections[b][2].insert(0, heading)
    return True


def _head_each(sections: _Parts, coded: Sequence[int], preamble: list[Paragraph]) -> bool:
    """Put the heading over each section of procedures into it ("Insertion", codes, "Removal", codes, the diagnoses);
    whether there is one over each.
    """
    if len(coded) < len("AB") or any(sections[n][0] is not Side.PROCEDURE for n in coded):
        return False
    above = [preamble, *(sections[n][2] for n in coded[:-1])]
    if any(b - a != 1 for a, b in pairwise(coded)) or not all(body and _names_case(body[-1]) for body in above):
        return False
    headings = [body.pop() for body in above]
    for n, heading in zip(coded, headings, strict=True):
        sections[n][2].insert(0, heading)
    return True


def _parts_cases(sections: _Parts, coded: Sequence[int]) -> bool:
    """Part the sections of diagnoses in which the next case begins with its procedures; whether they are such.

    "Procedures", "Living donor:", codes, "Diagnoses", codes, "Recipient:", codes of its operation, "Diagnoses", codes.
    """
    sides = [sections[n][0] for n in coded]
    if len(coded) < len("ABC") or sides != [Side.PROCEDURE, *[Side.DIAGNOSIS] * (len(coded) - 1)]:
        return False
    first = sections[coded[0]][2][0]
    cuts = [_last_case(sections[n][2], first.text.endswith(":")) for n in coded[1:-1]]
    if not _names_case(first) or not all(cuts):
        return False
    for n, cut in reversed(list(zip(coded[1:-1], cuts, strict=True))):
        side, snomed, body, headed = sections[n]
        sections[n : n + 1] = [(side, snomed, body[:cut], headed), (Side.PROCEDURE, snomed, body[cut:], headed)]
    heading = first
    for side, snomed, body, _ in sections:
        if side is Side.PROCEDURE and body and _names_case(body[0]):
            heading = body[0]
        elif side is Side.DIAGNOSIS and not snomed and any(map(_names_code, body)):
            body.insert(0, heading)
    return True


def _last_case(body: Sequence[Paragraph], colon: bool) -> int:
    """The number of the last heading of a case with codes before and behind it; 0 where there is none."""
    for n in range(len(body) - 1, 0, -1):
        if body[n].text.endswith(":") is colon and _names_case(body[n]):
            return n if any(map(_names_code, body[:n])) and any(map(_names_code, body[n:])) else 0
    return 0


def _names_case(line: Paragraph) -> bool:
    """Whether a line may be the heading of a case: a few words without codes, no sentence."""
    return not spots(line.text) and len(line.text.split()) <= _CASE and line.text[-1:] not in {".", ";", ",", ")"}


def _asked(heading: Paragraph, phrases: Phrases) -> list[Paragraph]:
    """What a heading asks of the codes below it, in brackets or behind a colon, as their lead-in."""
    start, end = asked_in(heading.text, phrases) or (0, 0)
    return [replace(heading, stretch=heading.stretch.part(start, end), level=0)] if end else []


def _told(lines: Sequence[Paragraph]) -> int:
    """Which of the lines above the first list tells codes in a sentence ("The codes are A and B."); their number where
    none does.
    """
    told = (i for i, line in enumerate(lines) if tells_codes(line.text) or _OF_LABEL.match(line.text))
    return next(told, len(lines))


_OF_LABEL = re.compile(r"[A-Z][^.;:]{1,40}:\s*[A-Z]\d\d\.[\dX-](?=\s|$)")  # "Open: K35.1"


def _stands_over(text: str) -> bool:
    """Whether a line over the first code is the heading or the lead-in of its list."""
    return text.endswith(":") or (len(text.split()) <= _FEW and text[-1:].isalpha())


def _names_code(line: Paragraph) -> bool:
    """Whether a line names a code that is printed as one: three characters alone (a road, a vitamin) do not tell."""
    return any(spot.kind in {"code", "category", "range"} for spot in spots(line.text))


def _names_category(line: Paragraph) -> bool:
    """Whether a line tells a category as one ("a code from category V48")."""
    return any(_OF_CATEGORY.search(line.text, 0, spot.start) for spot in spots(line.text) if spot.kind == "bare")


_OF_CATEGORY = re.compile(r"\bcodes?\b.*\bcategor(?:y|ies) $", re.IGNORECASE)


def _title(lines: Sequence[Paragraph], phrases: Phrases, name: str) -> tuple[str, str, int]:
    """Id, title and the number of the line after them. A document without an id has the name of its file."""
    for i, line in enumerate(lines[:12]):
        if heading_of(line.text, phrases) or begins_with_item(line.text):
            break
        if KIND_OF_ID.match(line.text.removeprefix("NICE ")) and (found := _ID.match(line.text)):
            title = line.text[found.end() :].strip(" -:")
            if (
                not title
                and i + 1 < len(lines)
                and not heading_of(lines[i + 1].text, phrases)
                and not begins_with_item(lines[i + 1].text)
                and not tells_codes(lines[i + 1].text)
            ):
                return found[1].replace(" ", ""), lines[i + 1].text, i + 2
            return re.sub(r"^NICE|\s", "", found[1]), title, i + 1
    stem = re.sub(r"\.[A-Za-z]+$", "", name) or "document"
    if lines and not (
        heading_of(lines[0].text, phrases) or begins_with_item(lines[0].text) or tells_codes(lines[0].text)
    ):
        return stem, lines[0].text, 1
    return stem, "", 0


_SMALL_WORDS = (
    "der die das und oder mit wird ein eine bei le les des du ou et est une avec la de el los las con una il di della"
    " het een van og och med"
)
_SMALL_ENGLISH = "the of and or with is are to for in by on at from other"
_FOREIGN, _ENGLISH = frozenset(_SMALL_WORDS.split()), frozenset(_SMALL_ENGLISH.split())


def is_foreign(lines: Sequence[Paragraph]) -> bool:
    """Whether the small words of a text are mostly not English ones."""
    words = [word for line in lines for word in re.findall(r"\w+", line.text.lower())]
    foreign = sum(word in _FOREIGN for word in words)
    return foreign > 2 and foreign > sum(word in _ENGLISH for word in words)


def another(lines: Sequence[Paragraph], parts: Layout) -> list[Paragraph]:
    """The lines that name a second guidance, with codes both before and behind them."""
    items = [i for i, line in enumerate(lines) if begins_with_item(line.text)]
    found: list[Paragraph] = []
    for i, line in enumerate(lines):
        name = _ID.match(line.text) if KIND_OF_ID.match(line.text) else None
        if name and items and items[0] < i < items[-1] and name[1].replace(" ", "") != parts.id:
            found.append(line)
    return found
