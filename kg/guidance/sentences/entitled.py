"""Which listed codes a sentence names together, also by words of their titles ("the electrode code")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kg.codes import Category, One, Selector
from kg.expression.nodes import Pick, Unnamed, picks
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.items import Item
from kg.guidance.parts.stems import stems
from kg.guidance.sentences.effects import Meaning
from kg.guidance.sentences.row import Row

_LENGTH = 5  # letters by which words are held against those of a title: endings do not matter
_NAMED = (
    re.compile(r"['\"?](?P<what>[a-z][\w ,-]{2,80}?)['\"?]+\s+code\b", re.IGNORECASE),
    re.compile(
        r"\b(?:the|an?|its|this|that)\s+(?P<what>(?:(?!(?:the|an?|has|have|is|are|takes?|gets?)\b)[\w-]+\s+){1,5}?)code\b",
        re.IGNORECASE,
    ),
)
_OF_WHAT = re.compile(r"\bcode (?:for|of) (?:the |an? )?(?P<what>[a-z][\w -]{2,60})", re.IGNORECASE)
# Words before "code" that name none by its title.
_OTHER = frozenset(
    ("first", "second", "third", "last", "main", "other", "further", "same", "both", "right", "site", "additional",
     "supplementary", "opcs", "single", "chosen", "whole", "more", "listed", "above", "below", "following", "another")
)  # fmt: skip
# What parts the clauses of a sentence that each speak of codes of their own.
_PARTED = re.compile(
    r";|:|,?\s+\b(?:while|whereas|but)\b"
    r"|,?\s+\band (?=(?:(?:is|are|does|do) )?(?:not|never|for|in|at|with|if|when|where)\b)"
    r"|,\s+(?=(?:for|in|at|if|when|where|and not|not|unlike)\b)",
    re.IGNORECASE,
)


def told_together(stretch: Stretch, rows: Sequence[Row], side: Side, source: Source) -> list[frozenset[Selector]]:
    """The listed codes that each clause of a sentence names; `rows` are the lines above it."""
    items = [row.value for row in rows if row.side is side and isinstance(row.value, Item)]
    made: list[frozenset[Selector]] = []
    begin = 0
    for end in [*(hit.end() for hit in _PARTED.finditer(stretch.text)), len(stretch.text)]:
        clause = stretch.part(begin, end)
        named = (selector_of(spot, side.scheme) for spot in spots(clause.text))
        made.append(frozenset(x for x in named if x is not None) | entitled(clause, items, source))
        begin = end
    return [named for named in made if named]


def without_entitled(meaning: Meaning, named: Iterable[frozenset[Selector]]) -> Meaning:
    """A meaning that calls for no code without a name where the sentence names a listed one by its title."""
    unnamed = bool(meaning.effects) and all(isinstance(e.expression, Unnamed) for e in meaning.effects)
    return Meaning((), "remark") if unnamed and any(named) else meaning


def entitled(stretch: Stretch, items: Iterable[Item], source: Source) -> frozenset[Selector]:
    """The listed codes that words of a sentence name: those whose title alone has all of these words."""
    titles = [(pick.selector, _stems(*_titles(pick))) for item in items for pick in picks(item.expression)]
    said = [hit["what"] for pattern in _NAMED for hit in pattern.finditer(stretch.text)]
    for hit in _OF_WHAT.finditer(stretch.text):  # as many words of it as are of one title
        words = hit["what"].split()
        whole = (" ".join(words[:end]) for end in range(len(words), 0, -1))
        said += [text for text in whole if _of(text, titles) is not None][:1]
    return frozenset(own for text in said if (own := _of(text, titles)) is not None)


def _of(words: str, titles: Iterable[tuple[Selector, frozenset[str]]]) -> Selector | None:
    """The only code whose title has these words; None where they are of none, or of several."""
    wanted = stems(words, letters=_LENGTH, but=_OTHER)
    of = {selector for selector, title in titles if wanted and wanted <= title}
    return of.pop() if len(of) == 1 else None


def _titles(pick: Pick) -> tuple[str, ...]:
    known = titles_of(pick.selector) if isinstance(pick.selector, One | Category) else []
    return pick.title, *known


def _stems(*texts: str) -> frozenset[str]:
    return stems(*texts, letters=_LENGTH)
