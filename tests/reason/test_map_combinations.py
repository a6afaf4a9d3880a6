"""The combinations of a map, against every care event there could be."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from kg.codes import Code, Scheme
from kg.expression.condition import Condition, Context, Facets
from kg.reason.map_combinations import (
    AgeBound,
    Known,
    Literal,
    MapCombination,
    Met,
    Target,
    days_of,
    first_combinations,
    map_combinations,
    not_codes,
)

FACETS = Facets({"sex": {"female": None, "male": None}, "image": {"used": None, "ct": "used"}})
ATOMS = [
    Condition("sex", "female"),
    Condition("sex", "male"),
    Condition("image", "used"),
    Condition("image", "ct"),
    Condition("stated", "twins"),
]
AGES = [AgeBound(Condition("age", f"{sign}{days}"), sign, days) for sign in ("<", "<=", ">=") for days in (28, 365)]


def code(text: str) -> Code | None:
    return None if text.startswith("#") else Code.parse(text, Scheme.ICD10)


def target(block: int, group: int, priority: int, text: str, *rule: Literal, ordered: bool = False) -> Target:
    return Target(block, group, priority, text, code(text), rule, ordered)


def told(targets: list[Target], known: Known | None = None) -> list[tuple[str, int, bool]]:
    found = map_combinations(targets, known or Known(Context(facets=FACETS)))
    return [(" ".join(map(str, c.codes)), c.block, c.default) for c in found]


def test_one_code_of_each_group_and_the_last_is_the_default() -> None:
    rows = [target(1, 1, 1, "T81.8"), target(1, 1, 2, "I50.9"), target(1, 2, 1, "A40.0"), target(1, 2, 2, "A41.9")]
    assert told(rows) == [
        ("T81.8 A40.0", 1, False), ("T81.8 A41.9", 1, False), ("I50.9 A40.0", 1, False), ("I50.9 A41.9", 1, True),
    ]  # fmt: skip


def test_blocks_are_other_ways_each_with_its_default() -> None:
    rows = [
        target(1, 1, 1, "E05.0"), target(1, 1, 2, "E05.8"), target(2, 1, 1, "E05.9"), target(2, 2, 1, "I43.8A"),
        target(3, 1, 1, "I43.8A"), target(3, 2, 1, "E05.9"),
    ]  # fmt: skip
    assert told(rows) == [
        ("E05.0", 1, False), ("E05.8", 1, True), ("E05.9 I43.8A", 2, True), ("I43.8A E05.9", 3, True),
    ]  # fmt: skip


def test_what_is_no_code_is_kept_aside() -> None:
    assert told([target(1, 1, 1, "#NIS")]) == []
    rows = [target(1, 1, 1, "J45.9"), target(1, 2, 1, "#NC"), target(2, 1, 1, "#HLT"), target(2, 1, 2, "J45.0")]
    assert told(rows) == [("J45.9", 1, True), ("J45.0", 2, True)]
    assert not_codes(rows) == ("#NC", "#HLT")
    assert told([target(1, 1, 1, "J45.9"), target(1, 1, 2, "#NIS")]) == [("J45.9", 1, False)]


def test_a_code_that_stands_twice_is_told_once_as_the_default() -> None:
    assert told([target(1, 1, 1, "J45.9"), target(1, 1, 2, "J45.0"), target(1, 1, 3, "J45.9")]) == [
        ("J45.0", 1, False), ("J45.9", 1, True),
    ]  # fmt: skip


def test_rules_are_tried_in_turn_and_what_is_known_decides_them() -> None:
    young = AgeBound(Condition("age", "<=28 days"), "<=", 28)
    rows = [target(1, 1, 1, "P29.8", young, ordered=True), target(1, 1, 2, "I50.9", ordered=True)]
    first, second = map_combinations(rows)
    assert (first.conditions, second.conditions) == ((Met((young,), True),), (Met((young,), False),))
    assert told(rows, Known(age=3)) == [("P29.8", 1, False)]
    assert told(rows, Known(age=days_of(40, "years"))) == [("I50.9", 1, True)]


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = [target(1, g, p, f"A{g}{p}.0") for g in range(5) for p in range(9)]
    found, more = first_combinations(rows, Known(), 10)
    assert (len(found), more) == (10, True)
    assert first_combinations(rows[:9], Known(), 10)[1] is False


literals = st.one_of(st.sampled_from(ATOMS), st.sampled_from(AGES))
groups = st.lists(
    st.tuples(
        st.sampled_from(["A00.0", "A00.1", "B00.0", "#NIS"]), st.lists(literals, max_size=2, unique=True).map(tuple)
    ),
    min_size=1,
    max_size=3,
).flatmap(lambda rows: st.booleans().map(lambda ordered: (rows, ordered)))


@st.composite
def maps(draw: st.DrawFn) -> list[Target]:
    made: list[Target] = []
    for block in range(1, draw(st.integers(1, 2)) + 1):
        for group in range(1, draw(st.integers(1, 2)) + 1):
            rows, ordered = draw(groups)
            made += [target(block, group, i, text, *rule, ordered=ordered) for i, (text, rule) in enumerate(rows, 1)]
    return made


Event = tuple[Context, float]


def events(known: Known) -> list[Event]:
    """Every care event of what is known: each atom true or false, as far as facets allow."""
    ages = [known.age] if known.age is not None else [0, 27, 28, 29, 300, 365, 366]
    found: list[Event] = []
    for values in product((True, False), repeat=len(ATOMS)):
        facts = {atom.fact: value for atom, value in zip(ATOMS, values, strict=True)}
        if (facts["sex", "female"] and facts["sex", "male"]) or (facts["image", "ct"] and not facts["image", "used"]):
            continue
        if all(facts[fact] is truth for fact, truth in known.context.facts.items()):
            found += [(Context(facts, FACETS), age) for age in ages]
    return found


def is_true(literal: Literal, event: Event) -> bool:
    context, age = event
    return literal.holds(age) if isinstance(literal, AgeBound) else context.facts[literal.fact]


def coded(targets: list[Target], event: Event) -> set[tuple[int, tuple[Code, ...]]]:
    """What the rows give for one event, row by row as a coder would read them."""
    found: set[tuple[int, tuple[Code, ...]]] = set()
    for block in {t.block for t in targets}:
        given_by_group: list[list[Code | None]] = []
        for group in sorted({t.group for t in targets if t.block == block}):
            rows = [t for t in targets if (t.block, t.group) == (block, group)]
            if not any(t.code for t in rows):
                continue
            fit = [t.code for t in rows if all(is_true(x, event) for x in t.rule)]
            given_by_group.append(fit[:1] if rows[0].ordered else fit)
        if given_by_group:
            found |= {(block, tuple(c for c in chosen if c)) for chosen in product(*given_by_group) if all(chosen)}
    return found


def meets(combination: MapCombination, event: Event) -> bool:
    return all(all(is_true(x, event) for x in met.literals) is met.holds for met in combination.conditions)


@given(maps(), st.sampled_from([{}, {"sex": "female"}, {"image": "!used"}]), st.sampled_from([None, 28, 400]))
def test_every_event_has_the_combinations_whose_conditions_it_meets(
    targets: list[Target], facts: dict[str, str], age: float | None
) -> None:
    known = Known(Context.of(facts, FACETS), age)
    found = list(map_combinations(targets, known))
    every = events(known)
    for event in every:
        assert {(c.block, c.codes) for c in found if meets(c, event)} == coded(targets, event)
    assert all(any(meets(c, event) for event in every) for c in found)  # none is told that cannot be


@given(maps())
def test_the_default_is_of_the_last_rows(targets: list[Target]) -> None:
    for combination in map_combinations(targets, Known(Context(facets=FACETS))):
        if combination.default:
            of_block = [t for t in targets if t.block == combination.block]
            groups = sorted({t.group for t in of_block if any(u.code for u in of_block if u.group == t.group)})
            assert combination.codes == tuple([t for t in of_block if t.group == g][-1].code for g in groups)
