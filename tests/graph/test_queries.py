"""Named queries: their headers, values put in safely, and what is told when something is wrong."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from kg import resources
from kg.errors import KgError
from kg.graph import sparql
from kg.graph.parameters import KINDS, written
from kg.graph.queries import Query, ad_hoc, fill, library, named, read_query
from kg.graph.query_docs import page
from kg.graph.results import ask, run
from kg.graph.store import Snapshot

EMPTY = ox.Store()


def fault_of(name: str, /, **values: str) -> KgError:
    with pytest.raises(KgError) as fault:
        fill(named(name), values)
    return fault.value


# The library


def test_there_is_a_query_for_each_question_that_was_promised() -> None:
    names = {query.name for query in library()}
    assert names >= {
        "combinations", "requires", "alternatives", "maps", "guidances-for-code", "shared-main-code",
        "image-control", "quotes",
        "needs",
    }  # fmt: skip


@pytest.mark.parametrize("query", library(), ids=lambda query: query.name)
def test_a_query_file_runs_as_it_stands_and_returns_what_it_says(query: Query) -> None:
    found = EMPTY.query(query.text)
    assert isinstance(found, ox.QuerySolutions)
    assert tuple(variable.value for variable in found.variables) == query.returns
    assert query.title[0].isupper()
    assert query.question.endswith(("?", "."))
    assert query.see.startswith("docs/")


@pytest.mark.parametrize("query", library(), ids=lambda query: query.name)
def test_a_query_declares_just_the_prefixes_that_it_uses(query: Query) -> None:
    found = sparql.tokens(query.text)
    assert sparql.undeclared(found) == []
    declared = dict(re.findall(r"^PREFIX (\w+): <(.*)>$", query.text, re.MULTILINE))
    assert declared == {prefix: sparql.PREFIXES[prefix] for prefix in sorted(declared)}
    used = {token.text.partition(":")[0] for token in sparql.body(found) if token.kind == "name"}
    assert used == set(declared)


@pytest.mark.parametrize("query", library(), ids=lambda query: query.name)
def test_rows_have_an_order_and_patterns_a_graph(query: Query) -> None:
    assert "ORDER BY" in query.text
    union = ox.Store()
    union.add(
        ox.Quad(ox.NamedNode("http://s"), ox.NamedNode("http://p"), ox.Literal("o"))
    )  # the default graph is never asked
    assert ask(union, ad_hoc(query.text)).rows == ()
    assert "SERVICE" not in query.text.upper()


@pytest.mark.parametrize("query", library(), ids=lambda query: query.name)
def test_the_example_in_the_file_is_the_example_of_the_header(query: Query) -> None:
    values = {p.name: p.example for p in query.parameters if not p.optional}
    filled = fill(query, values)
    for parameter in query.parameters:
        block = re.search(rf"VALUES \?{parameter.name} \{{ (.*) \}}", query.text)
        assert block
        if parameter.optional:
            assert block[1] == "UNDEF"
        else:
            name, _, local = block[1].partition(":")
            written_out = f"<{sparql.PREFIXES[name]}{local}>" if name in sparql.PREFIXES else block[1]
            assert written_out in filled.text


def test_the_page_of_queries_is_current() -> None:
    assert resources.root().joinpath("docs", "queries.md").read_text(encoding="utf-8") == page(), (
        "run tools/write_query_docs.py"
    )


HEADER = """# title:    T
# question: Q,
#           which goes on?
# param:    code  selector  a code, e.g. J12.8
# returns:  s
#
# Words that are no header: title: no
SELECT ?s WHERE {
  VALUES ?code { <x:y> }
  GRAPH ?g { ?s ?p ?code }
}
"""


def test_a_header_is_read_with_its_lines_joined(tmp_path: Path) -> None:
    (tmp_path / "own.rq").write_text(HEADER)
    query = read_query(tmp_path / "own.rq")
    assert (query.name, query.title, query.question, query.returns) == ("own", "T", "Q, which goes on?", ("s",))
    assert query.example == "kg query own code=J12.8"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("# title:    T\n", "", "own.rq: its header has no title"),
        ("# question: Q,\n#           which goes on?\n", "", "own.rq: its header has no question"),
        ("# returns:  s\n", "# returns:\n", "own.rq: its header has no returns"),
        ("selector  a", "slector  a", "own.rq: no type of parameter is called slector"),
        (", e.g. J12.8", "", "own.rq: the parameter code has no example (, e.g. EXAMPLE)"),
        (
            "# param:    code  selector  a code, e.g. J12.8",
            "# param:    code",
            "own.rq: a parameter is NAME TYPE description, e.g. EXAMPLE",
        ),
        ("VALUES ?code", "VALUES ?cod", "own.rq: the parameter code needs one line VALUES ?code { … } in the query"),
    ],
)
def test_a_header_that_lacks_something(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert before in HEADER
    (tmp_path / "own.rq").write_text(HEADER.replace(before, after))
    with pytest.raises(KgError) as fault:
        read_query(tmp_path / "own.rq")
    assert (fault.value.id, fault.value.what) == ("KG-E0606", told)


# Values


@pytest.mark.parametrize(
    ("kind", "text", "terms"),
    [
        ("guidance", "IPG369", ["guidance/IPG369"]),
        ("guidance", " ipg 369 ", ["guidance/IPG369"]),
        ("guidance", "IP1062/2", ["guidance/IP1062-2"]),
        ("guidance", "My-own_1", ["guidance/My-own_1"]),
        ("guidance", "Ä1", ["guidance/%C3%841"]),
        ("code", "j128", ["opcs-4/J12.8", "icd-10/J12.8"]),
        ("code", "OPCS4: J12. 8", ["opcs-4/J12.8"]),
        ("code", "C19X", ["icd-10/C19"]),
        ("code", "M80.00", ["icd-10/M80.00"]),
        ("selector", "Y53", ["opcs-4/Y53.-", "icd-10/Y53", "icd-10/Y53.-"]),
        ("selector", "Y53.-", ["opcs-4/Y53.-", "icd-10/Y53.-"]),
        ("selector", "icd-10:C15–C26", ["icd-10/C15-C26"]),
        ("selector", "opcs-4:z", ["opcs-4/Z"]),
        ("concept", "737083005 |Fluoroscopy guided|", ["737083005"]),
        ("fact", "approach = open", ["facet/approach/open"]),
        ("side", "Procedure", ["ontology#ProcedureSide"]),
        ("integer", "-3", ["-3"]),
        ("text", 'say "é"', ['"say \\"é\\""']),
        ("IRI", "http://x/y?z#a", ["<http://x/y?z#a>"]),
        ("IRI", "kg:Guidance", ["ontology#Guidance"]),
        ("IRI", "<urn:a:b>", ["<urn:a:b>"]),
    ],
)
def test_values_are_read_in_every_printed_form(kind: str, text: str, terms: list[str]) -> None:
    found = [written(term) for term in KINDS[kind].read(text)]
    assert len(found) == len(terms)
    assert all(shown.rstrip(">").endswith(term.rstrip(">")) for shown, term in zip(found, terms, strict=True))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("guidance", ""), ("guidance", "IPG369> } #"), ("guidance", 'a"b'), ("guidance", "a\\u003E"),
        ("code", "J12.-"), ("code", "opcs-4:C19"), ("code", "loinc:J12.8"), ("code", ""), ("code", "J12.8 J12.9"),
        ("selector", "X72-X70"), ("selector", "JJ"), ("concept", "737083006"), ("concept", "12"),
        ("fact", "open"), ("fact", "approach=sideways"), ("fact", "height=tall"), ("side", "both"),
        ("integer", "1.5"), ("integer", "٣"), ("integer", "9" * 30), ("text", "a\\u0022b"), ("text", "\x00"),
        ("text", "\ud800"),
        ("IRI", "no iri"), ("IRI", "http://x/>"), ("IRI", "http://x/\\u003E"), ("IRI", "http://x/{}"),
        ("IRI", "relative"), ("IRI", "//x"),
    ],
)  # fmt: skip
def test_values_that_are_none_of_their_type_are_refused(kind: str, text: str) -> None:
    with pytest.raises(KgError):
        KINDS[kind].read(text)


def test_a_wrong_value_is_told_with_the_rule_and_what_was_meant() -> None:
    assert str(fault_of("maps", concept="737083006")) == (
        'KG-E0604  concept: wrong check digit in the SNOMED CT identifier "737083006"\n'
        "  The last digit guards against typing errors: one digit or two neighbours were changed.\n"
        "  Compare it with the printed identifier digit by digit."
    )
    assert fault_of("requires", selector="JX2.8").id == "KG-E0604"


def test_a_missing_parameter_is_told_with_an_example() -> None:
    assert str(fault_of("combinations")) == (
        "KG-E0603  the query combinations needs guidance: the guidance\n"
        "  It is the id of a guidance, as IPG369 or IP1062/2.\n"
        "  Example: kg query combinations guidance=IPG369"
    )


def test_a_parameter_that_there_is_not_is_told_with_what_was_meant() -> None:
    assert str(fault_of("combinations", guidence="IPG369")) == (
        'KG-E0603  the query combinations has no parameter "guidence"\n  It takes guidance.\n  Did you mean guidance?'
    )


def test_an_unknown_query_is_told_with_what_was_meant() -> None:
    with pytest.raises(KgError) as fault:
        named("combinatoins")
    assert str(fault.value) == 'KG-E0602  no query is called "combinatoins"\n  Did you mean combinations?'
    assert named("Shared_Main_Code.rq").name == "shared-main-code"


def test_several_values_mean_any_of_them(snapshot: Snapshot) -> None:
    both = run(snapshot, fill(named("codes"), {"guidance": ["IPG369", "IPG688"]}))
    each = [set(run(snapshot, fill(named("codes"), {"guidance": id})).rows) for id in ("IPG369", "IPG688")]
    assert set(both.rows) == each[0] | each[1]


# Nothing that a person types becomes a part of the query

NASTY = st.lists(
    st.sampled_from(
        [
            *"\"'\\{}<>#;.?u0022ab \n\t\r}|^`é𝄞\u2028",
            "\\u0022",
            "\\U00000022",
            "} INSERT",
            '"""',
            "J12.8",
            "IPG1",
            "http://x/",
        ]
    )
).map("".join)


def parts(text: str, name: str) -> tuple[list[str], list[sparql.Token], list[str]]:
    """The tokens before, inside and after the braces of a parameter's values."""
    found = sparql.tokens(text)
    at = next(i for i, t in enumerate(found) if t.text == "VALUES" and found[i + 1].text == f"?{name}") + 3
    end = next(i for i in range(at, len(found)) if found[i].text == "}")
    return [t.text for t in found[:at]], found[at:end], [t.text for t in found[end:]]


@pytest.mark.parametrize("kind", list(KINDS))
@given(text=NASTY | st.text())
@example(text='" } } DELETE WHERE { ?s ?p ?o } #')
@example(text="\\u0022 } #")
@example(text="\\")
@example(text="x> } #")
def test_a_value_stays_a_value(kind: str, text: str) -> None:
    query = KIND_QUERIES[kind]
    try:
        filled = fill(query, {"value": text})
    except KgError as fault:
        assert fault.id == "KG-E0604"
        return
    before, inside, after = parts(filled.text, "value")
    assert (before, after) == (parts(query.text, "value")[0], parts(query.text, "value")[2])
    assert {token.kind for token in inside} <= {"iri", "string", "number", "sign"}
    assert all(token.text == "-" or token.text == "+" for token in inside if token.kind == "sign")
    assert {row[0] for row in ask(EMPTY, filled).rows} == set(filled.asked[0][2])


@given(text=NASTY)
def test_a_text_is_the_same_to_rdflib(text: str) -> None:
    try:
        filled = fill(KIND_QUERIES["text"], {"value": text})
    except KgError:
        return
    ((value,),) = rdflib.Graph().query(filled.text)  # type: ignore[reportGeneralTypeIssues]
    assert str(value) == text


def _kind_query(folder: Path, kind: str) -> Query:
    (folder / f"{kind}.rq").write_text(
        f"# title: T\n# question: Q?\n# param: value {kind} v, e.g. x\n# returns: value\n"
        "SELECT ?value WHERE {\n  VALUES ?value { 1 }\n}\n"
    )
    return read_query(folder / f"{kind}.rq")


@pytest.fixture(scope="module", autouse=True)
def _kind_queries(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("kinds")
    KIND_QUERIES.update({kind: _kind_query(folder, kind) for kind in KINDS})


KIND_QUERIES: dict[str, Query] = {}


# Questions of one's own


def test_known_prefixes_are_added_and_told() -> None:
    question = ad_hoc(
        "SELECT * {\n GRAPH ?g { ?s kg:selector opcs:J12.8 ; ex:p 'kg:no', <sct:no> } }".replace("ex:p", "skos:related")
    )
    assert question.added == ("kg", "opcs", "skos")
    assert question.text.count("\n") == 1  # lines keep their numbers
    assert ask(EMPTY, question).columns == ("g", "s")
    assert ad_hoc("PREFIX kg: <http://mine#> SELECT * { ?s kg:p ?o }").added == ()


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a:a> <a:b> 1 }",
        "prefix a: <b:c> # hm\n delete where {?s ?p ?o}",
        "LOAD <http://x/>",
        r"\u0044ROP ALL",
        "Clear all",
        "DROP ALL",
    ],
)
def test_updates_are_refused(text: str) -> None:
    with pytest.raises(KgError) as fault:
        ad_hoc(text)
    assert fault.value.id == "KG-E0608"


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s ?p '\udcff' }",
        "SELECT * " + "{" * 3000 + "}" * 3000,
        "SELECT * " + r"\u007B" * 3000 + r"\U0000007D" * 3000,
        "SELECT * {" + " UNION ".join(["{}"] * 7000) + "}",
        "ASK { FILTER(" + "!" * 10_000 + "true) }",
    ],
)
def test_what_would_end_the_process_is_refused(text: str) -> None:
    with pytest.raises(KgError) as fault:
        ad_hoc(text)
    assert fault.value.id == "KG-E0605"


@given(st.text(alphabet=st.sampled_from(list("{}()[]<>\"'#?$:@^|&!=.,;/*+-_%\\ \n0aé")) | st.characters(), max_size=60))
def test_any_text_has_tokens_that_cover_it(text: str) -> None:
    joined = "".join(token.text for token in sparql._all_tokens(text))
    assert joined == text
    assert sparql.without_comments(text) is not None


@given(
    st.lists(
        st.sampled_from(
            [
                "SELECT",
                "*",
                "?s",
                "?p",
                "{",
                "}",
                "(",
                ")",
                "kg:x",
                "ex:y",
                "FILTR",
                "'x'",
                "'",
                "<a:b>",
                "<",
                "GROUP BY",
                ".",
                ";",
                "LIMIT",
                "1",
                "\n",
                "a",
                "é",
                "PREFIX",
                "WHERE",
                "ASK",
            ]
        ),
        max_size=14,
    )
)
def test_any_mistake_has_a_message_and_a_place(words: list[str]) -> None:
    text = " ".join(words)
    try:
        ask(EMPTY, ad_hoc(text))
    except KgError as fault:
        assert fault.id in {"KG-E0605", "KG-E0608"}
        assert str(fault).startswith(fault.id)
        if fault.where and fault.where.excerpt is not None:
            assert fault.where.excerpt in text


MISTAKES = {
    "SELECT * { ?s ex:p ?o }": """\
KG-E0605  query:1:15  the prefix "ex:" is not declared
    SELECT * { ?s ex:p ?o }
                  ^^^^
  Add PREFIX ex: <…>, or use one of: """
    + ", ".join(sorted(sparql.PREFIXES)),
    "SELCT * { ?s ?p ?o }": """\
KG-E0605  query:1:1  a query does not begin with "SELCT"
    SELCT * { ?s ?p ?o }
    ^^^^^
  Did you mean SELECT?""",
    "SELECT *\nWHERE { ?s ?p }": """\
KG-E0605  query:2:9  the triple is incomplete: after "?s ?p" an object is missing
    WHERE { ?s ?p }
            ^^^^^""",
    "SELECT * { ?s ?p ?o": """\
KG-E0605  query:1:10  the "{" opened at line 1, column 10 is never closed
    SELECT * { ?s ?p ?o
             ^
  Add the } that belongs to it.""",
    "SELECT * { ?s ?p ?o }}": """\
KG-E0605  query:1:22  the "}" closes nothing
    SELECT * { ?s ?p ?o }}
                         ^
  Remove it, or look for a bracket that is missing.""",
    "SELECT * { ?s ?p ?o FILTER(CONTANS(?o, 'x')) }": """\
KG-E0605  query:1:28  CONTANS is not a SPARQL function
    SELECT * { ?s ?p ?o FILTER(CONTANS(?o, 'x')) }
                               ^^^^^^^
  Did you mean CONTAINS?""",
    "SELECT ?s ?o { ?s ?p ?o } GROUP BY ?s": """\
KG-E0605  query:1:11  ?o is selected but neither grouped nor aggregated
    SELECT ?s ?o { ?s ?p ?o } GROUP BY ?s
              ^^
  Add it to GROUP BY, or select something like (SAMPLE(?o) AS ?o_1).""",
    "SELECT * { ?s ?p 'liver }": """\
KG-E0605  query:1:18  the text that begins with ' here is never closed
    SELECT * { ?s ?p 'liver }
                     ^""",
    "SELECT * { ?s <http://x ?o }": """\
KG-E0605  query:1:15  the IRI that begins here is never closed
    SELECT * { ?s <http://x ?o }
                  ^
  IRIs stand in <…>, without blanks.""",
    "SELECT * { ?s ?p ?o } LIMIT many": """\
KG-E0605  query:1:29  a word that SPARQL does not have: "many"
    SELECT * { ?s ?p ?o } LIMIT many
                                ^^^^
  Variables begin with ?, texts stand in quotation marks.""",
    "SELECT * { ?s ?p ?o } LIMIT ?n": """\
KG-E0605  query:1:29  the query is not SPARQL
    SELECT * { ?s ?p ?o } LIMIT ?n
                                ^
  It is understood up to this place.
  kg query --list shows queries that work.""",
    "  # nothing": "KG-E0605  query  the query is empty\n  kg query --list shows queries that work.",
    "DELETE WHERE { ?s ?p ?o }": """\
KG-E0608  query:1:1  DELETE is an update, not a question
    DELETE WHERE { ?s ?p ?o }
    ^^^^^^
  A store is finished when it is built; it answers questions and is never changed.
  Change the sources and build again: kg build SOURCES… --into STORE""",
}


@pytest.mark.parametrize(("text", "told"), MISTAKES.items(), ids=lambda text: text[:30])
def test_frequent_mistakes_are_told_in_words_of_the_writer(text: str, told: str) -> None:
    with pytest.raises(KgError) as fault:
        ask(EMPTY, ad_hoc(text))
    assert str(fault.value) == told


def test_an_unknown_guidance_is_told_when_nothing_was_found(snapshot: Snapshot) -> None:
    with pytest.raises(KgError) as fault:
        run(snapshot, fill(named("combinations"), {"guidance": "IPG368"}))
    assert fault.value.id == "KG-E0601"
    assert str(fault.value).startswith('KG-E0601  the store has no guidance "IPG368"\n  Did you mean IPG')
    assert run(snapshot, fill(named("concepts"), {"guidance": "IPG688"})).rows == ()  # known, and lists none


# What the queries answer


def answers(snapshot: Snapshot, name: str, /, **values: str) -> list[tuple[object, ...]]:
    return list(run(snapshot, fill(named(name), values)).values())


def test_combinations_of_the_examples(snapshot: Snapshot) -> None:
    found = answers(snapshot, "combinations", guidance="IPG369")
    assert [(side, rank) for side, rank, _ in found] == [
        ("procedure", 1),
        ("procedure", 2),
        ("procedure", 3),
        ("diagnosis", 1),
    ]
    assert {text for _, _, text in found} == {
        "J03.2 + Y13.2",
        "J12.8 + Y13.2 + Y53.-",
        "J12.8 + Y13.2 + Y68.-",
        "C78.7",
    }
    assert sum(side == "procedure" for side, _, _ in answers(snapshot, "combinations", guidance="IPG553")) == 9


def test_a_code_requires_what_its_category_requires_and_what_it_requires_itself(snapshot: Snapshot) -> None:
    found = {(row[0], row[1], row[2], row[3] is not None) for row in answers(snapshot, "requires", selector="J12.8")}
    assert found >= {
        ("IPG369", "J12.8", "Y13.2", False),
        ("IPG369", "J12.8", "Y53.-", True),
        ("IPG369", "J12.8", "Y68.-", True),
        ("LOCAL/Ä-1", "J12.8", "Y53.4", False),
        ("LOCAL2", "J12.-", "Y53.1", False),
    }


def test_alternatives_are_told_both_ways(snapshot: Snapshot) -> None:
    assert ("IPG369", "J12.8", "J03.2") in {row[:3] for row in answers(snapshot, "alternatives", selector="J12.8")}
    assert ("IPG369", "J03.2", "J12.8") in {row[:3] for row in answers(snapshot, "alternatives", selector="J03.2")}


def test_a_concept_maps_to_main_codes(snapshot: Snapshot) -> None:
    assert ("IP1062/2", "OPCS-4", "J16.1") in {
        (row[0], row[2], row[3]) for row in answers(snapshot, "maps", concept="737083005")
    }


def test_guidances_for_a_code_look_up_and_down(snapshot: Snapshot) -> None:
    up = {(row[0], row[3], row[4]) for row in answers(snapshot, "guidances-for-code", selector="J12.3")}
    assert up == {("IPG672", "J12.3", True), ("LOCAL2", "J12.-", True)}
    down = {row[0] for row in answers(snapshot, "guidances-for-code", selector="opcs-4:J12")}
    assert down >= {"IPG369", "IPG672", "LOCAL/Ä-1", "LOCAL2"}
    inside = {(row[0], row[3]) for row in answers(snapshot, "guidances-for-code", selector="X71.1")}
    assert ("IP1062/2", "X70-X71") in inside


def test_main_codes_are_shared_by_the_same_code_or_its_category(snapshot: Snapshot) -> None:
    found = set(answers(snapshot, "shared-main-code"))
    assert ("J03.2", "IPG369", "J03.2", "IPG553") in found
    assert ("J12.3", "IPG672", "J12.-", "LOCAL2") in found
    assert ("J03.2", "IPG553", "J03.2", "IPG369") not in found


def test_image_control_is_told_with_how_many_combinations_have_it(snapshot: Snapshot) -> None:
    found = {row[0]: row[2:] for row in answers(snapshot, "image-control")}
    assert found["IPG369"] == (2, 3, False)
    assert found["IPG672"] == (2, 2, True)
    assert "IPG688" not in found


def test_quotes_are_the_words_at_their_place(snapshot: Snapshot) -> None:
    text = (resources.root() / "examples" / "guidance" / "IPG369.txt").read_bytes().decode()
    found = answers(snapshot, "quotes", guidance="IPG369", selector="J12.8")
    assert {"Pick", "OneOf"} <= {row[1] for row in found}
    for _, _, quote, start, end, document in found:
        assert isinstance(start, int)
        assert isinstance(end, int)
        assert text[start:end] == quote
        assert document == "IPG369.txt"
    assert found[-1][2].startswith("J12.8")  # type: ignore[reportAttributeAccessIssue]


def test_needs_are_those_of_the_reasoner(snapshot: Snapshot) -> None:
    found = answers(snapshot, "needs", guidance="IPG369")
    first = {row[5] for row in found if row[:3] == ("procedure", 1, "J03.2 + Y13.2")}
    assert first == {"J03.2", "Y13.2"}
    assert {row[4] for row in found} == {1}


def test_codes_without_a_title_are_listed(snapshot: Snapshot) -> None:
    assert ("T99.7", "OPCS-4", "LOCAL/Ä-1") in answers(snapshot, "codes-without-title")


def test_readings_and_reviews_are_listed(snapshot: Snapshot) -> None:
    assert [row[:2] for row in answers(snapshot, "readings")][:2] == [("IP1062/2", 1), ("IP1062/2", 2)]
    assert "KG-W0202" in {row[1] for row in answers(snapshot, "review") if row[0] == "IP1062/2"}
