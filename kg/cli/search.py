"""`kg search`: concepts, codes and guidances by words."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, data_options, say, write_items
from kg.errors import KgError

_COLUMNS = ("id", "system", "title", "status")


@click.command(epilog=examples("kg search liver resection", "kg search hepat metast --system ICD-10", "kg search j128"))
@click.argument("words", nargs=-1, required=True)
@click.option("--system", help='Only "SNOMED CT", OPCS-4, ICD-10 or guidance.')
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="So many of each system.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    words: tuple[str, ...], system: str | None, limit: int, store: Path, form: str | None, output: Path | None
) -> None:
    """Find concepts, codes and guidances by words.

    WORDS can be beginnings of words, and misspelt; a code in any printed form or an identifier finds itself. Every word
    must be in one term or title. The best come first.
    """
    from kg.answers.search import search
    from kg.workspace import open_workspace

    text = " ".join(words).strip()
    if not text:
        raise KgError("KG-E0102", "nothing to search for", hint="Give words of a title, a code or an identifier.")
    with open_workspace(store) as workspace:
        found = search(workspace, text, limit, system)
    for word, others in found.read_as:
        if others:
            say(f'"{word}" was read as {", ".join(others)}')
    write_items(found.items, chosen(form, output), output, _COLUMNS, lambda each: [[each[name] for name in _COLUMNS]])
    if not found.items:
        say(f'nothing has the words "{text}"')
        raise click.exceptions.Exit(1)
