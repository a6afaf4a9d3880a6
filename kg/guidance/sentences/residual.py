"""A category for the case that a detail is known, and its code for the other: together they ask for the category."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import One, Selector
from kg.expression.nodes import Expression, OneOf, Pick, When, picks
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.parts.conditions import condition_of, without_note
from kg.guidance.parts.joints import FILLER
from kg.guidance.sentences.effects import Effect, Meaning

# A case that says no more than that a detail is known.
_STATED = re.compile(
    r"\b(?:is|are|was|were|has been|have been|can be) (?:\w+ly )?"
    r"(?:stated|known|documented|recorded|specified|given|named|available|identified|described)\b"
    r"|\b(?:states?|names?|specif(?:y|ies)|gives?|documents?|identif(?:y|ies)|records?|says?|tells?|describes?)"
    r" (?:the|which|what|how)\b",
    re.IGNORECASE,
)


def whole(meaning: Meaning, stretch: Stretch, source: Source) -> tuple[Meaning, list[Stretch]]:
    """The meaning of a sentence with its category always recorded, where it names the code for an unknown detail too.

    Also the words that say so.
    """
    if meaning.status == "read" and len(meaning.effects) > 1:
        return _without_inner(meaning, stretch, source)
    if meaning.status != "read" or len(meaning.effects) != 1:
        return meaning, []
    (effect,) = meaning.effects
    if effect.kind == "instead" and (hit := source.phrases.find("otherwise", stretch.text)) is not None:
        return meaning, [stretch.part(hit.start(), hit.end())]  # the listed code is the rest
    found = spots(stretch.text)
    rest = _rest_of(effect, found, stretch, source) if effect.kind == "add" else None
    if rest is None or effect.expression is None:
        return meaning, []
    (wide,) = [pick for pick in picks(effect.expression) if not isinstance(pick.selector, One)][:1]
    node = Pick(wide.selector, wide.title, wide.citation)
    told = [rest, *([effect.condition] if effect.condition is not None else [])]
    return Meaning((replace(effect, expression=node),)), told


def _without_inner(meaning: Meaning, stretch: Stretch, source: Source) -> tuple[Meaning, list[Stretch]]:
    """The meaning without codes that the sentence names for a case of a category or range which it adds: the category
    has them ("a code from Y53.- is added, Y53.2 if ultrasound is used"); and the words of these cases.
    """
    wide = {
        pick.selector
        for effect in meaning.effects
        if effect.kind == "add" and effect.expression is not None
        for pick in picks(effect.expression)
        if not isinstance(pick.selector, One)
    }
    also = any(source.phrases.find(kind, stretch.text) for kind in _ADDED_TOO)
    inner = [e for e in meaning.effects if _is_inner(e, stretch, [*wide], source)] if wide and not also else []
    left = tuple(effect for effect in meaning.effects if effect not in inner)
    if not inner or not any(effect.kind == "add" for effect in left):
        return meaning, []
    return replace(meaning, effects=left), [case for e in inner if (case := e.condition or e.stretch) is not None]


_ADDED_TOO = ("besides", "beside")


def _is_inner(effect: Effect, stretch: Stretch, wide: Sequence[Selector], source: Source) -> bool:
    """Whether an effect adds a code of one of the categories, in a case or in brackets."""
    own = picks(effect.expression) if effect.kind == "add" and effect.expression is not None else []
    within = [any(_holds(w, p.selector, source) for w in wide) for p in own if isinstance(p.selector, One)]
    if not within or len(within) < len(own) or not all(within):
        return False
    return isinstance(effect.expression, When) or any(
        stretch.text[: spot.start].rstrip().endswith("(")
        for spot in spots(stretch.text)
        if selector_of(spot, effect.side.scheme) == own[0].selector
    )


def _holds(wide: Selector, code: Selector, source: Source) -> bool:
    """Whether a category, range or chapter has a code, which a site code has not of the side."""
    of_side = str(code).startswith("Z94")
    return source.same_codes(code, wide) and (not of_side or str(wide).startswith("Z94"))


def _rest_of(effect: Effect, found: Sequence[Spot], stretch: Stretch, source: Source) -> Stretch | None:
    """The words of a sentence from where its case ends that a detail is known, or is not; None where it parts none."""
    wide = next((s for s in found if s.kind in {"category", "bare"}), None)
    own = next((s for s in found if s.kind == "code"), None)
    if wide is None or own is None or len(found) != len("AB"):
        return None
    category, code = (selector_of(s, effect.side.scheme) for s in (wide, own))
    if category is None or code is None or isinstance(category, One) or not source.same_codes(category, code):
        return None
    if not own.printed.rstrip().endswith("9"):
        return None
    behind = stretch.text[min(wide.end, own.end) :]
    match effect.expression:
        case OneOf((When(), When())) if source.phrases.find("otherwise", behind):
            return stretch.part(min(wide.end, own.end), len(stretch.text))
        case When(condition=condition, then=Pick()) if _STATED.search(condition.words):
            return stretch.part(min(wide.end, own.end), len(stretch.text))
        case _:
            return None


def completes(stretch: Stretch, before: Effect | None, source: Source) -> Meaning | None:
    """The sentence before with its category always recorded, where this one gives its code for the other case.

    "If the method is stated a code from Y53.- is added. Otherwise Y53.9 is used." None of any other.
    """
    found = spots(stretch.text)
    if before is None or before.kind != "add" or len(found) != 1 or found[0].kind != "code":
        return None
    own = selector_of(found[0], before.side.scheme)
    match before.expression:
        case When(condition=condition, then=Pick(wide) as node) if not isinstance(wide, One) and own is not None:
            pass
        case _:
            return None
    if not source.same_codes(wide, own) or not found[0].printed.endswith("9"):
        return None
    bare = without_note(stretch).text
    otherwise = source.phrases.opens("otherwise", bare)
    unknown = source.phrases.find("fallback", bare) and _STATED.search(condition.words)
    if not otherwise and not unknown:
        return None
    always: Expression = node
    return Meaning((replace(before, expression=always, condition=None, plain=True),), "amended")


# What stands right before a code that is not recorded, as a listed one before it is.
_GIVEN_UP = re.compile(
    rf"\b(?P<sure>rather than|instead of|in place of|in lieu of|in preference to)\s+{FILLER}['\"]?$"
    rf"|\b(?:replaces|supersedes|takes the place of|has replaced|has superseded)\s+{FILLER}['\"]?$",
    re.IGNORECASE,
)


def given_up(stretch: Stretch, listed: Spot, new: Spot, source: Source) -> Meaning | None:
    """What a sentence means that has its listed code in place of one that is not ("use A rather than B"); else None.

    Under no case: B is not recorded. That A replaces B may be said of earlier records, and is asked about.
    """
    found = _GIVEN_UP.search(stretch.text[: new.start])
    if found is None or listed.end > found.start() or condition_of(stretch, source) is not None:
        return None
    if any(source.phrases.find(kind, stretch.text) for kind in ("may", "not", "apart", "prefer")):
        return None
    return Meaning((), "excluded") if found["sure"] else Meaning((), "unclear", "a code that another one replaces")


def is_the_rest(stretch: Stretch, listed: Spot, new: Spot, source: Source) -> bool:
    """Whether a sentence gives its listed code to all cases but that of its new one ("B if X, otherwise A")."""
    return (
        new.end <= listed.start and source.phrases.find("otherwise", stretch.text[new.end : listed.start]) is not None
    )
