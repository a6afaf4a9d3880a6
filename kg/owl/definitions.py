"""The OWL classes of a data set: of each combination's records, of each variant, side and guidance, and of the records
that break a rule; what an OWL export adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pyoxigraph import NamedNode

from kg.codes import Category, Chapter, Chapters, Classification, One, Range, Scheme, Selector, within
from kg.expression.combination import Combination, Combinations
from kg.expression.condition import Condition
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.graph.iris import BASE, ONTOLOGY, condition_iri, guidance_iri, selector_iri
from kg.owl.records import Ontology, combination_class
from kg.owl.rules import rule_classes
from kg.reason.standard import Standard

MOST = 1000
"""Combinations of a side that get a class each; a side with more gets none (HermiT would not end)."""


def definitions(
    recommendations: Iterable[Recommendation],
    combinations_of: Callable[[Recommendation, Side], Combinations],
    classification: Classification,
    rules: Iterable[Standard] = (),
) -> Ontology:
    """The classes of records of all recommendations, and of the records that break `rules`, as axioms of the project's
    ontology, to be joined with its graph.

    Codes that the graph knows are below their categories there already. Here is added what is below the ranges, and
    which of the named selectors lie within others. Growth: linear in combinations, quadratic in the selectors of one
    side.
    """
    ontology = Ontology(ONTOLOGY)
    ontology.vocabulary()
    chapters = classification.chapters
    every: dict[Selector, None] = {}
    for recommendation in recommendations:
        guidance = guidance_iri(recommendation.id)
        sides: list[str] = []
        for side in Side:
            found = combinations_of(recommendation, side)
            if found.expression is None or found.count > MOST:
                continue
            named = list(dict.fromkeys(pick.selector for pick in picks(found.expression)))
            for selector in named:
                every.setdefault(selector)
                every.update(dict.fromkeys(map(One, classification.codes_under(selector))))
                wider = [s for s in named if s != selector and within(selector, [s], chapters)]
                ontology.within(selector, wider)
                if isinstance(selector, Range):
                    for code in classification.codes_under(selector):
                        ontology.within(One(code), [selector])
            sides.append(side_classes(ontology, guidance, recommendation.id, side, found, classification))
        ontology.intersection_class(f"{guidance.value}/records", f"records that meet {recommendation.id}", sides)
    ontology.disjoint(_disjoint(every, chapters))
    rule_classes(ontology, rules, chapters)
    return ontology


def _disjoint(selectors: Iterable[Selector], chapters: Chapters) -> list[list[Selector]]:
    """The groups of codes, categories and chapters of which no entry is in two: siblings of one parent each. A code
    that has subdivisions covers these, so that codes of more than four characters are left out.
    """
    chapters_seen: dict[Selector, None] = {}
    categories: dict[tuple[Scheme, str], dict[Selector, None]] = {}
    codes: dict[Category, dict[Selector, None]] = {}
    for s in selectors:
        if isinstance(s, Chapter):
            chapters_seen.setdefault(s)
            continue
        if isinstance(s, Range) or (isinstance(s, One) and len(s.code.key) != 4):
            continue
        category = Category(s.scheme, s.letters if isinstance(s, Category) else s.code.category)
        letter = chapters.chapter_of(s.scheme, category.letters)
        chapters_seen.setdefault(Chapter(s.scheme, letter))
        categories.setdefault((s.scheme, letter), {}).setdefault(category)
        if isinstance(s, One):
            codes.setdefault(category, {}).setdefault(One(s.code.bare))
    groups = [chapters_seen, *categories.values(), *codes.values()]
    return sorted((sorted(group, key=lambda s: selector_iri(s).value) for group in groups), key=str)


def side_classes(
    ontology: Ontology,
    guidance: NamedNode,
    name: str,
    side: Side,
    combinations: Iterable[Combination],
    classification: Classification,
) -> str:
    """Define the classes of a side's combinations, of its variants and of the side; the IRI of the last comes back.

    A variant is a condition under which combinations hold: `<guidance>/records/procedure/approach/open` is the union of
    those that have a ground with it. The side is the union of all: `<guidance>/records/procedure`.
    """
    whole = f"{guidance.value}/records/{side}"
    every: list[str] = []
    variants: dict[tuple[str, str], list[str]] = {}
    words: dict[tuple[str, str], Condition] = {}
    for combination in combinations:
        described = combination_class(guidance, side, combination, classification.chapters)
        ontology.record_class(described)
        every.append(described.iri)
        held = {c.fact: c for ground in combination.grounds for c in ground.holds}
        for fact, condition in held.items():
            words.setdefault(fact, condition)
            variants.setdefault(fact, []).append(described.iri)
    for fact, members in variants.items():
        label = f"records that meet {name}, {side}, where {words[fact].words or words[fact]}"
        # A condition's IRI is minted in one place; its end is the same for every guidance.
        end = condition_iri(NamedNode(BASE), *fact).value.removeprefix(f"{BASE}/condition")
        ontology.union_class(f"{whole}{end}", label, members)
    ontology.union_class(whole, f"records that meet {name}, {side}", every)
    return whole
