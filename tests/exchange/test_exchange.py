"""What is written for neighbouring fields keeps their rules, and says what the graph says: no more, no less."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import jsonschema_rs
import pytest
import rdflib
import yaml
from hypothesis import given, settings
from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from kg.codes import Code, One, Range, Scheme, Selector, parse_selector, within
from kg.errors import KgError
from kg.exchange.asking import answer
from kg.exchange.formats import Exchange, write
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.graph import iris
from kg.graph.export import Format
from kg.graph.queries import read_query
from kg.graph.vocabulary import Other, Property
from kg.resources import root, text
from tests.graph.builders import OPEN_CODES, all_of, built, dx, guidance, one_of, pick, recommendations
from tests.graph.examples import CHEMOSATURATION, CRYOTHERAPY, OPEN_OR_KEYHOLE, RADIATION
from tests.laws.strategies import examples

FIVE_CHARACTERS = guidance("LOCAL1", pick("J12.-"), one_of(dx("M80.0"), dx("C19.-"), dx("C76-C80")))
EXAMPLES = (CHEMOSATURATION, CRYOTHERAPY, OPEN_OR_KEYHOLE, RADIATION, FIVE_CHARACTERS)
SCHEMA = json.loads(Path(__file__).with_name("fhir_r4.schema.json").read_text(encoding="utf-8"))
FHIR = (Exchange.CODE_SYSTEM, Exchange.VALUE_SET, Exchange.CONCEPT_MAP)
SYSTEMS = {iris.SCHEMES[scheme].value: scheme for scheme in Scheme}


def exported(store: Store, format: Exchange, only: str | None = None, rdf: Format = Format.TURTLE) -> str:
    out = io.BytesIO()
    write(store, out, format, "0123456789abcdef", iris.guidance_iri(only) if only else None, rdf)
    return out.getvalue().decode()


def resources(store: Store, format: Exchange, only: str | None = None) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in json.loads(exported(store, format, only)).get("entry", ())]


@pytest.fixture(scope="module")
def store() -> Store:
    return built(*EXAMPLES)


def maps(store: Store) -> set[tuple[str, str]]:
    """What maps to which selector, by the IRIs, from the triples themselves."""
    found = store.quads_for_pattern(None, Property.MAPS_TO, None, None)
    pairs = {(quad.subject.value, quad.object.value) for quad in found}  # type: ignore[union-attr]
    return {pair for pair in pairs if "/node/" not in pair[1]}


# -- the table of relations


def test_the_table_of_relations_comes_back_from_duckdb_as_it_was(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "relations.csv"
    file.write_text(exported(store, Exchange.CSV), encoding="utf-8", newline="")
    told = answer(store, "relations")
    with duckdb.connect() as base:
        read = base.execute("FROM read_csv(?, header = true, all_varchar = true, nullstr = '')", [str(file)]).fetchall()
    assert read == [tuple(term.value if isinstance(term, Literal) else None for term in row) for row in told.rows]


def test_the_table_has_each_direct_triple_of_the_three_relations(store: Store) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(store, Exchange.CSV))))
    words = {"maps to": Property.MAPS_TO, "requires additional": Property.REQUIRES_ADDITIONAL}
    words["alternative to"] = Property.ALTERNATIVE_TO
    told = Counter((row["guidance"], row["relation"], row["object"]) for row in rows if row["relation"] in words)
    said: Counter[tuple[str, str, str]] = Counter()
    for word, link in words.items():
        for quad in store.quads_for_pattern(None, link, None, None):
            assert isinstance(quad.object, NamedNode)
            assert isinstance(quad.graph_name, NamedNode)
            if "/node/" not in quad.object.value:
                about = iris.guidance_of_graph(quad.graph_name)
                (id,) = store.quads_for_pattern(about, Other.IDENTIFIER, None, quad.graph_name)
                assert isinstance(id.object, Literal)
                said[id.object.value, word, iris.notation(iris.selector_of(quad.object))] += 1
    assert told == said


def test_a_choice_is_told_by_its_branches_and_an_addition_by_its_condition(store: Store) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(store, Exchange.CSV))))
    own = [row for row in rows if row["guidance"] == "IPG369" and row["relation"] == "requires one of"]
    assert [(row["subject"], row["object"], row["branch"]) for row in own] == [
        ("J12.8", "Y53.-", "1"),
        ("J12.8", "Y68.-", "2"),
    ]
    assert len({row["choice"] for row in own}) == 1
    added = [row for row in rows if row["guidance"] == "IPG672" and row["relation"] == "can require"]
    assert {(row["subject"], row["object"], row["branch"], row["condition"]) for row in added} == {
        ("J12.3", "Y89.-", "", ""),
        ("X65.3", "Y89.-", "", ""),
        ("C78.7", "Z85.0", "", "primary eradicated"),
        ("C78.7", "C18.-", "1", "primary still present"),
        ("C78.7", "C19", "2", "primary still present"),
        ("C78.7", "C20", "3", "primary still present"),
    }


# -- SKOS

_PREFIXES = "".join(f"PREFIX {name}: <{iris.PREFIXES[name]}>\n" for name in ("rdf", "skos"))
# The integrity conditions of the SKOS reference that classes and properties in use here can break, and what tools
# expect of a scheme besides. Each asks whether it is broken.
BROKEN = {
    "S9 a scheme is no concept": "?x a skos:ConceptScheme, skos:Concept",
    "S13 a preferred label is no alternative one": "?x skos:prefLabel ?l ; skos:altLabel ?l",
    "S14 one preferred label": "?x skos:prefLabel ?l, ?m FILTER (?l != ?m)",
    "S27 related is not above": """
        ?x skos:related|skos:relatedMatch ?y FILTER EXISTS { ?x skos:broader+|^skos:broader+ ?y }""",
    "S46 related is not exact": "?x skos:relatedMatch ?y . ?x skos:exactMatch|skos:broadMatch|skos:narrowMatch ?y",
    "nothing is above itself": "?x skos:broader+ ?x",
    "what is above is a concept": "?x skos:broader|skos:relatedMatch ?y FILTER NOT EXISTS { ?y a skos:Concept }",
    "narrower is the other way": "?x skos:broader ?y FILTER NOT EXISTS { ?y skos:narrower ?x }",
    "a concept has a scheme": "?x a skos:Concept FILTER NOT EXISTS { ?x skos:inScheme/rdf:type skos:ConceptScheme }",
    "a notation is unique in its scheme": """
        ?x skos:notation ?n . ?y skos:notation ?n FILTER (?x != ?y)
        FILTER EXISTS { ?x skos:inScheme ?s . ?y skos:inScheme ?s }""",
    "a top concept is of its scheme": """
        ?x skos:topConceptOf ?s FILTER NOT EXISTS { ?x skos:inScheme ?s . ?s skos:hasTopConcept ?x }""",
    "SKOS alone": "?x ?p ?y FILTER (!STRSTARTS(STR(?p), STR(skos:)) && ?p != rdf:type)",
}


def skos(store: Store, only: str | None = None) -> rdflib.Graph:
    return rdflib.Graph().parse(data=exported(store, Exchange.SKOS, only), format="turtle")


def broken(data: str, format: RdfFormat = RdfFormat.TURTLE) -> list[str]:
    store = Store()
    store.load(data.encode(), format)
    return [name for name, pattern in BROKEN.items() if store.query(f"{_PREFIXES}ASK {{ {pattern} }}")]


@pytest.mark.parametrize("only", [None, "IPG553", "IP1062/2"])
def test_skos_keeps_its_integrity_conditions(store: Store, only: str | None) -> None:
    assert broken(exported(store, Exchange.SKOS, only)) == []
    assert len(skos(store, only)) > 100


def test_the_conditions_find_what_breaks_them() -> None:
    wrong = (
        _PREFIXES
        + """
        <urn:s> a skos:ConceptScheme, skos:Concept . <urn:a> a skos:Concept ; skos:prefLabel "a", "b" ;
          skos:altLabel "a" ; skos:broader <urn:b>, <urn:none> ; skos:related <urn:b> ; skos:relatedMatch <urn:b> ;
          skos:exactMatch <urn:b> ; skos:inScheme <urn:s> ; skos:notation "1" .
        <urn:b> a skos:Concept ; skos:broader <urn:a> ; skos:notation "1" ;
          skos:inScheme <urn:s> ; skos:topConceptOf <urn:t> . <urn:c> a skos:Concept ; <urn:p> "p" .
        """
    )
    assert sorted(broken(wrong)) == sorted(BROKEN)


def test_skos_maps_what_the_graph_maps_and_keeps_the_hierarchy(store: Store) -> None:
    graph = skos(store)
    match, broader = (rdflib.URIRef(iris.PREFIXES["skos"] + name) for name in ("relatedMatch", "broader"))
    assert {(str(s), str(o)) for s, o in graph.subject_objects(match)} == maps(store)
    said = store.quads_for_pattern(None, Other.BROADER, None, iris.CLASSIFICATIONS_GRAPH)
    assert {(str(s), str(o)) for s, o in graph.subject_objects(broader)} == {
        (quad.subject.value, quad.object.value)  # type: ignore[union-attr]
        for quad in said
    }


def test_a_concept_that_two_guidances_print_differently_has_one_preferred_label() -> None:
    first, second = (guidance(f"G{n}", pick("J12.8"), None, *CHEMOSATURATION.concepts) for n in (1, 2))
    other = tuple(replace(concept, term=f"{concept.term}, printed otherwise") for concept in second.concepts)
    held = built(first, replace(second, concepts=other))
    assert broken(exported(held, Exchange.SKOS)) == []
    graph = skos(held)
    label, alternative = (rdflib.URIRef(iris.PREFIXES["skos"] + name) for name in ("prefLabel", "altLabel"))
    concept = rdflib.URIRef("http://snomed.info/id/737083005")
    assert len(set(graph.objects(concept, label)) | set(graph.objects(concept, alternative))) == 2


def test_skos_is_written_in_other_forms_of_rdf_too(store: Store) -> None:
    turtle = skos(store)
    for format, name in ((Format.RDFXML, "xml"), (Format.NTRIPLES, "nt")):
        data = exported(store, Exchange.SKOS, rdf=format)
        assert set(rdflib.Graph().parse(data=data, format=name)) == set(turtle)


# -- SSSOM

SLOTS = json.loads(Path(__file__).with_name("sssom_1_0.json").read_text(encoding="utf-8"))
CURIES = ("subject_id", "predicate_id", "object_id", "mapping_justification", "subject_source", "object_source")
JUSTIFICATIONS = {"semapv:ManualMappingCuration", "semapv:LogicalReasoning"}


def mapping_set(text: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The metadata and the rows of a mapping set in TSV, as its specification says to read them."""
    lines = text.splitlines(keepends=True)
    head = [line for line in lines if line.startswith("#")]
    assert lines[: len(head)] == head
    rows = csv.DictReader(io.StringIO("".join(lines[len(head) :])), delimiter="\t", strict=True)
    return yaml.safe_load("".join(line[1:] for line in head)), list(rows)


def whole(curie: str, prefixes: dict[str, str]) -> str:
    prefix, _, name = curie.partition(":")
    return prefixes[prefix] + name


# Prefixes that mapping tools bring along, also as other names of one namespace: a file that gives one of them to
# another namespace is refused by them (found with sssom 0.4.21).
TAKEN_PREFIXES = {
    "snomed": "http://snomed.info/id/",
    "snomedct": "http://snomed.info/id/",
    "sct": "http://snomed.info/id/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "semapv": "https://w3id.org/semapv/vocab/",
    "sssom": "https://w3id.org/sssom/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}


def check_mapping_set(text: str) -> set[tuple[str, str]]:
    """Hold a mapping set to version 1.0 of SSSOM; its pairs of IRIs come back."""
    metadata, rows = mapping_set(text)
    assert set(metadata) <= set(SLOTS["mapping set"])
    assert re.match(r"https://\S+$", metadata["mapping_set_id"])
    assert re.match(r"https://\S+$", metadata["license"])
    prefixes = metadata["curie_map"]
    for name, taken in TAKEN_PREFIXES.items():
        assert prefixes.get(name, taken) == taken, "mapping tools know the prefix for another namespace, and stop"
    for row in rows:
        assert list(row) == [slot for slot in SLOTS["mapping"] if slot in row], "unknown slots, or not in order"
        assert row["mapping_justification"] in JUSTIFICATIONS
        for slot in (*CURIES, "mapping_source"):
            assert whole(row[slot], prefixes).startswith("http")
    order = [(row["subject_id"], row["predicate_id"], row["object_id"]) for row in rows]
    assert order == sorted(order, key=lambda key: key[0])
    return {(whole(row["subject_id"], prefixes), whole(row["object_id"], prefixes)) for row in rows}


def test_a_mapping_set_keeps_the_rules_of_sssom_and_has_what_the_graph_maps(store: Store) -> None:
    assert check_mapping_set(exported(store, Exchange.SSSOM)) == maps(store)


def test_a_row_says_in_which_combinations_its_code_stands(store: Store) -> None:
    _, rows = mapping_set(exported(store, Exchange.SSSOM))
    said = {(row["subject_id"], row["object_id"]): row["comment"] for row in rows}
    assert said["guidance:IPG369", "opcs4:J12.8"] == "recorded as J12.8 + Y13.2 + Y53.-, or J12.8 + Y13.2 + Y68.-"
    assert said["sct:94381002", "icd10:C78.7"] == "recorded as C78.7"


def test_many_combinations_are_shown_in_part_and_counted() -> None:
    choice = one_of(*(pick(f"Y53.{n}") for n in range(1, 10)))
    _, (row,) = mapping_set(exported(built(guidance("G", all_of(pick("J12.8"), choice))), Exchange.SSSOM))
    assert row["comment"].endswith("J12.8 + Y53.6, or 3 others")


# -- FHIR


def codes_of(concepts: list[dict[str, Any]]) -> list[str]:
    """The codes of nested concepts, in order."""
    return [code for each in concepts for code in (each["code"], *codes_of(each.get("concept", [])))]


def below(concepts: list[dict[str, Any]], code: str) -> list[str]:
    """The codes nested below a code, at any depth."""
    for each in concepts:
        inner = each.get("concept", [])
        if each["code"] == code:
            return codes_of(inner)
        if found := below(inner, code):
            return found
    return []


def check_fhir(store: Store, only: str | None = None) -> None:
    """Hold all three kinds of resources to the published rules."""
    valid = jsonschema_rs.validator_for(SCHEMA)
    for format in FHIR:
        bundle = json.loads(exported(store, format, only))
        valid.validate(bundle)
        entries = bundle.get("entry", [])
        for values in (
            [entry["fullUrl"] for entry in entries],  # bdl-7
            [entry["resource"]["id"] for entry in entries],
        ):
            assert len(values) == len(set(values))
        for each in (entry["resource"] for entry in entries):
            if each["resourceType"] == "CodeSystem":  # csd-1
                assert len(codes_of(each["concept"])) == len(set(codes_of(each["concept"])))


def recordable(system: str, store: Store) -> list[Code]:
    """The codes (no categories, no chapters) of one system in the store's graph of classifications."""
    found = [
        iris.selector_of(quad.subject)
        for quad in store.quads_for_pattern(None, Other.IN_SCHEME, NamedNode(system), iris.CLASSIFICATIONS_GRAPH)
        if isinstance(quad.subject, NamedNode)
    ]
    return [selector.code for selector in found if isinstance(selector, One)]


def expanded(value_set: dict[str, Any], systems: dict[str, list[dict[str, Any]]]) -> set[tuple[str, str]]:
    """The codes of a ValueSet, as a server expands it with the CodeSystems."""
    found: set[tuple[str, str]] = set()
    for include in value_set["compose"]["include"]:
        system = include["system"]
        found |= {(system, concept["code"]) for concept in include.get("concept", [])}
        for filter in include.get("filter", []):
            assert filter["property"] == "concept"
            itself = {"is-a": [filter["value"]], "descendent-of": []}[filter["op"]]
            found |= {(system, code) for code in (*itself, *below(systems[system], filter["value"]))}
    return found


def check_codes(store: Store, of: tuple[Recommendation, ...]) -> None:
    """A ValueSet has exactly the codes that a selector of its side covers; of categories none is recorded itself."""
    systems = {each["url"]: each["concept"] for each in resources(store, Exchange.CODE_SYSTEM)}
    value_sets = {each["url"]: each for each in resources(store, Exchange.VALUE_SET)}
    for recommendation in of:
        for side in Side:
            selectors: list[Selector] = [each.selector for each in picks(recommendation.side(side))]
            url = f"{iris.guidance_iri(recommendation.id).value}/codes/{side.value}"
            assert (url in value_sets) is bool(selectors)
            if not selectors:
                continue
            system = iris.SCHEMES[side.scheme].value
            covered = {
                (system, str(code.bare))
                for code in recordable(system, store)
                if within(One(code), selectors, OPEN_CODES.chapters)
            }
            held = {(system, str(code.bare)) for code in recordable(system, store)}
            assert expanded(value_sets[url], systems) & held == covered


def check_maps(store: Store) -> None:
    """A ConceptMap has the pairs of maps-to, with what ranges hold in the place of ranges."""
    pairs: set[tuple[str, str, str]] = set()
    for resource in resources(store, Exchange.CONCEPT_MAP):
        for group in resource["group"]:
            for element in group["element"]:
                pairs |= {(element["code"], group["target"], target["code"]) for target in element["target"]}
    said: set[tuple[str, str, str]] = set()
    for subject, object in maps(store):
        selector = iris.selector_of(NamedNode(object))
        members = [selector]
        if isinstance(selector, Range):
            quads = store.quads_for_pattern(NamedNode(object), Property.MEMBER, None, iris.CLASSIFICATIONS_GRAPH)
            members = [iris.selector_of(quad.object) for quad in quads if isinstance(quad.object, NamedNode)]
        code = subject.removeprefix("http://snomed.info/id/")
        if code == subject:
            (id,) = store.quads_for_pattern(NamedNode(subject), Other.IDENTIFIER, None, None)
            assert isinstance(id.object, Literal)
            code = id.object.value
        system = iris.SCHEMES[selector.scheme].value
        said |= {(code, system, iris.notation(each).removesuffix(".-")) for each in members}
    assert pairs == said


@pytest.mark.parametrize("only", [None, "IPG369", "IP1062/2"])
def test_fhir_keeps_the_rules_of_its_resources(store: Store, only: str | None) -> None:
    check_fhir(store, only)


def test_the_rules_find_what_breaks_them(store: Store) -> None:
    valid = jsonschema_rs.validator_for(SCHEMA)
    bundle = json.loads(exported(store, Exchange.CONCEPT_MAP))
    target = bundle["entry"][0]["resource"]["group"][0]["element"][0]["target"][0]
    for wrong in ({"equivalence": "near"}, {"equivalence": "inexact", "comment": ""}, {"code": " "}, {"products": []}):
        before = dict(target)
        target.update(wrong)
        assert not valid.is_valid(bundle)
        target.clear()
        target.update(before)
    assert valid.is_valid(bundle)


def test_a_value_set_expands_to_the_codes_that_a_side_names(store: Store) -> None:
    check_codes(store, EXAMPLES)


def test_a_concept_map_has_what_the_graph_maps(store: Store) -> None:
    check_maps(store)


def test_what_every_combination_has_is_the_product_of_a_target(store: Store) -> None:
    (resource,) = resources(store, Exchange.CONCEPT_MAP, "IPG369")
    group = next(group for group in resource["group"] if "opcs-4" in group["target"])
    target = next(target for target in group["element"][0]["target"] if target["code"] == "J12.8")
    assert [product["value"] for product in target["product"]] == ["Y13.2"]
    assert target["comment"] == "recorded as J12.8 + Y13.2 + Y53.-, or J12.8 + Y13.2 + Y68.-"


def test_what_waits_for_a_person_is_a_draft() -> None:
    waits = built(replace(CRYOTHERAPY, review=True))
    for format in (Exchange.VALUE_SET, Exchange.CONCEPT_MAP):
        assert {each["status"] for each in resources(waits, format)} == {"draft"}


# -- all of them


@pytest.mark.parametrize("name", ["codes", "combinations", "guidances", "relations", "skos"])
def test_a_second_engine_answers_the_queries_of_the_exports_alike(name: str) -> None:
    held = built(CHEMOSATURATION, RADIATION)
    other = rdflib.Dataset()
    other.parse(data=held.dump(format=RdfFormat.N_QUADS) or b"", format="nquads")
    found = other.query(text(f"queries/export/{name}.rq"))
    told = answer(held, name)
    if told.triples is not None:
        assert set(found.graph or ()) == set(rdflib.Graph().parse(data=exported(held, Exchange.SKOS), format="turtle"))
    else:
        rows = sorted(tuple("" if term is None else str(term) for term in row) for row in found)  # type: ignore[union-attr]
        assert rows == sorted(
            tuple(term.value if isinstance(term, Literal) else "" for term in row) for row in told.rows
        )


def test_every_export_query_is_used_and_says_what_it_returns(store: Store) -> None:
    for path in sorted(Path(root(), "queries/export").iterdir()):
        query = read_query(path)
        told = answer(store, path.stem)
        assert told.triples or query.returns == told.columns


@settings(max_examples=examples(25))
@given(recommendations())
def test_whatever_a_recommendation_holds_is_written_by_the_rules(r: Recommendation) -> None:
    held = built(r)
    check_fhir(held)
    check_codes(held, (r,))
    check_maps(held)
    assert broken(exported(held, Exchange.SKOS)) == []
    assert check_mapping_set(exported(held, Exchange.SSSOM)) == maps(held)


@pytest.mark.parametrize("format", Exchange)
def test_one_guidance_is_what_a_store_of_it_alone_holds(store: Store, format: Exchange) -> None:
    alone = exported(built(CRYOTHERAPY), format)
    same = exported(store, format, "IPG369")
    if format is Exchange.SSSOM:
        same = same.replace("/id/guidance/IPG369/mappings", "/id/dataset/mappings")
    assert same == alone


@pytest.mark.parametrize("format", Exchange)
def test_a_guidance_that_is_not_there_is_told(store: Store, format: Exchange) -> None:
    with pytest.raises(KgError) as told:
        exported(store, format, "IPG999")
    assert told.value.id == "KG-E0601"


@pytest.mark.parametrize("format", Exchange)
def test_an_empty_store_gives_an_empty_export(format: Exchange) -> None:
    assert exported(built(), format)


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("FHIR ConceptMap", Exchange.CONCEPT_MAP),
        ("value-set", Exchange.VALUE_SET),
        ("SSSOM", Exchange.SSSOM),
        ("x", None),
    ],
)
def test_a_format_goes_by_the_names_that_people_write(name: str, format: Exchange | None) -> None:
    assert Exchange.named(name) is format


def test_selectors_are_codes_of_their_classification(store: Store) -> None:
    for each in resources(store, Exchange.CODE_SYSTEM):
        scheme = SYSTEMS[each["url"]]
        assert all(parse_selector(code, scheme).scheme is scheme for code in codes_of(each["concept"]))
