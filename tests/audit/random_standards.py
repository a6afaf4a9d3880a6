"""Standards of every kind, drawn at random: with dates, conditions, titles, optional members and levels."""

from __future__ import annotations

import datetime
from random import Random

from kg.codes import One, Scheme, Selector
from kg.reason.standard import WITH_OBJECT, Authority, Kind, Level, Mode, Standard
from tests.laws.strategies import CODES, SELECTORS

DAYS = tuple(datetime.date(2020 + n, 5, 1) for n in range(4))
_FACTS = (("image-control", "used"), ("approach", "open"), ("approach", "laparoscopic"), ("stage", "1"))
_VALUES = {"image-control": ("used", "fluoroscopic", "ct"), "approach": ("open", "laparoscopic", "robotic")}
_WORDS = (("injection",), ("liver", "lung"), ("laparoscopic",), ("of",))


def standard(chance: Random, number: int) -> Standard:
    """A rule of a kind, most of which speak of codes of the pools."""
    scheme = Scheme.OPCS4 if chance.random() < 0.7 else Scheme.ICD10
    kind = chance.choice(list(Kind))
    pool = [s for s in SELECTORS[scheme] if len(str(s)) > 1] + [One(c) for c in CODES[scheme]]

    def group(most: int = 2) -> tuple[Selector, ...]:
        return tuple(chance.choice(pool) for _ in range(chance.randint(1, most)))

    def seldom(share: float = 0.15) -> tuple[Selector, ...]:
        return group() if chance.random() < share else ()

    object_ = group(3) if kind in WITH_OBJECT else ()
    facet = chance.choice(list(_VALUES)) if kind in _WITH_FACET else ""
    begins, ends = (chance.choice(DAYS) if chance.random() < 0.3 else None for _ in range(2))
    if begins and ends and ends < begins:
        begins, ends = ends, begins
    return Standard(
        f"R{number}",
        f"S{number % 3}",
        scheme,
        kind,
        group(),
        object_,
        seldom(),
        chance.choice((Mode.ANY, Mode.ANY, Mode.ALL)),
        chance.choice((Mode.ANY, Mode.ALL)),
        chance.randint(3, 5) if kind is Kind.REQUIRES_CHARACTER else None,
        (chance.randint(1, 5), chance.choice("JCY0149")) if kind is Kind.CHARACTER_NOT else None,
        when=chance.choice(_FACTS) if chance.random() < 0.25 else None,
        facet=facet,
        codings=tuple((v, chance.choice(pool)) for v in _VALUES[facet]) if facet else (),
        otherwise=chance.choice(pool) if facet and chance.random() < 0.5 else None,
        across=seldom(),
        words=chance.choice(_WORDS) if chance.random() < 0.4 else (),
        optional=tuple(s for s in object_ if chance.random() < 0.3),
        instead=seldom(0.4) if kind is Kind.NEVER_ASSIGNED else (),
        level=chance.choice((Level.BREAK, Level.BREAK, Level.WARN, Level.NOTE)),
        authority=chance.choice(list(Authority)),
        valid_from=begins,
        valid_to=ends,
    )


_WITH_FACET = (Kind.REQUIRED_UNLESS_STATED, Kind.NOT_WHEN_STATED, Kind.CODES_VALUE)
