"""Cases for a campaign: an expression, rules, a record and what is known of its event, by a number; the same number is
the same case. Of the pools of `tests/laws/strategies.py`, drawn with a plain generator, which is many times faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

from kg.codes import Code, Scheme, covers
from kg.expression.condition import Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, conditions, picks
from kg.reason.standard import PACK_KINDS, WITH_OBJECT, Kind
from tests.laws.strategies import CHAPTERS, CODES, CONDITIONS, FACETS, SELECTORS, awkward, derivations_at_most
from tests.oracle.naive_national import NationalRow
from tests.oracle.naive_rules import Row

_MOST_WAYS = 120


@dataclass(frozen=True)
class Case:
    """One side of a recommendation, rules of a pack and of the other kinds, and one side of a record in its context,
    with the titles of codes as far as they are known.
    """

    number: int
    scheme: Scheme
    expression: Expression
    rules: tuple[Row, ...]
    entries: tuple[Code, ...]
    context: Context
    national: tuple[NationalRow, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict[str, str])


def case(number: int) -> Case:
    """The case of a number."""
    chance = Random(number)  # noqa: S311  the same case for the same number
    scheme = chance.choice(list(Scheme))
    e = chance.choice(awkward(scheme)) if chance.random() < 0.05 else _expression(chance, scheme, chance.randint(1, 8))
    while derivations_at_most(e) > _MOST_WAYS:
        e = _expression(chance, scheme, chance.randint(1, 8))
    entries, rules, context = _entries(chance, scheme, e), _rules(chance, scheme, e), _context(chance, e)
    # Drawn last, so that the cases of earlier campaigns are the same cases otherwise.
    national = tuple(_national(chance, scheme, e) for _ in range(chance.choice((0, 0, 1, 1, 2))))
    if scheme is Scheme.ICD10 and any(row.kind == Kind.AFTER_DAGGER for row in national):
        entries = tuple(replace(code, mark=chance.choice(("", "", "D", "A"))) for code in entries)
    titles = {str(code.bare): title for code in entries if (title := chance.choice(_TITLES))}
    if any(row.kind == Kind.REQUIRED_UNLESS_STATED for row in national) and chance.random() < 0.7:
        titles = {str(code.bare): "Plain" for code in entries}
        if not any(facet == "image-control" for facet, _ in context.facts):
            context = Context({**context.facts, ("image-control", "used"): True}, context.facets)
    return Case(number, scheme, e, rules, entries, context, national, titles)


def _expression(chance: Random, scheme: Scheme, size: int, depth: int = 0) -> Expression:
    if depth < 5 and chance.random() < 0.16:
        inner = _expression(chance, scheme, size, depth + 1)
        return Optional(inner) if chance.random() < 0.5 else When(chance.choice(CONDITIONS), inner)
    if size == 1:
        return Unnamed("and the others") if chance.random() < 0.06 else Pick(chance.choice(SELECTORS[scheme]))
    parts = chance.randint(2, min(4, size))
    cuts = [0, *sorted(chance.sample(range(1, size), parts - 1)), size]
    inner = [_expression(chance, scheme, b - a, depth + 1) for a, b in pairwise(cuts)]
    kind = chance.choice(("all", "all", "one", "mixed", "variants"))
    if kind == "all":
        return AllOf(tuple(inner))
    labelled = [kind == "variants" or (kind == "mixed" and chance.random() < 0.5) for _ in inner]
    return OneOf(
        tuple(When(chance.choice(CONDITIONS), e) if label else e for e, label in zip(inner, labelled, strict=True))
    )


def _entries(chance: Random, scheme: Scheme, e: Expression) -> tuple[Code, ...]:
    wanted = [pick.selector for pick in picks(e)]
    near = [code for code in CODES[scheme] if any(covers(s, code, CHAPTERS) for s in wanted)] or list(CODES[scheme])
    return tuple(chance.choice(near if chance.random() < 0.8 else CODES[scheme]) for _ in range(chance.randint(0, 5)))


def _context(chance: Random, e: Expression) -> Context:
    facts = sorted({c.fact for c in (*conditions(e), *CONDITIONS[:2])})
    known: dict[tuple[str, str], bool] = {}
    for facet, value in chance.sample(facts, min(len(facts), chance.choice((0, 0, 1, 1, 2, 3)))):
        if Context(known, FACETS).holds(facet, value) is not None:
            continue
        holds = chance.random() < 0.5
        denied = [v for (f, v), said in known.items() if f == facet and not said]
        if not (holds and any(FACETS.implies(facet, value, v) for v in denied)):
            known[facet, value] = holds
    return Context(known, FACETS)


_TEXTS = {scheme: [str(s) for s in SELECTORS[scheme] if len(str(s)) > 1] for scheme in Scheme}


def _rules(chance: Random, scheme: Scheme, e: Expression) -> tuple[Row, ...]:
    named = [str(pick.selector) for pick in picks(e) if len(str(pick.selector)) > 1] or _TEXTS[scheme]
    return tuple(_rule(chance, scheme, named) for _ in range(chance.choice((0, 1, 1, 2, 3))))


def _rule(chance: Random, scheme: Scheme, named: list[str]) -> Row:
    kind = chance.choice(PACK_KINDS)

    def group() -> tuple[str, ...]:
        pool = named if chance.random() < 0.6 else _TEXTS[scheme]
        return tuple(chance.choice(pool) for _ in range(chance.choice((1, 1, 2))))

    object_: tuple[str, ...] = group() if kind in WITH_OBJECT else ()
    if kind is Kind.REQUIRES_CHARACTER:
        object_ = (str(chance.randint(3, 5)),)
    elif kind is Kind.CHARACTER_NOT:
        object_ = (f"{chance.randint(1, 5)}={chance.choice('JCY0149')}",)
    modes = [chance.choice(("any", "any", "all")) for _ in range(2)]
    return Row(kind.value, group(), modes[0], object_, modes[1], group() if chance.random() < 0.15 else ())


_TITLES = (
    "",
    "Operation",
    "Operation on kidney",
    "Operation guided by fluoroscopic",
    "Control guided by ct",
    "by used",
)
_METHODS = ("fluoroscopic", "ct", "cone-beam")


def _national(chance: Random, scheme: Scheme, e: Expression) -> NationalRow:
    kind = chance.choice(tuple(kind for kind in Kind if kind not in PACK_KINDS))
    named = [str(pick.selector) for pick in picks(e) if len(str(pick.selector)) > 1] or _TEXTS[scheme]

    def group(most: int = 2) -> tuple[str, ...]:
        pool = named if chance.random() < 0.6 else _TEXTS[scheme]
        return tuple(dict.fromkeys(chance.choice(pool) for _ in range(chance.randint(1, most))))

    row = NationalRow(kind.value, group(), unless=group(1) if chance.random() < 0.1 else ())
    match kind:
        case Kind.FOLLOWS:
            across = group() if chance.random() < 0.5 else ()
            return replace(row, object=group(3), across=across, words=chance.choice(((), ("kidney",))))
        case Kind.IN_SEQUENCE:
            steps = tuple(dict.fromkeys((row.subject[0], *group(3))))
            return replace(row, subject=row.subject[:1], object=steps, optional=steps[1:2] * chance.randint(0, 1))
        case Kind.REQUIRED_UNLESS_STATED:
            used = ("image-control", "used")
            return replace(row, object=group(), when=used, facet=used[0], words=chance.choice(((), ("guided",))))
        case Kind.NOT_WHEN_STATED | Kind.CODES_VALUE:
            codings = tuple((value, group(1)[0]) for value in chance.sample(_METHODS, chance.randint(1, 3)))
            otherwise, words = chance.choice(("", group(1)[0])), chance.choice(((), ("guided",)))
            words = words if kind is Kind.NOT_WHEN_STATED else ()
            return replace(row, facet="image-control", codings=codings, otherwise=otherwise, words=words)
        case _:
            return row
