"""Words behind a code or its whole title in a list, which no title goes on with: they may tell the case of the code.

"Y53.2 for children", "Y53.2 Approach to organ under ultrasonic control in redo surgery".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Category, Chapter, One, Scheme
from kg.expression.nodes import picks
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.page.titles import known_end, titles_of
from kg.guidance.parts.items import Item
from kg.guidance.parts.joints import brackets, condition_tail
from kg.guidance.parts.purposes import is_site
from kg.guidance.parts.stems import stems

_TAIL = re.compile(
    r"[\s,]+(?:for|in|after|during|following|with|on|at|of)\s+(?!addition\b|order\b|turn\b|(?:the|an?|its)?\s*\w*"
    r"\s*(?:position|place|field|end|codes?|category|list|record)\b)(?P<what>[^;:()]*)$"
)
_LENGTH = 4  # letters by which words are held against those of a title
# What a code for a place, a side, a method or a device shows, in words that no title has.
_SHOWN = re.compile(
    r"(?:the |an? |its |their |this |each |every |all |both |any )*"
    r"(?:sites?|sides?|laterality|levels?|organs?|joints?|locations?|imaging|image|guidance|approach(?:es)?|method|technique|device"
    r"|drug|harvest|graft|anaesthe\w+|number|operated|treated|procedures?|operations?|diagnos[ei]s|condition|above)\b",
    re.IGNORECASE,
)


def report_tail(stretch: Stretch, made: Sequence[Item], source: Source) -> None:
    """Ask where a line of codes goes on behind its last code, or its title, with words that may be a case."""
    found, text = spots(stretch.text), stretch.text.rstrip(" .")
    if not found or not made or not picks(made[-1].expression) or found[-1].start > condition_tail(text):
        return
    last = found[-1]
    if any(start <= last.start < end for start, end in brackets(text)):
        return
    selector = selector_of(last, Scheme.OPCS4) if not last.is_icd else None
    end = last.end + (known_end(selector, text[last.end :]) if selector is not None else 0)
    tail = _TAIL.match(text[: condition_tail(text)], end)
    if tail is None or says_what(tail["what"], made[-1], source.title):
        return
    words = stretch.part(end + len(tail[0]) - len(tail[0].lstrip(" ,")), tail.end())
    source.warn("KG-W0211", f'more is said than was read: "{words.text}"', words)


def says_what(words: str, item: Item, title: str = "") -> bool:
    """Whether words name what the last code of a line shows: a site, or in the words of its title or the document's."""
    pick = picks(item.expression)[-1]
    if is_site(pick) or isinstance(pick.selector, Chapter) or _SHOWN.match(words):
        return True
    known = titles_of(pick.selector) if isinstance(pick.selector, One | Category) else []
    return bool(stems(words, letters=_LENGTH) & stems(*known, title, letters=_LENGTH))
