"""HermiT finds records in the classes of exactly the combinations that they meet; its failures are told."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode

from kg.codes import Code, Scheme, parse_selector
from kg.errors import KgError
from kg.expression.combination import combinations
from kg.expression.recommendation import Side
from kg.graph.iris import guidance_iri
from kg.owl.hermit import Limits, classify, realise
from kg.owl.records import RecordClass, combination_class
from kg.reason.needs import needs
from tests.laws.strategies import CHAPTERS, NOTHING, code_lists, examples, expressions, schemes
from tests.oracle.brute_force import is_met, multiset, valid

ROOT = Path(__file__).parent.parent.parent
BATCH = 12


@settings(
    max_examples=examples(4),
    deadline=None,
    suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
)
@given(st.data())
def test_a_record_is_in_the_classes_of_the_combinations_that_brute_force_says_it_meets(data):
    """Many expressions and records in each run, every record held against every combination."""
    scheme = data.draw(schemes())
    side = Side.PROCEDURE if scheme is Scheme.OPCS4 else Side.DIAGNOSIS
    drawn = data.draw(st.lists(expressions(scheme, leaves=6, most=6), min_size=BATCH, max_size=BATCH))
    classes: list[RecordClass] = []
    expected: dict[str, tuple] = {}
    for number, e in enumerate(drawn):
        listed = list(combinations(e, NOTHING))
        assert {multiset(c.selectors) for c in listed} == valid(e, NOTHING).keys()
        for combination in listed:
            described = combination_class(guidance_iri(f"G{number}"), side, combination, CHAPTERS)
            classes.append(described)
            expected[described.iri] = multiset(combination.selectors)
    records = [data.draw(code_lists(scheme, e, most=5)) for e in drawn]
    for codes, found in zip(records, classify(records, classes, CHAPTERS), strict=True):
        met = {iri for iri, selectors in expected.items() if is_met(selectors, codes, CHAPTERS)}
        assert found == met


def record_class(text: str) -> RecordClass:
    selectors = [parse_selector(word, Scheme.OPCS4) for word in text.split(" + ")]
    return RecordClass(f"https://example.org/{text.replace(' ', '')}", text, needs(selectors, CHAPTERS))


CASES = [
    ("J12.8 + Y53.-", "J12.8 Y53.4", True),
    ("J12.8 + Y53.-", "J12.8", False),
    ("J12.8 + J12.8", "J12.8", False),
    ("J12.8 + J12.8", "J12.8 J12.8", True),
    ("J12.8 + J12.-", "J12.8 J12.3", True),
    ("J12.3 + J12.-", "J12.8 J12.1", False),
    ("X70-X71 + X71-X72", "X71.1 X70.1", True),
    ("X70-X71 + X71-X72 + X71.-", "X71.1 X70.1 X70.2", False),
    ("J12.8 + Z", "J12.8 O11.2", True),
    ("J12.8 + Z", "J12.8 O15.2", False),
]


def codes_of(record: str) -> tuple[Code, ...]:
    return tuple(Code.parse(text, Scheme.OPCS4) for text in record.split())


@pytest.fixture(scope="module")
def classified() -> dict[str, frozenset[str]]:
    records = sorted({record for _, record, _ in CASES})
    classes = [record_class(text) for text in sorted({combination for combination, _, _ in CASES})]
    found = classify([codes_of(record) for record in records], classes, CHAPTERS)
    return dict(zip(records, found, strict=True))


@pytest.mark.parametrize(("combination", "record", "met"), CASES)
def test_a_coder_would_say_the_same(classified, combination, record, met):
    assert (record_class(combination).iri in classified[record]) == met


def test_a_contradiction_is_found_and_an_empty_class_is_named():
    text = """
        @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix e: <https://example.org/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        e:o a owl:Ontology . e:A a owl:Class ; owl:disjointWith e:B . e:B a owl:Class .
        e:Both a owl:Class ; rdfs:subClassOf e:A , e:B . e:x a owl:NamedIndividual , e:A ."""
    triples = list(pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TURTLE))
    axioms = [quad.triple for quad in triples]
    found = realise(axioms, ["https://example.org/x"])
    assert (found.consistent, found.empty) == (True, ("https://example.org/Both",))
    assert found.types == {"https://example.org/x": {"https://example.org/A"}}
    x, b = NamedNode("https://example.org/x"), NamedNode("https://example.org/B")
    worse = [*axioms, pyoxigraph.Triple(x, pyoxigraph.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type"), b)]
    assert not realise(worse).consistent


def marked(mark: str) -> list[int]:
    """The processes with this mark in their environment (none where the system does not show environments)."""
    found: list[int] = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark.encode() in environment.read_bytes():
                found.append(int(environment.parent.name))
        except OSError:
            continue  # ended meanwhile, or another user's
    return found


def test_at_the_limit_of_time_the_reasoner_is_stopped_with_all_that_it_started():
    """HermiT is kept busy with many overlapping needs; three seconds later neither it nor its Java is there."""
    program = """
import random
from kg.errors import KgError
from kg.owl.hermit import Limits, classify
from kg.owl.records import RecordClass
from kg.codes import Scheme
from kg.reason.needs import needs
from tests.laws.strategies import CHAPTERS, CODES, SELECTORS
draw = random.Random(3)
wanted = [draw.choices(SELECTORS[Scheme.OPCS4], k=5) for _ in range(400)]
classes = [RecordClass(f"https://example.org/{n}", "", needs(s, CHAPTERS)) for n, s in enumerate(wanted)]
records = [draw.choices(CODES[Scheme.OPCS4], k=6) for _ in range(400)]
try:
    classify(records, classes, CHAPTERS, Limits(seconds=3))
except KgError as fault:
    print(fault.id, fault.what)
"""
    mark = f"KG_MARK={os.getpid()}-{os.urandom(8).hex()}"
    name, _, value = mark.partition("=")
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, name: value, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout == "KG-E0801 HermiT took more than 3 seconds and was stopped\n", told.stderr
    until = time.monotonic() + 5  # a killed process takes a moment to go
    while marked(mark) and time.monotonic() < until:
        pass
    assert marked(mark) == []


def test_at_the_limit_of_memory_the_reasoner_is_stopped():
    with pytest.raises(KgError) as fault:
        classify([codes_of("J12.8")], [record_class("J12.8")], CHAPTERS, Limits(memory=1))
    assert fault.value.id == "KG-E0801"


def test_without_the_reasoner_the_user_is_told_what_to_install(tmp_path):
    """In an interpreter that has only what the light core brings for the graph."""
    package = Path(pyoxigraph.__file__).parent
    (tmp_path / package.name).symlink_to(package)
    program = """
from kg.errors import KgError
from kg.owl import hermit
for ask in (lambda: hermit.realise([]), hermit.java):
    try:
        ask()
    except KgError as fault:
        print(fault.id, fault.hint)
"""
    environment = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "PATH": ""}
    told = subprocess.run(
        [sys.executable, "-S", "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    hint = 'Install the reasoner: pip install "terminology-kg[reason]".'
    assert told.stdout.splitlines() == [f"KG-E0104 {hint}", f"KG-E0801 {hint}"], told.stderr
