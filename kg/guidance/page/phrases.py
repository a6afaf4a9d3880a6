"""The phrase lexicon: by which words a line or a sentence is recognised (`ontology/phrases.tsv`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from kg import resources
from kg.errors import KgError, Place

_FILE = "ontology/phrases.tsv"
_GAP = r"(?:\s+[^\s.;:]+){0,8}?"
# Kinds of phrases that another kind takes back ("must not be left out"; "diagnosis or treatment").
_BUT_FOR = {"not": "not.not", "risk": "not.not", "diagnosis": "diagnosis.aim", "lead": "lead.title"}
_PART = re.compile(r"\(([^()]*)\)(\?)?|\[([^\[\]]+)\]|(\.\.\.)|(\S+)")


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The patterns of each kind of phrase. What was found is kept for the texts asked last: many rules ask alike."""

    patterns: Mapping[str, re.Pattern[str]]

    @lru_cache(maxsize=8192)  # noqa: B019 - there is one lexicon in a process
    def find(self, kind: str, text: str) -> re.Match[str] | None:
        """The first phrase of a kind in the text."""
        return next(self.all(kind, text), None) if kind in _BUT_FOR else self.patterns[kind].search(text)

    def all(self, kind: str, text: str) -> Iterator[re.Match[str]]:
        """All phrases of a kind in the text, from left to right, but for those within phrases that mean otherwise.

        What is not to be left out is not denied, and "diagnosis or treatment" names no part of the record.
        """
        hits = self.patterns[kind].finditer(text)
        if kind not in _BUT_FOR or (other := self.patterns[_BUT_FOR[kind]].search(text)) is None:
            return hits
        denied = [hit.span() for hit in self.patterns[_BUT_FOR[kind]].finditer(text, other.start())]
        return (hit for hit in hits if not any(a < hit.end() and hit.start() < b for a, b in denied))

    @lru_cache(maxsize=2048)  # noqa: B019
    def verb(self, text: str) -> re.Match[str] | None:
        """The first verb in the text; a capital makes a word of a title of it ("Need for immunisation")."""
        return next((hit for hit in self.patterns["verb"].finditer(text) if hit[0].islower()), None)

    def whole(self, kind: str, text: str) -> bool:
        """Whether the whole text, without its bullets and closing punctuation, is a phrase of the kind."""
        return self.patterns[kind].fullmatch(text.strip(" .:;-\t")) is not None

    def opens(self, kind: str, text: str) -> re.Match[str] | None:
        """The phrase of a kind that the text begins with."""
        return self.patterns[kind].match(text.lstrip())


@cache
def load_phrases() -> Phrases:
    """The lexicon, read once in a process.

    Raises:
        KgError: KG-E0703 for a row that is no kind and phrase.
    """
    kinds: dict[str, list[str]] = {}
    for number, line in resources.lines(_FILE):
        kind, tab, phrase = line.partition("\t")
        if not tab or not phrase.strip():
            raise KgError("KG-E0703", f"{_FILE} has a row without a phrase", where=Place(_FILE, number))
        kinds.setdefault(kind, []).append(_written(phrase.strip()))
    joined = {
        kind: re.compile(_words("|".join(sorted(rows, key=lambda row: (-len(row), row)))), re.IGNORECASE)
        for kind, rows in kinds.items()
    }
    return Phrases(MappingProxyType(joined))


def pattern(phrase: str) -> str:
    """The regular expression of a phrase of the lexicon.

    Words stand for themselves; `word*` for all that begin so, `words?` with or without its last letter; `(a|b c)` for
    one of several, `(a)?` and `[word]` for what may be left out; `...` for up to eight words.

    >>> bool(re.fullmatch(pattern("one of (these|the) code*"), "one of these codes"))
    True
    """
    return _words(_written(phrase))


def _words(written: str) -> str:
    """Whole words only. Said once for all phrases of a kind: to ask it of each of them costs most of a search."""
    return rf"(?<![A-Za-z0-9])(?:{written})(?![A-Za-z0-9])"


def _written(phrase: str) -> str:
    written = ""
    for part in _PART.finditer(phrase):
        group, optional, left_out, gap, word = part.groups()
        if gap:
            written += _GAP
            continue
        if group is not None:
            choices = (r"\s+".join(_word(w) for w in choice.split()) for choice in group.split("|"))
            body = f"(?:{'|'.join(choices)})"
        else:
            body = _word(left_out or word)
        may_lack = bool(optional or left_out)
        if not written or written.endswith(r"\s+)?"):  # nothing required stands before it yet
            written += rf"(?:{body}\s+)?" if may_lack else body
        else:
            written += rf"(?:\s+{body})?" if may_lack else rf"\s+{body}"
    return written


def _word(word: str) -> str:
    if word.endswith("*"):
        return re.escape(word[:-1]) + (r"\d*" if word[:-1].isdigit() else r"[a-z'-]*(?:\(s\))?")
    if word.endswith("?"):
        return re.escape(word[:-2]) + re.escape(word[-2]) + "?"
    return re.escape(word)
