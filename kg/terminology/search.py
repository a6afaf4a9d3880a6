"""Search over the terms of an edition: words, beginnings of words, misspelt words; the best first.

The rarest word of a question gives the candidates in order of worth; of each it is looked up whether it has the other
words too. Looking ends when enough are found. For the commonest words a bit of each term tells whether it has them: two
of these share a million terms, of which only the first are wanted. A word that no term has and none begins with is
taken for a misspelling.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.errors import nearest
from kg.terminology.arrays import Arrays

if TYPE_CHECKING:
    import numpy as np

_CHUNK = 4096
_FIRST, _TIMES = 512, 8  # terms of each word that are looked at first, and how many times more then
_FEW = 256  # runs that are joined one by one faster than by an index of all
_DEARER = 25  # so much dearer are the words of a term than one term of a word
_LISTS_MOST = 2000  # words that one beginning may stand for in a search; the commonest are taken


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: its number, and the number of the term that has the words."""

    owner: int
    term: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, best first, and the words that were read as others: as typed, as read."""

    hits: tuple[Hit, ...]
    read_as: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The words that one word of a question may stand for: of common ones the rows of bits, and the numbers of the
    others, which `total` terms have.
    """

    common: tuple[int, ...]
    words: np.ndarray
    total: int


class Search:
    """Search in the terms of a folder of arrays that `kg.terminology.word_writing` has written."""

    def __init__(self, arrays: Arrays, first: int = _FIRST) -> None:
        """Search by looking at the `first` terms of each word before all others."""
        self._arrays, self._first = arrays, first
        self._words = arrays.texts("word")

    def has(self, word: str) -> bool:
        """Whether a term has a word, or one that begins with it."""
        low, high = self._range(word)
        return low < high

    def find(self, text: str, limit: int = 20, is_word: Callable[[str], bool] = lambda _: False) -> Answer:
        """What has a term with all words of a text, each whole or as its beginning.

        Terms in use come first, then those of few words, so that a term that is the text is the first. What `is_word`
        though no term here has it is not taken for a misspelling.
        """
        words = words_of(text)
        if not words:
            return Answer(())
        sets: list[np.ndarray] = []
        read_as: list[tuple[str, tuple[str, ...]]] = []
        for word in words:
            numbers = self._meant(word)
            if not len(numbers) and word.isalpha() and not is_word(word):
                numbers = self._near(word)
                read_as.append((word, tuple(self._words[i] for i in numbers[:5].tolist())))
            if not len(numbers):
                return Answer((), tuple(read_as))
            sets.append(numbers)
        hits = self._hits(sets, limit)
        return Answer(tuple(hits), tuple(read_as))

    def _meant(self, word: str) -> np.ndarray:
        """The numbers of the words that a word is or begins."""
        import numpy as np

        low, high = self._range(word)
        if high - low <= _LISTS_MOST:
            return np.arange(low, high)
        start = self._arrays["word.term.start"].array
        count = np.diff(start[low : high + 1])
        common = np.argpartition(-count, _LISTS_MOST)[:_LISTS_MOST]
        return np.sort(np.append(common + low, low) if self._words[low] == word else common + low)

    def _range(self, beginning: str) -> tuple[int, int]:
        """The run of words that begin with a text."""
        first = bisect_left(self._words, beginning)  # type: ignore[reportArgumentType]  it has what a bisection asks
        return first, bisect_left(self._words, beginning + "\U0010ffff", first)  # type: ignore[reportArgumentType]

    def _near(self, word: str) -> np.ndarray:
        """The words within one or two typing errors, of which one half of the word (or one third) is free.

        Nearest first, of equally near ones the commonest.
        """
        import numpy as np

        piece = max(1, len(word) // (3 if len(word) >= 8 else 2))
        low, high = self._range(word[:piece])
        backwards = self._arrays["word.backwards"].array
        turned = _Turned(self._words, backwards)
        tail = word[-piece:][::-1]
        first = bisect_left(turned, tail)  # type: ignore[reportArgumentType]
        after = bisect_left(turned, tail + "\U0010ffff", first)  # type: ignore[reportArgumentType]
        numbers = np.unique(np.concatenate((np.arange(low, high, dtype=np.int32), backwards[first:after])))
        ends = self._words.ends.array
        lengths = ends[numbers] - np.where(numbers > 0, ends[numbers - 1], 0)
        numbers = numbers[np.abs(lengths - len(word.encode())) <= 2]
        numbers = numbers[self._letters(numbers, word)]
        if len(numbers) > _LISTS_MOST:
            start = self._arrays["word.term.start"].array
            numbers = numbers[np.argsort(start[numbers] - start[numbers + 1], kind="stable")[:_LISTS_MOST]]
        texts = {self._words[i]: i for i in numbers.tolist()}
        found = nearest(word, list(texts), limit=12)
        return np.array([texts[text] for text in found if not text.startswith(word)], np.int64)

    def _letters(self, numbers: np.ndarray, word: str) -> np.ndarray:
        """Which words have the letters of a word but for two errors (each changes at most two kinds of letter)."""
        import numpy as np

        masks = self._arrays["word.mask"].array[numbers]
        return np.bitwise_count(masks ^ np.uint32(mask_of(word.encode()))) <= 4

    def _hits(self, sets: Sequence[np.ndarray], limit: int) -> list[Hit]:
        """The best terms that have a word of each set, of each owner one.

        First the best terms of the rarest set are looked at one by one: where words often go together that is enough.
        Else the rest of it is held against all terms of the other sets.
        """
        start = self._arrays["word.term.start"].array
        totals = [int((start[each + 1] - start[each]).sum()) for each in sets]
        ranks = sorted(range(len(sets)), key=totals.__getitem__)
        others = [self._asked(sets[i]) for i in ranks[1:]]
        by_bits = not any(each.total for each in others)
        rarest, upto = sets[ranks[0]], -1
        hits: dict[int, Hit] = {}
        most = self._first
        while True:
            chunk, upto = self._best(rarest, upto, most)
            self._take(chunk, others, hits, limit)
            if len(hits) == limit or upto < 0:
                return list(hits.values())
            if others and not by_bits and most > self._first:
                rest = self._rows(rarest)
                rest = rest[rest > upto]
                for each in others:
                    rest = rest[self._has(rest, each)]
                rest.sort()
                self._take(_each_once(rest), (), hits, limit)
                return list(hits.values())
            most *= _TIMES

    def _asked(self, words: np.ndarray) -> _Asked:
        """Some words, the common ones apart."""
        import numpy as np

        common, start = self._arrays["word.common"].array, self._arrays["word.term.start"].array
        first, after = np.searchsorted(common, (words[0], words[-1] + 1)).tolist()
        at = np.searchsorted(words, common[first:after])
        there = words[at] == common[first:after]
        left = np.delete(words, at[there])
        total = int((start[left + 1] - start[left]).sum())
        return _Asked(tuple((np.flatnonzero(there) + first).tolist()), left, total)

    def _best(self, words: np.ndarray, after: int, most: int) -> tuple[np.ndarray, int]:
        """The terms that have any of some words, in order of worth, after a number: as far as the first `most` of each
        word tell, and the number of the last that is told, -1 if these are all.
        """
        import numpy as np

        start, rows = self._arrays["word.term.start"].array, self._arrays["word.term"].array
        first, end = start[words], start[words + 1]
        upto = np.minimum(end, first + most)
        cut = upto < end
        sure = int(rows[upto[cut] - 1].min()) if cut.any() else -1
        found = _runs(first, upto, rows)
        found = found[(found > after) & (found <= sure)] if sure >= 0 else found[found > after]
        found.sort()
        return _each_once(found), sure

    def _rows(self, words: np.ndarray) -> np.ndarray:
        """The terms that have any of some words, in no order, some twice."""
        start, rows = self._arrays["word.term.start"].array, self._arrays["word.term"].array
        return _runs(start[words], start[words + 1], rows)

    def _take(self, terms: np.ndarray, others: Sequence[_Asked], hits: dict[int, Hit], limit: int) -> None:
        """Add the owners of terms that have a word of each of the other sets, as long as any are wanted."""
        owners, rows = self._arrays["found.owner"].view, self._arrays["found.term"].view
        for at in range(0, len(terms), _CHUNK):
            kept = terms[at : at + _CHUNK]
            for each in others:
                kept = kept[self._has(kept, each)]
            for number in kept.tolist():
                owner = owners[number]
                if owner not in hits:
                    hits[owner] = Hit(owner, rows[number])
                    if len(hits) == limit:
                        return

    def _has(self, terms: np.ndarray, asked: _Asked) -> np.ndarray:
        """Which terms have any of the words asked for."""
        import numpy as np

        found = np.zeros(len(terms), bool)
        for row in asked.common:
            width = -(-len(self._arrays["found.term"]) // 8)
            bits = self._arrays["word.bits"].array[row * width : (row + 1) * width]
            found |= (bits[terms >> 3] >> (terms & 7).astype(np.uint8) & 1).view(bool)
        if asked.total:
            if asked.common:
                missing = np.flatnonzero(~found)
                found[missing] = self._listed(terms[missing], asked.words, asked.total)
            else:
                found = self._listed(terms, asked.words, asked.total)
        return found

    def _listed(self, terms: np.ndarray, words: np.ndarray, total: int) -> np.ndarray:
        """Which terms have any of some words, which `total` terms have: by their own words, or by those terms."""
        import numpy as np

        from kg.terminology.hierarchy import unroll

        start, of = self._arrays["found.word.start"].array, self._arrays["found.word"].array
        if len(terms) * _DEARER > total:
            has = np.zeros(len(start) - 1, bool)
            has[self._rows(words)] = True
            return has[terms]
        found, owner = unroll(start[terms], start[terms + 1], of)
        inside = (found >= words[0]) & (found <= words[-1])
        if words[-1] - words[0] >= len(words):  # not a run of words
            at = np.searchsorted(words, found[inside])
            inside[inside] = words[at] == found[inside]
        has = np.zeros(len(terms), bool)
        has[owner[inside]] = True
        return has


class _Turned(Sequence[str]):
    """The words read from behind, in their order."""

    def __init__(self, words: Sequence[str] | object, order: np.ndarray) -> None:
        self._words, self._order = words, order

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, i: int) -> str:  # type: ignore[reportIncompatibleMethodOverride]  a bisection slices nothing
        return self._words[int(self._order[i])][::-1]  # type: ignore[reportIndexIssue]


def _runs(first: np.ndarray, end: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The rows of several runs, one behind the other; a copy."""
    import numpy as np

    from kg.terminology.hierarchy import unroll

    if len(first) > _FEW:
        return unroll(first, end, rows)[0]
    return np.concatenate([rows[a:b] for a, b in zip(first.tolist(), end.tolist(), strict=True)])


def _each_once(ordered: np.ndarray) -> np.ndarray:
    """The values of a sorted array, each once; `np.unique` hashes, which takes five times as long."""
    import numpy as np

    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))] if len(ordered) > 1 else ordered


def words_of(text: str) -> list[str]:
    """The words of a text as they are stored: small letters without accents, figures."""
    import unicodedata

    from kg.terminology.word_writing import LETTERS

    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return list(dict.fromkeys(plain.encode().translate(LETTERS).decode("utf-8", "ignore").split()))


def mask_of(word: bytes) -> int:
    """A bit for each kind of letter in a word."""
    mask = 0
    for byte in word:
        mask |= 1 << (byte & 31)
    return mask
