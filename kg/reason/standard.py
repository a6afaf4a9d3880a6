"""What a coding standard is: a rule on the codes of a record, as a value. Rules are data; their kinds are here.

The first thirteen kinds are those of packs of rules (docs/standards.md defines each in terms of the record's codes);
the others need what packs cannot say: chapters with their overflow, titles, conditions, dates.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum

from kg.codes import Scheme, Selector
from kg.errors import KgError


class Level(StrEnum):
    """What it means that a rule is broken: nothing, a remark, a warning, or that the record is contradicted."""

    OFF = "off"
    NOTE = "note"
    WARN = "warn"
    BREAK = "break"


class Authority(StrEnum):
    """Who says so: the national standards, or somebody's reading of them (a pack of rules)."""

    NATIONAL = "national"
    SECONDARY = "secondary"


class Mode(StrEnum):
    """Whether one of several selectors is enough, or each is needed with a code of its own."""

    ANY = "any"
    ALL = "all"


class Kind(StrEnum):
    """The kinds of rules. `docs/standards.md` says for each when a record breaks a rule of it."""

    NEVER_PRIMARY = "never-primary"
    FIRST_OR_SECOND = "first-or-second"
    NEVER_ASSIGNED = "never-assigned"
    NOT_WITH = "not-with"
    REQUIRES_WITH = "requires-with"
    REQUIRES_CHARACTER = "requires-character"
    CHARACTER_NOT = "character-not"
    DIRECTLY_FOLLOWED_BY = "directly-followed-by"
    NOT_DIRECTLY_FOLLOWED_BY = "not-directly-followed-by"
    DIRECTLY_AFTER = "directly-after"
    NOT_BEFORE = "not-before"
    ADJACENT_TO = "adjacent-to"
    PRIMARY_NOT_FOLLOWED_BY = "primary-not-followed-by"
    FOLLOWS = "follows"
    IN_SEQUENCE = "in-sequence"
    REQUIRED_UNLESS_STATED = "required-unless-stated"
    NOT_WHEN_STATED = "not-when-stated"
    CODES_VALUE = "codes-value"
    AFTER_DAGGER = "after-dagger"


PACK_KINDS = tuple(Kind)[:13]
"""The kinds that a pack of rules in columns can say."""

WITH_OBJECT = frozenset(
    {
        Kind.NOT_WITH,
        Kind.REQUIRES_WITH,
        Kind.DIRECTLY_FOLLOWED_BY,
        Kind.NOT_DIRECTLY_FOLLOWED_BY,
        Kind.DIRECTLY_AFTER,
        Kind.NOT_BEFORE,
        Kind.ADJACENT_TO,
        Kind.PRIMARY_NOT_FOLLOWED_BY,
        Kind.FOLLOWS,
        Kind.IN_SEQUENCE,
        Kind.REQUIRED_UNLESS_STATED,
    }
)
"""The kinds that speak of two groups of codes."""

_WITH_FACET = frozenset({Kind.REQUIRED_UNLESS_STATED, Kind.NOT_WHEN_STATED, Kind.CODES_VALUE})
_WITH_CODINGS = frozenset({Kind.NOT_WHEN_STATED, Kind.CODES_VALUE})


@dataclass(frozen=True, slots=True)
class Standard:
    """One rule. `id` is its own, `standard` that of the national standard (or the basis) that it is part of.

    `subject`, `object`, `unless`: selectors, of one scheme. `figure` is the number of characters of a
    requires-character, `character` the place (from 1) and the character of a character-not. `when` is a fact that has
    to hold for the rule to apply. `facet` and `codings` say which code states which value of a facet, `otherwise` the
    code for a value that is not known. `across` may stand between the two codes of a follows, and an operation whose
    title has one of `words` may stand for its object. `optional` are members of a sequence that need not be there.
    `instead` is what holds in place of codes that are no longer assigned.

    Raises:
        KgError: KG-E0901 where a parameter of the kind is missing or out of place.
    """

    id: str
    standard: str
    scheme: Scheme
    kind: Kind
    subject: tuple[Selector, ...]
    object: tuple[Selector, ...] = ()
    unless: tuple[Selector, ...] = ()
    subject_mode: Mode = Mode.ANY
    object_mode: Mode = Mode.ANY
    figure: int | None = None
    character: tuple[int, str] | None = None
    when: tuple[str, str] | None = None
    facet: str = ""
    codings: tuple[tuple[str, Selector], ...] = ()
    otherwise: Selector | None = None
    across: tuple[Selector, ...] = ()
    words: tuple[str, ...] = ()
    optional: tuple[Selector, ...] = ()
    instead: tuple[Selector, ...] = ()
    level: Level = Level.BREAK
    authority: Authority = Authority.NATIONAL
    label: str = ""
    text: str = ""
    source: str = ""
    note: str = ""
    editions: tuple[str, ...] = ()
    valid_from: datetime.date | None = None
    valid_to: datetime.date | None = None

    def __post_init__(self) -> None:
        """Refuse what the kind cannot mean (KG-E0901)."""
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise KgError("KG-E0901", f"{self.id}: it ends before it begins")
        if problem := self._problem():
            raise KgError("KG-E0901", f"{self.id}: {problem}", why=f"A rule of the kind {self.kind} needs it so.")

    def _problem(self) -> str:
        if not self.id:
            return "the rule has no id"
        if not self.subject:
            return "it names no subject"
        if self.kind in WITH_OBJECT and not self.object:
            return "it names no object"
        if self.kind not in WITH_OBJECT and self.object:
            return "it names an object, of which the kind says nothing"
        if (self.kind is Kind.REQUIRES_CHARACTER) is (self.figure is None):
            return "a figure, the number of characters, is wanted for requires-character and for no other kind"
        if (self.kind is Kind.CHARACTER_NOT) is (self.character is None):
            return "a place and a character are wanted for character-not and for no other kind"
        if (self.kind in _WITH_FACET) is (not self.facet):
            return "a facet is wanted for the kinds that speak of what titles or conditions state, and for no other"
        if self.kind in _WITH_CODINGS and not self.codings:
            return "it does not say which code states which value"
        if any(s not in self.object for s in self.optional):
            return "an optional member is not one of the sequence"
        everything = (*self.subject, *self.object, *self.unless, *self.across, *self.instead)
        if any(s.scheme is not self.scheme for s in everything):
            return "it names a code of another classification"
        return ""

    def in_force(self, day: datetime.date | None) -> bool:
        """Whether the rule holds on a day (first and last day of its time included); with no day, whether it has not
        ended.
        """
        if day is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)
