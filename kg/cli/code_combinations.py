"""The combinations of codes of a side, for `kg combinations`: their number, a sample of them, the first of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.output import write_table

if TYPE_CHECKING:
    from kg.answers.code_combinations import Asked
    from kg.answers.combinations import Found
    from kg.codes import Scheme

COLUMNS = ("guidance", "side", "rank", "codes", "recorded for")


def codes_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--codes`, `--top`, `--sample`, `--seed` and `--codes-from`."""
    for option in (
        click.option(
            "--codes-from",
            "code_files",
            multiple=True,
            metavar="SYSTEM=FILE",
            help="The codes there are, as opcs-4=codes.txt: a code at the start of each line. Repeatable.",
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="Another seed draws another sample."),
        click.option(
            "--sample",
            type=click.IntRange(min=1),
            metavar="N",
            help="Draw so many combinations of codes, each as likely as any other.",
        ),
        click.option(
            "--top", type=click.IntRange(min=1), metavar="K", help="List the first so many combinations of codes."
        ),
        click.option("--codes", "concrete", is_flag=True, help="List combinations of codes, not of selectors."),
    ):
        command = option(command)
    return command


def rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    """A row for each combination of codes that is listed or drawn, under `COLUMNS`."""
    for side in ("procedure", "diagnosis"):
        told = item[side] or {}
        for one in (*told.get("listed", ()), *told.get("sample", ())):
            yield item["guidance"], side, one.get("rank", ""), " ".join(one["codes"]), " + ".join(one["selectors"])


def tell(out: IO[str], found: Found, asked: Asked, scheme: Scheme) -> None:
    """The combinations of codes for the eye."""
    from kg.answers.code_combinations import NOT_COUNTED, OVERLAPPING, counted, shown

    if scheme not in asked.lists:
        return
    concrete = counted(found, asked, scheme)
    if concrete is None or concrete.records is None:
        out.write(f"  as codes: {NOT_COUNTED if concrete is None else OVERLAPPING}\n")
    else:
        more = f", {concrete.records:,} with repeated codes" if concrete.records != concrete.sets else ""
        out.write(f"  as codes: {concrete.sets:,} {'set' if concrete.sets == 1 else 'sets'}{more}\n")
    if concrete is None:
        return
    for s in concrete.without_codes:
        out.write(f"  {s}: the list has no such code\n")
    for name, several in shown(found, concrete, asked, scheme):
        if several:
            title = "the first, by rank" if name == "listed" else f"a sample, seed {asked.seed}"
            cells = [
                (one.rank or "", " + ".join(map(str, one.codes)), " + ".join(map(str, one.selectors)))
                for one in several
            ]
            write_table(out, ("", title, "recorded for"), cells)
