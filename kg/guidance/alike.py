"""Conditions whose words are a letter or a blank away from others: from those of a facet, or of the same document.

A condition in its own words is never wrong by itself. One that a misprint parts from what it says ("the primarytumour
is still present") is, where the document means one case and two are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

from kg.citation import Citation
from kg.expression.condition import STATED, Condition
from kg.expression.nodes import Expression, conditions
from kg.facets import Lexicon, load_lexicon, plain
from kg.guidance.page.misprints import is_near, is_word, misprints_among
from kg.guidance.page.source import Source

# Words that join, or turn a condition round, are no misprints of others ("not" of "note").
_TURNS = frozenset({"or", "and", "not", "no", "nor", "none", "never", "neither", "after", "before", "its"})
_COPULA = frozenset({"is", "was", "has", "are", "been"})


def report_alike(sides: Sequence[Expression | None], source: Source) -> None:
    """Report conditions that a misprint may part from the case that they mean, so that they are read as another."""
    said = {(c.facet, c.words): c for e in sides for c in conditions(e) if isinstance(c.citation, Citation)}
    stated = [c for c in said.values() if c.facet == STATED]
    for condition in stated:
        if re.search(r"(?!^)\b(?:must|should)\b", condition.words):
            _note("KG-W0202", "where the condition ends is not said", condition, source)
        if meant := nearly_said(condition.words, source.lexicon):
            _note("KG-W0217", f'"{condition.words}" may be a misprint of "{meant}"', condition, source)
    by_words: dict[str, list[Condition]] = {}
    for condition in said.values():
        by_words.setdefault(condition.words, []).append(condition)
    for first, second in misprints_among(sorted(by_words)):
        for one, other in product(by_words[first], by_words[second]):
            if one.fact != other.fact and STATED in (one.facet, other.facet):
                _note("KG-W0217", f'"{first}" and "{second}" are read as two conditions', other, source)


def _note(id: str, message: str, condition: Condition, source: Source) -> None:
    place = condition.citation
    if isinstance(place, Citation):
        source.note(id, message, place.start, place.end)


def nearly_said(words: str, lexicon: Lexicon) -> str:
    """The words, one letter or blank away from these, that would say a value of a facet; empty where there are none."""
    for other in _mended(plain(words).split()):
        text = " ".join(other)
        if lexicon.fact(text) is not None:
            return text
    return ""


def _mended(tokens: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Words with one letter more, less or other, or one blank more or less, so that those of the facets stand there."""
    known = _words()
    for i, token in enumerate(tokens):
        before, behind = tuple(tokens[:i]), tuple(tokens[i + 1 :])
        if behind and token + behind[0] in known:
            yield (*before, token + behind[0], *behind[1:])
        if token in _TURNS:
            continue
        sound = is_word(token) and (len(token) > 2 or token in known)
        yield from ((*before, word, *behind) for word in _near(token) if not sound or _tells(word, token))
        if token in known:
            continue
        for at in range(1, len(token)):
            if token[:at] in known and token[at:] in known:
                yield (*before, token[:at], token[at:], *behind)


@lru_cache(maxsize=1024)
def _near(token: str) -> tuple[str, ...]:
    return tuple(word for word in sorted(_words()) if abs(len(word) - len(token)) < 2 and is_near(word, token))


def _tells(word: str, token: str) -> bool:
    """Whether a word may be meant where another one stands that is a word too ("as removed", "both side").

    A plural and another form of a verb mean themselves.
    """
    told = len(word) > 3 and any(word in phrase.split() for phrase in load_lexicon().words)
    return word in _COPULA or (told and not (token[-1] in "sd" and word[: len(token) - 1] == token[:-1]))


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """The words that say values of facets, and those that may stand beside them."""
    lexicon = load_lexicon()
    beside = (
        word for (_, kind), words in lexicon.around.words.items() if kind in {"beside", "object"} for word in words
    )
    return frozenset(word for phrase in lexicon.words for word in phrase.split()).union(beside)
