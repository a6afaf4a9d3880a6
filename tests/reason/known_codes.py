"""A classification that knows the chapters and a few codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from kg.codes import Chapters, Code, One, Scheme, Selector, covers
from tests.laws.strategies import CHAPTERS, CODES


class KnownCodes:
    """The codes of the laws' pool (or some others), with the titles given."""

    chapters: Chapters = CHAPTERS

    def __init__(
        self,
        codes: Mapping[Scheme, Iterable[Code]] = MappingProxyType(CODES),
        titles: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._codes = {scheme: sorted(several, key=lambda c: c.key) for scheme, several in codes.items()}
        self._titles = titles

    def title(self, selector: Selector) -> str | None:
        return self._titles.get(str(selector)) if isinstance(selector, One) else None

    def exists(self, code: Code) -> bool | None:
        return code in self._codes[code.scheme]

    def codes_under(self, selector: Selector) -> Iterator[Code]:
        return (code for code in self._codes[selector.scheme] if covers(selector, code, CHAPTERS))

    def is_complete(self, scheme: Scheme) -> bool:
        return True
