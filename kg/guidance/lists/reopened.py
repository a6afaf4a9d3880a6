"""The heading that ends what a code includes: nothing but its place parts it from one more inclusion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.guidance.page.paragraph import Paragraph
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.lines import ends_of, is_item
from kg.guidance.sentences.row import Row

_FEW = 20  # rows that are looked at


def heads_anew(line: Paragraph, following: Paragraph | None, rows: Sequence[Row], source: Source) -> bool:
    """Whether a line behind a list of inclusions is the heading of the next variant: it stands right over codes.

    It states what another heading states otherwise ("First stage", "Second stage"), or is parted by empty lines as no
    lines of codes are. A person is asked where other headings are lines of their own too, and no more is told.
    """
    text = line.text
    if following is None or not text[:1].isupper() or text.endswith((",", ";")) or spots(text):
        return False
    below = ends_of(following.stretch, source.phrases)[2]
    if not is_item(below, source.phrases):
        return False
    heads = [row.stretch.text for row in rows if row.kind == "head"]
    facts = dict(source.lexicon.named_in(text))
    others = [dict(source.lexicon.named_in(head)) for head in heads]
    if any(f in other and other[f] != value for other in others for f, value in facts.items()):
        return True
    bare = any(not head.endswith(":") for head in heads)
    if not bare or not line.after_blank:
        return False
    if not (following.after_blank and _is_tight(rows, source)):
        what = "not said whether this line is a heading or goes on with what is included: it is read as a heading"
        source.warn("KG-W0202", what, line.stretch)
    return True


def _is_tight(rows: Sequence[Row], source: Source) -> bool:
    """Whether lines of codes stand close to each other, so that an empty line parts one list from the next."""
    text = source.document.text
    near = [row for row in rows[-_FEW:] if row.kind == "item"]
    return any(re.search(r"\n\s*\n", text[a.stretch.span()[1] : b.stretch.span()[0]]) is None
               for a, b in pairwise(near))  # fmt: skip
