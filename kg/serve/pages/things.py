"""The pages of codes and concepts, and of anything else that an IRI of ours names."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kg.errors import KgError
from kg.graph import iris
from kg.graph.queries import fill, named
from kg.serve.linked import description_of, named_by
from kg.serve.pages import links
from kg.serve.pages.asking import Asking
from kg.serve.pages.chart import chart
from kg.serve.pages.chart import named as year_named
from kg.serve.pages.picture import drawn
from kg.serve.pages.request import Moved, Page, Reply, Request
from kg.serve.pages.triples import triples_of

_BELOW = 60  # children that are listed at a time
_USES = 40
_MAPPED = 30
_STATEMENTS = 300


async def code(asking: Asking, asked: Request) -> Reply:
    """`/page/opcs-4/J12.8`: a code, category, range or chapter."""
    folder, *rest = asked.parts
    if len(rest) != 1:
        return await thing(asking, asked)
    system, offset = links.SYSTEMS[folder], asked.number("below", 0)
    item = await asking.api("show", thing=rest[0], system=system)
    if item["id"] != rest[0]:
        return Moved(links.page_of(system, item["id"]))
    id = item["id"]
    around = await _picture(asking, f"{system}:{id}")
    relatives, mapped, requires, required_by, alternatives = await asyncio.gather(
        asking.api("relatives", system=system, id=id, offset=offset, limit=_BELOW),
        _mapped(asking, item),
        _named(asking, "requires", selector=f"{system}:{id}"),
        asking.rows(_REQUIRED_BY.format(iri=f"{iris.DATA}{folder}/{quote(id, safe='-._~')}")),
        _named(asking, "alternatives", selector=f"{system}:{id}"),
    )
    use = {int(year): count for year, count in item.get("recorded_in_england", {}).items()}
    return Page(
        "code.html",
        {
            "it": item,
            "folder": folder,
            "iri": f"{iris.DATA}{folder}/{quote(id, safe='-._~')}",
            "relatives": relatives,
            "offset": offset,
            "page_size": _BELOW,
            "uses": item["uses"][:_USES],
            "requires": requires[:_USES],
            "required_by": required_by,
            "alternatives": alternatives[:_USES],
            "mapped": mapped,
            "chart": chart(use),
            "years": [(year_named(year), count) for year, count in sorted(use.items())],
            "around": around,
        },
    )


_REQUIRED_BY = """SELECT DISTINCT ?guidance ?code ?title ?choice WHERE {{
  GRAPH ?g {{
    ?about a kg:Guidance ; dcterms:identifier ?guidance .
    {{ ?stated kg:requiresAdditional <{iri}> . BIND(false AS ?choice) }}
    UNION {{ ?stated kg:requiresAdditional/kg:branch/kg:part*/kg:selector <{iri}> . BIND(true AS ?choice) }}
  }}
  GRAPH graph:classifications {{ ?stated skos:notation ?code . OPTIONAL {{ ?stated skos:prefLabel ?title }} }}
}} ORDER BY ?guidance ?code ?choice LIMIT 60"""


async def _named(asking: Asking, name: str, **values: str) -> list[dict[str, str]]:
    """The answer to a query of the library."""
    return await asking.rows(fill(named(name), values).text)


async def _mapped(asking: Asking, item: Mapping[str, Any]) -> dict[str, Any] | None:
    """The concepts that map to a code or category; None where no release of SNOMED CT is loaded, and for wider
    selectors, to which thousands do.
    """
    if item["kind"] not in ("code", "category"):
        return None
    try:
        told = await asking.api("mapped_from", code=item["id"], system=item["system"])
    except KgError as fault:
        if fault.id in ("KG-E1009", "KG-E0601"):
            return None
        raise
    return {"total": len(told["concepts"]), "concepts": told["concepts"][:_MAPPED], "note": told["note"]}


async def _picture(asking: Asking, name: str) -> Any:
    """What stands around a thing, drawn; None where the graph says nothing of it."""
    try:
        return drawn(await asking.api("neighbourhood", thing=name, radius=1, most=40))
    except KgError as fault:
        if fault.id in ("KG-E0601", "KG-E1009"):
            return None
        raise


async def concept(asking: Asking, asked: Request) -> Reply:
    """`/page/snomed-ct/709020001`: a concept."""
    if len(asked.parts) != 2:
        return await thing(asking, asked)
    id, offset = asked.parts[1], asked.number("below", 0)
    if not id.isdigit():
        raise KgError("KG-E0414", f'not a SNOMED CT identifier: "{id[:60]}"', hint="An identifier has figures only.")
    item, relatives = await asyncio.gather(
        asking.api("show", thing=id),
        asking.api("relatives", system="SNOMED CT", id=id, offset=offset, limit=_BELOW),
    )
    try:
        maps = await asking.api("map", concept=id, limit=_MAPPED)
    except KgError as fault:
        if fault.id not in ("KG-E1009", "KG-E0601"):
            raise
        maps = None
    return Page(
        "concept.html",
        {
            "it": item,
            "iri": f"http://snomed.info/id/{id}",
            "relatives": relatives,
            "offset": offset,
            "page_size": _BELOW,
            "maps": maps,
            "uses": item["uses"][:_USES],
            "around": await _picture(asking, id),
        },
    )


async def thing(asking: Asking, asked: Request) -> Reply:
    """`/page/…` of what has no page of its own kind: every statement about it."""
    path = "/".join(quote(part, safe="-._~!$&'()*+,;=:@") for part in asked.parts)
    iri = named_by(f"id/{path}")
    wanted = description_of(path, None)
    found = triples_of((await asking.answer(wanted.query, "text/csv", "application/n-triples")).body)
    if not found:
        raise KgError("KG-E1113", f"the store says nothing of <{iri}>", hint="Search for it.")
    about = [t for t in found if t.subject.value == iri]
    label = next((t.object.value for t in about if t.predicate.short in _LABELS), "")
    return Page(
        "thing.html",
        {
            "iri": iri,
            "path": path,
            "short": links.short(iri),
            "label": label,
            "about": about[:_STATEMENTS],
            "others": [t for t in found if t.subject.value != iri][:_STATEMENTS],
            "cut": len(found) > 2 * _STATEMENTS,
        },
    )


_LABELS = ("skos:prefLabel", "dcterms:title", "rdfs:label", "skos:notation", "dcterms:identifier")
