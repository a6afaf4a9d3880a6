"""Whether two cases exclude each other by their words: "primary" and "secondary", "ruptured" and "not ruptured"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import combinations, pairwise

from kg import resources
from kg.errors import KgError, Place
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import Spot

_FILE = "ontology/contrasts.tsv"
_NO = frozenset(("not", "no", "without", "neither", "none", "never"))
_SMALL = frozenset(
    (
        "if", "when", "where", "for", "in", "on", "with", "the", "a", "an", "any", "is", "are", "was", "were", "it",
        "this", "that", "has", "have", "been", "of", "one", "ones",
    )
)  # fmt: skip


def all_exclude(cases: Sequence[str]) -> bool:
    """Whether each two of several cases exclude each other."""
    return all(exclude(one, other) for one, other in combinations(cases, 2))


def exclude(one: str, other: str) -> bool:
    """Whether two cases cannot hold together: words of a row of the table, or one says what the other denies.

    Each has the word of its own side only ("a primary tumour", "a secondary one").
    """
    for first, second in _pairs():
        sides = [(bool(first.search(text)), bool(second.search(text))) for text in (one, other)]
        if sides in ([(True, False), (False, True)], [(False, True), (True, False)]):
            return True
    words, more = _words(one), _words(other)
    denied = [bool(_NO & set(said)) or any(w.startswith("un") and w[2:] in rest for w in said)
              for said, rest in ((words, more), (more, words))]  # fmt: skip
    told = [{w.removeprefix("un") if w.removeprefix("un") in rest else w for w in said if w not in _NO}
            for said, rest in ((words, more), (more, words))]  # fmt: skip
    alike = told[0] == told[1] or (bool(told[1]) and told[1] < told[0] and _SAME.match(other) is not None)
    return denied[0] is not denied[1] and bool(told[0]) and alike


# The case is of what the one before it names ("When the bladder has no such cause", "When it has such a cause").
_SAME = re.compile(r"(?:if|when|where|in which|for which)\s+(?:it|they|there|this)\b", re.IGNORECASE)


# What opens words behind a title that tell its case.
_CASE = re.compile(r"\b(?:in|for|with|without|if|when|where|on|after|before)\s|\(")


def are_rivals(stretch: Stretch, found: Sequence[Spot], end: int) -> bool:
    """Whether two diagnoses of a line that "and" joins may not hold together: they are of one category, or their cases
    exclude each other ("A in acute and B in chronic disease").
    """
    stops = [*(spot.start for spot in found[1:]), end]
    own = [stretch.text[spot.end : stop] for spot, stop in zip(found, stops, strict=True)]
    for (one, other), (said, more) in zip(pairwise(found), pairwise(own), strict=True):
        if not re.search(r"\band\s*$", said):
            continue
        if one.printed[:3] == other.printed[:3]:
            return True
        hits = [[hit.start() for hit in _CASE.finditer(text)][-1:] for text in (said, more)]
        if all(hits) and exclude(said[hits[0][0] :], more[hits[1][0] :]):
            return True
    return False


def _words(text: str) -> list[str]:
    return [w for w in re.findall(r"[a-z-]+", text.lower()) if w not in _SMALL]


@cache
def _pairs() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """The rows of the table, as patterns.

    Raises:
        KgError: KG-E0703 for a row that is no pair.
    """
    found: list[tuple[re.Pattern[str], re.Pattern[str]]] = []
    for number, line in resources.lines(_FILE):
        one, tab, other = line.partition("\t")
        if not tab or not one.strip() or not other.strip():
            raise KgError("KG-E0703", f"{_FILE} has a row that is no pair", where=Place(_FILE, number))
        found.append((_pattern(one), _pattern(other)))
    return tuple(found)


def _pattern(words: str) -> re.Pattern[str]:
    parts = (re.escape(w.strip()).replace(r"\*", r"\w*") for w in words.split("|"))
    return re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE)
