"""The words by which a code takes the place of another."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Selector
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.page.titles import known_end
from kg.guidance.parts.conditions import condition_of, event_of
from kg.guidance.parts.joints import FILLER
from kg.guidance.sentences.clauses import is_denied

# A case in which a thing, not a code, takes the place of another ("where the operation replaces an earlier graft").
_OF_THINGS = re.compile(
    r"\b(?:if|when|where|whenever|once|in which|that|which|who)\b[^,;:.]*?"
    r"\b(?:replac\w+|(?:takes?|taking|took) the place of|exchanged for|substitut\w+|gives? way to)\b[^,;:.]*",
    re.IGNORECASE,
)

# What is not a code, and "other" ("all other records have a code of V55").
_OTHER_RECORDS = re.compile(
    r"\b(?:all |any |every |the )?other (?:records?|patients?|cases?|operations?|procedures?|episodes?|people)\b",
    re.IGNORECASE,
)
# A residual code stands for the operation itself.
_STANDS_FOR = re.compile(
    r"\b(?:stands?|standing|deputis\w+)(?: in)? for "
    r"(?:it|this|them|these|the (?:procedure|operation|technique|treatment))\b",
    re.IGNORECASE,
)


# A case in which something is done in place of something else ("where clips are put across it instead of a cut").
_DONE_INSTEAD = re.compile(
    r"\b(?:if|when|where|whenever)\b[^,;:.]*?\b(?:instead of|rather than|in place of)\b(?:(?![A-Z]\d\d)[^,;:.])*",
    re.IGNORECASE,
)


def are_of_others(new: Sequence[Selector], known: Sequence[Selector], source: Source) -> bool:
    """Whether new codes are no main codes, and none is of the category of a listed one."""
    return not any(source.leads(x) or str(x)[:3] in {str(k)[:3] for k in known} for x in new)


def tells_replacement(text: str, side: Side, source: Source, *, apart: bool = False) -> bool:
    """Whether a sentence has words by which a code takes the place of another, outside titles and cases of things.

    `apart`: its codes are of others than the listed ones, so that what is done in place of a thing replaces none.
    """
    text = _DONE_INSTEAD.sub(lambda hit: hit[0] if spots(hit[0]) else " ", text) if apart else text
    told = _OTHER_CATEGORY.sub(lambda hit: hit[0] if _is_its_category(text, hit, side) else "or ", text)
    told = _without_titles(_STANDS_FOR.sub(" ", told), side)
    told = _OF_THINGS.sub(lambda hit: hit[0] if spots(hit[0]) else " ", told)
    return says_instead(_OTHER_RECORDS.sub(" ", told), source)


def says_instead(text: str, source: Source) -> bool:
    """Whether words say that something takes the place of another."""
    return source.phrases.find("instead", text) is not None or _IN_PLACE.search(text) is not None


# A code that takes the place of another, and not its own ("takes its place behind").
_IN_PLACE = re.compile(
    r"\b(?:takes?|taking|took) (?:its|their) place\b"
    r"(?! (?:behind|after|at|in|as|among|beside|before|next|following|there)\b)",
    re.IGNORECASE,
)
# "A, or another code in category B": plainly "or" where B is not the category of A.
_OTHER_CATEGORY = re.compile(
    r"\bor (?:an?other|a different|other) codes? (?:of|from|in|within|out of) (?:the )?(?:category )?(?=[A-Z]\d\d)",
    re.IGNORECASE,
)


def _is_its_category(text: str, hit: re.Match[str], side: Side) -> bool:
    """Whether the category that is offered is that of a code before it."""
    after = next((s.printed[:3] for s in spots(text) if s.start >= hit.end()), "")
    return any(s.printed[:3] == after for s in spots(text) if s.end <= hit.start())


def _without_titles(text: str, side: Side) -> str:
    """A text without the titles of its codes that are known word for word."""
    for spot in reversed(spots(text)):
        selector = selector_of(spot, side.scheme)
        end = spot.end + (known_end(selector, text[spot.end :]) if selector is not None else 0)
        text = f"{text[: spot.end]} {text[end:]}"
    return text


def names_other(stretch: Stretch, listed: Spot, spot: Spot, source: Source) -> bool:
    """Whether a code is what is recorded, in some case, in place of a listed one that a sentence denies before it."""
    text = stretch.text
    between = text[listed.end : spot.start]
    denied = _GETS_NOT.search(text[: listed.start]) or _NOT_FOR.search(between) or is_denied(stretch, listed, source)
    case = condition_of(stretch, source) or event_of(stretch, listed.start, source)
    if not denied or case is None or not between:
        return False
    last = re.split(r"[;,]|\bbut\b", between)[-1]
    return source.phrases.find("also", f"{last} {text[spot.end :]}") is None


_GETS_NOT = re.compile(r"\b(?:do|does|did|will) not (?:get|have|receive|take)\s$", re.IGNORECASE)
_NOT_FOR = re.compile(r"\b(?:is|are) not (?:for|that of|the code of|meant for)\b", re.IGNORECASE)


_NOT = re.compile(rf"(?:\b(?:and|but|is|are)|,)\s+not\s+{FILLER}$", re.IGNORECASE)


def is_replaced(text: str, listed: Sequence[Spot], new: Sequence[Spot], source: Source) -> bool:
    """Whether a listed code is named as what is not recorded beside another ("it is Y75.3, and not Y75.2").

    Or as what is recorded no more ("Y75.3 is assigned, and Y75.2 drops out").
    """
    if len(listed) != 1:
        return False
    behind = re.split(r"\b(?:for|that|which|who|if|when|where|in)\b", text[listed[0].end :])[0]
    gone = source.phrases.find("drops", behind) if new[-1].end <= listed[0].start else None
    between = re.search(r"[,;]|\b(?:and|but)\b", text[new[-1].end : listed[0].start])
    return _NOT.search(text[: listed[0].start]) is not None or (gone is not None and between is not None)


def replaced_together(
    stretch: Stretch, read: Sequence[tuple[Spot, Selector]], listed: Sequence[Selector], source: Source
) -> tuple[Selector, ...]:
    """The listed codes of a sentence of which all at once give way to the new ones; none where that is not said.

    "A and B are replaced by C", "C replaces both A and B", "A is omitted and C is used in place of B".
    """
    text, own = stretch.text, [(s, x) for s, x in read if x in listed]
    gone = [s for s, _ in own if _OMITTED_BEFORE.search(text[: s.start]) or is_denied(stretch, s, source)]
    left = [(s, x) for s, x in own if s not in gone]
    new = [s for s, x in read if x not in listed]
    if len({x for _, x in own}) < len("AB") or not left or not new:
        return ()
    ends = [s.end + known_end(x, text[s.end :]) for s, x in left]
    gaps = [text[end : s.start] for end, (s, _) in zip(ends, left[1:], strict=False)]
    joined = all(_AND_BETWEEN.fullmatch(gap) for gap in gaps) and (not gaps or "," not in gaps[-1])
    behind = new[0].start >= ends[-1] and _ARE_REPLACED.match(text, ends[-1])
    before = new[-1].end <= left[0][0].start and _REPLACES.search(text[: left[0][0].start])
    return tuple(dict.fromkeys(x for _, x in own)) if joined and (behind or before) else ()


_OMITTED_BEFORE = re.compile(r"\b(?:omit|omitting|leave out|drop|without)\s+(?:the code )?$", re.IGNORECASE)
_AND_BETWEEN = re.compile(r",?\s*(?:and|&|plus|,)?\s+", re.IGNORECASE)
_ARE_REPLACED = re.compile(
    r",?\s*(?:(?:are|is|should be|must be|can be|have to be) )?(?:(?:then|both|all|together|to be) )*"
    r"(?:(?:replaced|superseded) (?:by|with)|give way to)\b",
    re.IGNORECASE,
)
_REPLACES = re.compile(
    r"\b(?:in place of|instead of|rather than|in lieu of|replaces?|replacing|takes? the place of)\s+"
    r"(?:both\s+|all of\s+)?(?:the\s+)?(?:codes?\s+)?['\"]?$",
    re.IGNORECASE,
)


def may_replace_all(text: str, known: Sequence[Selector]) -> bool:
    """Whether words put a code in the place of the codes above, of which one is an approach or a method."""
    return _ABOVE.search(text) is not None and any(str(selector)[0] == "Y" for selector in known)


_ABOVE = re.compile(
    r"\b(?:instead|place) of (?:all )?(?:the |these |those )?(?:above |listed )?(?:codes|lines)\b", re.I
)


_DO = r"(?:replace|substitute|exchange|swap|change)"
_STAYS = re.compile(
    rf"\b(?:not|never|cannot)(?: to)?(?: be)? {_DO}d? (?:(?:[^.;:,]|\.(?=\d))*? )?(?:by|with|for|to)\s+{FILLER}['\"]?$",
    re.IGNORECASE,
)
_NOT_IN_PLACE = re.compile(
    r"[^.;:]*? (?:is|are|must|should|may|can|cannot)(?: not| never)?(?: to)?(?: be)?"
    r" (?:used|assigned|recorded|coded|given|entered|chosen|taken)"
    r" (?:in (?:the )?place of|instead of|rather than|in lieu of)\b",
    re.IGNORECASE,
)


def stays(stretch: Stretch, listed: Sequence[Spot], new: Sequence[Spot], source: Source) -> bool:
    """Whether a sentence only says that new codes do not take the place of what is listed, in whichever case."""
    text = stretch.text
    if not new or condition_of(stretch, source) is not None:
        return False
    if _STAYS.search(text[: new[0].start]):
        return not any(spot.start > new[0].start for spot in listed)
    hit = _NOT_IN_PLACE.match(text, new[-1].end)
    said = hit is not None and re.search(r"\b(?:not|never|cannot)\b", hit[0]) is not None
    return said and bool(listed) and all(hit is not None and spot.start >= hit.end() for spot in listed)
