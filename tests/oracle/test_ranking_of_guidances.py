"""The verdicts on a record against many guidances: which are kept, and in which order, by the sentence of the design.

"All that apply, best first (valid before incomplete, more selectors matched before fewer), and an incomplete one is set
aside when a valid one explains every code it matched (shown on request)."
"""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.codes import Scheme
from kg.expression.recommendation import Reading, Recommendation
from kg.reason.check import check, check_all
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict
from tests.laws.strategies import code_lists, examples, expressions
from tests.oracle.test_check_by_brute_force import NOTHING_LOADED


def matched(v: GuidanceVerdict) -> set[tuple[str, int]]:
    """The entries that its best combination matches, by side."""
    return {(s.side.value, j) for s in v.sides for m in [s.met or next(iter(s.nearest), None)] if m for _, j in m.pairs}


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_guidances_that_are_told_and_their_order(data):
    sides = [
        (data.draw(expressions(Scheme.OPCS4, leaves=4, most=20)), None) for _ in range(data.draw(st.integers(1, 4)))
    ]
    sides += [(p, data.draw(expressions(Scheme.ICD10, leaves=3, most=20))) for p, _ in sides[:2]]
    guidances = [Recommendation(f"G{n}", "", (Reading(p, d),)) for n, (p, d) in enumerate(sides)]
    codes = data.draw(code_lists(Scheme.OPCS4, sides[0][0], most=4))
    record = Record(procedures=codes, diagnoses=data.draw(code_lists(Scheme.ICD10, sides[-1][1], most=3)))
    alone = {g.id: check(g, record, NOTHING_LOADED) for g in guidances}
    told = check_all(guidances, record, NOTHING_LOADED)
    everything = check_all(guidances, record, NOTHING_LOADED, everything=True)

    kept = {id for id, v in alone.items() if v.verdict != "not applicable"}
    for id, v in alone.items():
        if v.verdict == "incomplete" and any(w.verdict == "valid" and matched(v) <= matched(w) for w in alone.values()):
            kept.discard(id)
    assert {v.guidance for v in told} == kept
    assert {v.guidance for v in everything} == set(alone)
    assert all(alone[v.guidance] == v for v in everything)
    places = ["valid", "incomplete", "contradicted", "not applicable"]
    for found in (told, everything):
        for better, worse in itertools.pairwise(found):
            mine, theirs = places.index(better.verdict), places.index(worse.verdict)
            assert mine <= theirs
            assert mine < theirs or len(matched(better)) >= len(matched(worse))
    assert check_all(guidances[::-1], record, NOTHING_LOADED) == told
