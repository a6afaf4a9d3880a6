"""`kg combinations`: the valid combinations of a guidance, counted exactly, listed up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.answers.combinations import UNCOUNTED, WRITTEN, as_json, first, printed, ruled_out, sides
from kg.answers.given import day, pairs
from kg.cli.code_combinations import COLUMNS as CODE_COLUMNS
from kg.cli.code_combinations import codes_options
from kg.cli.code_combinations import rows as code_rows
from kg.cli.code_combinations import tell as tell_codes
from kg.cli.options import (
    as_printed_option,
    date_option,
    examples,
    given_option,
    pack_files,
    refuse_standards,
    side_option,
    standards_options,
    store_option,
)
from kg.cli.output import chosen, clean, data_options, destination, heading, say, write_items, write_table
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.answers.code_combinations import Asked
    from kg.answers.combinations import Found
    from kg.codes import Selector
    from kg.expression.combination import Combination
    from kg.expression.recommendation import Recommendation, Side
    from kg.reason.change import Adjusted, Change

_SHOWN = 100  # of a side, for the eye
_COLUMNS = ("guidance", "side", "rank", "combination", "conditions", "not named", "standards")
_BY = {"sparql": "SPARQL rules on the triples", "owl": "HermiT from OWL classes"}


@click.command(epilog=examples("kg combinations IPG672", "kg combinations IPG672 --given primary-tumour=present"))
@click.argument("guidance")
@given_option
@side_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"List so many of a side. Default: {_SHOWN} in a table, {WRITTEN:,} elsewhere.",
)
@date_option("The combinations in force on this day")
@as_printed_option
@codes_options
@click.option(
    "--by",
    type=click.Choice(["evaluator", "sparql", "owl"]),
    default="evaluator",
    help="Who derives them: the evaluator, SPARQL rules on the graph, or HermiT on OWL classes. The last two derive "
    "what is printed (--as-printed), and are held against the evaluator.",
)
@standards_options
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    guidance: str,
    given: tuple[str, ...],
    side: str | None,
    limit: int | None,
    date: str | None,
    as_printed: bool,
    concrete: bool,
    top: int | None,
    sample: int | None,
    seed: int,
    code_files: tuple[str, ...],
    by: str,
    packs: tuple[str, ...],
    settings: Path | None,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """List the valid code combinations of a guidance.

    Each combination is what has to be in the record, with the conditions it rests on. The count is exact, however
    large; only the list is cut (--limit), and says so. What is known of the care event narrows the list: --given
    approach=open. The national standards in force are applied, and each change is told; packs of rules are for
    records, they change no combination. With a list of all codes the combinations of codes are counted too, and
    listed (--codes, --top) or drawn (--sample).
    """
    from kg.answers.code_combinations import Asked
    from kg.workspace import open_workspace

    refuse_standards(as_printed, packs, settings)
    if by != "evaluator" and not as_printed:
        what = f"--by {by} derives what the document prints; the standards in force are applied by the evaluator alone"
        raise KgError("KG-E0803", what, hint="Add --as-printed, or leave --by out.")
    wanted, on = chosen(form, output), day(date)
    most = limit if limit is not None else _SHOWN if wanted == "table" else WRITTEN
    with open_workspace(store) as workspace:
        recommendation = workspace.recommendation(guidance)
        facts = pairs(given)
        context = workspace.context(facts, [recommendation])
        applied = None if as_printed else workspace.applied(on, pack_files(packs), settings)
        found = sides(workspace, recommendation, context, applied, side)
        asked = Asked.of(workspace, code_files, concrete, top, sample, seed, most, on)
        if by != "evaluator":
            from kg.owl.comparing import derived_by

            for s, one in found.items():
                derived_by(by, workspace.snapshot.quads, recommendation, s, printed(one))
            say(f"derived by {_BY[by]}; the evaluator derives the same")
        if wanted == "table":
            with destination(output) as out:
                tell(out, recommendation, found, workspace.title, most, asked)
            return
        item = as_json(recommendation, facts, found, asked, most, by="" if by == "evaluator" else by)
        columns, rows = (CODE_COLUMNS, code_rows) if asked.wanted else (_COLUMNS, _rows)
        write_items([item], wanted, output, columns, rows, single=True)


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
                " ; ".join(change["text"] for change in one["standards"]),
            )


def tell(
    out: IO[str],
    recommendation: Recommendation,
    sides: Mapping[Side, Found],
    title: Callable[[Selector], str],
    most: int,
    asked: Asked | None = None,
) -> None:
    """The combinations for the eye: a table for each side, and what each code in them is called; or, where `asked` for,
    combinations of codes.
    """
    out.write(heading(out, f"{recommendation.id}  {recommendation.title}") + "\n")
    for side, found in sides.items():
        if recommendation.side(side) is None:
            out.write(f"\n{side} side, {side.scheme}: the document says nothing\n")
            continue
        told = first(found, most)
        listed = [one for one, _ in told]
        cut = f", the first {len(listed):,} listed" if found.count is None or found.count > len(listed) else ""
        noun = "combination" if found.count == 1 else "combinations"
        count = f"{printed(found).count:,} printed" if found.count is None else f"{found.count:,}"
        out.write(f"\n{side} side, {side.scheme}: {count} {noun}{cut}\n")
        if found.count is None:
            out.write(f"{UNCOUNTED}\n")
        if asked is not None:
            tell_codes(out, found, asked, side.scheme)
            if asked.wanted:
                continue
        if listed:
            rows = [(one.rank, one.notation, _conditions_text(one)) for one in listed]
            write_table(out, ("", "combination", "when"), rows)
        _tell_changes(out, told, ruled_out(found))
        if not listed:
            continue
        names: dict[str, str] = {}
        for pick in (pick for one in listed for pick in one.picks):
            names.setdefault(str(pick.selector), pick.title or title(pick.selector))
        width = max(map(len, names), default=0)
        out.write("\n")
        out.write("".join(f"  {code.ljust(width)}  {clean(name)}".rstrip() + "\n" for code, name in names.items()))


def _tell_changes(
    out: IO[str], told: Sequence[tuple[Combination, Sequence[Change]]], ruled_out: Sequence[Adjusted]
) -> None:
    """What the standards changed: each change once, with the combinations that it is in."""
    ranks: dict[str, list[int]] = {}
    for one, changes in told:
        for change in changes:
            ranks.setdefault(change.words, []).append(one.rank)
    if ranks or ruled_out:
        out.write("\n  changed by the national standards\n")
    for words, at in ranks.items():
        where = "all" if len(at) == len(told) else ", ".join(map(str, at[:8])) + (" …" if len(at) > 8 else "")
        out.write(f"  in {where}: {clean(words)}\n")
    for adjusted in ruled_out:
        why = "; ".join(change.words for change in adjusted.changes)
        out.write(f"  not in force: {adjusted.printed.notation}: {clean(why)}\n")


def _conditions_text(one: Combination) -> str:
    from kg.cli.tree import condition_text

    told = [f"{'' if holds else 'not '}{condition_text(condition)}" for condition, holds in one.conditions]
    return "; ".join([*told, *(f'also, not named: "{left.words}"' for left in one.unnamed)])
