"""A decision's file says again what was decided, refuses what it does not know, and is found again in the document."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from kg import resources
from kg.citation import Citation
from kg.errors import KgError
from kg.expression.condition import Condition
from kg.expression.nodes import Expression, Pick, When, children, picks, walk
from kg.expression.notation import write_expression
from kg.expression.recommendation import ConceptMention, Decision, Reading, Recommendation, Side, Verb
from kg.facets import load_lexicon
from kg.guidance import readers
from kg.guidance.decided import apply_decision
from kg.guidance.decisions import Decided, bare_reading, read_decided, write_decided
from kg.guidance.page.document import Document
from kg.guidance.reading import recommendation_of
from tests.laws.strategies import examples, expressions

DAY = datetime.date(2026, 11, 21)
SOURCE = "IPG1.txt.decision.yaml"
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(str.strip)


def told(e: Expression) -> Expression:
    """The expression with words for each condition, as documents have them."""
    if isinstance(e, When) and not e.condition.words:
        facet, value = e.condition.fact
        e = replace(e, condition=Condition(facet, value, f"words of {value}"))
    below = tuple(map(told, children(e)))
    names = ("parts", "branches") if len(below) > 1 else ("content", "then")
    field = next((name for name in names if hasattr(e, name)), None)
    inner = below if len(below) > 1 else next(iter(below), None)
    return replace(e, **{field: inner}) if field else e


def sides() -> SearchStrategy[Reading]:
    def side(of: Side) -> SearchStrategy[Expression | None]:
        return st.one_of(st.none(), expressions(of.scheme).map(told))

    return st.builds(Reading, side(Side.PROCEDURE), side(Side.DIAGNOSIS))


def decided() -> SearchStrategy[Decided]:
    concept = st.builds(
        ConceptMention,
        st.sampled_from(("737083005", "0123", "no number")),
        st.one_of(st.just(""), WORDS),
        st.sampled_from(tuple(Side)),
        st.one_of(st.none(), WORDS),
    )
    return st.builds(
        Decided,
        st.builds(Decision, st.sampled_from(tuple(Verb)), WORDS, st.dates(), WORDS, st.just(SOURCE)),
        WORDS,
        WORDS,
        st.sampled_from(("0" * 64, "1e5" + "0" * 61, "abcdef0123456789" * 4)),
        sides(),
        st.one_of(st.none(), st.lists(concept, max_size=3).map(tuple)),
        st.one_of(st.none(), WORDS),
        st.one_of(st.none(), WORDS),
        st.none(),
        st.none(),
    ).flatmap(ranked)


def ranked(d: Decided) -> SearchStrategy[Decided]:
    """With the rank of the reading, where one was chosen."""
    ranks = {
        Verb.CHOSE: st.integers(1, 9).flatmap(lambda of: st.tuples(st.integers(1, of), st.just(of))),
        Verb.ACCEPTED: st.tuples(st.sampled_from((None, 1)), st.one_of(st.none(), st.integers(1, 9))),
        Verb.CORRECTED: st.just((None, None)),
    }
    return ranks[d.decision.verb].map(lambda pair: replace(d, rank=pair[0], among=pair[1]))


@settings(max_examples=examples(60), deadline=None)
@given(decided())
def test_what_is_written_is_read_back(d: Decided) -> None:
    assert read_decided(write_decided(d), SOURCE) == d


# -- a file with several readings, as shipped


def document() -> Document:
    data = resources.path("examples/guidance/IP1062-2.txt").read_bytes()
    return readers.read(data, "IP1062-2.txt")


def chosen(r: Recommendation, rank: int) -> Decided:
    holds = bare_reading(r.readings[rank - 1])
    decision = Decision(Verb.CHOSE, "A. Coder", DAY, "both are needed", SOURCE)
    return Decided(decision, r.id, r.source, r.digest, holds, rank=rank, among=len(r.readings))


TEXT = """\
decision: correction
guidance: IPG1
document: IPG1.txt
sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
by: A. Coder
date: 2026-11-21
why: the note adds
recommendation:
  procedure:
    all_of:
    - {code: J12.8}
    - when: open operation
      then: {category: Y53}
  diagnosis: null
"""


def test_a_file_by_hand_is_read_and_its_conditions_get_their_facet() -> None:
    d = read_decided(TEXT, SOURCE)
    assert write_expression(d.reading.procedure) == {
        "all_of": [
            {"code": "J12.8"},
            {"when": "open operation", "facet": "approach", "value": "open", "then": {"category": "Y53"}},
        ]
    }


def test_a_condition_that_was_decided_to_be_of_no_facet_stays_so() -> None:
    words = "when: open operation\n      facet: stated\n      value: open operation"
    d = read_decided(TEXT.replace("when: open operation", words), SOURCE)
    (when,) = (node for node in walk(d.reading.procedure) if isinstance(node, When))  # type: ignore[arg-type]
    assert when.condition.facet == "stated"
    assert load_lexicon().condition("open operation").facet == "approach"


@pytest.mark.parametrize(
    ("old", "new", "id", "place"),
    [
        ("decision: correction", "decision: corrected", "KG-E0215", "1:11"),
        ("guidance: IPG1", "guidance: 1", "KG-E0215", "2:11"),
        ("document: IPG1.txt\n", "", "KG-E0215", "1:1"),
        ("by: A. Coder", "by: ''", "KG-E0215", "5:5"),
        ("by: A. Coder", "By: A. Coder", "KG-E0215", "5:1"),
        ("0123456789abcdef\n", "0123456789abcdeg\n", "KG-E0215", "4:9"),
        ("2026-11-21", "21 November", "KG-E0215", "6:7"),
        ("2026-11-21", "2026-11-21T10:00:00", "KG-E0215", "6:7"),
        ("why: the note adds", "why: *that", "KG-E0215", "7:6"),
        ("why: the note adds", "why: x\nwhy: y", "KG-E0215", "8:1"),
        ("why: the note adds", "why: [x", "KG-E0215", "8:15"),
        ("why: the note adds", "why: x\nreading: 0", "KG-E0215", "8:10"),
        ("why: the note adds", "why: x\nreading: 1", "KG-E0215", "8:10"),
        ("decision: correction", "decision: accept\nreading: 2\nof: 2", "KG-E0215", "2:10"),
        ("decision: correction", "decision: reading\nreading: 9\nof: 3", "KG-E0215", "2:10"),
        ("recommendation:", "recommends:", "KG-E0215", "8:1"),
        ("  diagnosis: null", "  diagnosys: null", "KG-E0215", "14:3"),
        ("  diagnosis: null", "  snomed: x", "KG-E0215", "14:11"),
        ("  diagnosis: null", "  snomed: [{id: '1', section: both}]", "KG-E0215", "14:31"),
        ("{code: J12.8}", "{code: J12.88}", "KG-E0412", "11:7"),
        ("{code: J12.8}", "{code: J12.8, titel: Other}", "KG-E0215", "11:21"),
        ("all_of:", "al_of:", "KG-E0215", "9:3"),
        ("{category: Y53}", "{range: [Y53]}", "KG-E0215", "13:7"),
        ("then:", "than:", "KG-E0215", "13:7"),
        ("when: open operation", "when: open operation\n      facet: approach", "KG-E0215", "12:7"),
    ],
)
def test_each_fault_is_told_with_its_line(old: str, new: str, id: str, place: str) -> None:
    assert old in TEXT
    with pytest.raises(KgError) as fault:
        read_decided(TEXT.replace(old, new, 1), SOURCE)
    assert fault.value.id == id
    assert str(fault.value.where) == f"{SOURCE}:{place}", str(fault.value)


@pytest.mark.parametrize(
    "text", ["", "- 1", "a: &a [*a]", "\x07", "a: " + "[" * 5000, "x" * 1_000_001, "!!python/none"]
)
def test_what_is_no_decision_at_all_is_refused(text: str) -> None:
    with pytest.raises(KgError) as fault:
        read_decided(text, SOURCE)
    assert fault.value.id == "KG-E0215"


# -- what a decision does to the recommendation


def test_the_reading_that_was_chosen_comes_first_with_its_citations_and_asks_for_nobody() -> None:
    r = recommendation_of(document())
    assert (len(r.readings), r.review) == (3, True)
    made = apply_decision(r, chosen(r, 2), document())
    assert (made.readings[0].procedure, made.readings[0].diagnosis) == (
        r.readings[1].procedure,
        r.readings[1].diagnosis,
    )
    assert made.readings[0].reason.startswith("decided by A. Coder on 2026-11-21: both are needed")
    assert set(made.readings[1:]) == {r.readings[0], r.readings[2]}
    assert (made.review, made.warnings, made.concepts) == (False, r.warnings, r.concepts)
    assert made.decision == chosen(r, 2).decision


def test_a_reader_that_ranks_otherwise_or_forgets_the_reading_changes_nothing() -> None:
    r = recommendation_of(document())
    decision = chosen(r, 2)
    turned = replace(r, readings=r.readings[::-1])
    without = replace(r, readings=(r.readings[0],))
    for other in (turned, without):
        made = apply_decision(other, decision, document())
        assert bare_reading(made.readings[0]) == decision.reading


def test_what_a_correction_says_is_cited_where_the_document_prints_it() -> None:
    text = "IPG7 A title\n\nOPCS-4 code(s):\nJ12.8 Other operations\nY53.4 Approach\n\nUse Y68.1 for the open\n"
    text += "operation.\n"
    page = readers.read(text.encode(), "IPG7.txt")
    r = recommendation_of(page)
    holds = read_decided(TEXT.replace("category: Y53", "code: Y68.1"), SOURCE)
    made = apply_decision(r, replace(holds, guidance="IPG7", digest=r.digest), page)
    assert made.procedure is not None
    cites = [pick.citation for pick in picks(made.procedure)]
    assert [c.quote[:5] for c in cites if isinstance(c, Citation)] == ["J12.8", "Y68.1"]
    (when,) = (node for node in walk(made.procedure) if isinstance(node, When))
    assert isinstance(when.condition.citation, Citation)
    assert when.condition.citation.quote == "open\noperation"
    for node in walk(made.procedure):
        if isinstance(node.citation, Citation):
            assert text[node.citation.start : node.citation.end] == node.citation.quote
    assert all(not isinstance(node, Pick) or node.citation for node in walk(made.procedure))


def test_the_list_of_concepts_can_be_corrected_and_emptied() -> None:
    r = recommendation_of(document())
    keep, *_ = r.concepts
    new = ConceptMention("709020001", "Open microwave ablation", Side.PROCEDURE)
    decision = replace(chosen(r, 1), concepts=(replace(keep, citation=None), new))
    made = apply_decision(r, decision, document())
    assert made.concepts == (keep, new)
    assert apply_decision(r, replace(decision, concepts=()), document()).concepts == ()
