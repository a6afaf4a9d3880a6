"""HermiT finds records in the classes of exactly the rules that they break, of those that OWL can say; the others are
named with the reason.
"""

from __future__ import annotations

from random import Random

from kg.codes import Chapters, Code, Scheme
from kg.graph.iris import ONTOLOGY
from kg.owl.hermit import realise
from kg.owl.profile import check_profile
from kg.owl.records import Ontology
from kg.owl.rules import SAID, broken_iri, named, rule_class, rule_classes, why_not
from kg.reason.standard import Kind
from kg.standards import load_national
from kg.terminology.in_use import OpenCodes
from tests.oracle.naive_rules import Row, naive_breaks
from tests.oracle.test_rules_against_naive import CODES, SELECTORS, standard

CHAPTERS = Chapters()


def some_rules(chance: Random, count: int) -> list[Row]:
    def group() -> tuple[str, ...]:
        return tuple(chance.sample(SELECTORS, chance.choice((1, 1, 2))))

    found: list[Row] = []
    while len(found) < count:
        kind = chance.choice([kind.value for kind in SAID])
        object_ = group() if kind != "never-assigned" else ()
        unless = group() if chance.random() < 0.2 else ()
        modes = [chance.choice(("any", "all")) for _ in range(2)]
        row = Row(kind, group(), modes[0], object_, modes[1], unless)
        if rule_class(standard(row), CHAPTERS) is not None:
            found.append(row)
    return found


def test_a_record_is_in_the_classes_of_the_rules_that_a_reading_in_loops_says_it_breaks() -> None:
    chance = Random(5)  # noqa: S311  the same rules in every run
    rows = some_rules(chance, 24)
    rules = [standard(row, id=f"R{n}") for n, row in enumerate(rows)]
    records = [[chance.choice(CODES) for _ in range(chance.randint(0, 4))] for _ in range(16)]
    ontology = Ontology("https://example.org/records")
    ontology.vocabulary()
    described = [found for rule in rules if (found := rule_class(rule, CHAPTERS))]
    wanted = sorted({s for one in described for s in named(one)}, key=str)
    for one in described:
        ontology.breaks_rule(one)
    for n, texts in enumerate(records):
        codes = [Code.parse(text, Scheme.ICD10) for text in texts]
        ontology.record(f"https://example.org/{n}", codes)
        ontology.below(codes, wanted, CHAPTERS)
        ontology.closed(f"https://example.org/{n}", codes, wanted, CHAPTERS)
    found = realise(ontology.triples, [f"https://example.org/{n}" for n in range(len(records))])
    assert found.consistent
    outcomes: set[bool] = set()
    for n, texts in enumerate(records):
        for row, rule in zip(rows, rules, strict=True):
            breaks = naive_breaks(row, texts)
            assert (broken_iri(rule) in found.types[f"https://example.org/{n}"]) == breaks, (row, texts)
            outcomes.add(breaks)
    assert outcomes == {True, False}


def test_a_class_of_broken_records_is_defined_in_owl_2_dl_and_can_have_members() -> None:
    ontology = Ontology(ONTOLOGY)
    ontology.vocabulary()
    rule_classes(ontology, load_national(), OpenCodes().chapters)
    assert check_profile(ontology.triples) == []
    assert realise(ontology.triples).empty == ()


def test_each_rule_that_has_no_class_is_named_in_the_ontology_with_the_reason() -> None:
    chapters, ontology = OpenCodes().chapters, Ontology(ONTOLOGY)
    rule_classes(ontology, load_national(), chapters)
    told = " ".join(str(t.object) for t in ontology.triples if t.subject.value == ONTOLOGY)  # type: ignore[union-attr]
    for rule in load_national():
        said = rule_class(rule, chapters) is not None
        assert said == (why_not(rule, chapters) is None)
        assert (rule.id in told) is not said, rule.id
    assert "the order of codes" in told
    ordered = {Kind.NEVER_PRIMARY, Kind.FOLLOWS, Kind.IN_SEQUENCE, Kind.AFTER_DAGGER}
    assert all(why_not(rule, chapters) for rule in load_national() if rule.kind in ordered)
