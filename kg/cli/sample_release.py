"""`kg sample-release`: a made-up release in the layouts of the real ones."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.options import examples
from kg.cli.output import chosen, data_options, write_items


@click.command(
    "sample-release",
    epilog=examples(
        "kg sample-release release-1 --concepts 10000",
        "kg sample-release release-2 --concepts 10000 --edition 2",
    ),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--concepts", type=int, default=10_000, show_default=True, help="How many concepts, about.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Another seed, another release.")
@click.option(
    "--edition", type=click.IntRange(1, 2), default=1, show_default=True, help="2 follows 1 of the same seed."
)
@click.option("--monolith", is_flag=True, help="One package, not the UK's on the international one.")
@data_options("table", "json", "jsonl", "csv")
def command(
    folder: Path, concepts: int, seed: int, edition: int, monolith: bool, form: str | None, output: Path | None
) -> None:
    """Write a made-up release for trying things out.

    Files, names and columns are those of real releases of SNOMED CT, OPCS-4 and ICD-10; what is in them is made up
    (codes and titles of OPCS-4 are those of the open list). DIR/changes.csv lists what changes from edition 1 to 2.
    """
    from kg.terminology.sample.writing import sample_release

    sample = sample_release(folder, concepts, seed, edition=edition, monolith=monolith)
    item = {"folder": str(folder), "counts": sample.counts, "changes": len(sample.changes)}
    write_items(
        [item],
        chosen(form, output),
        output,
        ("table", "rows"),
        lambda each: sorted(each["counts"].items()),
        single=True,
    )
