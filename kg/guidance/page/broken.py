"""Words side by side that no sentence has: one of them lost, doubled or changed a letter, or the blank between them.

Unlike a misprint (`kg.guidance.page.misprints`), each of them may be a word that is known; where they stand tells that
one is wrong. Nothing is read otherwise: a person is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from kg.facets import load_lexicon
from kg.guidance.page.misprints import is_near, is_word, words_of
from kg.guidance.page.spots import spots
from kg.guidance.page.titles import words_of_titles

_WORD = re.compile(r"(?<![\w.-])[A-Za-z]+[0-9][a-z]+(?!\w)|[A-Za-z]+")
_BROKEN = re.compile(
    r"(?<![A-Za-z])(?=[A-Za-z])(?:"  # where a word begins, which is found sooner than which
    r"(?i:(?<![a-z])(?:on|an|ore|done)(?= of (?:the|these|following)\b)|\bone (?=off (?:the|these)\b)"
    r"|(?:^|(?<=added )|(?<=corded )|(?<=signed )|(?<=[,:] )|(?<=\())it(?= (?:the|an?|any|both|no) )"
    r"|(?<![a-z])(?:hen|were)(?= (?:the|an?|any|both) )|\bhere(?= both )|(?<![a-z])pus(?= (?:the|one|any) )"
    r"|\b(?:an|my|ma|man|mat|cat|car|cap|ran|scan)(?= (?:also )?be\b)"
    r"|\b(?:from|of|in) chapter(?=[ '\"]*(?:$|[.,;]|is\b|are\b)))"
    # A case that has lost the first letter: "here the operation is open, A02.1".
    r"|(?:(?<=[.:] )|^)(?:[Ww]ere|[Hh]ere|[Hh]en)(?= (?!the codes?\b)[^.,;:]+ (?:is|are|was|were|has|have)\b[^.,;:]*,)"
    r"|(?:(?<=\s)|^)[b-hj-z](?= [a-z])"
    r"|(?:(?<=[.:] )|^)(?:he(?= [a-z])|I(?= [a-z])"
    r"|It(?= (?!is |was |has |may |can |will )[^.,;:]+ (?:is|are|has|have|assists) ?[^.,;:]*,))"
    r"|\bhe(?= (?!then|also|only|always|never)[a-z-]+ (?:must|should|may|can|is|are)\b)"
    # Two letters behind "chapter" that are no number of one.
    r"|\b[Cc]hapter ['\"]?(?!(?:X{0,2}(?:IX|IV|VI{0,3}|I{1,3})|X{1,2})\b)[A-Z]{2,3}\b"
    r")"
)
_INSIDE = re.compile(r"[A-Za-z\d,;('\"-] ?$")
# What follows "be" is a participle.
_PASSIVE = re.compile(r"\b(?:be|been|being)(?: (?:also|always|only|not))? ([a-z]{3,})(?![\w-])")
# A short word behind "must" that is none has been "be".
_SHORT_VERB = re.compile(
    r"\b(?:must|should|may|can|cannot|might|will)(?: (?:also|always|only|not))? ([a-z]{1,4})(?![\w-])"
)
# A case that is told by a participle alone, as "if used" in brackets.
_CASE = re.compile(r"\b(?:if|when|where) ([a-z]{3,})(?=\s*(?:[).,;]|$))")
# A word glued to the figure before it, behind a code or title.
_GLUED_TO_FIGURE = re.compile(r"(?<=\d)(?:and|or|plus|with|if|when|where|may|can|must|should)(?![\w-])")


def broken_words(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand that no sentence has side by side ("On of the following", "must also be code")."""
    yield from (found.span() for found in _BROKEN.finditer(text))
    passive = (found for pattern in (_PASSIVE, _CASE) for found in pattern.finditer(text))
    yield from (found.span(1) for found in passive if found[1] in _bases())
    yield from (found.span(1) for found in _SHORT_VERB.finditer(text) if not is_word(found[1]))


def glued_words(text: str) -> Iterator[tuple[int, int]]:
    """Where a word that decides has lost its blank to the word before or behind it ("ductcan be", "mayalso")."""
    for found in re.finditer(r"(?<![\w-])[A-Za-z]{4,}(?![\w-])", text):
        if not is_word(found[0]) and _is_glued(found[0]):
            yield found.span()
    yield from (found.span() for found in _GLUED_TO_FIGURE.finditer(text))


# Short ones end words of their own ("sensor"), so that what stands before them is to be a word of titles.
_AT_END = re.compile(r"(?:(can|may|must|should|when|where|plus|with)|and|or|if|not|is|are|of|for)$")


@lru_cache(maxsize=4096)
def _is_glued(word: str) -> bool:
    plain = word.lower()
    if (ends := _AT_END.search(plain)) and ends.start() > 2:
        before = plain[: ends.start()]
        if before in words_of("telling") | words_of_titles() or (ends[1] and is_word(before)):
            return True
    both = words_of("glue") | words_of("telling")
    return any(plain[:i] in both and plain[i:] in both for i in range(2, len(plain) - 1))


_JOINED = re.compile(r"(?:or|and|plus|with)[A-Z]\d\d\b")


def lost_words(text: str) -> Iterator[tuple[int, int]]:
    """Where letters stand that are no word, and one letter away from a word that decides ("cn be recorded")."""
    for found in _WORD.finditer(text):
        word = found[0]
        plain = word.lower()
        if len(word) > 4 or word.isupper() or is_word(plain) or not _decides(plain):
            continue
        if word.islower() and text[max(0, found.start() - 1)].isdigit():
            continue  # "2nd"
        if word[0].isupper() and _INSIDE.search(text[max(0, found.start() - 2) : found.start()]):
            continue  # a name or a title
        if _JOINED.match(text, found.start()):
            continue  # "orJ57.3": a whole word, and the code that it is glued to
        yield found.span()


def lost_joints(text: str) -> Iterator[tuple[int, int]]:
    """Where the word before a code has lost a letter, or its blank, or is another ("o J12.8", "limbor J12.8"); and
    where such a word ends a line of codes, or stands in brackets behind one.
    """
    listed = re.match(r"[A-Z]\d\d", text) is not None
    ends = [spot.start for spot in spots(text)] + ([len(text)] if listed else [])
    for end in ends:
        before = re.search(r"(?<=\s)([a-z]+)\s*$", text[:end])
        if before is None or before[1] in words_of("joint"):
            continue
        near = len(before[1]) < 6 and _decides(before[1]) and (listed or not is_word(before[1]))
        near = near and not (end == len(text) and is_word(before[1]))
        if near or (not is_word(before[1]) and re.search(r"(?:or|and|plus)$", before[1])):
            yield before.span(1)
    for aside in re.finditer(r"\(([a-z]+) ", text) if listed else ():
        if aside[1] in {"i", "f", "it", "were", "here", "hen", "of"} or (
            len(aside[1]) < 5 and not is_word(aside[1]) and _decides(aside[1])
        ):
            yield aside.span(1)


@lru_cache(maxsize=1024)
def _decides(word: str) -> bool:
    return any(is_near(word, x) for x in words_of("deciding"))


@cache
def _bases() -> frozenset[str]:
    """What participles of the lexicon are without their ending: "code" of "coded", "add" of "added"."""
    said = words_of("telling") | {w for phrase in load_lexicon().words for w in phrase.split()}
    return frozenset(base for w in said if w.endswith("ed") and len(w) > 3 for base in (w[:-1], w[:-2]))
