"""Recommendations for tests: written short by hand, and drawn with everything that one can hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from kg.citation import Citation, Origin, StandardCitation
from kg.codes import Chapters, Code, One, Scheme, Selector, parse_selector
from kg.expression.combination import combinations
from kg.expression.condition import Context, Facets
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, picks
from kg.expression.recommendation import (
    ConceptMention,
    Decision,
    Reading,
    Recommendation,
    Side,
    Verb,
    Warning,
)
from kg.facets import load_lexicon
from kg.graph import classifications, dataset, iris, relations
from kg.graph.encode import encode_recommendation
from kg.graph.vocabulary import Other
from kg.terminology.in_use import OpenCodes
from tests.laws.strategies import CONDITIONS, SELECTORS

OPEN_CODES = OpenCodes()

# -- by hand


def pick(text: str, title: str = "", citation: Origin | None = None, side: Side = Side.PROCEDURE) -> Pick:
    return Pick(parse_selector(text, side.scheme), title, citation)


def when(words: str, then: Expression) -> When:
    return When(load_lexicon().condition(words), then)


def all_of(*parts: Expression) -> AllOf:
    return AllOf(parts)


def one_of(*branches: Expression) -> OneOf:
    return OneOf(branches)


def dx(text: str, title: str = "") -> Pick:
    return pick(text, title, side=Side.DIAGNOSIS)


def guidance(
    id: str,
    procedure: Expression | None,
    diagnosis: Expression | None = None,
    *concepts: ConceptMention,
) -> Recommendation:
    return Recommendation(id, f"Example {id}", (Reading(procedure, diagnosis),), concepts=concepts)


def concept(id: str, term: str, side: Side = Side.PROCEDURE) -> ConceptMention:
    return ConceptMention(id, term, side)


# -- as a build encodes


def encoded(r: Recommendation, *, most: int = 10_000) -> list[Quad]:
    """The quads of a recommendation with the words and codes that the program ships."""
    lexicon = load_lexicon()
    sides = {side: combinations(r.side(side), Context(facets=lexicon.facets)) for side in Side}
    chapters = OPEN_CODES.chapters
    return encode_recommendation(r, sides, chapters, lexicon, OPEN_CODES.title, most)


def built(*recommendations: Recommendation) -> Store:
    """A store in memory with all that a build puts into one."""
    store = Store()
    store.extend(dataset.shipped())
    named: dict[Selector, str] = {}
    for r in recommendations:
        quads = encoded(r)
        store.extend([*quads, *relations.derived(quads, dataset.facets())])
        for reading in r.readings:
            for side in Side:
                named |= {p.selector: p.title for p in picks(reading.side(side))}
    store.extend(classifications.encode_selectors(named, OPEN_CODES, named))
    store.extend(dataset.describe(store, "0.0.1"))
    return store


def facet_quads(facets: Facets) -> list[Quad]:
    """Facets as `ontology/facets.ttl` has its own."""
    found: list[Quad] = []
    for facet, values in facets.values.items():
        for value, wider in values.items():
            it = iris.facet_value_iri(facet, value)
            found.append(Quad(it, Other.IN_SCHEME, iris.facet_iri(facet), iris.FACETS_GRAPH))
            if wider:
                above = iris.facet_value_iri(facet, wider)
                found.append(Quad(it, Other.BROADER, above, iris.FACETS_GRAPH))
    return found


def said(term: NamedNode | Literal | BlankNode | Triple) -> str:
    """The IRI of a thing, the text of a value."""
    assert isinstance(term, NamedNode | Literal)
    return term.value


class Words:
    """A lexicon of words written as `facet=value`, and of codes that state facts."""

    def __init__(self, codes: dict[Selector, tuple[str, str]] | None = None) -> None:
        self._codes = codes or {}

    def stated_in(self, text: str) -> tuple[tuple[str, str], ...]:
        pairs = (word.split("=") for word in text.split() if word.count("=") == 1)
        return tuple(sorted({(facet, value) for facet, value in pairs}))

    def stated_by(self, selector: Selector) -> tuple[tuple[str, str], ...]:
        return (self._codes[selector],) if selector in self._codes else ()


def encoded_with(
    r: Recommendation,
    chapters: Chapters,
    words: Words,
    title_of: Callable[[Selector], str | None],
    facets: Facets,
    most: int = 10_000,
) -> list[Quad]:
    """The quads of a recommendation with words, titles and facets of a test's own."""
    sides = {side: combinations(r.side(side), Context(facets=facets)) for side in Side}
    return encode_recommendation(r, sides, chapters, words, title_of, most)


# -- drawn

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
IDS = st.sampled_from(("IPG1", "IP1062/2", "MTG 588", "a:b?c#d", "Ä-%2F", "."))


@st.composite
def citations(draw: DrawFn, document: str) -> Origin | None:
    kind = draw(st.integers(0, 4))
    if kind == 0:
        return None
    if kind == 1:
        return StandardCitation(draw(st.sampled_from(("PCSJ1", "DCS.II.1", "an odd/id"))))
    start = draw(st.integers(0, 9))
    quote = draw(TEXTS)
    number = st.one_of(st.none(), st.integers(1, 999))
    corner = st.floats(allow_nan=False, allow_infinity=False)
    box = st.one_of(st.none(), st.tuples(corner, corner, corner, corner))
    name = draw(st.sampled_from((document, document, "another")))
    end = start + len(quote)
    return Citation(name, start, end, quote, draw(number), draw(box), draw(number))


@st.composite
def cited(draw: DrawFn, scheme: Scheme, document: str, depth: int = 0) -> Expression:
    """An expression of every kind of node with titles, marks, words, flags and citations."""
    citation = draw(citations(document))
    kind = draw(st.integers(0, 1 if depth > 3 else 6))
    inner = cited(scheme, document, depth + 1)
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    match kind:
        case 0:
            selector = draw(st.sampled_from(SELECTORS[scheme]))
            if isinstance(selector, One) and scheme is Scheme.ICD10:
                mark = draw(st.sampled_from(("", "D", "A")))
                selector = One(Code(scheme, selector.code.text, mark))
            return Pick(selector, draw(TEXTS), citation)
        case 1:
            return Unnamed(draw(TEXTS), citation)
        case 2:
            return AllOf(draw(several), draw(st.booleans()), citation)
        case 3 | 4:
            return OneOf(draw(several), draw(st.booleans()), citation)
        case 5:
            return Optional(draw(inner), citation)
        case _:
            condition = draw(st.sampled_from(CONDITIONS))
            words = draw(st.one_of(st.just(condition.words), TEXTS))
            told = draw(citations(document))
            return When(replace(condition, words=words, citation=told), draw(inner), citation)


def decisions() -> SearchStrategy[Decision]:
    """A decision by anybody, on any day, for any reason."""
    told = TEXTS.filter(bool)
    return st.builds(Decision, st.sampled_from(tuple(Verb)), told, st.dates(), told, st.just("IPG1.txt.decision.yaml"))


@st.composite
def recommendations(draw: DrawFn) -> Recommendation:
    """A recommendation with all that the type can hold."""
    id = draw(IDS)

    def side(of: Side) -> SearchStrategy[Expression | None]:
        return st.one_of(st.none(), cited(of.scheme, id))

    readings = [
        Reading(draw(side(Side.PROCEDURE)), draw(side(Side.DIAGNOSIS)), draw(TEXTS))
        for _ in range(draw(st.integers(1, 3)))
    ]
    if len(readings) > 1 and draw(st.booleans()):
        readings[1] = replace(readings[1], diagnosis=readings[0].diagnosis)
    mentions = [
        ConceptMention(
            draw(st.sampled_from(("737083005", "95214007", "95214008", "813671000000107", "x", ""))),
            draw(TEXTS),
            draw(st.sampled_from(tuple(Side))),
            draw(st.one_of(st.none(), TEXTS)),
            c if isinstance(c := draw(citations(id)), Citation) else None,
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    place = st.integers(0, 10**6)
    warnings = [
        Warning(draw(st.sampled_from(("KG-W0201", "KG-W0202"))), draw(TEXTS), draw(place), draw(place))
        for _ in range(draw(st.integers(0, 2)))
    ]
    return Recommendation(
        id,
        draw(TEXTS),
        tuple(readings),
        draw(st.one_of(st.none(), TEXTS)),
        tuple(mentions),
        tuple(warnings),
        draw(st.booleans()),
        draw(TEXTS),
        draw(st.sampled_from(("", "0123456789abcdef" * 4))),
        draw(st.one_of(st.none(), decisions())),
    )
