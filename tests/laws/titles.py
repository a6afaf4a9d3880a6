"""A classification of titles alone, for tests that ask nothing of which codes there are."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from kg.codes import Chapters, Code, Scheme, Selector


class TitlesAlone:
    """It knows chapters, and titles of selectors if some are given; of no code it knows whether it exists."""

    def __init__(self, chapters: Chapters, titles: Mapping[str, str] = MappingProxyType({})) -> None:
        self.chapters = chapters
        self._titles = titles

    def title(self, selector: Selector) -> str | None:
        return self._titles.get(str(selector))

    def exists(self, code: Code) -> bool | None:
        return None

    def codes_under(self, selector: Selector) -> Iterator[Code]:
        return iter(())

    def is_complete(self, scheme: Scheme) -> bool:
        return False
