"""Lines that lost the break between them: a heading and what stands below it, a code and what opens a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kg.guidance.page.paragraph import KIND_OF_ID, Paragraph, begins_with_item, heading_of, is_prose
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.spots import spots

# What begins a paragraph of its own, and never stands with a capital inside a title.
_OPENER = re.compile(
    r"Notes?\s*\d?\s*:|In addition\b|One of the following\b|The following\b|(?:Plus|And) (?:the|one|any)\b"
    r"|(?:If|When|Where|Unless) [a-z]"
)
# A heading that has lost the break to the code below it.
_UNDER = re.compile(r"(?:OPCS|ICD)[^:;,]{0,8}\s?code(?:s|\(s\)|\s\(s\)):?\s*(?=[A-Z]\d\d)", re.IGNORECASE)
_OPENS = re.compile(rf" (?<=[\w)'\]-] )(?={_OPENER.pattern})")
# A code asked for in words behind a whole line of a code, itself in brackets ("A1 Title, with a site code (Z69-Z80)").
_ASKED = re.compile(
    r",? (?:(?:together |along )?with |followed by |and |(?=plus ))(?=(?:plus )?(?:an?|the) (?:[a-z]+ ){0,3}codes?\b"
    r"[^():;,.]*\([A-Z]\d\d[^()]*\)\W*$)"
)
_GAP = re.compile(r"(?<=[\w)]):? ")
_BEFORE_CAPITAL = re.compile(r" (?<=[A-Za-z)\]] )(?=[A-Z])")


def unglued(line: Paragraph, phrases: Phrases) -> Iterator[Paragraph]:
    """A line, or the two that it is made of: headings side by side; a code, and what opens a paragraph behind it."""
    text = line.text
    if len(text) < 120 and not spots(text) and not heading_of(text, phrases):
        of_id = KIND_OF_ID.match(text)
        for gap in _GAP.finditer(text):
            before, rest = text[: gap.start()], text[gap.end() :]
            behind_id = of_id is not None and of_id.end() <= gap.start()
            named = behind_id and heading_of(rest, phrases) in {"opcs", "icd", "coding"}
            opens = _OPENER.match(rest) or heading_of(rest, phrases) or (rest[0].isupper() and rest.endswith(":"))
            if named or (opens and heading_of(before, phrases)):
                yield replace(line, stretch=line.stretch.part(0, gap.start()))
                yield replace(line, stretch=line.stretch.part(gap.end(), len(text)), after_blank=False, misprints=())
                return
    if begins_with_item(text) and (at := _heading_behind(text, phrases)):
        yield from unglued(replace(line, stretch=line.stretch.part(0, at)), phrases)
        yield Paragraph(line.stretch.part(at, len(text)), after_blank=True)
        return
    asked = _ASKED.search(text) if begins_with_item(text) else None
    if asked is not None and not is_prose(text[: asked.start()], phrases):
        yield replace(line, stretch=line.stretch.part(0, asked.start()))
        yield Paragraph(line.stretch.part(asked.end(), len(text)), after_blank=True)
        return
    over = _UNDER.match(text)
    if over is not None and not line.level and not phrases.verb(text):
        yield replace(line, stretch=line.stretch.part(0, over.end()))
        yield from unglued(Paragraph(line.stretch.part(over.end(), len(text))), phrases)
        return
    glued = _OPENS.search(text)
    if glued and spots(text) and spots(text[: glued.start()]) and not is_prose(text[: glued.start()], phrases):
        rest = line.stretch.part(glued.end(), len(text))
        yield replace(line, stretch=line.stretch.part(0, glued.start()))
        yield from unglued(Paragraph(rest, after_blank=True), phrases)
        return
    yield line


def _heading_behind(text: str, phrases: Phrases) -> int:
    """Where a heading begins that has lost the break to the line of codes before it; 0 where none does."""
    for gap in _BEFORE_CAPITAL.finditer(text):
        rest = text[gap.end() :]
        if (" " in rest or rest.endswith(":")) and heading_of(rest, phrases) not in {None, "end"}:
            return gap.end()
    return 0
