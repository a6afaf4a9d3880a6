"""The kinds of rules as patterns: when a record breaks a rule, told a second time, for certificates.

Of the thirteen kinds of packs a pattern says where the codes of the subject (A, B …) stand, and those of the object
(a, b …), in a record whose other codes are points. Of the six others each code of the record is a letter by what it is
to the rule, small where it may not break it; a record that has the pattern breaks the rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from kg.codes import Category, Code, Scheme
from kg.reason.breaking import Rule, Seen, is_object
from kg.reason.places import Slot
from kg.reason.standard import Kind, Standard

_STANDS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.NEVER_PRIMARY: "^S",
        Kind.FIRST_OR_SECOND: "..S",
        Kind.NEVER_ASSIGNED: "",
        Kind.NOT_WITH: "",
        Kind.REQUIRES_WITH: "",
        Kind.REQUIRES_CHARACTER: "",
        Kind.CHARACTER_NOT: "",
        Kind.DIRECTLY_FOLLOWED_BY: "SO",
        Kind.NOT_DIRECTLY_FOLLOWED_BY: "SO",
        Kind.DIRECTLY_AFTER: "OS",
        Kind.NOT_BEFORE: "^[^a-z]*S",
        Kind.ADJACENT_TO: "SO|OS",
        Kind.PRIMARY_NOT_FOLLOWED_BY: "^SO",
    }
)
_WANTED = frozenset({Kind.REQUIRES_WITH, Kind.DIRECTLY_FOLLOWED_BY, Kind.DIRECTLY_AFTER, Kind.ADJACENT_TO})
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UP_TO = "[^Aa]*?"


@dataclass(frozen=True, slots=True)
class Stands:
    """A pattern of subject and object codes: broken where the subject is there (`run`, `spelt`: the characters of one
    of its codes) and the object is not as `wanted`.
    """

    pattern: str
    run: str
    wanted: bool
    spelt: str


@dataclass(frozen=True, slots=True)
class Lettered:
    """A pattern of what the codes are to a rule, in capitals."""

    pattern: str
    letters: str


def pattern_of(rule: Rule, seen: Seen) -> Stands | Lettered | None:
    """The pattern of a rule for a record; None where its groups have too many members to be told by letters."""
    s = rule.standard
    if len(rule.subject) > len(_LETTERS) or len(rule.object) > len(_LETTERS):
        return None
    if s.kind in _STANDS:
        stands, run = _STANDS[s.kind], _LETTERS[: len(rule.subject)]
        told = stands.replace("S", run).replace("O", _LETTERS[: len(rule.object)].lower())
        return Stands(told, run if stands else "", s.kind in _WANTED, _spelt(s))
    return _lettered(rule, seen)


def _spelt(s: Standard) -> str:
    """What the characters of a code that breaks a rule are, without the point and the filler X."""
    divided = "|".join(x.letters for x in s.subject if isinstance(x, Category))
    if s.figure is not None:
        if s.scheme is Scheme.ICD10 and s.figure == 4:  # an undivided category has four, with the filler
            return f"^(?:{divided})$" if divided else "^$"
        return f"^.{{0,{s.figure - 1}}}$"
    if s.character is None:
        return ""
    place, character = s.character
    told = f"^.{{{place - 1}}}{re.escape(character)}"
    if s.scheme is Scheme.ICD10 and (place, character) == (4, "X"):
        told += f"|^(?!{divided}).{{3}}$" if divided else "|^.{3}$"
    return told


def _lettered(rule: Rule, seen: Seen) -> Lettered:
    match rule.standard.kind:
        case (
            Kind.FOLLOWS
        ):  # subject, what may stand between, an object that qualifies or is an operation, another operation
            told = "".join(_to_site(rule, seen, code) for code in seen.codes)
            return Lettered("(?i:(?:^|[^QOX])X*)S|(?i:OX*)S(?i:[^MO]*Q)", told)
        case Kind.AFTER_DAGGER:  # asterisk that is held to marks, another, dagger, what may be one for the other
            aster = [code.mark == "A" or rule.subject[0].holds(code) for code in seen.codes]
            marked = any(code.mark == "D" for code in seen.codes)
            told = "".join(
                ("A" if marked and code.mark else "U") if a else "D" if code.mark == "D" else "O"
                for code, a in zip(seen.codes, aster, strict=True)
            )
            return Lettered("^[^Dd]*A|^[^DdOo]*U", told)
        case (
            Kind.REQUIRED_UNLESS_STATED
        ):  # object, a title that states more or is not known, subject, another operation
            told = "".join(_to_requirement(rule, seen, code) for code in seen.codes)
            return Lettered("^(?i:[^OTMS]*)S(?i:[^OT]*)$", told)
        case Kind.IN_SEQUENCE:
            return _in_sequence(rule, seen)
        case _:  # wrong by what is known, or by the title of the operation before
            wrong = {
                i for told in rule.occurrences(replace(seen, among=frozenset(range(len(seen.codes))))) for i in told
            }
            return Lettered("W", "".join("W" if i in wrong else "." for i in range(len(seen.codes))))


def _to_site(rule: Rule, seen: Seen, code: Code) -> str:
    subsidiary = seen.chapters.is_subsidiary(code)
    if _among(rule.subject, code):
        return "S"
    if _among(rule.across, code):
        return "X"
    if is_object(rule, seen, code):
        return "Q" if subsidiary else "O"
    return "." if subsidiary else "M"


def _to_requirement(rule: Rule, seen: Seen, code: Code) -> str:
    if _among(rule.object, code):
        return "O"
    values, wide = seen.values(code, rule.standard), rule.standard.when[1] if rule.standard.when else ""
    if values is None or any(value != wide for value in values):
        return "T"
    if seen.chapters.is_subsidiary(code):
        return "."
    return "S" if rule.subject[0].holds(code) else "M"


def _in_sequence(rule: Rule, seen: Seen) -> Lettered:
    """A is the subject, the first step; from one A up to the next the steps that are there do not follow each other, or
    one that has to be there stands before the first A only.
    """
    steps = [(letter, slot) for letter, slot in zip(_LETTERS, rule.object, strict=False)]
    told = "".join(next((x for x, slot in steps if slot.holds(code)), ".") for code in seen.codes)
    later = [letter for letter, _ in steps[1:]]
    there = "".join(f"(?=([^Aa]*?{x})?)" for x in later)
    ordered = "".join(f"(?({n}){_UP_TO}{x})" for n, x in enumerate(later, 1))
    needed = [
        x for x, s in zip(_LETTERS[1:], rule.standard.object[1:], strict=False) if s not in rule.standard.optional
    ]
    early = [f"^[^Aa]*{x}[^Aa]*A(?!(?i:[^A]*{x}))" for x in needed]
    return Lettered("|".join([f"A(?=[^Aa-z]*(?:[Aa]|$)){there}(?!{ordered})", *early]), told)


def _among(slots: Sequence[Slot], code: Code) -> bool:
    return any(slot.holds(code) for slot in slots)
