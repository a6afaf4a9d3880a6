"""`kg combinations`: the valid combinations of a guidance, counted exactly, listed up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.options import examples, given_option, pairs, side_option, store_option
from kg.cli.output import chosen, clean, data_options, destination, heading, write_items, write_table

if TYPE_CHECKING:
    from kg.codes import Selector
    from kg.expression.combination import Combination, Combinations
    from kg.expression.recommendation import Recommendation, Side

_SHOWN = 100  # of a side, for the eye
_WRITTEN = 10_000  # of a side, for another program
_COLUMNS = ("guidance", "side", "rank", "combination", "conditions", "not named")


@click.command(epilog=examples("kg combinations IPG672", "kg combinations IPG672 --given primary-tumour=present"))
@click.argument("guidance")
@given_option
@side_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"List so many of a side. Default: {_SHOWN} in a table, {_WRITTEN:,} elsewhere.",
)
@click.option("--as-printed", is_flag=True, help="The document's own words alone, no national standard.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    guidance: str,
    given: tuple[str, ...],
    side: str | None,
    limit: int | None,
    as_printed: bool,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """List the valid code combinations of a guidance.

    Each combination is what has to be in the record, with the conditions it rests on. The count is exact, however
    large; only the list is cut (--limit), and says so. What is known of the care event narrows the list: --given
    approach=open.
    """
    from kg.expression.recommendation import Side
    from kg.workspace import open_workspace

    wanted = chosen(form, output)
    most = limit if limit is not None else _SHOWN if wanted == "table" else _WRITTEN
    with open_workspace(store) as workspace:
        recommendation = workspace.recommendation(guidance)
        context = workspace.context(pairs(given), [recommendation])
        sides = {
            s: workspace.combinations(recommendation.id, context, s, as_printed=as_printed)
            for s in Side
            if side in (None, s.value)
        }
        if wanted == "table":
            with destination(output) as out:
                tell(out, recommendation, sides, workspace.title, most)
            return
        item: dict[str, Any] = {"guidance": recommendation.id, "context": told_context(pairs(given))}
        item |= {s.value: side_as_json(sides[s], most) if s in sides else None for s in Side}
        write_items([item], wanted, output, _COLUMNS, _rows, single=True)


def told_context(given: dict[str, list[str]]) -> dict[str, str | list[str]]:
    """What is given, as JSON: the value of each facet, a denied one with `!` before it."""
    return {facet: values[0] if len(values) == 1 else values for facet, values in given.items()}


def side_as_json(found: Combinations, most: int) -> dict[str, Any]:
    """One side: the exact count, and its first combinations; `truncated` tells how many are not listed, if any.

    `codes` is null: concrete code combinations are counted when a release is loaded.
    """
    listed = [_as_json(combination) for combination in islice(found, most)]
    more = {"truncated": found.count - len(listed)} if found.count > len(listed) else {}
    return {"count": found.count, "codes": None, "combinations": listed, **more}


def _as_json(combination: Combination) -> dict[str, Any]:
    from kg.expression.notation import write_citation

    said = [pick.citation for pick in combination.picks] + [
        condition.citation for condition, _ in combination.conditions
    ]
    return {
        "selectors": [str(selector) for selector in combination.selectors],
        "conditions": [{"facet": c.facet, "value": c.value, "holds": holds} for c, holds in combination.conditions],
        "citations": [write_citation(citation) for citation in dict.fromkeys(said) if citation],
        "standards": [],
        "rank": combination.rank,
        **({"unnamed": [open_.words for open_ in combination.unnamed]} if combination.unnamed else {}),
    }


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    for side in ("procedure", "diagnosis"):
        for one in (item[side] or {}).get("combinations", ()):
            conditions = " ; ".join(f"{c['facet']}{'=' if c['holds'] else '!='}{c['value']}" for c in one["conditions"])
            yield (
                item["guidance"],
                side,
                one["rank"],
                " + ".join(one["selectors"]),
                conditions,
                " ; ".join(one.get("unnamed", ())),
            )


def tell(
    out: IO[str],
    recommendation: Recommendation,
    sides: Mapping[Side, Combinations],
    title: Callable[[Selector], str],
    most: int,
) -> None:
    """The combinations for the eye: a table for each side, and what each code in them is called."""
    out.write(heading(out, f"{recommendation.id}  {recommendation.title}") + "\n")
    for side, found in sides.items():
        if recommendation.side(side) is None:
            out.write(f"\n{side} side, {side.scheme}: the document says nothing\n")
            continue
        listed = found.first(most)
        cut = f", the first {len(listed):,} listed" if found.count > len(listed) else ""
        noun = "combination" if found.count == 1 else "combinations"
        out.write(f"\n{side} side, {side.scheme}: {found.count:,} {noun}{cut}\n")
        if not listed:
            continue
        rows = [(one.rank, one.notation, _conditions_text(one)) for one in listed]
        write_table(out, ("", "combination", "when"), rows)
        names: dict[str, str] = {}
        for pick in (pick for one in listed for pick in one.picks):
            names.setdefault(str(pick.selector), pick.title or title(pick.selector))
        width = max(map(len, names), default=0)
        out.write("\n")
        out.write("".join(f"  {code.ljust(width)}  {clean(name)}".rstrip() + "\n" for code, name in names.items()))


def _conditions_text(one: Combination) -> str:
    from kg.cli.tree import condition_text

    told = [f"{'' if holds else 'not '}{condition_text(condition)}" for condition, holds in one.conditions]
    return "; ".join([*told, *(f'also, not named: "{left.words}"' for left in one.unnamed)])
