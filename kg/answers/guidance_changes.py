"""What changed between the recommendations of two stores, by meaning: other words for the same are no change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.expression.condition import Context
    from kg.expression.nodes import Expression
    from kg.expression.recommendation import Recommendation, Side

GUIDANCE = "guidance"
"""What stands for the system in a change of a recommendation."""


def guidance_changes(
    old: Mapping[str, Recommendation], new: Mapping[str, Recommendation], context: Context
) -> Iterator[dict[str, Any]]:
    """A line for each guidance that only one store has (`new`, `retired`), for each other title (`retitled`), and for
    each side that lets other codes be recorded (`changed`), in order of ids.

    A changed side tells how many combinations it had and has, the first of each that the other lacks (`before`,
    `after`), its conditions that are gone or new, and its SNOMED CT concepts likewise.
    """
    from kg.expression.recommendation import Side

    for id in sorted({*old, *new}):
        head = {"system": GUIDANCE, "id": id}
        if id not in old:
            yield {**head, "change": "new", "after": new[id].title}
        elif id not in new:
            yield {**head, "change": "retired", "before": old[id].title}
        else:
            one, other = old[id], new[id]
            if one.title != other.title:
                yield {**head, "change": "retitled", "before": one.title, "after": other.title}
            for side in Side:
                if told := _side(one, other, side, context):
                    yield {**head, "change": "changed", "side": str(side), **told}


def _side(one: Recommendation, other: Recommendation, side: Side, context: Context) -> dict[str, Any]:
    """How a side changed; nothing where it means the same."""
    from kg.expression.difference import difference

    a, b = one.side(side), other.side(side)
    told: dict[str, Any] = {}
    if a != b:
        found = difference(a, b, context)
        if not found.same:
            told["combinations"] = list(found.counts)
            told |= {"before": found.only_first.notation} if found.only_first else {}
            told |= {"after": found.only_second.notation} if found.only_second else {}
            told |= _gone_and_new("conditions", _conditions(a), _conditions(b))
    concepts = ({c.id: c.id for c in r.concepts if c.side is side} for r in (one, other))
    return told | _gone_and_new("concepts", *concepts)


def _conditions(e: Expression | None) -> dict[str, str]:
    from kg.expression.nodes import conditions

    return {str(condition): condition.words or str(condition) for condition in conditions(e)}


def _gone_and_new(name: str, one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, list[str]]:
    gone = [words for fact, words in one.items() if fact not in other]
    added = [words for fact, words in other.items() if fact not in one]
    return ({f"{name}_gone": gone} if gone else {}) | ({f"{name}_new": added} if added else {})
