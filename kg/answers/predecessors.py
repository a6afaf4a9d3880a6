"""Concepts that have taken the place of ones that guidances list: an old guidance names what records have no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kg.reason.identify import Through
    from kg.workspace import Workspace


def listed_before(workspace: Workspace) -> Mapping[str, Sequence[Through]]:
    """By the identifier of each active concept the inactive ones that guidances list and that history leads from to it,
    in order; not those that were a kind of it.
    """
    from kg.codes import Component, SctId
    from kg.errors import KgError
    from kg.reason.identify import Through
    from kg.terminology.history import lineages

    if not workspace.release.snomed_editions:
        return {}
    edition = workspace.release.snomed()
    found: dict[str, list[Through]] = {}
    for id in sorted({c.id for r in workspace.recommendations.values() for c in r.concepts}):
        try:
            concept = SctId.parse(id, Component.CONCEPT)
        except KgError:
            continue  # a document's misprint, which is told where it is read
        for way in lineages(edition, concept) if concept in edition else ():
            if not way.is_wider:
                found.setdefault(str(way.id), []).append(Through(way.id, id, way.link))
    return found
