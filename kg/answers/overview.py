"""What a store holds, in a few figures, and the facets that care events are told in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.workspace import Workspace


def overview(workspace: Workspace) -> dict[str, Any]:
    """`release`, `built`, `quads`, `counts` by kind of thing, `editions` oldest first, and `facets` with their
    values.
    """
    told = workspace.snapshot.manifest
    return {
        "release": told.id,
        "built": told.built,
        "quads": told.quads,
        "counts": dict(told.counts),
        "editions": [
            {"system": each.system, "name": each.name, "title": each.title} for each in workspace.release.editions
        ],
        "facets": {facet: list(values) for facet, values in workspace.facets.values.items()},
    }
