"""What the core asks of a loaded classification; releases answer, a dict of ten codes answers in tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from kg.codes.chapters import Chapters
from kg.codes.code import Code, Scheme
from kg.codes.selector import Selector


class Classification(Protocol):
    """Titles, existence and members of the codes of OPCS-4 and ICD-10."""

    @property
    def chapters(self) -> Chapters:
        """The chapters, with the overflow of OPCS-4."""
        ...

    def title(self, selector: Selector) -> str | None:
        """The title of a code, category or chapter, or None if it is not known."""
        ...

    def exists(self, code: Code) -> bool | None:
        """Whether the code is in use; None where this classification cannot tell."""
        ...

    def codes_under(self, selector: Selector) -> Iterator[Code]:
        """The known codes that a selector covers, in order."""
        ...

    def is_complete(self, scheme: Scheme) -> bool:
        """Whether all codes of the scheme are known (a release is loaded), so that counts of codes are exact."""
        ...
