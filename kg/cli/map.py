"""`kg map`: what a concept maps to, as combinations of codes; and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.options import examples, given_option, pairs, store_option
from kg.cli.output import chosen, clean, data_options, destination, heading, write_items, write_table
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.codes import SctId, Selector
    from kg.reason.map_combinations import Known, MapCombination
    from kg.terminology.mapping import ConceptMap
    from kg.terminology.snomed import SnomedEdition
    from kg.workspace import Workspace

_COLUMNS = ("concept", "term", "status", "system", "edition", "block", "codes", "default", "conditions", "through")
_LIMIT = 10_000


@click.command(
    epilog=examples("kg map 709020001", "kg map 709020001 --given age=40 --given sex=female", "kg map --reverse J12.8")
)
@click.argument("thing", metavar="CONCEPT|CODE")
@given_option
@click.option("--reverse", is_flag=True, help="Which concepts map to CODE: read against the direction of the maps.")
@click.option("--system", help="OPCS-4 or ICD-10: only these maps.")
@click.option("--edition", metavar="DATE", help="The edition of SNOMED CT, as 20250924. Default: the newest.")
@click.option("--limit", type=click.IntRange(1), default=_LIMIT, show_default=True, help="Combinations of one map.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    thing: str,
    given: tuple[str, ...],
    reverse: bool,
    system: str | None,
    edition: str | None,
    limit: int,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Tell what a concept maps to, as combinations.

    CONCEPT is of SNOMED CT. A combination has one code of each group of a block; the default is marked. What is known
    of the care event (--given age=40, sex=female, or a facet) narrows maps that have rules. An inactive concept is
    answered through its history. Guidances that list the concept are held against its maps. Maps tell what a concept
    is coded as, not what a code means: --reverse lists candidates.
    """
    from kg.codes import Component, SctId
    from kg.workspace import open_workspace

    wanted = chosen(form, output)
    with open_workspace(store) as workspace:
        release = workspace.release.snomed(edition)
        if reverse:
            item = _reversed(workspace, release, thing, system)
        else:
            item = _mapped(workspace, release, SctId.parse(thing, Component.CONCEPT), given, system, limit)
        if wanted == "table":
            with destination(output) as out:
                _tell(out, item)
        else:
            write_items([item], wanted, output, _COLUMNS, _rows, single=True)


def _mapped(
    workspace: Workspace,
    release: SnomedEdition,
    concept: SctId,
    given: Sequence[str],
    system: str | None,
    limit: int,
) -> dict[str, Any]:
    """A concept with its maps; those of its successors if it is inactive and has none of its own.

    Raises:
        KgError: KG-E0303, KG-E0304, KG-E0601, KG-E1051.
    """
    from kg.codes import Scheme
    from kg.terminology.history import lineages
    from kg.terminology.mapping import concept_maps

    about = release.concept(concept)
    only = str(Scheme.named(system)) if system else None
    recognise = workspace.lexicon.condition
    ways = lineages(release, concept)
    found = [(each, None) for each in concept_maps(release, concept, recognise)]
    if not found:
        found = [(each, way) for way in ways for each in concept_maps(release, way.id, recognise)]
    found = [(each, way) for each, way in found if only in (None, each.set.system)]
    known = _known(workspace, pairs(given), [each for each, _ in found])
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


def _known(workspace: Workspace, given: dict[str, list[str]], maps: Sequence[ConceptMap]) -> Known:
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
    facts: dict[str, list[str]] = {}
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
        "combinations": [combination_as_json(each) for each in listed],
        "not_codes": list(not_codes(found.targets)),
        **({"truncated": True} if more else {}),
    }


def combination_as_json(found: MapCombination) -> dict[str, Any]:
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
            if found.count is None or found.count > _LIMIT:
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


def _reversed(workspace: Workspace, release: SnomedEdition, text: str, system: str | None) -> dict[str, Any]:
    """The concepts with a map to a code, category or chapter, each with the combinations that it is in.

    Raises:
        KgError: that of the text if it is no code of a classification; KG-E0601 if none knows it.
    """
    from kg.codes import covers
    from kg.reason.map_combinations import NOTHING, map_combinations
    from kg.terminology.mapping import concept_maps, mapped_from

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
                    combination_as_json(c)
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


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    for concept in item.get("concepts", [item]):
        for each in concept["maps"]:
            through = ", ".join(link["link"] for link in each.get("through", ()))
            for c in each["combinations"]:
                head = (concept["concept"], concept["term"], concept["status"], each["system"], each["edition"])
                codes, default = " + ".join(c["codes"]), str(c["default"]).lower()
                yield (*head, c["block"], codes, default, _conditions(c), through)


def _conditions(combination: dict[str, Any]) -> str:
    return "; ".join(f"{'' if c['holds'] else 'not '}{c['facet']} {c['value']}" for c in combination["conditions"])


def _tell(out: IO[str], item: dict[str, Any]) -> None:
    """The maps for the eye."""
    if item.get("reverse"):
        out.write(heading(out, f"{item['code']}  {item['title'] or ''}".rstrip()) + f"\n  {item['note']}\n\n")
        rows = [(c["concept"], c["term"], c["status"], "default" if c["default"] else "") for c in item["concepts"]]
        write_table(out, ("concept", "term", "status", ""), rows)
        return
    out.write(heading(out, f"{item['concept']}  {item['term']}") + f"\n  {item['status']}\n")
    for each in item["replaced_by"]:
        out.write(f"  {each['link']} {each['id']} {clean(each['term'])}\n")
    if not item["maps"]:
        out.write("\n  no map has a row of it\n")
    for each in item["maps"]:
        name = " ".join(filter(None, (each["system"], each["edition"])))
        of = f" of {each['concept']}, {', '.join(k['link'] for k in each['through'])}" if "through" in each else ""
        out.write(f"\n{name}{of}, reference set {each['refset']}\n")
        if each["not_codes"]:
            out.write(f"  no code: {', '.join(map(clean, each['not_codes']))}\n")
        rows = [
            (c["block"], " + ".join(c["codes"]), "default" if c["default"] else "", _conditions(c))
            for c in each["combinations"]
        ]
        if rows:
            write_table(out, ("block", "codes", "", "when"), rows)
    for each in item["guidances"]:
        what = each["relation"] or each["why"]
        what += f" (the {each['narrower']} is)" if each.get("narrower") else ""
        out.write(f"\n  {each['guidance']}, {each['side']} side: {what}\n")
