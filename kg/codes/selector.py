"""Selectors: what names one code or many, and which codes each covers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kg.codes.chapters import SUBSIDIARY, Chapters
from kg.codes.code import Code, Scheme
from kg.errors import KgError

LAST = "\uffff"
"""Sorts behind every character of a code."""


@dataclass(frozen=True, slots=True, order=True)
class One:
    """One code, or what stands below it where the classification divides it further (`M80.4` covers `M80.40`)."""

    code: Code

    def __str__(self) -> str:
        return str(self.code)

    @property
    def scheme(self) -> Scheme:
        """The classification of the code."""
        return self.code.scheme


@dataclass(frozen=True, slots=True, order=True)
class Category:
    """All codes under one three-character category, exactly one of which is recorded. Printed as `Y53.-`."""

    scheme: Scheme
    letters: str

    def __str__(self) -> str:
        return f"{self.letters}.-"


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """All codes from one category (or code) to another, both included. Printed as `X70-X71`; ends need not be in
    use.
    """

    scheme: Scheme
    first: str
    last: str

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"

    def __post_init__(self) -> None:
        """Refuse a range that ends before it begins (KG-E0416)."""
        first, last = self.first.replace(".", ""), self.last.replace(".", "")
        if first > last + LAST:
            raise KgError(
                "KG-E0416", f"the range {self} ends before it begins", hint=f"Did you mean {self.last}-{self.first}?"
            )


@dataclass(frozen=True, slots=True, order=True)
class Chapter:
    """All codes of a chapter, by its letter; in OPCS-4 with the letter O categories that continue it. Printed as
    `Z`.
    """

    scheme: Scheme
    letter: str

    def __str__(self) -> str:
        return self.letter


Selector = One | Category | Range | Chapter


def mark_of(selector: Selector | None) -> str:
    """The mark of a dagger (`D`) or asterisk code (`A`), as it is printed behind it; "" for others, and for none."""
    return selector.code.mark if isinstance(selector, One) else ""


_DASH = "[-\u2010\u2011\u2012\u2013\u2014\u2212]"
_BLANK = r"[ \t\u00a0\u2009\u202f\u200b\u00ad]*"
_END = rf"[A-Z]\d\d(?:{_BLANK}\.{_BLANK}[0-9X])?"
_CATEGORY = re.compile(rf"([A-Z]\d\d){_BLANK}\.?{_BLANK}{_DASH}")
_BARE = re.compile(r"[A-Z]\d\d")
_SUBCATEGORY = re.compile(rf"([A-Z]\d\d){_BLANK}\.{_BLANK}(\d){_BLANK}{_DASH}")
_RANGE = re.compile(
    rf"({_END})(?:{_BLANK}\.{_BLANK}{_DASH})?(?:{_BLANK}{_DASH}{_BLANK}|{_BLANK}TO{_BLANK})({_END})(?:{_BLANK}\.{_BLANK}{_DASH})?"
)


def parse_selector(text: str, scheme: Scheme) -> Selector:
    """Read a selector in any printed form: `J12.8`, `Y53.-`, `Y53. -`, `X70–X72`, `O64.0-O66.3`, `Z`.

    Three bare characters are a category in OPCS-4 (`L76`) and an undivided category, so a code, in ICD-10 (`C19`).

    Raises:
        KgError: KG-E0417, or that of the code or range.

    >>> [str(parse_selector(t, Scheme.OPCS4)) for t in ("y53. -", "X70–X71", "L76", "Z")]
    ['Y53.-', 'X70-X71', 'L76.-', 'Z']
    """
    plain = text.strip(" \t\r\n\u00a0").upper()
    if len(plain) == 1 and "A" <= plain <= "Z":
        return Chapter(scheme, plain)
    if found := _CATEGORY.fullmatch(plain):
        return Category(scheme, found[1])
    if scheme is Scheme.OPCS4 and _BARE.fullmatch(plain):
        return Category(scheme, plain)
    if scheme is Scheme.ICD10 and (found := _SUBCATEGORY.fullmatch(plain)):
        return One(Code(scheme, f"{found[1]}.{found[2]}"))
    if found := _RANGE.fullmatch(plain):
        return Range(scheme, _end(found[1]), _end(found[2]))
    return One(Code.parse(text, scheme))


def _end(text: str) -> str:
    """An end of a range, `O64` or `O64.0`, without blanks; the filler X is left out."""
    return re.sub(_BLANK, "", text).removesuffix(".X")


def spans(selector: Selector, chapters: Chapters) -> tuple[tuple[str, str], ...]:
    """What a selector covers, as half-open spans of code keys in order: `Y53.-` is one span from `Y53`."""
    match selector:
        case One(code):
            key = code.key
            return ((key, key + LAST),)
        case Category(letters=letters):
            return ((letters, letters + LAST),)
        case Range(first=first, last=last):
            return ((first.replace(".", ""), last.replace(".", "") + LAST),)
        case Chapter(scheme=scheme, letter=letter):
            return tuple((first, last + LAST) for first, last in chapters.spans(scheme, letter))


def covers(selector: Selector, code: Code, chapters: Chapters) -> bool:
    """Whether the code is at or below the selector, in the same classification. The mark of a pair does not matter."""
    return selector.scheme is code.scheme and any(lo <= code.key < hi for lo, hi in spans(selector, chapters))


def overlap(a: Selector, b: Selector, chapters: Chapters) -> bool:
    """Whether one code could be covered by both."""
    if a.scheme is not b.scheme:
        return False
    return any(
        lo < other_hi and other_lo < hi for lo, hi in spans(a, chapters) for other_lo, other_hi in spans(b, chapters)
    )


def within(a: Selector, others: Iterable[Selector], chapters: Chapters) -> bool:
    """Whether every code that `a` covers is covered by one span of the others (spans are not joined across
    categories).
    """
    pool = [span for other in others if other.scheme is a.scheme for span in spans(other, chapters)]
    return all(any(lo <= own_lo and own_hi <= hi for lo, hi in pool) for own_lo, own_hi in spans(a, chapters))


def may_lead(selector: Selector, chapters: Chapters) -> bool:
    """Whether a code of the selector can stand first in a record: not if all it covers is of chapters Y and Z or
    their overflow.
    """
    if selector.scheme is not Scheme.OPCS4:
        return True
    if isinstance(selector, One | Category):  # most are, and all they cover is of one chapter
        category = selector.code.category if isinstance(selector, One) else selector.letters
        return chapters.chapter_of(Scheme.OPCS4, category) not in SUBSIDIARY
    pool = [span for letter in SUBSIDIARY for span in chapters.spans(Scheme.OPCS4, letter)]
    own = spans(selector, chapters)
    return not all(any(first <= lo and hi <= last + LAST for first, last in pool) for lo, hi in own)
