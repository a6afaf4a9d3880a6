"""Which chapter a category belongs to: a fact of the classification, not of the letter alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kg.codes.code import Code, Scheme

SUBSIDIARY = ("Y", "Z")
"""OPCS-4 chapters whose codes qualify another code and never lead a record."""


@dataclass(frozen=True, slots=True)
class Chapters:
    """The chapters of OPCS-4 with the letter O categories that overflow a full chapter (`O11` is a site, of chapter Z).

    `overflow` maps an O category to the letter of the chapter that it continues. ICD-10 chapters are told by letter
    here.
    """

    overflow: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    _spans: dict[tuple[Scheme, str], tuple[tuple[str, str], ...]] = field(
        default_factory=dict[tuple[Scheme, str], tuple[tuple[str, str], ...]], init=False, repr=False, compare=False
    )

    def chapter_of(self, scheme: Scheme, category: str) -> str:
        """The chapter letter of a category; of an O category that is not in the table, `O`."""
        if scheme is Scheme.OPCS4:
            return self.overflow.get(category, category[0])
        return category[0]

    def is_subsidiary(self, code: Code) -> bool:
        """Whether the code is of a chapter that never leads a record (Y, Z and what overflows them)."""
        return code.scheme is Scheme.OPCS4 and self.chapter_of(code.scheme, code.category) in SUBSIDIARY

    def spans(self, scheme: Scheme, letter: str) -> tuple[tuple[str, str], ...]:
        """The chapter as spans of categories, first to last, neighbours joined: Z is `Z00`-`Z99` and its overflow."""
        found = self._spans.get((scheme, letter))
        if found is None:  # asked for each code of each record
            found = self._spans[scheme, letter] = tuple(self._spans_of(scheme, letter))
        return found

    def _spans_of(self, scheme: Scheme, letter: str) -> list[tuple[str, str]]:
        own = [(f"{letter}00", f"{letter}99")]
        if scheme is not Scheme.OPCS4:
            return own
        spans: list[tuple[str, str]] = []
        for category in sorted(c for c, chapter in self.overflow.items() if chapter == letter != c[0]):
            if spans and int(category[1:]) == int(spans[-1][1][1:]) + 1:
                spans[-1] = (spans[-1][0], category)
            else:
                spans.append((category, category))
        return sorted(own + spans)
