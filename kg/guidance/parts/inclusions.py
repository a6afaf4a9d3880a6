"""What a code includes or excludes: lines that list no codes of the record."""

from __future__ import annotations

import re

from kg.guidance.page.paragraph import Paragraph, is_note
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots
from kg.guidance.parts.joints import brackets
from kg.guidance.parts.lines import ends_of, is_item


def included(stretch: Stretch) -> Stretch | None:
    """What a line of inclusions lists: from its first code outside brackets; None where it has none."""
    if re.match(r"excl", stretch.text, re.IGNORECASE):
        return None
    inside = brackets(stretch.text)
    found = [s for s in spots(stretch.text) if not any(a <= s.start < b for a, b in inside)]
    return stretch.part(found[0].start, len(stretch.text)) if found else None


def goes_on_including(line: Paragraph, following: Paragraph | None, phrases: Phrases) -> bool:
    """Whether a line behind a list of inclusions has more of them: no codes, no verb, nothing that leads to codes."""
    text = line.text
    inside = brackets(text)
    told = any(not any(a <= spot.start < b for a, b in inside) for spot in spots(text))
    if told or phrases.verb(text) is not None or text.endswith((":", ".")) or is_note(text):
        return False
    over = following is not None and is_item(ends_of(following.stretch, phrases)[2], phrases)
    leads = phrases.whole("line.leads", text) or phrases.opens("lead.opens-plus", text) or phrases.find("lead", text)
    return not (over and leads)
