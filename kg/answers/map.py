"""What a concept maps to, as combinations of codes; and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.codes import SctId, Selector
    from kg.reason.map_combinations import Known, MapCombination
    from kg.terminology.mapping import ConceptMap
    from kg.workspace import Workspace

LIMIT = 10_000
"""Combinations of one map, unless another number is asked for."""


def map_concept(
    workspace: Workspace,
    text: str,
    given: Mapping[str, Sequence[str]] | None = None,
    system: str | None = None,
    edition: str | None = None,
    limit: int = LIMIT,
) -> dict[str, Any]:
    """A concept with its maps; those of its successors if it is inactive and has none of its own.

    Raises:
        KgError: KG-E0303, KG-E0304, KG-E0414, KG-E0415, KG-E0601, KG-E1009, KG-E1051.
    """
    from kg.codes import Component, Scheme, SctId
    from kg.terminology.history import lineages
    from kg.terminology.mapping import concept_maps

    release = workspace.release.snomed(edition)
    concept = SctId.parse(text, Component.CONCEPT)
    about = release.concept(concept)
    only = str(Scheme.named(system)) if system else None
    recognise = workspace.lexicon.condition
    ways = lineages(release, concept)
    found = [(each, None) for each in concept_maps(release, concept, recognise)]
    if not found:
        found = [(each, way) for way in ways for each in concept_maps(release, way.id, recognise)]
    found = [(each, way) for each, way in found if only in (None, each.set.system)]
    known = _known(workspace, given or {}, [each for each, _ in found])
    return {
        "concept": str(concept),
        "term": about.term,
        "status": "active" if about.active else "inactive",
        "maps": [
            {
                **_map_as_json(each, known, limit),
                **({"concept": str(way.id), "through": _links(way.links)} if way is not None else {}),
            }
            for each, way in found
        ],
        "replaced_by": [
            {"id": str(way.id), "link": way.link, "term": release.term(way.id), "certain": way.is_certain}
            for way in ways
        ],
        "guidances": list(_reconciled(workspace, concept, [each for each, _ in found], known)),
    }


def _links(links: Sequence[Any]) -> list[dict[str, str]]:
    return [{"link": each.link, "id": str(each.id)} for each in links]


def _known(workspace: Workspace, given: Mapping[str, Sequence[str]], maps: Sequence[ConceptMap]) -> Known:
    """What is given, where a facet or value occurs in the maps, is one of sex, or is known to the lexicon.

    Raises:
        KgError: KG-E0303, KG-E0304; KG-E1051 for what is no age.
    """
    from kg.expression.condition import Context, Facets
    from kg.reason.map_combinations import AGE, Known, conditions_of
    from kg.terminology.map_rules import SEX, read_age

    facets = Facets({**workspace.facets.values, **SEX.values})
    occurring = sorted({c.fact for each in maps for c in conditions_of(each.targets)})
    age: float | None = None
    facts: dict[str, Sequence[str]] = {}
    for facet, values in given.items():
        if facet == AGE:
            age = read_age(values[0]) if len(values) == 1 else None
            if age is None:
                hint = "Write it once, in years (age=40), or as age='10 days'."
                raise KgError("KG-E1051", f'not an age: "{", ".join(values)}"', hint=hint)
            continue
        for value in values:
            facets.check(facet, value.removeprefix("!"), occurring)
        facts[facet] = values
    return Known(Context.of(facts, facets), age)


def _map_as_json(found: ConceptMap, known: Known, limit: int) -> dict[str, Any]:
    from kg.reason.map_combinations import first_combinations, not_codes

    listed, more = first_combinations(found.targets, known, limit)
    return {
        "system": found.set.system,
        "edition": found.set.edition or None,
        "refset": str(found.set.id),
        "combinations": [_combination(each) for each in listed],
        "not_codes": list(not_codes(found.targets)),
        **({"truncated": True} if more else {}),
    }


def _combination(found: MapCombination) -> dict[str, Any]:
    """A combination of a map as JSON."""
    return {
        "codes": [str(code) for code in found.codes],
        "block": found.block,
        "default": found.default,
        "conditions": [
            {"facet": met.condition.facet, "value": met.condition.value, "holds": met.holds} for met in found.conditions
        ],
    }


def _reconciled(
    workspace: Workspace, concept: SctId, maps: Sequence[ConceptMap], known: Known
) -> Iterator[dict[str, Any]]:
    """The guidances that list the concept, each held against the map of its side."""
    from kg.codes import CodeList
    from kg.expression.concrete import CodeCombinations
    from kg.reason.map_combinations import map_combinations
    from kg.reason.reconciling import reconcile

    for recommendation in workspace.listing(concept):
        id = recommendation.id
        for side in dict.fromkeys(c.side for c in recommendation.concepts if c.id == str(concept)):
            found = workspace.applied().combinations(recommendation, side, known.context)
            mapped = [
                c.codes for m in maps if m.set.system == str(side.scheme) for c in map_combinations(m.targets, known)
            ]
            item = {"guidance": id, "title": recommendation.title, "side": str(side)}
            if found.count is None or found.count > LIMIT:
                yield {**item, "relation": None, "why": "the guidance has too many combinations to be compared"}
                continue
            listed = [standing.combination.selectors for standing in found]
            records = None
            if found.program is not None:
                codes = CodeList.known(workspace.classification, side.scheme)
                chapters = workspace.classification.chapters
                program, empty = found.program
                records = CodeCombinations(program, found.context, codes, chapters, empty=empty).records
            told = reconcile(mapped, listed, records, workspace.classification.chapters)
            yield {
                **item,
                "relation": str(told.relation),
                **({"narrower": told.narrower} if told.narrower else {}),
                "combinations": [{"codes": [str(c) for c in codes], "is": str(fit)} for codes, fit in told.fits],
            }


def map_code(workspace: Workspace, text: str, system: str | None = None, edition: str | None = None) -> dict[str, Any]:
    """The concepts with a map to a code, category or chapter, each with the combinations that it is in.

    Raises:
        KgError: that of the text if it is no code of a classification; KG-E0601 if none knows it, KG-E1009, KG-E1052.
    """
    from kg.codes import covers
    from kg.reason.map_combinations import NOTHING, map_combinations
    from kg.terminology.mapping import concept_maps, mapped_from

    release = workspace.release.snomed(edition)
    selector = _selector(workspace, text, system)
    chapters = workspace.classification.chapters
    concepts: list[dict[str, Any]] = []
    for id in mapped_from(release, selector, chapters):
        about = release.concept(id)
        maps = [
            {
                "system": each.set.system,
                "edition": each.set.edition or None,
                "refset": str(each.set.id),
                "combinations": [
                    _combination(c)
                    for c in map_combinations(each.targets, NOTHING)
                    if any(covers(selector, code, chapters) for code in c.codes)
                ],
            }
            for each in concept_maps(release, id, workspace.lexicon.condition)
            if each.set.system == str(selector.scheme)
        ]
        concepts.append(
            {
                "concept": str(id),
                "term": about.term,
                "status": "active" if about.active else "inactive",
                "default": any(c["default"] for m in maps for c in m["combinations"]),
                "maps": [m for m in maps if m["combinations"]],
            }
        )
    concepts.sort(key=lambda each: (not each["default"], int(each["concept"])))
    return {
        "reverse": True,
        "code": str(selector),
        "system": str(selector.scheme),
        "title": workspace.title(selector) or None,
        "note": "Maps are made from concepts to codes; read backwards they give candidates, not meanings.",
        "concepts": concepts,
    }


def _selector(workspace: Workspace, text: str, system: str | None) -> Selector:
    """The selector of a text in the classification that is named, or that alone knows it."""
    from kg.codes import Scheme, parse_selector

    formed: list[Selector] = []
    faults: list[KgError] = []
    for scheme in [Scheme.named(system)] if system else list(Scheme):
        try:
            formed.append(parse_selector(text, scheme))
        except KgError as fault:
            faults.append(fault)
    known = [s for s in formed if next(iter(workspace.classification.codes_under(s)), None) is not None]
    if len(known) == 1:
        return known[0]
    if not formed:
        raise faults[0]
    if known:
        hint = "Say which: --system OPCS-4 or --system ICD-10."
        raise KgError("KG-E1052", f"{text} is a code of both classifications", hint=hint)
    raise KgError("KG-E0601", f"{formed[0]} is not a known code", hint="kg search finds codes by words.")
