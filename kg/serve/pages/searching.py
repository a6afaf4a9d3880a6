"""Search: as a page, and as the suggestions that the search box shows while one types."""

from __future__ import annotations

import json
from typing import Any

from kg.errors import KgError
from kg.serve.pages import links
from kg.serve.pages.asking import Asking
from kg.serve.pages.request import Data, Moved, Page, Reply, Request

_SYSTEMS = ("guidance", "SNOMED CT", "OPCS-4", "ICD-10")
_LONGEST = 200
_SUGGESTED = 4  # of each system
_SHOWN, _NARROWED = 8, 60


async def found(asking: Asking, asked: Request) -> Reply:
    """`/search?q=`: what has the words, by system; with `suggest=1` as JSON for the box; with `go=1` straight to the
    one thing that the words name.
    """
    words = " ".join(asked.text("q").split())[:_LONGEST]
    system = asked.text("system") if asked.text("system") in _SYSTEMS else ""
    suggest = asked.flag("suggest")
    most = _SUGGESTED if suggest else _NARROWED if system else _SHOWN
    fault: KgError | None = None
    told: dict[str, Any] = {"items": [], "read_as": []}
    if words:
        try:
            told = await asking.api("search", q=words, limit=most, system=system or None)
        except KgError as refused:
            if not refused.id.startswith("KG-E04"):  # a mistyped identifier
                raise
            fault = refused
    results = [{**each, "path": links.page_of(each["system"], each["id"])} for each in told["items"]]
    if suggest:
        shown = [
            {
                "id": r["id"],
                "system": r["system"],
                "title": r["title"] or "",
                "also": r.get("found", ""),
                "href": asked.base + r["path"],
            }
            for r in results
        ]
        return Data(json.dumps(shown, ensure_ascii=False).encode(), "application/json")
    if asked.flag("go") and len(results) == 1 and words.replace(" ", "").lower() == results[0]["id"].lower():
        return Moved(results[0]["path"])
    groups = [(name, [r for r in results if r["system"] == name]) for name in _SYSTEMS]
    return Page(
        "search.html",
        {
            "words": words,
            "system": system,
            "systems": _SYSTEMS,
            "groups": [(name, rows) for name, rows in groups if rows],
            "count": len(results),
            "most": most,
            "read_as": [(each["word"], each["as"]) for each in told["read_as"]],
            "fault": fault,
        },
        fault.kind.http if fault else 200,
    )
