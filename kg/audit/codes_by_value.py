"""A classification as a value that can be sent to another machine: what a loaded release says of codes, without its
files.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kg.codes import Category, Chapters, Code, One, Scheme, Selector
from kg.codes.selector import spans
from kg.terminology.code_edition import ReleasedCodes, code_of
from kg.terminology.in_use import OpenCodes


@dataclass(frozen=True, slots=True)
class CodesByValue:
    """The loaded editions (`kg.codes.Classification`); what none of them answers for, the open list of codes does.

    Of each scheme that is loaded `titles` has those of its codes and categories by key, and `recorded` the keys of the
    codes, in order.
    """

    titles: Mapping[Scheme, Mapping[str, str | None]]
    recorded: Mapping[Scheme, tuple[str, ...]]
    _open: OpenCodes = field(default_factory=OpenCodes, repr=False, compare=False)

    @classmethod
    def of(cls, classification: OpenCodes | ReleasedCodes) -> CodesByValue:
        """What a store's classification says."""
        titles: dict[Scheme, Mapping[str, str | None]] = {}
        recorded: dict[Scheme, tuple[str, ...]] = {}
        for scheme in Scheme:
            edition = classification.edition(scheme) if isinstance(classification, ReleasedCodes) else None
            if edition is not None:
                titles[scheme] = {key: edition.title(key) for key in edition.keys}
                recorded[scheme] = tuple(key for key in edition.keys if edition.is_code(key))
        return cls(titles, recorded)

    @property
    def chapters(self) -> Chapters:
        """The chapters, which the program ships."""
        return self._open.chapters

    def title(self, selector: Selector) -> str | None:
        """The title of a code, category or chapter."""
        if selector.scheme in self.titles and isinstance(selector, One | Category):
            key = selector.code.key if isinstance(selector, One) else selector.letters
            return self.titles[selector.scheme].get(key)
        return self._open.title(selector)

    def exists(self, code: Code) -> bool | None:
        """Whether the edition has the code."""
        keys = self.recorded.get(code.scheme)
        if keys is None:
            return self._open.exists(code)
        at = bisect_left(keys, code.key)
        return at < len(keys) and keys[at] == code.key

    def codes_under(self, selector: Selector) -> Iterator[Code]:
        """The codes that a selector covers, in order."""
        keys = self.recorded.get(selector.scheme)
        if keys is None:
            yield from self._open.codes_under(selector)
            return
        for low, high in spans(selector, self.chapters):
            yield from (code_of(selector.scheme, key) for key in keys[bisect_left(keys, low) : bisect_left(keys, high)])

    def is_complete(self, scheme: Scheme) -> bool:
        """Whether an edition of the scheme was loaded."""
        return scheme in self.recorded


__all__ = ["CodesByValue"]
