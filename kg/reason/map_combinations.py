"""What the rows of a map say together: blocks of groups of prioritised targets, as combinations of codes.

A block is one way of coding, a group one code of that way, a priority a choice for that place; the last priority is the
default. Where rows have rules (the international layout), the rules of a group are tried in order of priority and the
first that holds decides; rows without rules are free alternatives. What does not name a code (`#NIS`) is kept aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice, pairwise, product

from kg.codes import Code
from kg.errors import KgError
from kg.expression.condition import NOTHING_KNOWN, Condition, Context

_YEAR = 365.25
_DAYS = {"day": 1.0, "week": 7.0, "month": _YEAR / 12, "year": _YEAR}
AGE = "age"
"""The facet of ages: its values are bounds (`<=28 days`), not names."""


@dataclass(frozen=True, slots=True)
class AgeBound:
    """A bound on the age at onset, as printed in `condition`: `sign` is one of `<`, `<=`, `>`, `>=`."""

    condition: Condition
    sign: str
    days: float

    def holds(self, days: float) -> bool:
        """Whether an age is within the bound."""
        return {"<": days < self.days, "<=": days <= self.days, ">": days > self.days, ">=": days >= self.days}[
            self.sign
        ]


Literal = Condition | AgeBound


def days_of(number: float, unit: str) -> float:
    """An age in days; a unit as `day` or `years`.

    Raises:
        KeyError: the unit is none.
    """
    return number * _DAYS[unit.lower().rstrip("s")]


@dataclass(frozen=True, slots=True)
class Target:
    """One row of a map. `code` is None for what is no code, which `text` tells.

    `rule` are the conditions of the row, all of which hold; `ordered`: the row is one of rules tried in turn.
    """

    block: int
    group: int
    priority: int
    text: str
    code: Code | None
    rule: tuple[Literal, ...] = ()
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """What a combination rests on: that a condition holds, or that `literals` do not all hold together."""

    literals: tuple[Literal, ...]
    holds: bool

    @property
    def condition(self) -> Condition:
        """The condition; several that fail together as one in words."""
        conditions = [each.condition if isinstance(each, AgeBound) else each for each in self.literals]
        return conditions[0] if len(conditions) == 1 else Condition.stated(" and ".join(map(str, conditions)))


@dataclass(frozen=True, slots=True)
class MapCombination:
    """One code of each group of a block, in the order of groups; `default`: each is the last choice of its group."""

    codes: tuple[Code, ...]
    block: int
    default: bool
    conditions: tuple[Met, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the care event: facts, and the age at onset in days if that is known."""

    context: Context = NOTHING_KNOWN
    age: float | None = None


NOTHING = Known()


@dataclass(frozen=True, slots=True)
class _Case:
    """What some chosen rows rest on: conditions that hold, and conjunctions that fail as a whole."""

    holds: tuple[Literal, ...] = ()
    fails: tuple[tuple[Literal, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    """One row that a group may give, whether it is the last, and the case in which it does."""

    target: Target
    last: bool
    case: _Case = field(default_factory=_Case)


def map_combinations(targets: Sequence[Target], known: Known = NOTHING) -> Iterator[MapCombination]:
    """The combinations of the rows of one map in order of block and of the choices, each once; lazy.

    A group of which no row names a code adds nothing to its block; a block without any code has no combination.
    """
    ordered = sorted(targets, key=lambda t: (t.block, t.group, t.priority))
    for block, rows in groupby(ordered, key=lambda t: t.block):
        groups = [list(of_group) for _, of_group in groupby(rows, key=lambda t: t.group)]
        choices = [_choices(group) for group in groups if any(t.code for t in group)]
        if choices:
            yield from _of_block(block, choices, known)


def not_codes(targets: Sequence[Target]) -> tuple[str, ...]:
    """What rows name that is no code, in order of their places, each once."""
    ordered = sorted(targets, key=lambda t: (t.block, t.group, t.priority))
    return tuple(dict.fromkeys(t.text for t in ordered if t.code is None))


def first_combinations(targets: Sequence[Target], known: Known, most: int) -> tuple[tuple[MapCombination, ...], bool]:
    """The first combinations, and whether there are more."""
    found = tuple(islice(map_combinations(targets, known), most + 1))
    return found[:most], len(found) > most


def conditions_of(targets: Sequence[Target]) -> tuple[Condition, ...]:
    """The conditions that rules speak of, besides ages, each fact once."""
    return tuple({x.fact: x for t in targets for x in t.rule if isinstance(x, Condition)}.values())


def _choices(group: Sequence[Target]) -> list[_Choice]:
    """What a group may give, in order of priority: each row that can be reached."""
    found: list[_Choice] = []
    before: list[tuple[Literal, ...]] = []
    for target in group:
        last = target is group[-1]
        found.append(_Choice(target, last, _Case(target.rule, tuple(before) if target.ordered else ())))
        if target.ordered:
            if not target.rule:
                break  # it always holds: the rows behind it are never tried
            before.append(target.rule)
    return found


def _of_block(block: int, choices: Sequence[Sequence[_Choice]], known: Known) -> Iterator[MapCombination]:
    possible = [[each for each in group if _told(each.case, known) is not None] for group in choices]
    last = _taken(block, [each for group in possible for each in group[-1:] if each.last], known)
    # The same codes in two rows: the one that is the default stands for both, where it rests on nothing.
    standing = last.codes if last is not None and not last.conditions and len(last.codes) == len(choices) else None
    told: set[MapCombination] = set()
    for chosen in product(*possible):
        found = _taken(block, chosen, known)
        if found is None or found in told or (found.codes == standing and not found.default):
            continue
        told.add(found)
        yield found


def _taken(block: int, chosen: Sequence[_Choice], known: Known) -> MapCombination | None:
    """The combination of one row of each group; None if one names no code, or no care event has all of them."""
    codes = tuple(each.target.code for each in chosen if each.target.code is not None)
    case = _Case(
        tuple(dict.fromkeys(x for each in chosen for x in each.case.holds)),
        tuple(dict.fromkeys(x for each in chosen for x in each.case.fails)),
    )
    conditions = _told(case, known)
    if len(codes) < len(chosen) or conditions is None:
        return None
    return MapCombination(codes, block, all(each.last for each in chosen), conditions)


def _told(case: _Case, known: Known) -> tuple[Met, ...] | None:
    """The conditions of a case that are not known already; None if no care event of what is known can have it."""
    context = known.context
    facts = dict(context.facts)
    for literal in case.holds:
        if isinstance(literal, Condition):
            facts[literal.fact] = True
    if any(context.holds(*x.fact) is False for x in case.holds if isinstance(x, Condition)):
        return None
    try:
        assumed = replace(context, facts=facts)
    except KgError:
        return None  # values of one facet that exclude each other
    every = [*case.holds, *(x for conjunction in case.fails for x in conjunction)]
    ages = [known.age] if known.age is not None else _ages([x for x in every if isinstance(x, AgeBound)])
    if not any(_is_case_of(case, age, assumed) for age in ages):
        return None
    met = [Met((x,), holds=True) for x in case.holds if not _is_certain(x, known)]
    for conjunction in case.fails:
        if not any(_truth(x, known) is False for x in conjunction):
            left = tuple(x for x in conjunction if not _is_certain(x, known) and x not in case.holds)
            met.append(Met(left, holds=False))
    return tuple(dict.fromkeys(met))


def _is_case_of(case: _Case, age: float, assumed: Context) -> bool:
    """Whether an event of this age, of which no more holds than is assumed, is a case."""
    holds = all(x.holds(age) for x in case.holds if isinstance(x, AgeBound))
    return holds and all(
        any(not x.holds(age) if isinstance(x, AgeBound) else assumed.holds(*x.fact) is not True for x in conjunction)
        for conjunction in case.fails
    )


def _ages(bounds: Sequence[AgeBound]) -> list[float]:
    """An age of each stretch that the bounds cut out, and the bounds themselves."""
    ends = sorted({0.0, *(bound.days for bound in bounds)})
    between = [(a + b) / 2 for a, b in pairwise(ends)]
    return sorted([*ends, *between, ends[-1] + 1])


def _truth(literal: Literal, known: Known) -> bool | None:
    if isinstance(literal, AgeBound):
        return None if known.age is None else literal.holds(known.age)
    return known.context.holds(*literal.fact)


def _is_certain(literal: Literal, known: Known) -> bool:
    return _truth(literal, known) is True
