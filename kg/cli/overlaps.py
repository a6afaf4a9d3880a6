"""`kg overlaps`: which guidances coded data cannot tell apart, with a record for each claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.answers.given import day, pairs
from kg.cli.options import as_printed_option, date_option, examples, given_option, store_option
from kg.cli.output import chosen, data_options, destination, say, write_items, write_table

if TYPE_CHECKING:
    from kg.reason.compare import Comparison, Pair, Witness

_COLUMNS = ("guidance", "other guidance", "procedure", "both sides", "told apart by", "valid for both", "for one alone")
_ORDER = ("same", "subset", "superset", "overlap", "disjoint")


@click.command(epilog=examples("kg overlaps", "kg overlaps IPG369 --all"))
@click.argument("guidances", nargs=-1, metavar="[GUIDANCE…]")
@given_option
@click.option("--all", "everything", is_flag=True, help="Also pairs that share a main code and no record.")
@date_option("The combinations in force on this day")
@as_printed_option
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    guidances: tuple[str, ...],
    given: tuple[str, ...],
    everything: bool,
    date: str | None,
    as_printed: bool,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Tell which guidances coded data cannot tell apart.

    Compared are the records that are exactly a combination of one of two guidances: is the other valid for them too?
    same: for all, both ways. subset: what is valid for the first is valid for the other. overlap: for some. disjoint:
    for none. Each claim has a record that shows it, checked like any other; codes tell the two apart where one always
    has a code that the other never has. Only the pairs that share a possible main code are looked at: all others are
    disjoint.
    """
    from kg.reason.compare import Comparison
    from kg.workspace import open_workspace

    wanted, on = chosen(form, output), day(date)
    with open_workspace(store) as workspace:
        every = list(workspace.recommendations.values())
        context = workspace.context(pairs(given), every)
        applied = None if as_printed else workspace.applied(on)
        among = {workspace.recommendation(id).id for id in guidances}
        found = Comparison(every, workspace.classification, applied, context)
        near = [p for p in found.pairs() if not among or among & {p.first, p.second}]
        tally = Counter(p.procedure.value for p in near)
        near = [p for p in near if everything or p.procedure.value != "disjoint"]
        near.sort(key=lambda p: _ORDER.index(p.procedure.value))
        items = ({"guidances": [p.first, p.second], **_as_json(p, found)} for p in near)
        counts = _counts(found, tally, among)
        if wanted == "json":
            write_items([{**counts, "pairs": list(items)}], wanted, output, _COLUMNS, _rows, single=True)
        elif wanted == "table":
            told = [row for item in items for row in _rows(item)]
            with destination(output) as out:
                if told:
                    write_table(out, _COLUMNS, told)
                out.write(_summary(counts, tally) + "\n")
        else:
            write_items(items, wanted, output, _COLUMNS, _rows)
            say(_summary(counts, tally))


def _counts(found: Comparison, tally: Counter[str], among: set[str]) -> dict[str, Any]:
    """How many pairs there are; where guidances are named, of those with one of them."""
    n = len(found.recommendations) - len(found.left_out)
    others = n - len(among.difference(found.left_out)) if among else 0
    return {
        "guidances": len(found.recommendations),
        "of": sorted(among),
        "possible_pairs": found.possible - others * (others - 1) // 2,
        "looked_at": tally.total(),
        **{relation: tally[relation] for relation in _ORDER},
        "left_out": list(found.left_out),
    }


def _summary(counts: dict[str, Any], tally: Counter[str]) -> str:
    told = ", ".join(f"{tally[relation]:,} {relation}" for relation in _ORDER if tally[relation]) or "none"
    rest = counts["possible_pairs"] - counts["looked_at"]
    left_out = f"; not compared, without records on the procedure side: {', '.join(counts['left_out'])}"
    of = f" of {', '.join(counts['of'])}" if counts["of"] else ""
    return (
        f"{counts['guidances']:,} guidances; "
        f"pairs{of} that share a possible main code: {counts['looked_at']:,} ({told}); "
        f"all {rest:,} others are disjoint{left_out if counts['left_out'] else ''}"
    )


def _as_json(pair: Pair, found: Comparison) -> dict[str, Any]:
    return {
        "procedure": pair.procedure.value,
        "both": pair.both.value if pair.both else None,
        "witnesses": [_witness(w, pair) for w in found.witnesses(pair)],
        "tells": [
            {"code": str(t.selector), "guidance": t.guidance, "side": t.side.value, "always": t.always}
            for t in found.tells(pair)
        ],
    }


def _witness(w: Witness, pair: Pair) -> dict[str, Any]:
    valid = [id for id, claimed in ((pair.first, w.claim.first), (pair.second, w.claim.second)) if claimed]
    return {
        "valid_for": valid,
        "procedures": [str(c) for c in w.record.procedures],
        "diagnoses": [str(c) for c in w.record.diagnoses],
        "verdicts": {v.guidance: {s.side.value: s.verdict.value for s in v.sides} for v in w.verdicts},
        "agrees": w.agrees,
    }


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    told = {tuple(w["valid_for"]): " ".join(w["procedures"] + w["diagnoses"]) for w in reversed(item["witnesses"])}
    first, second = item["guidances"]
    tells = [f"{t['code']} ({t['guidance']})" for t in item["tells"] if t["always"]]
    tells = tells or [f"{t['code']} (at times {t['guidance']})" for t in item["tells"]]
    alone = "; ".join(f"{told[id,]} ({id})" for id in (first, second) if (id,) in told)
    yield (
        first,
        second,
        item["procedure"],
        item["both"] or "",
        ", ".join(tells[:3]),
        told.get((first, second), ""),
        alone,
    )
