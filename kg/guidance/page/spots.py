"""Codes in running text: where they stand and what they select."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from kg.codes import Category, Chapter, Code, One, Range, Scheme, Selector, parse_selector
from kg.errors import KgError

# Written against folded text: one kind of dash, blanks for all blanks.
# Where a code may begin: at a word's start, or glued to the word or code before it.
_BEFORE = (
    r"(?<![A-Za-z0-9./])", r"(?<=[a-z]code)", r"(?<=[a-z]codes)", r"(?<=[Pp]lus)", r"(?<=\b[Oo]r)", r"(?<=\b[Aa]nd)",
    r"(?<=\bcode)",    r"(?<=\bcategory)", r"(?<=[\d.-]\d/)", r"(?<=\.-/)", r"(?<=[A-Z]\d\d/)",
)  # fmt: skip
_LOW = r"[A-Z]\d\d"
_GLUED = rf"(?={_LOW})(?:{'|'.join(_BEFORE)})"  # the code first: it is found sooner than what stands before it
# With its full stop a code also begins right behind the last word of a title.
_BEHIND_TITLE = rf"(?={_LOW})(?:{_GLUED}|(?:(?<=[a-z]{{3}})|(?<=NEC)|(?<=NOC))(?={_LOW}\.[\d-]))"
_PACKED = rf"{_LOW}\d(?![\d.])"
_END = rf"{_LOW}(?:\s?\.\s?[\dX-](?![\w]))?"
_ANY = re.compile(_LOW)
_RANGE = re.compile(rf"{_GLUED}({_END})\s?(?:--?|to|through|up to)\s?({_END})(?![\w])")
_DASHED = re.compile(
    rf"{_BEHIND_TITLE}({_LOW}(?:\s?\.\s?\d)?)\s?\.\s?-(?![a-z\d_]|[A-Z]\d)|{_GLUED}({_LOW})\s?\.?-(?=[\s,.;:)]|$)"
)
# The mark of a pair a blank away from its code or in brackets; a letter or a plus for it, between code and title.
_MARKED = (
    r"(?:\s[\u2020*](?=\s*(?:[-:]\s+)?[A-Z(]|\s*(?:$|[,;:.)])|\s+(?:and|or|plus|with)\b)|\s?\([\u2020*]\)"
    r"|(?:\s[DA]|\+)(?=\s[A-Z][a-z]))"
)
_CODE = re.compile(
    rf"{_BEHIND_TITLE}({_LOW}\s?\.\s?(?:\d(?:\.?\d)?|X\d?)(?:[DA\u2020](?![A-Za-z])|\*(?!\*)|{_MARKED})?"
    rf"|{_LOW}X(?![\w])|{_PACKED}(?:[\u2020*]|{_MARKED})?)(?![0-9])"
)
_BARE = re.compile(rf"{_GLUED}({_LOW})(?:\s?\.)?(?![\w.]|-\w|\s?%)(?:[\u2020*](?!\*)|{_MARKED})?")
_WHOLE_CHAPTER = re.compile(
    r"\b(?:(?:an?|any|one|the)\s+)?(?:(?:appropriate|relevant|suitable|further)\s+)?"
    r"(?:(?:site\s+)?codes?(?:\(s\))?\s+(?:from|in|of|out of)\s+(?:the\s+)?)?"
    r"chapters?\s+['\"?]?([A-Z])['\"?]?(?![\w'])(?:\s+site)?(?:\s+codes?(?:\(s\))?)?"
    r"|(?<![\w'])(?:(?:an?|any|one|the)\s+)?(?:(?:appropriate|relevant|suitable|further)\s+)?(?:['\"](?=[A-Z]['\"])|(?=Z\b))([A-Z])['\"]?(?:\s+|-)(?:site\s+)?codes?(?:\(s\))?(?!\w)",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"\b(?:(?:an?|the|any|appropriate|relevant|suitable|and)\s+)*site\s+codes?(?:\(s\))?(?!\w)", re.IGNORECASE
)
_FROM = re.compile(
    r"\s*(?:\([^()]*\)|for the [a-z ]+?)?\s*(?:from|out of|in|of)\s+(?:the\s+)?(?:category\s+)?"
    r"(?:[ZO]\d\d|chapter\s+['\"]?Z\b)",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    r"(?:vitamin|level|levels|vertebra|vertebrae|figure|table|page|version|release)\s*$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A printed selector: characters `start` to `end` of a stretch; `kind` is code, category, range or chapter."""

    kind: str
    printed: str
    start: int
    end: int

    @property
    def letter(self) -> str:
        """The first letter of what is printed, of the first category for a range."""
        return self.printed[0]

    @property
    def is_icd(self) -> bool:
        """Whether only ICD-10 prints such a code: chapter I, the filler X, a fifth character, the mark of a pair."""
        if self.kind == "chapter":
            return False
        plain = re.sub(r"\s[*DA]$|\+$|[\s.]", "", self.printed)  # a star or letter by itself may be no mark
        return self.letter == "I" or (self.kind == "code" and (len(plain) > 4 or plain[3:4] == "X"))

    @property
    def has_fifth(self) -> bool:
        """Whether a figure stands in the fifth place, which OPCS-4 does not have."""
        plain = re.sub(r"[\s.]", "", self.printed)
        return self.kind == "code" and plain[4:5].isdigit()

    def selector(self, scheme: Scheme) -> Selector:
        """The selector in a classification.

        Raises:
            KgError: of the selector, for one that the classification cannot have.
        """
        text = re.sub(r"\s+", "", self.printed)
        match self.kind:
            case "chapter":
                return Chapter(scheme, text.upper())
            case "range":
                first, last = (
                    re.split(r"-(?=[A-Z])|to|through", text)[0],
                    re.findall(r"[A-Z]\d\d(?:\.[\dX-])?", text)[-1],
                )
                ends = [end.removesuffix(".-").removesuffix("-").removesuffix(".X") for end in (first, last)]
                return Range(scheme, *ends)
            case "category":
                if len(text) > 4 and text[3] == "." and text[4].isdigit():
                    return parse_selector(text, scheme)
                return Category(scheme, text[:3])
            case "bare":
                return Category(scheme, text[:3]) if scheme is Scheme.OPCS4 else _undivided(text)
            case _:
                if scheme is Scheme.OPCS4:
                    return parse_selector(re.sub(r"(?<=\d)(?:[(*\u2020)+]+|[DA])$", "", text), scheme)
                text = re.sub(r"[()]", "", text).replace("+", "\u2020")
                return One(Code.parse(re.sub(r"(?<=\.\d)\.(?=\d)", "", text), scheme))


def _undivided(text: str) -> Selector:
    """Three bare characters in ICD-10: a category, recorded as such where it is not divided further."""
    mark = text[3:].strip("()") if text[3:].strip("()") in {"*", "\u2020"} else ""
    return One(Code.parse(text[:3] + mark, Scheme.ICD10))


@lru_cache(maxsize=4096)
def spots(text: str) -> tuple[Spot, ...]:
    """The codes, categories, ranges and chapters of a folded text, from left to right.

    Kept for the texts asked about last.
    """
    found: list[Spot] = []
    taken: set[int] = set()

    def take(kind: str, printed: str, start: int, end: int) -> None:
        if not taken & set(range(start, end)) and not (kind == "bare" and _NOT_BEFORE.search(text[:start])):
            taken.update(range(start, end))
            found.append(Spot(kind, printed, start, end))

    if _ANY.search(text) is not None:
        for match in _RANGE.finditer(text):
            take("range", f"{match[1]}-{match[2]}", match.start(1), match.end())
        for match in _DASHED.finditer(text):
            take("category", text[match.start() : match.end()], match.start(), match.end())
        for match in _CODE.finditer(text):
            take("code", match[1], match.start(1), match.end(1))
        for match in _BARE.finditer(text):
            take("bare", text[match.start(1) : match.end()].rstrip(" ."), match.start(1), match.end(1))
    low = text.lower()
    for match in _WHOLE_CHAPTER.finditer(text) if "chapter" in low or "code" in low else ():
        letter = match[1] or match[2]
        if letter.isupper():
            take("chapter", letter, match.start(), match.end())
    for match in _SITE.finditer(text) if "site" in low else ():
        take("chapter", "Z", match.start(), match.end())
    # "site code" beside a code of a site only says what that code is (Z94 is a side, no site).
    sites = any(s.kind != "chapter" and s.letter in "ZO" and not s.printed.startswith("Z94") for s in found)
    kept = [
        s for s in found
        if s.kind != "chapter" or "hapter" in text[s.start : s.end] or not (sites or _FROM.match(text, s.end))
    ]  # fmt: skip
    return tuple(sorted(kept, key=lambda spot: spot.start))


@lru_cache(maxsize=4096)
def selector_of(spot: Spot, scheme: Scheme) -> Selector | None:
    """The selector of a spot, or None where the classification cannot have one."""
    try:
        return spot.selector(scheme)
    except KgError:
        return None
