"""Each episode is held to the editions in use on its own day, as `kg check` holds records."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.audit.codes_by_value import CodesByValue
from kg.audit.editions import ByEdition, InUse
from kg.codes import Code, One, Scheme
from kg.expression.nodes import AllOf, Pick
from kg.expression.recommendation import Reading, Recommendation
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.candidates import Candidates
from kg.reason.check import check_all
from kg.reason.prepared import Kept
from kg.reason.record import Record
from tests.audit.random_standards import DAYS, standard
from tests.audit.test_engine import CHAPTERS, MORE, OPEN, SHIPPED, STATED, Row, audited, episodes, guidances, said
from tests.laws.strategies import CODES, NOTHING, examples

WAYS = ("", "", "laparoscopic", "open", "percutaneous", "ultrasound guided", "under radiological control", "CT guided")
BEGUN = (DAYS[0], DAYS[-1])


def edition(chance: Random) -> CodesByValue:
    """Codes of the tests, of which titles state ways at random."""
    pools = {scheme: sorted({c.key for c in (*CODES[scheme], *MORE[scheme])}) for scheme in Scheme}
    titles = {scheme: {key: f"Operation {chance.choice(WAYS)}" for key in keys} for scheme, keys in pools.items()}
    return CodesByValue(titles, {scheme: tuple(keys) for scheme, keys in pools.items()})


def checked(rs: Sequence[Recommendation], records: Sequence[Record], in_use: InUse, applied: Applied) -> list[Row]:
    """What `kg check` says of each record, with the edition in use on its day."""
    rows, near = list[Row](), Candidates.of(rs, CHAPTERS)
    held = {n: applied.but(classification=known) for n, known in enumerate(in_use.codes)}
    kept = {n: Kept(known, held[n]) for n, known in enumerate(in_use.codes)}
    for record in records:
        known = in_use.on(record.date or applied.day)
        (n,) = (n for n, each in enumerate(in_use.codes) if each is known)
        found = check_all(near.about(record), record, known, held[n], everything=True, kept=kept[n])
        told = sorted((v for v in found if v.verdict.value != "not applicable"), key=lambda v: v.guidance)
        rows += [(record.id, v.guidance, v.verdict.value, *said(v)) for v in told]
    return rows


@settings(max_examples=examples(4), deadline=None)
@given(st.integers(0, 10**9))
def test_each_row_is_what_check_says_with_the_edition_of_the_day(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  the same case for the same number
    rs = guidances(chance, 4)
    in_use = InUse(tuple(sorted(BEGUN)), tuple(edition(chance) for _ in range(3)))
    rules = SHIPPED if seed % 2 else Standards.of([standard(chance, n) for n in range(12)], CHAPTERS)
    applied = Applied(rules, OPEN, chance.choice(DAYS), STATED)
    audit = ByEdition(rs, in_use, applied, NOTHING, everything=True)
    for _ in range(2):
        records = episodes(chance, rs, 15)
        assert audited(audit, records) == checked(rs, records, in_use, applied)


def test_a_title_that_states_the_image_control_counts_from_the_day_of_its_edition_on() -> None:
    """A code for what the operation's title states already must not stand beside it."""
    operation, control = (Code.parse(text, Scheme.OPCS4) for text in ("J12.8", "Y53.2"))
    day = datetime.date(2026, 4, 1)
    titles = {n: {Scheme.OPCS4: {operation.key: f"Operation{n}"}} for n in ("", " under ultrasound guidance")}
    in_use = InUse((day,), tuple(CodesByValue(t, {Scheme.OPCS4: (operation.key,)}) for t in titles.values()))
    r = Recommendation("G", "", (Reading(AllOf((Pick(One(operation)), Pick(One(control)))), None),))
    applied = Applied(SHIPPED, OPEN, day, STATED)
    when = (day - datetime.timedelta(days=1), day, None)
    records = [Record((operation, control), context=NOTHING, date=each, id=str(each)) for each in when]
    rows = audited(ByEdition([r], in_use, applied), records)
    assert rows == checked([r], records, in_use, applied)
    assert [row[2] for row in rows] == ["valid", "contradicted", "contradicted"]
    assert [row[2] for row in audited(ByEdition([r], in_use, None), records)] == ["valid"] * 3
