"""What is odd in print: misprints, impossible codes, lost words, sentences that lost their break."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from kg.citation import Citation
from kg.expression.condition import STATED
from kg.expression.nodes import Expression, conditions
from kg.guidance.layout import Layout
from kg.guidance.misprints import is_misprint_of, lost_joints, lost_words, odd_codes
from kg.guidance.paragraphs import begins_with_item
from kg.guidance.source import Source

# A condition that is a sentence by itself before a code; words in quotes behind a title that nothing joins to it.
_BROKEN_OFF = re.compile(
    r"^(?:Note:\s*)?(?:If|When|Where|Unless) [^.,;:]{5,80}\.\s+(?=['\"]?[A-Z]\d\d)"
    r"|(?<=[a-z-])(?<! or)(?<! and)(?<! plus)(?<! with)(?<! code)(?<! codes)(?<! to)(?<! by)(?<! as)"
    r" (?='[A-Z]\d\d[.-].*\bbe\b)"
)


def report_odd(parts: Layout, source: Source) -> None:
    """Report misprints: those read as what they stand for, what looks like a code and cannot be one, lost words."""
    for line in (*parts.headings, *(line for section in parts.sections for line in section.lines)):
        for found in line.misprints:
            message = f'"{found.printed}" is read as "{found.meant}"'
            source.note("KG-W0215", message, found.start, found.end, review=not found.is_plain)
        for start, end in odd_codes(line.text):
            source.warn("KG-W0208", f'"{line.text[start:end]}" is not a code', line.stretch, start, end)
        if line.text.endswith(":") and begins_with_item(line.text) and re.search(r"[a-z)\]] [A-Z][a-z]", line.text):
            source.warn("KG-W0202", "a heading may stand behind the last title of this line", line.stretch)
        for found in _BROKEN_OFF.finditer(line.text):
            source.warn("KG-W0202", "a sentence or code may begin here", line.stretch, found.end(), len(line.text))
        says = not begins_with_item(line.text) or source.phrases.verb(line.text) is not None
        for start, end in sorted({*lost_joints(line.text), *(lost_words(line.text) if says else ())}):
            source.warn("KG-W0217", f'"{line.text[start:end]}" is no word', line.stretch, start, end)


def report_alike(sides: Sequence[Expression | None], source: Source) -> None:
    """Report conditions that differ by a misprint only, so that they are read as two."""
    stated = {c.words: c for e in sides for c in conditions(e) if c.facet == STATED}
    for words, condition in stated.items():
        if re.search(r"\b(?:must|should)\b", words) and isinstance(condition.citation, Citation):
            place = condition.citation
            source.note("KG-W0202", "where the condition ends is not said", place.start, place.end)
    for one, other in combinations(sorted(stated), 2):
        place = stated[other].citation
        if is_misprint_of(one, other) and isinstance(place, Citation):
            source.note("KG-W0217", f'"{one}" and "{other}" are read as two conditions', place.start, place.end)
