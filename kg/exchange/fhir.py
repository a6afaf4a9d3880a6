"""FHIR R4: the codes that the graph knows as CodeSystems, those of each side as ValueSets, maps-to as ConceptMaps.

The codes are those of the classifications (`J12.8`, category `Y53`, chapter `Z`): a range is no code there, and stands
for the categories and codes in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from pyoxigraph import Store

from kg.codes import Category, One, Range, Scheme, Selector, parse_selector
from kg.exchange.asking import MAPS_TO, REQUIRES, Named, Related, known, named, recorded_as, relations, rights
from kg.graph import iris

Json = dict[str, Any]
_GUIDANCES = f"{iris.DATA}guidance"
_SYSTEMS = {
    **{str(scheme): iri.value for scheme, iri in iris.SCHEMES.items()},
    "SNOMED CT": iris.SNOMED_CT.value,
    "guidance": _GUIDANCES,
}
_NO_ID = re.compile(r"[^A-Za-z0-9.-]+")
_NO_NAME = re.compile(r"[^A-Za-z0-9]+")


def bundle(resources: Iterable[Json]) -> str:
    """Resources as one Bundle of the type collection, indented."""
    entries = [{"fullUrl": each["url"], "resource": each} for each in _told_apart(resources)]
    made: Json = {"resourceType": "Bundle", "type": "collection"} | ({"entry": entries} if entries else {})
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def code_systems(store: Store) -> Iterator[Json]:
    """A CodeSystem for each classification: the part of it that the graph knows (a fragment), nested as it is."""
    for system, group in groupby(known(store), key=lambda row: row.system):
        scheme, labels, below = Scheme.named(system), dict[str, str](), dict[str, dict[str, None]]()
        rows = {row.notation: row for row in group}
        for row in rows.values():
            code = _code(parse_selector(row.notation, scheme))
            if not code:
                continue
            # A category that is a code itself (C19) is one concept here, below what the category is below.
            broader, over = row.broader, ""
            while broader and (over := _code(parse_selector(broader, scheme))) == code:
                broader, over = rows[broader].broader, ""
            labels[code] = labels.get(code) or row.label
            below.setdefault(over, {})[code] = None
        yield {
            "resourceType": "CodeSystem",
            "id": system.lower(),
            "url": _SYSTEMS[system],
            "name": _NO_NAME.sub("_", system),
            "title": f"{system}: codes that recommendations name, what they are below, and known codes below them",
            "status": "active",
            "description": f"A fragment of {system}, with the titles that are open or that the recommendations print.",
            **_copyright(store),
            "hierarchyMeaning": "classified-with",
            "content": "fragment",
            "concept": _nested("", below, labels),
        }


def value_sets(store: Store) -> Iterator[Json]:
    """A ValueSet for each side of each guidance: the codes that its reading in use names.

    Which of them stand together no ValueSet can say; the combinations are told by `kg combinations`.
    """
    codes = {(row.system, row.notation) for row in known(store)}
    for (id, side), rows in groupby(named(store), key=lambda row: (row.guidance, row.side)):
        held = list(rows)
        include = list(_includes(held, codes))
        if include:
            yield {
                "resourceType": "ValueSet",
                "id": f"{_local(id)}-{side}",
                "url": f"{iris.guidance_iri(id).value}/codes/{side}",
                "name": f"Guidance_{_NO_NAME.sub('_', _local(id))}_{side}",
                **_about(held[0], f"codes of the {side} side"),
                "description": "Codes that the recommendation names; not which of them stand together.",
                **_copyright(store),
                "compose": {"include": include},
            }


def concept_maps(store: Store) -> Iterator[Json]:
    """A ConceptMap for each guidance: what the guidance itself, and the concepts that it lists, map to.

    The equivalence is relatedto: maps-to says how a record is coded, not how near meanings are. What every combination
    with the code has is its product; its combinations, with their choices, stand in the comment.
    """
    found = relations(store)
    titles: dict[str, Named] = {}
    members: dict[tuple[str, str], list[str]] = {}
    for row in named(store):
        titles[row.guidance] = row
        if row.member:
            members.setdefault((row.system, row.selector), []).append(row.member)
    said = recorded_as(store)
    for id, rows in groupby(found, key=lambda row: row.guidance):
        own = list(rows)
        groups = list(_groups([row for row in own if row.relation == MAPS_TO], own, said, members))
        if groups:
            yield {
                "resourceType": "ConceptMap",
                "id": f"{_local(id)}-map",
                "url": f"{iris.guidance_iri(id).value}/map",
                "name": f"Guidance_{_NO_NAME.sub('_', _local(id))}_map",
                **_about(titles[id], "what it and its concepts map to"),
                "description": "As printed, without the national standards. Several targets of one source are cases of "
                "it, or codes of one combination: the comment of a target has the combinations in which it stands. A "
                "concept whose term does not tell which of several codes is meant is left out.",
                **_copyright(store),
                "group": groups,
            }


def _groups(
    maps: list[Related],
    own: list[Related],
    said: dict[tuple[str, str, str], str],
    members: dict[tuple[str, str], list[str]],
) -> Iterator[Json]:
    required: dict[tuple[str, str], list[Related]] = {}
    for row in own:
        if row.relation == REQUIRES:
            required.setdefault((row.subject_system, row.subject), []).append(row)

    def systems(row: Related) -> tuple[str, str]:
        return row.subject_system, row.object_system

    def subject(row: Related) -> str:
        return row.subject

    for (source, target), rows in groupby(sorted(maps, key=lambda r: (*systems(r), r.subject)), key=systems):
        elements: list[Json] = []
        for code, each in groupby(rows, key=subject):
            own_rows = list(each)
            targets = [
                _target(to, row, required.get((target, row.object), []), said)
                for row in own_rows
                for to in _codes(target, row.object, members)
            ]
            elements.append(_display({"code": code}, own_rows[0].subject_label) | {"target": _once(targets)})
        yield {"source": _SYSTEMS[source], "target": _SYSTEMS[target], "element": elements}


def _target(to: str, row: Related, required: list[Related], said: dict[tuple[str, str, str], str]) -> Json:
    selector = parse_selector(row.object, Scheme.named(row.object_system))
    words = [] if isinstance(selector, One) else [f"one code of {row.object}"]
    words += [others] if (others := said.get((row.guidance, row.object_system, row.object))) else []
    target = _display({"code": to}, row.object_label if not isinstance(selector, Range) else "")
    target["equivalence"] = "relatedto"
    if words:
        target["comment"] = "; ".join(words)
    products = [
        _display(
            {"property": _SYSTEMS[each.object_system], "system": _SYSTEMS[each.object_system], "value": code},
            each.object_label,
        )
        for each in required
        if (code := _code(parse_selector(each.object, Scheme.named(each.object_system))))
    ]
    return target | ({"product": products} if products else {})


def _includes(rows: list[Named], codes: set[tuple[str, str]]) -> Iterator[Json]:
    """What a ValueSet includes: codes by name, then each category and chapter by what is below it, with itself where
    it is a code too (C19).
    """
    singles: dict[str, dict[str, str]] = {}
    filters: dict[tuple[str, str, str], None] = {}
    for row in rows:
        if not row.selector:
            continue
        scheme = Scheme.named(row.system)
        for text in [row.member] if row.member else [row.selector]:
            selector = parse_selector(text, scheme)
            if isinstance(selector, One):
                label = row.label if text == row.selector else ""
                singles.setdefault(_SYSTEMS[row.system], {}).setdefault(str(selector.code.bare), label)
            elif code := _code(selector):
                is_code = isinstance(selector, Category) and (row.system, code) in codes
                filters[_SYSTEMS[row.system], code, "is-a" if is_code else "descendent-of"] = None
    for system, held in sorted(singles.items()):
        yield {"system": system, "concept": [_display({"code": code}, label) for code, label in sorted(held.items())]}
    for system, code, op in sorted(filters):
        yield {"system": system, "filter": [{"property": "concept", "op": op, "value": code}]}


def _codes(system: str, selector: str, members: dict[tuple[str, str], list[str]]) -> list[str]:
    """The codes of FHIR that a selector is: one, or of a range the categories and codes in it."""
    scheme = Scheme.named(system)
    each = members.get((system, selector), [selector])
    return list(dict.fromkeys(code for text in each if (code := _code(parse_selector(text, scheme)))))


def _code(selector: Selector) -> str:
    """A selector as a code of its classification: a category without the mark of what is open; a range is none."""
    if isinstance(selector, Range):
        return ""
    return str(selector).removesuffix(".-") if isinstance(selector, Category) else iris.notation(selector)


def _nested(at: str, below: dict[str, dict[str, None]], labels: dict[str, str]) -> list[Json]:
    made: list[Json] = []
    for code in below.get(at, ()):
        concept = _display({"code": code}, labels[code])
        made.append(concept | ({"concept": inner} if (inner := _nested(code, below, labels)) else {}))
    return made


def _about(row: Named, what: str) -> Json:
    # What waits for a person is a draft.
    return {
        "title": f"{f'{row.guidance} {row.title}'.strip()}: {what}",
        "status": "draft" if row.review == "true" else "active",
    }


def _copyright(store: Store) -> Json:
    return {"copyright": said} if (said := rights(store)) else {}


def _display(coded: Json, label: str) -> Json:
    return coded | ({"display": label} if label else {})


def _once(targets: list[Json]) -> list[Json]:
    return list({target["code"]: target for target in targets}.values())


def _local(id: str) -> str:
    """A guidance's id as a part of an id of FHIR: letters, figures, full stops and hyphens."""
    return _NO_ID.sub("-", iris.guidance_iri(id).value.removeprefix(iris.PREFIXES["guidance"]))[:50]


def _told_apart(resources: Iterable[Json]) -> Iterator[Json]:
    """The resources with ids of their own, where ids that were shortened or cleared of letters are alike."""
    seen: dict[str, int] = {}
    for each in resources:
        seen[each["id"]] = again = seen.get(each["id"], 0) + 1
        yield each if again == 1 else each | {"id": f"{each['id']}.{again}"}
