"""The audit's verdicts are those of `kg check`, whatever the guidances, the standards and the episodes are."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import resources
from kg.audit.editions import ByEdition
from kg.audit.engine import Auditor
from kg.audit.shapes import EPISODES, VERDICTS
from kg.codes import Code, Scheme, covers
from kg.expression.condition import Context
from kg.expression.nodes import picks
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.facets import load_lexicon
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.candidates import Candidates
from kg.reason.check import check_all
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict
from kg.standards import load_national, load_pack
from kg.standards.loading import PACK
from kg.terminology.in_use import OpenCodes
from tests.audit.random_standards import DAYS, standard
from tests.laws.strategies import CODES, NOTHING, examples
from tests.oracle.cases import case

OPEN = OpenCodes()
CHAPTERS = OPEN.chapters
STATED = load_lexicon().stated_in
ONE = datetime.timedelta(days=1)
DATES = (None, *DAYS, *(d - ONE for d in DAYS), *(d + ONE for d in DAYS), datetime.date(2022, 4, 30))
AWKWARD = {
    Scheme.OPCS4: "J12.3 X65.3 Y36.4 Y89.1 Y53.4 Y53.1 Y75.2 V55.1 V25.4 Z67.6 Z94.2 W37.1 A52.1 U21.2",
    Scheme.ICD10: "H19.8A A17.0D G01A I10 J96 C80.9 M45.X0 C78.7 Z85.0",
}
MORE = {scheme: tuple(Code.parse(text, scheme) for text in texts.split()) for scheme, texts in AWKWARD.items()}

Row = tuple[str, str, str, str, tuple[str, ...], tuple[str, ...]]


def batch(records: Sequence[Record]) -> pa.RecordBatch:
    """Records as a batch of episodes."""
    columns = {
        "episode": [r.id for r in records],
        "procedures": [[str(c) for c in r.procedures] for r in records],
        "diagnoses": [[str(c) for c in r.diagnoses] for r in records],
        "date": [r.date for r in records],
    }
    return pa.RecordBatch.from_arrays([_array(columns[f.name], f.type) for f in EPISODES], schema=EPISODES)


def _array(values: list[object], type_: pa.DataType) -> pa.Array:
    if not pa.types.is_list(type_):
        return pa.array(values, type_)
    plain = pa.array(values, pa.list_(pa.string()))
    return pa.ListArray.from_arrays(plain.offsets, plain.values.dictionary_encode())


def audited(auditor: Auditor | ByEdition, records: Sequence[Record]) -> list[Row]:
    """The rows of the audit."""
    found = auditor.verdicts(batch(records))
    assert found.schema == VERDICTS
    return [(*list(row.values())[:4], tuple(row["missing"]), tuple(row["broken"])) for row in found.to_pylist()]


def checked(candidates: Candidates, records: Sequence[Record], applied: Applied | None, everything: bool) -> list[Row]:
    """What `kg check` says, as rows."""
    rows: list[Row] = []
    kept = Kept(OPEN, applied)
    for record in records:
        found = check_all(candidates.about(record), record, OPEN, applied, everything=everything, kept=kept)
        found = [v for v in found if v.verdict.value != "not applicable"]
        rows += [(record.id, v.guidance, v.verdict.value, *said(v)) for v in sorted(found, key=lambda v: v.guidance)]
    return rows


def said(verdict: GuidanceVerdict) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The combination, what is missing and what is broken."""
    applying = [s for s in verdict.sides if s.verdict.value not in ("not given", "not applicable")]
    best = {s.side: s.met or (s.nearest[0] if s.nearest else None) for s in applying}
    told = {side: match.combination.notation for side, match in best.items() if match}
    procedure, diagnosis = told.get(Side.PROCEDURE, ""), told.get(Side.DIAGNOSIS, "")
    combination = f"{procedure} / {diagnosis}".lstrip() if diagnosis else procedure
    missing = tuple(str(x) for s in verdict.sides for x in s.missing)
    return combination, missing, tuple(b.rule for s in verdict.sides for b in s.broken)


def guidances(chance: Random, n: int) -> list[Recommendation]:
    """Guidances on one side or on both."""
    found: list[Recommendation] = []
    for i in range(n):
        sides = dict.fromkeys(Scheme)
        for _ in range(2):
            one = case(chance.randrange(10**6))
            sides[one.scheme] = one.expression
        found.append(Recommendation(f"G{i}", "", (Reading(sides[Scheme.OPCS4], sides[Scheme.ICD10]),)))
    return found


def episodes(chance: Random, rs: Sequence[Recommendation], n: int) -> list[Record]:
    """Records of which most codes are of one guidance, some of them long, some without a side."""
    found: list[Record] = []
    for i in range(n):
        r, sides = chance.choice(rs), dict[Side, tuple[Code, ...]]()
        for side in Side:
            pool = [*CODES[side.scheme], *MORE[side.scheme]]
            named = [p.selector for p in picks(r.side(side))]
            near = [c for c in pool if any(covers(s, c, CHAPTERS) for s in named)] or pool
            length = chance.choice((0, 1, 2, 3, 4, 5, 7, 30 if i % 20 == 0 else 6))
            sides[side] = tuple(chance.choice(near if chance.random() < 0.7 else pool) for _ in range(length))
        date = chance.choice(DATES)
        found.append(Record(sides[Side.PROCEDURE], sides[Side.DIAGNOSIS], context=NOTHING, date=date, id=f"e{i}"))
    return found


def agree(seed: int, applied: Applied | None, context: Context, *, n: int = 30) -> None:
    """Two batches of episodes against guidances: what is kept from the first changes nothing in the second."""
    chance = Random(seed)  # noqa: S311  the same case for the same number
    rs = guidances(chance, 4)
    everything = chance.random() < 0.3
    auditor = Auditor(rs, OPEN, applied, context, everything=everything)
    candidates = Candidates.of(rs, CHAPTERS)
    for _ in range(2):
        records = [
            Record(r.procedures, r.diagnoses, context=context, date=r.date, id=r.id) for r in episodes(chance, rs, n)
        ]
        assert audited(auditor, records) == checked(candidates, records, applied, everything)


def context_of(seed: int) -> Context:
    """What is known of every episode: nothing, or facts."""
    return case(seed).context if seed % 2 else NOTHING


@settings(max_examples=examples(10), deadline=None)
@given(st.integers(0, 10**9))
def test_as_printed_each_row_is_what_check_says(seed: int) -> None:
    agree(seed, None, context_of(seed))


SHIPPED = Standards.of((*load_national(), *load_pack(resources.path(PACK)).standards), CHAPTERS)


@settings(max_examples=examples(6), deadline=None)
@given(st.integers(0, 10**9))
def test_with_the_shipped_standards_and_pack_each_row_is_what_check_says(seed: int) -> None:
    day = DATES[seed % len(DATES)] or DAYS[0]
    applied = Applied(SHIPPED, OPEN, day, STATED)
    agree(seed, applied, context_of(seed))


@settings(max_examples=examples(20), deadline=None)
@given(st.integers(0, 10**9))
def test_with_standards_of_every_kind_each_row_is_what_check_says(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  the same case for the same number
    standards = [standard(chance, n) for n in range(chance.choice((1, 2, 4, 12)))]
    applied = Applied(Standards.of(standards, CHAPTERS), OPEN, chance.choice(DAYS), STATED)
    agree(seed, applied, context_of(seed))


@pytest.mark.parametrize("seed", range(4))
def test_guidances_that_later_episodes_are_about_look_at_codes_that_came_before(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  the same case for the same number
    rs = guidances(chance, 12)
    applied = Applied(SHIPPED, OPEN, DAYS[0], STATED) if seed % 2 else None
    auditor, candidates = Auditor(rs, OPEN, applied, NOTHING), Candidates.of(rs, CHAPTERS)
    for r in episodes(chance, rs, 40):
        assert audited(auditor, [r]) == checked(candidates, [r], applied, everything=False)


@pytest.mark.parametrize("seed", range(4))
def test_records_of_more_than_64_codes_a_side_are_checked_as_the_others(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  the same case for the same number
    rs = guidances(chance, 6)
    found = [replace(r, date=None) for r in episodes(chance, rs, 40)]
    others = {scheme: codes * (7 if scheme is Scheme.ICD10 else 5) for scheme, codes in MORE.items()}
    long = [
        replace(r, procedures=(*others[Scheme.OPCS4], *r.procedures), diagnoses=(*r.diagnoses, *others[Scheme.ICD10]))
        for r in found[::2]
    ]
    assert max(len(r.procedures) for r in long) > 64
    records = [replace(r, id=f"e{n}") for n, r in enumerate((*found, *long))]
    expected = checked(Candidates.of(rs, CHAPTERS), records, None, everything=False)
    assert audited(Auditor(rs, OPEN, None, NOTHING), records) == expected
    assert len(expected) < len(audited(Auditor(rs, OPEN, None, NOTHING, everything=True), records))


def test_a_batch_without_episodes_and_guidances_that_apply_to_none_give_no_rows() -> None:
    rs = guidances(Random(3), 3)  # noqa: S311  the same case each time
    auditor = Auditor(rs, OPEN, None)
    assert audited(auditor, []) == []
    assert audited(auditor, [Record(id="1"), Record(procedures=(Code.parse("U99.9", Scheme.OPCS4),), id="2")]) == []
    assert audited(Auditor([], OPEN, None), [Record(id="1")]) == []


@pytest.mark.parametrize("column", ["procedures", "diagnoses"])
def test_a_slice_of_a_batch_is_checked_as_itself(column: str) -> None:
    chance = Random(5)  # noqa: S311  the same case each time
    rs = guidances(chance, 4)
    records = episodes(chance, rs, 30)
    auditor, whole = Auditor(rs, OPEN, None), batch(records)
    assert len(whole.column(column)) == 30
    rows = auditor.verdicts(whole).to_pylist()
    assert auditor.verdicts(whole.slice(10, 15)).to_pylist() == [
        row for row in rows if 10 <= int(row["episode"][1:]) < 25
    ]
