"""What guidances touch of the users' releases: concepts listed, their attributes, where history leads, all above."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import Quad

from kg.codes import Code, Scheme, SctId
from kg.errors import KgError
from kg.expression.recommendation import Recommendation
from kg.graph.edition import Described, encode_edition
from kg.terminology.release import Release
from kg.terminology.snomed import SnomedEdition


def edition_quads(recommendations: Iterable[Recommendation], release: Release) -> Iterator[Quad]:
    """The quads of the graphs of all editions of SNOMED CT, edition by edition, sorted in each.

    Codes and categories that guidances name stand in the graph of the classifications. Growth: linear in the concepts
    listed and their ancestors.
    """
    listed = frozenset(mention.id for r in recommendations for mention in r.concepts)
    for edition in release.snomed_editions:
        concepts = (described(edition, id, listed) for id in touched(edition, listed))
        yield from encode_edition(edition.edition.name, edition.edition.title, concepts)


def touched(edition: SnomedEdition, listed: Iterable[str]) -> list[SctId]:
    """The concepts of an edition that are touched by those listed, by identifier; what is no concept of it is not."""
    found: set[SctId] = set()
    todo = [SctId(int(id)) for id in listed if id.isdecimal() and edition.find(int(id)) >= 0]
    todo += [
        each for id in todo for a in edition.attributes(id) for each in (a.type, a.value) if isinstance(each, SctId)
    ]
    while todo:
        concept = todo.pop()
        if concept not in found:
            found.add(concept)
            found.update(edition.ancestors(concept))
            todo += [successor.id for successor in edition.successors(concept)]
    return sorted(found)


def described(edition: SnomedEdition, id: SctId, listed: frozenset[str]) -> Described:
    """What the graph says of a concept; of those that are listed also synonyms, attributes and mapped codes."""
    concept, is_listed = edition.concept(id), str(id) in listed
    others = {term.text for term in edition.terms(id) if term.active and term.kind != "definition"}
    return Described(
        id,
        concept.term,
        tuple(sorted(others - {concept.term})) if is_listed else (),
        concept.active,
        edition.parents(id),
        tuple(sorted({successor.id for successor in edition.successors(id)})),
        tuple(sorted(set(_mapped(edition, id)), key=str)) if is_listed else (),
        tuple((a.type, a.value) for a in edition.attributes(id)) if is_listed else (),
    )


def _mapped(edition: SnomedEdition, id: SctId) -> Iterator[Code]:
    systems = {scheme.value: scheme for scheme in Scheme}
    for row in edition.maps(id):
        try:
            if row.set.system in systems:
                yield Code.parse(row.target, systems[row.set.system]).bare
        except KgError:
            continue  # no code: #NIS and the like
