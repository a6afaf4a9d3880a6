"""`kg impact`: which recommendations a new edition breaks, and what edit would mend each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.equivalences import equivalences_option, read_tables
from kg.cli.options import examples, store_option
from kg.cli.output import chosen, clean, data_options, destination, heading, say, write_items

if TYPE_CHECKING:
    from kg.answers.editions import TwoEditions
    from kg.codes import Scheme
    from kg.reason.impact import Impact

_COLUMNS = ("guidance", "side", "change", "codes", "selectors", "repair")


@click.command(epilog=examples("kg impact store-2025 store-2026", "kg impact 4.10 4.11"))
@click.argument("old", required=False)
@click.argument("new", required=False)
@equivalences_option
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    old: str | None,
    new: str | None,
    equivalences: tuple[Path, ...],
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Tell which recommendations a new edition breaks.

    A line for each recommendation and side whose combinations of codes, as printed, change: codes in them that NEW
    has retired, or new codes that its categories now cover; and what edit of the recommendation would mend it. OLD
    and NEW are two stores, or two editions of one store; without them, the two newest of each system.
    """
    from kg.answers.editions import two_editions

    wanted = chosen(form, output)
    with two_editions(old, new, store) as pair:
        found = list(_impacts(pair.with_editions(), read_tables(equivalences, pair)))
        if wanted == "table":
            with destination(output) as out:
                _tell(out, found)
            say(f"compared: {'; '.join(pair.titles)}")
        else:
            write_items((_as_json(each) for each in found), wanted, output, _COLUMNS, _rows)


def _impacts(
    pair: TwoEditions, equivalences: Mapping[Scheme, Mapping[str, Sequence[Sequence[str]]]]
) -> Iterator[Impact]:
    """The impacts on the recommendations of both stores (as the new one has them), in order of ids."""
    from kg.codes import CodeList
    from kg.codes.selector import Selector
    from kg.reason.impact import Editions, impacts
    from kg.terminology.code_edition import code_of

    if not pair.codes:
        return
    chapters = pair.new.classification.chapters
    lists = [{s: CodeList.of(s, _codes(editions[n])) for s, editions in pair.codes.items()} for n in (0, 1)]

    def title(n: int, selector: Selector) -> str | None:
        editions = pair.codes.get(selector.scheme)
        key = "".join(str(selector).split(".-")[0].split("."))
        return editions[n].title(key) if editions else None

    titles = (lambda s: title(0, s), lambda s: title(1, s))
    told = {
        code_of(scheme, key): [[code_of(scheme, k) for k in together] for together in keys]
        for scheme, table in equivalences.items()
        for key, keys in table.items()
    }
    editions = Editions(lists[0], lists[1], chapters, titles, pair.new.facets, told)
    only_old = () if pair.old is pair.new else pair.old.recommendations_but(pair.new)
    for recommendation in sorted((*only_old, *pair.new.recommendations.values()), key=lambda r: r.id):
        yield from impacts(recommendation, editions)


def _codes(edition: Any) -> Iterator[Any]:
    from kg.terminology.code_edition import code_of
    from kg.terminology.editions import Level

    levels = edition.arrays["code.level"].view
    return (code_of(edition.scheme, key) for i, key in enumerate(edition.keys) if levels[i] == Level.CODE)


def _as_json(impact: Impact) -> dict[str, Any]:
    return {
        "guidance": impact.guidance,
        "side": str(impact.side),
        "codes": [str(code) for code in impact.codes],
        "change": str(impact.became),
        "selectors": [str(s) for s in impact.selectors],
        "repairs": [
            [
                {
                    "edit": str(edit.mend),
                    "selector": str(edit.selector),
                    **({"by": [str(s) for s in edit.by]} if edit.by else {}),
                    **({"together": True} if edit.together else {}),
                    "why": edit.why,
                }
                for edit in repair
            ]
            for repair in impact.repairs
        ],
    }


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    repair = "; ".join(_words(edit) for edit in item["repairs"][0])
    head = (item["guidance"], item["side"], item["change"])
    yield (*head, " ".join(item["codes"]), " ".join(item["selectors"]), repair)


def _words(edit: dict[str, Any]) -> str:
    sign = " + " if edit.get("together") else " or "
    by = f" by {sign.join(edit['by'])}" if "by" in edit else ""
    return f"{edit['edit']} {edit['selector']}{by} ({edit['why']})"


def _tell(out: IO[str], found: Sequence[Impact]) -> None:
    """The impacts for the eye."""
    for item in map(_as_json, found):
        out.write(heading(out, f"{item['guidance']}, {item['side']} side: {item['change']}") + "\n")
        out.write(f"  {' '.join(item['codes'])}\n")
        for n, repair in enumerate(item["repairs"]):
            for edit in repair:
                out.write(f"    {'or ' if n else ''}{clean(_words(edit))}\n")
    if not found:
        out.write("no combination of a recommendation changes\n")
