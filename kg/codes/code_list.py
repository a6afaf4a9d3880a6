"""The codes of a classification as one sorted list: what a selector covers is a run of places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from kg.codes.chapters import Chapters
from kg.codes.classification import Classification
from kg.codes.code import Code, Scheme
from kg.codes.selector import Range, Selector, spans


@dataclass(frozen=True, slots=True)
class CodeList:
    """The codes of one scheme, each once, in order; `keys` are their keys. Marks of pairs are left out."""

    scheme: Scheme
    codes: tuple[Code, ...]
    keys: tuple[str, ...]

    @classmethod
    def of(cls, scheme: Scheme, codes: Iterable[Code]) -> CodeList:
        """The list of some codes; those of another scheme are left out."""
        found = {code.key: code.bare for code in codes if code.scheme is scheme}
        keys = tuple(sorted(found))
        return cls(scheme, tuple(found[key] for key in keys), keys)

    @classmethod
    def known(cls, classification: Classification, scheme: Scheme) -> CodeList:
        """All codes that a classification knows, complete or not."""
        return cls.of(scheme, classification.codes_under(Range(scheme, "A00", "Z99")))

    def runs(self, selector: Selector, chapters: Chapters) -> list[tuple[int, int]]:
        """What the selector covers, as half-open runs of places in `codes`; empty ones are left out. Logarithmic."""
        if selector.scheme is not self.scheme:
            return []
        found = [(bisect_left(self.keys, lo), bisect_left(self.keys, hi)) for lo, hi in spans(selector, chapters)]
        return [(start, stop) for start, stop in found if start < stop]

    def under(self, selector: Selector, chapters: Chapters) -> list[Code]:
        """The codes that the selector covers, in order."""
        places = {i for start, stop in self.runs(selector, chapters) for i in range(start, stop)}
        return [self.codes[i] for i in sorted(places)]
