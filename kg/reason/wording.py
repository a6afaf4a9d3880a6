"""Rules and their breaking in words. The national standards bring their own text; a rule of a pack is told from its
kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from kg.codes import Chapters, Code, Selector, covers
from kg.reason.standard import Authority, Kind, Mode, Standard

_MOST = 12  # selectors told of a long list


def listed(selectors: Sequence[Selector], *, last: str = "or") -> str:
    """Selectors as a list in words, a long one cut: `C00-C76, C80.- or Z85.-`."""
    told = [str(s) for s in selectors[:_MOST]]
    if len(selectors) > _MOST:
        return f"{', '.join(told)} and {len(selectors) - _MOST} more"
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} {last} {told[-1]}"


def _codes(codes: Sequence[Code]) -> str:
    told = [str(c) for c in codes]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"


def sentence(s: Standard) -> str:
    """What the rule says, as one sentence: its own text, or one made from its kind."""
    return s.text or f"{_said(s)}{f' (unless {listed(s.unless)} is there)' if s.unless else ''}."


def _said(s: Standard) -> str:
    subject = listed(s.subject, last="and" if s.subject_mode is Mode.ALL else "or")
    object_ = listed(s.object, last="and" if s.object_mode is Mode.ALL else "or") if s.object else ""
    match s.kind:
        case Kind.NEVER_PRIMARY:
            return f"{subject} is never the first code"
        case Kind.FIRST_OR_SECOND:
            return f"{subject} is the first or the second code"
        case Kind.NEVER_ASSIGNED:
            return f"{subject} is not assigned"
        case Kind.NOT_WITH:
            return f"{subject} is not assigned together with {object_}"
        case Kind.REQUIRES_WITH | Kind.REQUIRED_UNLESS_STATED:
            return f"{subject} needs {object_} beside it"
        case Kind.REQUIRES_CHARACTER:
            return f"{subject} needs {s.figure} characters"
        case Kind.CHARACTER_NOT:
            place, character = s.character or (0, "")
            return f"character {place} of {subject} is not {character}"
        case Kind.DIRECTLY_FOLLOWED_BY:
            return f"{subject} is directly followed by {object_}"
        case Kind.NOT_DIRECTLY_FOLLOWED_BY:
            return f"{subject} is not directly followed by {object_}"
        case Kind.DIRECTLY_AFTER:
            return f"{subject} stands directly after {object_}"
        case Kind.FOLLOWS:
            return f"{subject} follows {object_}"
        case Kind.NOT_BEFORE:
            return f"{object_} stands before {subject}"
        case Kind.ADJACENT_TO:
            return f"{subject} stands directly before or after {object_}"
        case Kind.PRIMARY_NOT_FOLLOWED_BY:
            return f"{subject} as the first code is not followed by {object_}"
        case Kind.IN_SEQUENCE:
            return f"{listed(s.object, last='and')} stand in this order"
        case Kind.NOT_WHEN_STATED:
            return f"{subject} is not added where the code before states the {s.facet} itself"
        case Kind.CODES_VALUE:
            return f"{subject} is the one of the {s.facet} that is known"
        case Kind.AFTER_DAGGER:
            return f"{subject} stands after its dagger code"


def why(s: Standard, codes: Sequence[Code]) -> str:
    """Why the codes break the rule: the codes, the rule, and whose word it is."""
    if s.authority is Authority.NATIONAL:
        return f"{_codes(codes)}: {sentence(s)} ({s.standard})"
    basis = f"of {s.standard}" if s.standard else "of its own"
    return f"{_codes(codes)}: {sentence(s)} ({s.id}, {basis}, as {s.source or 'a pack of rules'} has it)"


def missing_codes(s: Standard, codes: Sequence[Code], chapters: Chapters) -> tuple[Selector, ...]:
    """What a rule that asks for codes misses in a record: its object, where no code of it is there; of a rule that
    needs each, those that have none.
    """
    if s.kind not in _ASKS:
        return ()
    absent = tuple(o for o in s.object if not any(covers(o, code, chapters) for code in codes))
    if s.object_mode is Mode.ALL:
        return absent
    return s.object if len(absent) == len(s.object) else ()


_ASKS = frozenset(
    {
        Kind.REQUIRES_WITH,
        Kind.REQUIRED_UNLESS_STATED,
        Kind.DIRECTLY_FOLLOWED_BY,
        Kind.DIRECTLY_AFTER,
        Kind.ADJACENT_TO,
    }
)
