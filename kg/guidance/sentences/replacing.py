"""The words by which a code takes the place of another."""

from __future__ import annotations

import re

from kg.expression.recommendation import Side
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.page.titles import known_end

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


def tells_replacement(text: str, side: Side, source: Source) -> bool:
    """Whether a sentence has words by which a code takes the place of another, outside titles and cases of things."""
    told = _OTHER_CATEGORY.sub(lambda hit: hit[0] if _is_its_category(text, hit, side) else "or ", text)
    told = _without_titles(_STANDS_FOR.sub(" ", told), side)
    told = _OF_THINGS.sub(lambda hit: hit[0] if spots(hit[0]) else " ", told)
    told = _OTHER_RECORDS.sub(" ", told)
    return source.phrases.find("instead", told) is not None or _IN_PLACE.search(told) is not None


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


# Something withdrawn in a case, and no code ("when the needle is withdrawn").
_WITHDRAWN = re.compile(
    r"\b(?:if|when|once|where|after|before|as|while|until|as soon as)\s+(?:the |an? |its |this |both |all )?"
    r"(?!(?:codes?|categor(?:y|ies)|entry|entries|it|they|lines?)\b)[a-z-]+(?: (?!codes?\b)[a-z-]+)?"
    r" (?:is|are|was|were|has been|have been) (?:withdrawn|retired)\b",
    re.IGNORECASE,
)


def tells_past(text: str, source: Source) -> bool:
    """Whether a sentence speaks of codes or records of the past."""
    return source.phrases.find("past", _WITHDRAWN.sub(" ", text)) is not None
