"""What changed between two editions of a store's own release, in parts."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.workspace import Workspace


def changes(
    workspace: Workspace,
    system: str | None = None,
    old: str | None = None,
    new: str | None = None,
    kinds: Collection[str] = (),
    offset: int = 0,
    limit: int = 100,
) -> dict[str, Any]:
    """`compared` (the titles of the editions), from `offset` on the `changes` as `kg diff` tells them, and whether
    there are `more`. Unnamed, the editions are the two newest.

    Raises:
        KgError: KG-E0411 for what is no system, KG-E1050 where there are no two editions of it.
    """
    from kg.answers.diff import differences
    from kg.answers.editions import of_one_store

    pair = of_one_store(workspace, old, new)
    found = list(islice(differences(pair, system, kinds), offset, offset + limit + 1))
    return {"compared": pair.titles, "changes": found[:limit], "more": len(found) > limit}
