"""Which codes a sentence names: not those it refers to, gives as examples or repeats; and which of them are listed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from kg.codes import Chapter, Range, Scheme, Selector
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.parts.conditions import without_note
from kg.guidance.parts.excepted import excepted
from kg.guidance.parts.joints import CODE_OF, brackets
from kg.guidance.parts.titled import end_of_title

STANDARD = re.compile(r"\b(?:P|D)(?:CS|ChS|GCS|Rule|Convention|CH)(?!-\d)[A-Z]*\.?[IVXLC\d.]*\s*:?", re.IGNORECASE)


# A standard with its title and what stands in brackets behind it: "PCSY1: Image control (Y53)".
_TITLED = re.compile(rf"{STANDARD.pattern}(?P<title>[^.,;()]*)(?P<codes>\([^()]*\))?", re.IGNORECASE)


@lru_cache(maxsize=1024)
def references(text: str, phrases: Phrases) -> tuple[tuple[int, int], ...]:
    """Where the name and title of a standard stand: their codes say what it is about, those behind what it asks for."""
    found: list[tuple[int, int]] = []
    for hit in _TITLED.finditer(text):
        title = re.match(r"\s*-?\s*['\"]?[A-Z][a-z]", hit["title"])
        says = phrases.verb(hit["title"]) or phrases.find("record", hit["title"])
        stop = hit.start("title") + says.start() if says else hit.end("title")
        found.append((hit.start(), stop if title else hit.start("title")))
        found.append(hit.span("codes"))
    return tuple(found)


def named_in(stretch: Stretch, scheme: Scheme, source: Source) -> list[Spot]:
    """The codes that a sentence names as such; one that it refers to or gives as an example is noted."""
    text = stretch.text
    about = references(text, source.phrases)
    found = [s for s in spots(text) if not any(a <= s.start < b for a, b in about)]
    asides = [s for s in found if _is_aside(text, s, found, scheme, source)]
    for spot in asides:
        what = "a code named as an example or a reference"
        source.warn("KG-W0206", what, stretch, spot.start, spot.end, review=False)
    for spot in found:
        if spot not in asides and _closes("example.before", text[: spot.start], source):
            source.warn(
                "KG-W0202", "a code that is told as an example: it is read as listed", stretch, spot.start, spot.end
            )
    asides += excepted(text, found, scheme, source)
    return [s for s in found if s not in asides and (s.kind != "chapter" or not _is_apposition(text, s, found))]


def is_listed(spot: Spot, selector: Selector, text: str, known: Sequence[Selector], source: Source) -> bool:
    """Whether a code of a sentence is among those listed. A side (Z94) is no site: neither lists the other."""
    words = text[spot.start : spot.end].lower()
    # "the site code" is one that is spoken of; "a site code" or "the appropriate site code" is asked for
    asked = re.match(r"the (?!appropriate|relevant|suitable)", words) is None or "chapter" in words
    if isinstance(selector, Chapter) and selector.scheme is Scheme.ICD10:
        return selector in known  # a code of the chapter that is listed is not what "a code from chapter C" asks for
    if isinstance(selector, Range) and CODE_OF.search(text[: spot.start]):
        return selector in known  # "with the code for the primary tumour (C00-C75)" beside C78.7
    known = [k for k in known if not (asked and isinstance(selector, Chapter) and str(k).startswith("Z94"))]
    if str(selector).startswith("Z94"):
        known = [k for k in known if not isinstance(k, Chapter)]
    return any(source.same_codes(selector, k) for k in known)


def is_detail(
    spot: Spot, own: Selector, read: Sequence[tuple[Spot, Selector]], stretch: Stretch, source: Source
) -> bool:
    """Whether a code states a condition, or serves a detail that is not known, of a category named before it.

    "A code from N80.-; N80.9 is used if the site is not stated": how to choose in the category.
    """
    if _STATED.search(stretch.text[: spot.start]) and len(read) > 1:
        said = _IS_STATED.match(stretch.text, end_of_title(stretch, spot, len(stretch.text), source))
        if said is not None:
            what = "a code quoted to state a condition"
            source.warn("KG-W0206", what, stretch, spot.start, spot.end, review=False)
            return True
    if spot.kind != "code":
        return False
    before = [s for s, x in read if s.end <= spot.start and x != own and s.kind != "code" and source.same_codes(x, own)]
    if not before:
        return False
    text = stretch.text
    ends = [s.start for s, _ in read if s.start > spot.start]
    stop = min([*ends, len(text)])
    title_end = end_of_title(stretch, spot, stop, source)
    begin = max(s.end for s, _ in read if s.end <= spot.start)
    begin = max(end_of_title(stretch, before[-1], spot.start, source), begin)
    clause = f"{text[begin : spot.start]} # {text[max(title_end, spot.end) : stop]}"
    return source.phrases.find("fallback", clause) is not None


# What stands around a code that is quoted to state a condition ("if a code from U20 is recorded, Y53.4 is assigned").
_STATED = re.compile(
    r"\b(?:if|when(?:ever)?|where(?:ver)?|once|although|though|whether or not|in cases where)\s"
    r"(?:(?:an?|any|the|codes?(?:\(s\))?|one|from|of|in|category|categories|also)\s)*['\"(]?$",
    re.IGNORECASE,
)
_IS_STATED = re.compile(
    r"['\")\s,]*(?:is|are|was|were|has been|have been)\s(?:(?:also|already|being|itself)\s)*"
    r"(?:recorded|assigned|coded|used|reported|present|given|added|entered|selected|chosen)\b",
    re.IGNORECASE,
)


_IN = r"(?:in|of|within|from|under) (?:the )?(?:category )?['\"(]*$"
_NOT_BY_OTHERS = re.compile(
    r"\b(?:not|nor|never) (?:\w+ly )?(?:described|covered|represented|named|specified|identified|included|captured"
    r"|shown|provided for|told|expressed) (?:by|in|under|within|among) (?:any (?:one )?(?:of )?)?(?:the )?other codes? "
    rf"{_IN}|\bnone of (?:the )?other(?:s|(?: codes?)?) {_IN}|\bno other codes? {_IN}",
    re.IGNORECASE,
)
_OTHERS = re.compile(rf"\b(?:the|all|any) other (?:\w+ )?codes? {_IN}", re.IGNORECASE)
_DESCRIBE = re.compile(
    r"['\")\s]*(?:all )?(?:do(?:es)? not|cannot|describes?|covers?|represents?|names?|relates? to|concerns?"
    r"|specif(?:y|ies)|(?:is|are) (?:not |un)(?:suitable|appropriate|specific))\b",
    re.IGNORECASE,
)


def is_of_others(text: str, spot: Spot) -> bool:
    """Whether a category is named only for its other codes, which do not tell what is done, or tell something else."""
    before = text[: spot.start]
    if _NOT_BY_OTHERS.search(before):
        return True
    return _OTHERS.search(before) is not None and _DESCRIBE.match(text, spot.end) is not None


def _is_aside(text: str, spot: Spot, found: Sequence[Spot], scheme: Scheme, source: Source) -> bool:
    """Whether a code is only referred to ("see H55.4"), or one of a wider selector beside it.

    As an example of it, or in brackets behind what chooses it.
    """
    if _closes("reference.before", text[: spot.start], source) or _is_of_unnamed(text, spot, found, source):
        return True
    if spot.kind in {"bare", "category"} and is_of_others(text, spot):
        return True
    own = selector_of(spot, scheme)
    wider = [x for s in found if s.kind != "code" and s is not spot and (x := selector_of(s, scheme)) is not None]
    if own is None or not any(own != w and source.same_codes(own, w) for w in wider):
        return False
    if any(_closes(kind, text[: spot.start], source) for kind in ("example.before", "example.usual")):
        return True
    chosen = [s for s in found if s.kind in {"range", "category"} and s is not spot]
    within = any((w := selector_of(s, scheme)) is not None and w != own and source.same_codes(own, w) for s in chosen)
    return within and any(text[a:b].strip(" ()") == spot.printed and a < spot.start < b for a, b in brackets(text))


# What an example may be told in, before its code ("for example cirrhosis (K74.-)").
_EXAMPLE = re.compile(
    r"(?:for example|for instance|\be\.g\.|\beg|such as|\blike)[\s,:('\"]*(?:[a-z-]+ ){0,4}[\s('\"]*$", re.IGNORECASE
)
_NEXT_EXAMPLE = re.compile(r"(?:[^.;]*?)(?:,|\bor|\band)[\s('\"]*$", re.IGNORECASE)


def _is_of_unnamed(text: str, spot: Spot, found: Sequence[Spot], source: Source) -> bool:
    """Whether a code is only an example of those its sentence asks for without a name."""
    first = found[0]
    if not any(source.phrases.find(kind, text[: first.start]) for kind in ("unnamed", "unnamed.asks")):
        return False
    if _EXAMPLE.search(text[: first.start]) is None:
        return False
    later = [s for s in found if first.start < s.start <= spot.start]
    ends = [s.end for s in found if s.start < spot.start]
    return all(_NEXT_EXAMPLE.fullmatch(text[end : s.start]) for end, s in zip(ends, later, strict=False))


def _closes(kind: str, before: str, source: Source) -> bool:
    """Whether what stands before a code ends in a phrase."""
    words = before.rstrip(" ('\"")
    return any(hit.end() >= len(words) for hit in source.phrases.all(kind, words))


def _is_apposition(text: str, spot: Spot, found: Sequence[Spot]) -> bool:
    """Whether "site code" only says what a Z code beside it is; a side (Z94) elsewhere in the sentence is no site."""
    words = text[spot.start : spot.end].lower()
    near = re.compile(r"[\s(,:'\"]*(?:(?:from|of|in|category)\s+)*")
    return "chapter" not in words and any(
        other is not spot and other.letter in "ZO" and other.kind != "chapter"
        and (not other.printed.startswith("Z94") or near.fullmatch(text, spot.end, max(other.start, spot.end)))
        for other in found
    )  # fmt: skip


def is_of_case(stretch: Stretch, spot: Spot, source: Source) -> bool:
    """Whether a code in brackets only names the case that opens a sentence ("If there are twins (A1), one record")."""
    text = without_note(stretch).text
    at = spot.start - (len(stretch.text) - len(text))
    opens = re.match(r"(?:if|when|where|whenever|in (?:an?|the case of))\b[^,;]*\([^()]*\),?(?= )", text, re.IGNORECASE)
    if opens is None or not text.rfind("(", 0, opens.end()) < at < opens.end() or spots(text[opens.end() :]):
        return False
    behind = text[opens.end() :]
    return not any(source.phrases.find(kind, behind) for kind in ("recording", "also"))


def is_again(text: str, spot: Spot) -> bool:
    """Whether a listed code is recorded once more ("with a second Y75.2")."""
    again = re.search(r"\b(?:a second|another|a further)\s+(?:code\s+)?$", text[: spot.start], re.IGNORECASE)
    return spot.kind == "code" and again is not None
