"""HermiT derives the combinations of an expression from OWL axioms; what it cannot look through it refuses."""

from __future__ import annotations

import pytest

from kg.codes import Scheme, parse_selector
from kg.errors import KgError
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, OneOf, Optional, Pick, Unnamed, When
from kg.owl.events import Events
from tests.laws.strategies import FACETS, NOTHING, awkward
from tests.oracle.brute_force import valid

A, B, C = (Pick(parse_selector(text, Scheme.OPCS4)) for text in ("J12.8", "J12.3", "Y53"))
OPEN, KEYHOLE, ROBOT = (Condition("approach", value) for value in ("open", "laparoscopic", "robotic"))


def told(e, context: Context) -> list[str]:
    return sorted({" + ".join(sorted(map(str, selectors))) for selectors in valid(e, context)})


@pytest.mark.parametrize(
    "e",
    [
        AllOf((When(ROBOT, A), When(KEYHOLE, B), Optional(C))),
        AllOf((OneOf((When(OPEN, A), When(KEYHOLE, B))), When(OPEN, C), Unnamed("and others"))),
    ],
)
@pytest.mark.parametrize(
    "given", [{}, {("approach", "open"): True}, {("approach", "laparoscopic"): False}, {("approach", "robotic"): True}]
)
def test_the_combinations_under_a_context_are_those_of_brute_force(e, given: dict[tuple[str, str], bool]) -> None:
    context = Context(given, FACETS)
    assert Events(e, context).combinations() == told(e, context)


def test_what_no_event_can_be_has_no_combination() -> None:
    impossible = [e for e in awkward(Scheme.OPCS4) if not valid(e, NOTHING)]
    assert impossible
    for e in impossible:
        assert not Events(e, NOTHING).is_possible()
        assert Events(e, NOTHING).combinations() == []
    assert Events(A, NOTHING).is_possible()


def test_more_leaves_than_can_be_tried_are_refused() -> None:
    with pytest.raises(KgError) as fault:
        Events(AllOf((A,) * 12), NOTHING).combinations()
    assert fault.value.id == "KG-E0802"
