"""The valid combinations of a guidance, counted exactly, listed up to a limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.answers.code_combinations import Asked
    from kg.expression.combination import Combination, Combinations
    from kg.expression.condition import Context
    from kg.expression.recommendation import Recommendation, Side
    from kg.reason.applied import Applied
    from kg.reason.change import Adjusted, Change
    from kg.reason.standing import CombinationsInForce
    from kg.workspace import Workspace

    Found = Combinations | CombinationsInForce


WRITTEN = 10_000
"""So many of a side are listed for another program, unless a number is asked for."""
UNCOUNTED = "Not counted: the standards look at whole combinations, and these are too many to look at one by one."


def sides(
    workspace: Workspace,
    recommendation: Recommendation,
    context: Context,
    applied: Applied | None,
    only: str | None = None,
) -> dict[Side, Found]:
    """The combinations of both sides of a recommendation, or of one alone: those in force, without `applied` those as
    printed.
    """
    from kg.expression.recommendation import Side

    return {
        side: applied.combinations(recommendation, side, context)
        if applied
        else workspace.combinations(recommendation.id, context, side)
        for side in Side
        if only in (None, side.value)
    }


def as_json(
    recommendation: Recommendation,
    given: Mapping[str, Sequence[str]],
    found: Mapping[Side, Found],
    codes: Asked,
    most: int = WRITTEN,
    by: str = "",
) -> dict[str, Any]:
    """What `sides` found: `guidance`, `context`, who else derived it, and each side, null if it was not asked for."""
    from kg.answers.code_combinations import as_json as codes_as_json
    from kg.expression.recommendation import Side

    item: dict[str, Any] = {"guidance": recommendation.id, "context": _told(given)} | ({"by": by} if by else {})
    return item | {
        s.value: _side(found[s], most) | codes_as_json(found[s], codes, s.scheme) if s in found else None for s in Side
    }


def _told(given: Mapping[str, Sequence[str]]) -> dict[str, str | Sequence[str]]:
    """What is given, as JSON: the value of each facet, a denied one with `!` before it."""
    return {facet: values[0] if len(values) == 1 else values for facet, values in given.items()}


def _side(found: Found, most: int) -> dict[str, Any]:
    """One side: the exact count, and its first combinations; `truncated` tells how many are not listed, if any,
    `ruled_out` those printed that the standards rule out.

    `codes` is null here: combinations of codes need a list of codes.
    """
    listed = [_combination(one, changes) for one, changes in first(found, most)]
    item: dict[str, Any] = {"count": found.count, "codes": None, "combinations": listed}
    if found.count is None:
        item |= {"count_as_printed": printed(found).count, "note": UNCOUNTED}
    elif found.count > len(listed):
        item["truncated"] = found.count - len(listed)
    if none := ruled_out(found):
        item["ruled_out"] = [
            {"selectors": [str(s) for s in a.printed.selectors], "standards": [_change(c) for c in a.changes]}
            for a in none
        ]
    return item


def first(found: Found, most: int) -> list[tuple[Combination, tuple[Change, ...]]]:
    """The first combinations, each with what the standards changed of it."""
    from kg.expression.combination import Combinations

    if isinstance(found, Combinations):
        return [(one, ()) for one in found.first(most)]
    return [(one.combination, one.changes) for one in found.first(most)]


def printed(found: Found) -> Combinations:
    """The combinations of a side before the standards."""
    from kg.expression.combination import Combinations

    return found if isinstance(found, Combinations) else found.printed


def ruled_out(found: Found) -> Sequence[Adjusted]:
    """The printed combinations of a side that the standards rule out."""
    from kg.expression.combination import Combinations

    return () if isinstance(found, Combinations) else found.ruled_out


def _change(change: Change) -> dict[str, Any]:
    """What a standard changed, and why."""
    return {
        "standard": change.standard,
        "rule": change.rule,
        "effect": change.effect.value,
        "printed": [str(s) for s in change.was],
        "in_force": [str(s) for s in change.now],
        "text": change.words,
        "why": change.why,
    }


def _combination(combination: Combination, changes: Sequence[Change]) -> dict[str, Any]:
    from kg.expression.notation import write_citation

    said = [pick.citation for pick in combination.picks] + [
        condition.citation for condition, _ in combination.conditions
    ]
    return {
        "selectors": [str(selector) for selector in combination.selectors],
        "conditions": [{"facet": c.facet, "value": c.value, "holds": holds} for c, holds in combination.conditions],
        "citations": [write_citation(citation) for citation in dict.fromkeys(said) if citation],
        "standards": [_change(change) for change in changes],
        "rank": combination.rank,
        **({"unnamed": [open_.words for open_ in combination.unnamed]} if combination.unnamed else {}),
    }
