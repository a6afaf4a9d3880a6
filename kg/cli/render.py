"""`kg render`: a recommendation as a document, read back before it is handed out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.options import examples, store_option
from kg.cli.output import binary_destination
from kg.errors import KgError, Place

if TYPE_CHECKING:
    from kg.expression.recommendation import Recommendation
    from kg.rendering.document import Form

_FORMS = ("text", "markdown", "html", "docx", "pdf")
_ENDINGS = {".txt": "text", ".md": "markdown", ".markdown": "markdown", ".htm": "html"}


@click.command(
    epilog=examples(
        "kg render IPG369",
        "kg render examples/guidance/IPG672.yaml --format html -o IPG672.html",
        "kg render IPG369 --layout old",
    )
)
@click.argument("guidance", metavar="GUIDANCE|FILE")
@click.option(
    "--layout",
    type=click.Choice(["old", "new"]),
    default="new",
    show_default=True,
    help="The layout until about 2017, or since.",
)
@click.option("--format", "form", type=click.Choice(_FORMS), help="Default: what the file's name says, else text.")
@click.option("--seed", type=int, help="Draw among the wordings by this number; without it the usual ones are taken.")
@click.option(
    "-o", "--output", "output", metavar="FILE", type=click.Path(path_type=Path), help="Write into a file; - is stdout."
)
@store_option
def command(guidance: str, layout: str, form: str | None, seed: int | None, output: Path | None, store: Path) -> None:
    """Write a recommendation as a document, for review.

    GUIDANCE is an id in the store, FILE a document or a recommendation written by hand (JSON, YAML). Every document is
    read back first; one that would be read as something else is not written (KG-E0307).
    """
    from kg.rendering.document import Form, render_page, write_page
    from kg.rendering.wordings import Style
    from kg.terminology import OpenCodes

    wanted = _form(form, output)
    if wanted in ("docx", "pdf") and output is None and sys.stdout.isatty():
        raise KgError("KG-E0102", f"{wanted} is not for a terminal", hint="Name a file with -o.")
    recommendation = _recommendation(guidance, store)
    known = OpenCodes().title
    page = render_page(recommendation, Style(layout), lambda selector: known(selector) or "", seed)
    data = write_page(page, Form(wanted))
    _read_back(recommendation, data, Form(wanted))
    with binary_destination(output) as out:
        out.write(data)
        out.flush()


def _form(form: str | None, output: Path | None) -> str:
    """The format asked for, else that of the file's ending, else text."""
    if form:
        return form
    ending = output.suffix.lower() if output else ".txt"
    named = _ENDINGS.get(ending, ending.removeprefix("."))
    if named not in _FORMS:
        hint = f"Name it with --format {'|'.join(_FORMS)}."
        raise KgError("KG-E0102", f'the ending "{ending}" names no format', where=Place(str(output)), hint=hint)
    return named


def _recommendation(guidance: str, store: Path) -> Recommendation:
    """The recommendation of a file, if there is one of this name, else of the store."""
    if Path(guidance).is_file():
        from kg.guidance.reading import read_file

        return read_file(Path(guidance))
    from kg.workspace import open_workspace

    with open_workspace(store) as workspace:
        return workspace.recommendation(guidance)


def _read_back(recommendation: Recommendation, data: bytes, form: Form) -> None:
    """Refuse a document that would be read as something else.

    Raises:
        KgError: KG-E0307.
    """
    from kg.expression.condition import Context
    from kg.expression.recommendation import Side
    from kg.expression.sameness import same_meaning
    from kg.facets import load_facets
    from kg.guidance.reading import read_bytes

    back = read_bytes(data, f"{recommendation.id.replace('/', '-')}{form.suffix}")
    context = Context(facets=load_facets())
    for side in Side:
        if not same_meaning(recommendation.side(side), back.side(side), context):
            raise KgError(
                "KG-E0307",
                f"the {side} side of {recommendation.id} would be read back as something else",
                why="A document that could be read in another way is not written.",
                hint="Try the other --layout, or exchange it as JSON or YAML (docs/notation.md).",
            )
