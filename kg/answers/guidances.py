"""The guidances of a store, each with what a list of them tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.expression.recommendation import Recommendation
    from kg.workspace import Workspace


def guidances(workspace: Workspace) -> list[dict[str, Any]]:
    """The guidances in order of ids: `id`, `title`, `status` (read, review or decided), `edition`, and of each side how
    many combinations are printed (null if the document says nothing of it).
    """
    from kg.expression.recommendation import Side

    return [
        {
            "id": r.id,
            "title": r.title,
            "status": status(r),
            "edition": f"OPCS-{r.opcs_version}" if r.opcs_version else None,
            **{
                side.value: None if r.side(side) is None else workspace.combinations(r.id, side=side).count
                for side in Side
            },
        }
        for r in workspace.recommendations.values()
    ]


def status(recommendation: Recommendation) -> str:
    """Whether a document waits for a person (`review`), was decided by one, or was read."""
    return "review" if recommendation.review else "decided" if recommendation.decision else "read"
