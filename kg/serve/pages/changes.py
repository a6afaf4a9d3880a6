"""What changed between two editions."""

from __future__ import annotations

from itertools import groupby

from kg.serve.pages import links
from kg.serve.pages.asking import Asking
from kg.serve.pages.request import Page, Reply, Request

KINDS = {
    "new": "new: may be recorded from now on",
    "retired": "retired: may no longer be recorded",
    "retitled": "retitled",
    "moved": "moved: stands elsewhere, or its meaning does",
    "split": "split into several",
    "merged": "merged with another",
}
_PAGE = 50


async def changes(asking: Asking, asked: Request) -> Reply:
    """`/changes`: of one system, the changes from an edition to a later one."""
    editions = (await asking.api("overview"))["editions"]
    by_system = {system: list(found) for system, found in groupby(editions, key=lambda edition: edition["system"])}
    several = {system: found for system, found in by_system.items() if len(found) > 1}
    system = asked.text("system") if asked.text("system") in several else next(iter(several), "")
    kind = asked.text("change") if asked.text("change") in KINDS else ""
    old, new, offset = asked.text("old"), asked.text("new"), asked.number("from", 0)
    told = None
    if system:
        names = [edition["name"] for edition in several[system]]
        new = new if new in names[1:] else names[-1]
        old = old if old in names[: names.index(new)] else names[names.index(new) - 1]
        told = await asking.api(
            "part_of_changes", system=system, old=old, new=new, kinds=[kind] if kind else [], offset=offset, limit=_PAGE
        )
    return Page(
        "changes.html",
        {
            "editions": editions,
            "several": several,
            "system": system,
            "old": old,
            "new": new,
            "kind": kind,
            "kinds": KINDS,
            "told": told,
            "offset": offset,
            "page_size": _PAGE,
            "folders": links.FOLDERS,
        },
    )
