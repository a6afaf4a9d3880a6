"""What the lines of the coding part list, before any sentence is read: a note above a list may speak of its codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest

from kg.codes import Selector
from kg.expression.nodes import Unnamed
from kg.expression.recommendation import Side
from kg.guidance.lists.predicates import predicates_apart
from kg.guidance.page.concepts import concepts
from kg.guidance.page.layout import Section
from kg.guidance.page.paragraph import Paragraph, connective_of
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import sentences
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.joints import brackets
from kg.guidance.parts.labels import tells_case
from kg.guidance.parts.leads import is_clause
from kg.guidance.parts.lines import asks_above, ends_of, is_bare_term, is_item
from kg.guidance.parts.replaced import replacing
from kg.guidance.parts.sides import side_of
from kg.guidance.sentences.effects import Effect


def lines_of(section: Section, source: Source) -> list[Paragraph]:
    """The lines of a section that are no concepts."""
    return [*predicates_apart([*_lines_of(section, source)], source)]


def _lines_of(section: Section, source: Source) -> Iterator[Paragraph]:
    snomed = section.snomed
    for line, after in zip_longest(section.lines, section.lines[1:]):
        if line is None or (concepts(line.stretch) and not spots(line.text)[:1]):
            continue
        over = after is not None and concepts(after.stretch) and not spots(f"{line.text} {after.text}")
        if snomed and over and line.text.endswith(":"):
            continue  # it says of what the concept below it is
        if snomed and (connective_of(line.text, source.phrases) or is_bare_term(line.text, source)):
            continue
        snomed = False
        for own in led(line, source):
            yield from parted(own, source.phrases)


_GLUED_INCLUDES = re.compile(r"(?<=[a-zC)])\s+(?=(?:Includes?|Excludes?)\b:?\s)")
# A code without its name that is asked for behind an item ("C78.0 Title, with the code of the primary tumour").
_DESCRIBED = re.compile(
    r"(?:^|(?<=\w),? )(?P<joined>together with|along with|followed by|plus|with|and)\s+"
    r"(?=(?:the|a|an|its) (?:(?:appropriate|relevant|corresponding|suitable|icd\S*|diagnosis) )?code (?:for|of) "
    r"(?:the|its|an?|this|that|any|whatever) )",
    re.IGNORECASE,
)


def parted(line: Paragraph, phrases: Phrases) -> Iterator[Paragraph]:
    """A line of several items, each closed by a full stop, as so many lines; so what is included, behind a title."""
    if (glued := _GLUED_INCLUDES.search(line.text)) and is_item(line.stretch.part(0, glued.start()), phrases):
        yield replace(line, stretch=line.stretch.part(0, glued.start()))
        yield replace(line, stretch=line.stretch.part(glued.end(), len(line.text)), after_blank=False, misprints=())
        return
    described = _DESCRIBED.search(line.text) if not line.text.endswith(":") else None
    item = line.stretch.part(0, described.start()) if described is not None else line.stretch
    if described is not None and (not item.text or is_item(item, phrases)):
        if item.text:
            yield replace(line, stretch=item)
        yield replace(line, stretch=line.stretch.part(*described.span("joined")), after_blank=False, misprints=())
        behind = line.stretch.part(described.end(), len(line.text))
        line = replace(line, stretch=behind, after_blank=False, misprints=())
    parts = sentences(line.stretch)
    own = [is_item(ends_of(part, phrases)[2], phrases) or tells_case(part.text, phrases) > 0 for part in parts]
    if len(parts) < 2 or not all(own):
        yield line
        return
    for i, part in enumerate(parts):
        yield replace(line, stretch=part, after_blank=line.after_blank and i == 0)


def ends_bullets(shown: Sequence[Paragraph], at: int, source: Source) -> bool:
    """Whether a code without a bullet ends the bulleted list of a lead-in that asks for one of it.

    As it does where codes without bullets stand above that lead-in, too.
    """
    if shown[at].bullet or not at or not shown[at - 1].bullet or not is_item(shown[at].stretch, source.phrases):
        return False
    begin = at
    while begin and shown[begin - 1].bullet:
        begin -= 1
    plain = any(is_item(line.stretch, source.phrases) and not line.bullet for line in shown[: max(begin - 1, 0)])
    return plain and source.phrases.find("lead.one", shown[begin - 1].text) is not None


def ends_inner_list(shown: Sequence[Paragraph], at: int, source: Source) -> bool:
    """Whether a code is a line of an outer list again, behind the list of one of that list's lines ("2. One of:",
    bullets further in, "3. B1").
    """
    if not at or not (shown[at].bullet and shown[at - 1].bullet) or not is_item(shown[at].stretch, source.phrases):
        return False
    outer, inner = _indent(shown[at], source), _indent(shown[at - 1], source)
    if outer >= inner:
        return False
    begin = at - 1
    while begin and shown[begin].bullet and _indent(shown[begin], source) == inner:
        begin -= 1
    over = shown[begin]
    return outer == _indent(over, source) and over.bullet and not is_item(over.stretch, source.phrases)


def _indent(line: Paragraph, source: Source) -> int:
    """How far in a line is printed, its bullet counted as white; 0 where it does not begin a line."""
    start = line.stretch.offsets[0] if line.stretch.offsets else 0
    text = source.document.text
    before = text[text.rfind("\n", max(0, start - 40), start) + 1 : start]
    blank = re.match(r"[ \t]*", before)
    return len(blank[0].expandtabs(4)) if blank is not None and _MARK.fullmatch(before) else 0


_MARK = re.compile(r"[ \t]*(?:[-*+\u2022\u25e6o\u00b7]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])?[ \t*_]*")


def led(line: Paragraph, source: Source) -> Iterator[Paragraph]:
    """A line, or the two that it is made of: a lead-in that names a category, and behind its colon a code of it."""
    for colon in re.finditer(r":\s+(?=[A-Z]\d\d)", line.text):
        over, rest = line.stretch.part(0, colon.start() + 1), line.stretch.part(colon.end(), len(line.text))
        wide = [selector_of(s, Side.PROCEDURE.scheme) for s in spots(over.text) if s.kind != "code"]
        own = selector_of(spots(rest.text)[0], Side.PROCEDURE.scheme)
        within = own is not None and any(x is not None and source.same_codes(x, own) for x in wide)
        if within and len(wide) == len(spots(over.text)) and is_item(rest, source.phrases):
            yield replace(line, stretch=over)
            yield replace(line, stretch=rest, after_blank=False, misprints=())
            return
    yield line


def listed_in(shown: Iterable[tuple[Side, Sequence[Paragraph]]], source: Source) -> dict[Side, list[Selector]]:
    """The selectors that the lines of all sections list, by side, in print order; each section with its side."""
    known: dict[Side, list[Selector]] = {side: [] for side in Side}
    for side, lines in shown:
        for line in lines:
            _list(line, side, known, source)
    return known


def _list(line: Paragraph, side: Side, known: dict[Side, list[Selector]], source: Source) -> None:
    _, label, stretch, _ = ends_of(line.stretch, source.phrases)
    if not stretch.text or not is_item(stretch, source.phrases):
        return
    if (label is not None and is_clause(label.text, stretch.text, source.phrases)) or replacing(stretch) is not None:
        return  # read as a sentence
    if label is not None and source.phrases.find("diagnosis", line.text[: spots(line.text)[0].start]):
        side = Side.DIAGNOSIS
    for spot in spots(stretch.text):
        if any(a <= spot.start < b for a, b in brackets(stretch.text)):
            continue
        at = side_of(spot, stretch, side, source)
        selector = selector_of(spot, at.scheme)
        if selector is not None:
            known[at].append(selector)


def asked_alone(lines: Sequence[Paragraph], source: Source) -> Effect | None:
    """What the first line below a heading of diagnoses asks for without a code; one that is not clear is reported."""
    first = lines[0].stretch
    if source.phrases.opens("unnamed.only", first.text) and not spots(first.text):
        return Effect("add", Side.DIAGNOSIS, first, Unnamed(first.text, source.cite(first)))
    if asks_above(lines, source):
        source.unclear(first, "no diagnosis is named")
    return None
