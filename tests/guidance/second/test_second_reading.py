"""The second reading: the relation of two codes, the weights of words, and where it makes a person look."""

from __future__ import annotations

import re
from itertools import combinations, product
from math import exp, isclose
from pathlib import Path

import pytest
from hypothesis import given, settings

from kg import resources
from kg.codes import Code, One, Scheme, Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, picks
from kg.expression.recommendation import Side
from kg.facets import load_lexicon
from kg.guidance import readers
from kg.guidance.page.phrases import load_phrases
from kg.guidance.page.source import Source
from kg.guidance.reading import read_bytes
from kg.guidance.second import compared_in, report_unlikely
from kg.guidance.second.around import Words, around
from kg.guidance.second.model import FILE, RELATIONS, SCALE, Model, load_model, packed
from kg.guidance.second.relation import Relation, Relations
from tests.laws.strategies import examples, expressions
from tools.learn_second_reading import DOCUMENTS, learn, of_documents
from tools.learn_second_reading import examples as examples_of

ROOT = Path(__file__).parents[3]


def records(e: Expression, *, label: bool = False) -> set[frozenset[Selector]]:
    """What can be recorded, each way in full: the oracle, by brute force."""
    match e:
        case Pick(selector=selector):
            return {frozenset([selector])}
        case Unnamed():
            return {frozenset()}
        case AllOf(parts=parts):
            return {frozenset().union(*choice) for choice in product(*map(records, parts))}
        case OneOf(branches=branches):
            return set().union(*(records(branch, label=True) for branch in branches))
        case Optional(content=inner):
            return {frozenset(), *records(inner)}
        case When(then=inner):
            return records(inner) | (set() if label else {frozenset()})


BOTH, FIRST, SECOND = (True, True), (True, False), (False, True)
OF_WAYS = {
    frozenset({BOTH}): Relation.TOGETHER,
    frozenset({BOTH, FIRST}): Relation.SECOND_MAY,
    frozenset({BOTH, SECOND}): Relation.FIRST_MAY,
    frozenset({BOTH, FIRST, SECOND}): Relation.EITHER_MAY,
    frozenset({FIRST, SECOND}): Relation.ALTERNATIVES,
}


@given(expressions(Scheme.OPCS4, leaves=7))
@settings(max_examples=examples(300))
def test_the_relation_of_two_codes_is_what_the_records_show(e: Expression) -> None:
    ways, relations = records(e), Relations(e)
    for a, b in combinations(dict.fromkeys(p.selector for p in picks(e)), 2):
        seen = frozenset({(a in way, b in way) for way in ways} - {(False, False)})
        assert relations.of(a, b) is OF_WAYS.get(seen)


def test_a_code_that_is_not_there_has_no_relation() -> None:
    here, absent = (One(Code.parse(text, Scheme.OPCS4)) for text in ("J12.8", "Y53.4"))
    assert Relations(Pick(here)).of(here, absent) is None


# The data file.


def test_each_row_of_the_weights_is_a_clue_with_a_whole_number_for_each_relation() -> None:
    head, *rows = resources.text(FILE).splitlines()
    assert head.split("\t") == ["group", "clue", *RELATIONS]
    parted = [row.split("\t") for row in rows]
    assert {len(row) for row in parted} == {2 + len(RELATIONS)}
    assert all(re.fullmatch(r"-?\d{1,3}", number) for row in parted for number in row[2:])
    names = [tuple(row[:2]) for row in parted]
    assert names == sorted(set(names))


LIST = "J12.8 Other excision\n\nPlus\n\nY53.2 Ultrasound (if used)\n\nOr\n\nY53.4 Fluoroscopy\n"
WORDS = [a + b + c for a in "bcdfgh" for b in "aeiou" for c in "klmnrst"]
OFTEN = "".join(
    f"\nNote: J12.8 {' '.join(WORDS[i * 30 : i * 30 + 30])} Y53.2 {' '.join(WORDS[i::7])}.\n" for i in range(7)
)


@pytest.mark.parametrize("text", [LIST, LIST + OFTEN], ids=["short", "codes that are named often"])
def test_clues_that_are_added_as_one_number_add_up_as_they_do_one_by_one(text: str) -> None:
    rows = [row.split("\t") for row in resources.text(FILE).splitlines()[1:]]
    weights = {tuple(row[:2]): [*map(int, row[2:])] for row in rows}
    read = read_bytes(f"IPG999 A test\n\nOPCS-4 codes\n\n{LIST}".encode(), "x.txt")
    assert read.procedure is not None
    words = Words(text)
    places, pairs = compared_in(read.procedure)
    assert len(places) == len(pairs) == 3
    for pair in pairs:
        groups = around(words, Side.PROCEDURE, places, pair.i, pair.j)
        found = [weights.get((group, clue), [0] * len(RELATIONS)) for group, clues in groups for clue in clues]
        raised = [exp(sum(column) / SCALE) for column in zip(*found, strict=True)]
        told = load_model().likelihoods(words, Side.PROCEDURE, places, pair.i, pair.j)
        assert isclose(sum(told.values()), 1)
        assert all(isclose(told[r], x / sum(raised), rel_tol=1e-9) for r, x in zip(RELATIONS, raised, strict=True))


# What it learns.


def made(codes: tuple[str, str], between: str) -> str:
    return f"IPG999 A test\n\nOPCS-4 codes\n\n{codes[0]} First\n\n{between}\n\n{codes[1]} Second\n"


MAIN = ("J12.1", "J12.8", "K40.1", "K41.2", "M65.1", "T20.3", "W37.1", "A48.3")


def test_it_learns_from_the_meaning_what_the_words_between_two_codes_say() -> None:
    found = [
        example
        for number, (first, second, word) in enumerate(product(MAIN, MAIN, ("Or", "Plus")))
        if first != second
        for read in [read_bytes(made((first, second), word).encode(), "x.txt")]
        for example in examples_of(read, made((first, second), word), read, number)
    ]
    tables: dict[str, dict[str, int]] = {}
    for (group, clue), weights in learn(found).items():
        tables.setdefault(group, {})[clue] = packed(weights)
    model = Model(tables)
    for word, relation in (("Or", Relation.ALTERNATIVES), ("Plus", Relation.TOGETHER)):
        text = made(("C12.1", "S06.5"), word)  # codes that it has not seen
        e = read_bytes(text.encode(), "x.txt").procedure
        assert e is not None
        places, _ = compared_in(e)
        likely = model.likelihoods(Words(text), Side.PROCEDURE, places, 0, 1)
        assert likely[relation] > 0.9


def test_the_documents_that_it_learns_from_are_read_and_give_examples(tmp_path: Path) -> None:
    lines = [line for file in sorted(DOCUMENTS.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    some = lines[::40]
    for name, share in (("a", some[:30]), ("b", some[30:])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(share) + "\n", encoding="utf-8")
    found = list(of_documents(tmp_path))
    assert {x.document for x in found} > set(range(0, len(some), 10))
    assert {RELATIONS[x.relation] for x in found} == set(Relation)


# Where it makes a person look.


def asked(text: str) -> list[str]:
    return [w.message for w in read_bytes(text.encode(), "x.txt").warnings if w.id == "KG-W0224"]


@pytest.mark.parametrize("path", sorted((ROOT / "examples").rglob("*.txt")), ids=lambda p: p.name)
def test_the_examples_are_read_without_it(path: Path) -> None:
    assert not asked(path.read_text(encoding="utf-8"))


CHOICE = "IPG999 A test\n\nOPCS-4 codes\n\nJ12.8 Other\n\nOr\n\nJ03.2 Destruction of lesion of liver NEC\n"


def told_of(text: str, procedure: Expression) -> list[str]:
    """What it asks of a reading of the procedures of a document."""
    source = Source(readers.read(text.encode(), "x.txt"), "IPG999", load_phrases(), load_lexicon())
    report_unlikely((procedure, None), source)
    assert source.review is bool(source.warnings)
    return [w.message for w in source.warnings]


def test_it_asks_about_a_reading_against_the_words_and_tells_both() -> None:
    read = read_bytes(CHOICE.encode(), "x.txt").procedure
    assert isinstance(read, OneOf)
    assert not told_of(CHOICE, read)
    both = 'read as "J12.8 with J03.2"; documents with such words mostly mean "J12.8 or J03.2, not both"'
    assert told_of(CHOICE, AllOf(read.branches)) == [both]


def test_it_asks_once_in_a_document() -> None:
    text = f"{CHOICE}\nOr\n\nJ02.1 Right hemihepatectomy NEC\n\nOr\n\nJ02.2 Left hemihepatectomy NEC\n"
    read = read_bytes(text.encode(), "x.txt").procedure
    assert isinstance(read, OneOf)
    assert len(told_of(text, AllOf(read.branches))) == 1
