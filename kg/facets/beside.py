"""What the words beside those of a facet do to them (`ontology/beside.tsv`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from kg import resources
from kg.errors import KgError, Place

_FILE = "ontology/beside.tsv"
_COLUMNS = ["facet", "kind", "words"]
_LISTS = frozenset({"beside", "ending", "object", "turns"})
_PATTERNS = frozenset({"apart", "sense", "denied"})
_ALL, _VALUE = "*", "…"
_SAID = "Said"  # stands for words that name a value; no plain text has it


@dataclass(frozen=True)
class Around:
    """The words known beside those of a facet; each table maps (facet, kind) to what holds for it, and for all facets.

    All text here is plain: lower case, single blanks (`kg.facets.plain`).
    """

    words: Mapping[tuple[str, str], frozenset[str]]
    patterns: Mapping[tuple[str, str], tuple[re.Pattern[str], ...]]

    def affirms(self, facet: str, text: str, span: tuple[int, int], named: Sequence[tuple[int, int]]) -> bool:
        """Whether words of a facet, at this place of a text, say that their value holds.

        No, where the words around them deny it, put it at another time, or give them another sense. A denial that is
        part of other words `named` ("no longer present") is theirs.
        """
        start, end = span
        if any(hit.start() < end and hit.end() > start for p in self._of(facet, "sense") for hit in p.finditer(text)):
            return False
        before = _masked(text, 0, start, named)
        behind = _masked(text, end, len(text), named)
        return not (
            any(p.search(before) for p in self._of(facet, "before"))
            or any(p.match(behind) for p in self._of(facet, "behind"))
        )

    def event(self, text: str) -> str:
        """The words of a condition without what it says of the record ("and the code does not state which")."""
        for facet in dict.fromkeys(facet for facet, kind in self.patterns if kind == "apart"):
            for pattern in self.patterns[facet, "apart"]:
                text = pattern.sub("", text).strip()
        return text

    def accounts(self, facet: str, text: str, named: Sequence[tuple[int, int]]) -> bool:
        """Whether a condition says a value of the facet and nothing else: each word beside those named is known."""
        tokens = _masked(text, 0, len(text), named).split()
        known, endings = self._words(facet, "beside"), tuple(self._words(facet, "ending"))
        for i, token in enumerate(tokens):
            if (
                token in self._words(facet, "object")
                and _SAID in tokens[:i]
                and self._is_object(facet, tokens[i + 1 :])
            ):
                return True
            if token != _SAID and token not in known and not (endings and token.endswith(endings)):
                return False
        return True

    def _is_object(self, facet: str, tokens: Sequence[str]) -> bool:
        """Whether words can be the name of what is operated on: none of them is of the kind that turns a sentence."""
        turns = self._words(facet, "turns")
        endings = tuple(word.removeprefix("-") for word in turns if word.startswith("-"))
        return bool(tokens) and not any(token in turns or token.endswith(endings) for token in tokens)

    def _words(self, facet: str, kind: str) -> frozenset[str]:
        return self.words.get((facet, kind), frozenset())

    def _of(self, facet: str, kind: str) -> tuple[re.Pattern[str], ...]:
        return self.patterns.get((facet, kind), ())


@cache
def load_around(facets: tuple[str, ...]) -> Around:
    """The table of words beside those of these facets; rows of all facets hold for each.

    Raises:
        KgError: KG-E0703 if the table is missing or broken.
    """
    words: dict[tuple[str, str], set[str]] = {}
    patterns: dict[tuple[str, str], list[re.Pattern[str]]] = {}
    for number, cells in resources.table(_FILE, _COLUMNS):
        try:
            facet, kind, text = cells
            if facet not in {_ALL, *facets} or kind not in _LISTS | _PATTERNS:
                raise ValueError(f"{facet} {kind} is neither a facet nor a kind that is known")
            for own in facets if facet == _ALL else (facet,):
                if kind in _LISTS:
                    words.setdefault((own, kind), set()).update(text.split())
                else:
                    where, pattern = _pattern(kind, text)
                    patterns.setdefault((own, where), []).append(pattern)
        except (ValueError, re.error) as fault:
            raise KgError("KG-E0703", f"{_FILE} has a broken row: {fault}", where=Place(_FILE, number)) from fault
    return Around({key: frozenset(of) for key, of in words.items()}, {key: tuple(of) for key, of in patterns.items()})


def _masked(text: str, start: int, end: int, named: Sequence[tuple[int, int]]) -> str:
    """A part of a text, with one word in place of each value that it names."""
    parts, at = [], start
    for first, last in named:
        if start <= first and last <= end:
            parts += [text[at:first], _SAID]
            at = last
    return "".join([*parts, text[at:end]])


def _pattern(kind: str, text: str) -> tuple[str, re.Pattern[str]]:
    """A pattern, and which: apart, sense, or a denial before or behind the value."""
    first, mark, last = text.partition(_VALUE)
    if (mark == "") is (kind == "denied") or (mark and bool(first) is bool(last)):
        raise ValueError(f"{_VALUE} stands for the value, at one end of what denies it")
    if first and mark:
        return "before", re.compile(rf"(?<![a-z0-9])(?:{first})$")
    where = "behind" if mark else kind
    return where, re.compile(rf"(?:{last})(?![a-z0-9])" if mark else rf"(?<![a-z0-9])(?:{text})(?![a-z0-9])")
