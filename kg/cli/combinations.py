"""`kg combinations`: the valid combinations of a guidance, counted exactly, listed up to a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.code_combinations import COLUMNS as CODE_COLUMNS
from kg.cli.code_combinations import Asked, codes_options
from kg.cli.code_combinations import as_json as codes_as_json
from kg.cli.code_combinations import rows as code_rows
from kg.cli.code_combinations import tell as tell_codes
from kg.cli.options import (
    day,
    examples,
    given_option,
    pack_files,
    pairs,
    refuse_standards,
    side_option,
    standards_options,
    store_option,
)
from kg.cli.output import chosen, clean, data_options, destination, heading, say, write_items, write_table
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.codes import Selector
    from kg.expression.combination import Combination, Combinations
    from kg.expression.recommendation import Recommendation, Side
    from kg.reason.change import Adjusted, Change
    from kg.reason.standing import CombinationsInForce

    Found = Combinations | CombinationsInForce

_SHOWN = 100  # of a side, for the eye
_WRITTEN = 10_000  # of a side, for another program
_COLUMNS = ("guidance", "side", "rank", "combination", "conditions", "not named", "standards")
_BY = {"sparql": "SPARQL rules on the triples", "owl": "HermiT from OWL classes"}
_UNCOUNTED = "Not counted: the standards look at whole combinations, and these are too many to look at one by one."


@click.command(epilog=examples("kg combinations IPG672", "kg combinations IPG672 --given primary-tumour=present"))
@click.argument("guidance")
@given_option
@side_option
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    help=f"List so many of a side. Default: {_SHOWN} in a table, {_WRITTEN:,} elsewhere.",
)
@click.option("--date", help="The combinations in force on this day, as 2024-05-01. Default: today.")
@click.option("--as-printed", is_flag=True, help="The document's own words alone, no national standard.")
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
    from kg.expression.recommendation import Side
    from kg.workspace import open_workspace

    refuse_standards(as_printed, packs, settings)
    if by != "evaluator" and not as_printed:
        what = f"--by {by} derives what the document prints; the standards in force are applied by the evaluator alone"
        raise KgError("KG-E0803", what, hint="Add --as-printed, or leave --by out.")
    wanted, on = chosen(form, output), day(date)
    most = limit if limit is not None else _SHOWN if wanted == "table" else _WRITTEN
    with open_workspace(store) as workspace:
        recommendation = workspace.recommendation(guidance)
        context = workspace.context(pairs(given), [recommendation])
        applied = None if as_printed else workspace.applied(on, pack_files(packs), settings)
        sides = {
            s: applied.combinations(recommendation, s, context)
            if applied
            else workspace.combinations(recommendation.id, context, s)
            for s in Side
            if side in (None, s.value)
        }
        asked = Asked.of(workspace, code_files, concrete, top, sample, seed, most)
        if by != "evaluator":
            from kg.owl.comparing import derived_by

            for s, found in sides.items():
                derived_by(by, workspace.snapshot.quads, recommendation, s, _printed(found))
            say(f"derived by {_BY[by]}; the evaluator derives the same")
        if wanted == "table":
            with destination(output) as out:
                tell(out, recommendation, sides, workspace.title, most, asked)
            return
        item: dict[str, Any] = {"guidance": recommendation.id, "context": told_context(pairs(given))}
        item |= {"by": by} if by != "evaluator" else {}
        item |= {
            s.value: side_as_json(sides[s], most) | codes_as_json(sides[s], asked, s.scheme) if s in sides else None
            for s in Side
        }
        columns, rows = (CODE_COLUMNS, code_rows) if asked.wanted else (_COLUMNS, _rows)
        write_items([item], wanted, output, columns, rows, single=True)


def told_context(given: dict[str, list[str]]) -> dict[str, str | list[str]]:
    """What is given, as JSON: the value of each facet, a denied one with `!` before it."""
    return {facet: values[0] if len(values) == 1 else values for facet, values in given.items()}


def side_as_json(found: Found, most: int) -> dict[str, Any]:
    """One side: the exact count, and its first combinations; `truncated` tells how many are not listed, if any,
    `ruled_out` those printed that the standards rule out.

    `codes` is null here: combinations of codes need a list of codes.
    """
    listed = [_as_json(one, changes) for one, changes in _first(found, most)]
    item: dict[str, Any] = {"count": found.count, "codes": None, "combinations": listed}
    if found.count is None:
        item |= {"count_as_printed": _printed(found).count, "note": _UNCOUNTED}
    elif found.count > len(listed):
        item["truncated"] = found.count - len(listed)
    if ruled_out := _ruled_out(found):
        item["ruled_out"] = [
            {"selectors": [str(s) for s in a.printed.selectors], "standards": [_change(c) for c in a.changes]}
            for a in ruled_out
        ]
    return item


def _first(found: Found, most: int) -> list[tuple[Combination, tuple[Change, ...]]]:
    """The first combinations, each with what the standards changed of it."""
    from kg.expression.combination import Combinations

    if isinstance(found, Combinations):
        return [(one, ()) for one in found.first(most)]
    return [(one.combination, one.changes) for one in found.first(most)]


def _printed(found: Found) -> Combinations:
    from kg.expression.combination import Combinations

    return found if isinstance(found, Combinations) else found.printed


def _ruled_out(found: Found) -> Sequence[Adjusted]:
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


def _as_json(combination: Combination, changes: Sequence[Change]) -> dict[str, Any]:
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
        told = _first(found, most)
        listed = [one for one, _ in told]
        cut = f", the first {len(listed):,} listed" if found.count is None or found.count > len(listed) else ""
        noun = "combination" if found.count == 1 else "combinations"
        count = f"{_printed(found).count:,} printed" if found.count is None else f"{found.count:,}"
        out.write(f"\n{side} side, {side.scheme}: {count} {noun}{cut}\n")
        if found.count is None:
            out.write(f"{_UNCOUNTED}\n")
        if asked is not None:
            tell_codes(out, found, asked, side.scheme)
            if asked.wanted:
                continue
        if listed:
            rows = [(one.rank, one.notation, _conditions_text(one)) for one in listed]
            write_table(out, ("", "combination", "when"), rows)
        _tell_changes(out, told, _ruled_out(found))
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
