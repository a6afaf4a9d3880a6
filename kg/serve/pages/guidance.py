"""A guidance: the quoted document beside its expression, the combinations with their conditions as switches."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kg.answers.readings import differences
from kg.errors import KgError
from kg.expression.condition import STATED
from kg.graph import iris
from kg.serve.linked import named_by
from kg.serve.pages import things
from kg.serve.pages.asking import Asking
from kg.serve.pages.expression import conditions, mark, passages, tree
from kg.serve.pages.request import Moved, Page, Reply, Request

_SIDES = ("procedure", "diagnosis")
_SHOWN = 40  # combinations of a side
_ID = "SELECT ?id WHERE {{ GRAPH ?g {{ <{iri}> a kg:Guidance ; dcterms:identifier ?id }} }} LIMIT 1"
_GIVEN = "given."  # what a switch of a facet is called in the address


async def guidance(asking: Asking, asked: Request) -> Reply:
    """`/page/guidance/ID`: all of it; a node of it leads to its place on the page."""
    name, *within = asked.parts[1:]
    if within:
        if found := re.fullmatch(r"node/(procedure|diagnosis)/(\d+)", "/".join(within)):
            return Moved(f"/page/guidance/{name}#{found[1]}-{found[2]}")
        return await things.thing(asking, asked)
    iri = named_by(f"id/guidance/{iris.guidance_iri(name).value.rpartition('/')[2]}")
    rows = await asking.rows(_ID.format(iri=iri))
    if not rows:
        raise KgError("KG-E0601", f'no guidance "{name}" in the store', hint="Search for its words, or see the list.")
    id = rows[0]["id"]
    shown = await asking.api("show", thing=id)
    given = _given(asked)
    fault: KgError | None = None
    try:
        told = await asking.api(
            "combinations", guidance=id, given=_pairs(given), limit=_SHOWN, as_printed=asked.flag("as-printed")
        )
    except KgError as refused:
        if refused.id not in ("KG-E0303", "KG-E0304"):
            raise
        fault, given = refused, {}
        told = await asking.api("combinations", guidance=id, given=[], limit=_SHOWN)
    trees, marks = {}, []
    for side in _SIDES:
        trees[side], found = tree(shown[side], side)
        marks += found
    concepts = [
        {**each, "key": f"concept-{n}", "cited": "citation" in each} for n, each in enumerate(shown["snomed"], 1)
    ]
    marks += [mark(each["citation"], each["key"], alone=True) for each in concepts if each["cited"]]
    readings = await asking.api("readings", guidance=id) if shown["readings"] > 1 else []
    return Page(
        "guidance.html",
        {
            "it": shown,
            "name": name,
            "iri": iri,
            "trees": trees,
            "passages": passages(marks),
            "concepts": concepts,
            "switches": _switches(shown, given),
            "given": given,
            "as_printed": asked.flag("as-printed"),
            "told": told,
            "fault": fault,
            "readings": [{**each, "lines": list(differences(each))} for each in readings[1:]],
            "systems": {"procedure": "OPCS-4", "diagnosis": "ICD-10"},
            "stated": STATED,
        },
        fault.kind.http if fault else 200,
    )


def _given(asked: Request) -> dict[str, list[str]]:
    """The facts that the switches are set to, as `--given` has them; several are joined by a blank in one value."""
    found: dict[str, list[str]] = {}
    for name, values in asked.values.items():
        told = [word for value in values for word in value.split()]
        if name.startswith(_GIVEN) and told:
            facet = name.removeprefix(_GIVEN).partition(".")[0]
            found.setdefault(facet, []).extend(dict.fromkeys(told))
    return found


def _pairs(given: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{facet}={value}" for facet, values in given.items() for value in values]


def _switches(shown: dict[str, Any], given: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """A switch for each facet that conditions of the guidance speak of: its values, in the document's words. A
    condition that no facet knows is a switch by itself.
    """
    values: dict[str, dict[str, str]] = {}
    for side in _SIDES:
        for facet, value, words in conditions(shown[side]):
            values.setdefault(facet, {}).setdefault(value, words)
    made: list[dict[str, Any]] = []
    for facet, told in values.items():
        groups = [{value: words} for value, words in told.items()] if facet == STATED else [told]
        made += [_switch(facet, list(group.items()), given, alone=facet == STATED) for group in groups]
    return made


def _switch(
    facet: str, values: Sequence[tuple[str, str]], given: Mapping[str, Sequence[str]], *, alone: bool
) -> dict[str, Any]:
    denied = " ".join(f"!{value}" for value, _ in values)
    if alone:
        name, legend = f"{_GIVEN}{facet}.{values[0][0]}", values[0][1]
        choices = [("not known", ""), ("true", values[0][0]), ("not true", denied)]
    else:
        name, legend = f"{_GIVEN}{facet}", facet.replace("-", " ")
        none = "none of these" if len(values) > 1 else f"not {values[0][0].replace('-', ' ')}"
        choices = [("not known", ""), *((value.replace("-", " "), value) for value, _ in values), (none, denied)]
    told = set(given.get(facet, ()))
    on = next((value for _, value in choices if value and set(value.split()) <= told), "")
    return {
        "name": name,
        "legend": legend,
        "choices": [{"label": label, "value": value, "on": value == on} for label, value in choices],
    }
