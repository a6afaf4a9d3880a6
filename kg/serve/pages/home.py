"""The first page, and the list of guidances."""

from __future__ import annotations

from typing import Any

from kg.serve.pages.asking import Asking
from kg.serve.pages.request import Page, Reply, Request

_SHOWN = 12  # guidances on the first page
_PAGE = 50

_GUIDANCES = """SELECT ?id ?title ?review WHERE {{
  GRAPH ?g {{
    ?it a kg:Guidance ; dcterms:identifier ?id .
    OPTIONAL {{ ?it dcterms:title ?title }}
    OPTIONAL {{ ?it kg:needsReview ?review }}
    OPTIONAL {{ ?it kg:decision ?decision }}
  }}
  {only}
}} ORDER BY ?id LIMIT {limit} OFFSET {offset}"""
_COUNT = """SELECT (COUNT(DISTINCT ?it) AS ?guidances) (COUNT(DISTINCT ?open) AS ?waiting) WHERE {
  GRAPH ?g { ?it a kg:Guidance . OPTIONAL { ?it kg:needsReview true . BIND(?it AS ?open) } }
}"""


async def home(asking: Asking, asked: Request) -> Reply:
    """`/`: search, what there is, and where to go."""
    if not asking.is_store:
        return Page("plain.html", {"graphs": asking.release.data.graphs})
    counted = (await asking.rows(_COUNT))[0]
    return Page(
        "home.html",
        {
            "overview": await asking.api("overview"),
            "guidances": await _listed(asking, 0, _SHOWN),
            "count": int(counted["guidances"]),
            "waiting": int(counted["waiting"]),
        },
    )


async def guidances(asking: Asking, asked: Request) -> Reply:
    """`/guidances`: all of them, in parts; `waiting=1` those that wait for a person."""
    offset, waiting = asked.number("from", 0), asked.flag("waiting")
    counted = (await asking.rows(_COUNT))[0]
    return Page(
        "guidances.html",
        {
            "guidances": await _listed(asking, offset, _PAGE, waiting=waiting),
            "count": int(counted["waiting" if waiting else "guidances"]),
            "offset": offset,
            "page_size": _PAGE,
            "waiting": waiting,
        },
    )


async def _listed(asking: Asking, offset: int, limit: int, *, waiting: bool = False) -> list[dict[str, Any]]:
    only = "FILTER(?review = true)" if waiting else ""
    rows = await asking.rows(_GUIDANCES.format(limit=limit, offset=offset, only=only))
    return [
        {
            "id": row["id"],
            "title": row.get("title", ""),
            "status": "review" if row.get("review") == "true" else "read",
        }
        for row in rows
    ]
