"""`kg read`: guidance documents to recommendations, one after the other; a bad file stops no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.options import examples
from kg.cli.output import chosen, clean, data_options, destination, heading, say, write_items
from kg.errors import KgError, Place

if TYPE_CHECKING:
    from kg.expression.recommendation import Recommendation

_COLUMNS = ("file", "id", "title", "side", "expression", "review", "warnings")


@click.command(epilog=examples("kg read IPG369.txt", "kg read --format jsonl guidance/ > read.jsonl"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@data_options("table", "json", "jsonl", "csv")
def command(files: tuple[Path, ...], form: str | None, output: Path | None) -> None:
    """Read guidance documents and show what they recommend.

    FILES are documents (text, Markdown, HTML, PDF, DOCX), recommendations written by hand (JSON, YAML), or folders of
    these. For each file comes the expression of both sides, with a citation on every node, and what a person should
    review. With --format jsonl each file is one line, in the order of the arguments, also a file that cannot be read
    ("error").
    """
    wanted = chosen(form, output)
    failed = False

    def items() -> Iterator[dict[str, Any]]:
        nonlocal failed
        for file in sources(files):
            item, _ = _read(file)
            if "error" in item:
                failed = True
                say(item["error"]["text"])
            yield item

    if wanted == "table":
        with destination(output) as out:
            for file in sources(files):
                item, recommendation = _read(file)
                failed = failed or recommendation is None
                _tell(out, file, item, recommendation)
    else:
        write_items(items(), wanted, output, _COLUMNS, _rows)
    if failed:
        raise click.exceptions.Exit(1)


def sources(files: Sequence[Path]) -> Iterator[Path]:
    """The files, and of each folder the documents in it, by name; what is hidden is left out."""
    for file in files:
        if file.is_dir():
            inside = sorted(p for p in file.rglob("*") if p.suffix.lower() in DOCUMENTS and p.is_file())
            found = [p for p in inside if not any(part.startswith(".") for part in p.relative_to(file).parts)]
            if not found:
                hint = f"Documents end in {', '.join(sorted(DOCUMENTS))}."
                raise KgError("KG-E0201", "no documents in this folder", where=Place(str(file)), hint=hint)
            yield from found
        else:
            yield file


DOCUMENTS = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".json", ".yaml", ".yml"})
"""The endings of files that are taken from a folder; a file that is named is read whatever it is called."""


def _read(file: Path) -> tuple[dict[str, Any], Recommendation | None]:
    """One file as a line of JSON, and as a value; a file that cannot be read as its error."""
    from kg.expression.notation import write_recommendation
    from kg.guidance.reading import read_file

    try:
        recommendation = read_file(file)
    except KgError as error:
        return {"file": str(file), "error": {**error.as_dict(), "text": str(error)}}, None
    return write_recommendation(recommendation, str(file)), recommendation


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    """A row for each side; the expression as JSON, which another program can read back."""
    import json

    if "error" in item:
        yield item["file"], "", item["error"]["message"], "", "", "", item["error"]["id"]
        return
    ids = " ".join(warning["id"] for warning in item["warnings"])
    for side in ("procedure", "diagnosis"):
        expression = json.dumps(item[side], ensure_ascii=False) if item[side] else ""
        yield item["file"], item["id"], item["title"], side, expression, str(item["review"]).lower(), ids


def _tell(out: IO[str], file: Path, item: dict[str, Any], recommendation: Recommendation | None) -> None:
    """One file for the eye."""
    if recommendation is None:
        out.write(f"{clean(item['error']['text'])}\n\n")
    else:
        tell_recommendation(out, recommendation, file)
        out.write("\n")


def tell_recommendation(out: IO[str], recommendation: Recommendation, file: Path | None = None) -> None:
    """A recommendation for the eye: both sides as trees, the concepts, the warnings with their places in `file`."""
    from kg.cli.tree import tree
    from kg.terminology import OpenCodes

    edition = f"  (OPCS-{recommendation.opcs_version})" if recommendation.opcs_version else ""
    source = str(file or recommendation.source)
    out.write(f"{heading(out, f'{recommendation.id}  {recommendation.title}')}{edition}\n  read from {clean(source)}\n")
    titles = OpenCodes().title
    several = len(recommendation.readings) > 1
    for rank, reading in enumerate(recommendation.readings, 1):
        if several:
            why = f": {reading.reason}" if reading.reason else ""
            out.write(
                f"\n  reading {rank} of {len(recommendation.readings)}{' (in use)' if rank == 1 else ''}{clean(why)}\n"
            )
        for side, expression in (("procedure", reading.procedure), ("diagnosis", reading.diagnosis)):
            system = "OPCS-4" if side == "procedure" else "ICD-10"
            lines = tree(expression, titles) if expression else ["nothing is said"]
            out.write(f"\n  {side} side, {system}\n" + "".join(f"    {clean(line)}\n" for line in lines))
    if recommendation.concepts:
        out.write("\n  SNOMED CT concepts\n")
    for concept in recommendation.concepts:
        when = f", when {concept.condition}" if concept.condition else ""
        out.write(f"    {concept.id}  {clean(concept.term)}  ({concept.side}{clean(when)})\n")
    if recommendation.review:
        out.write("\n  a person should review this document\n")
    text = _text(file) if file and recommendation.warnings else ""
    for warning in recommendation.warnings:
        place = f"{Place.in_text(source, text, warning.start, warning.end)}  " if warning.end and text else ""
        out.write(f"  {warning.id}  {clean(place)}{clean(warning.message)}\n")


def _text(file: Path) -> str:
    """The text of a plain document, in which the places of its warnings are lines; of another format nothing."""
    from kg.guidance.readers import read

    return read(file.read_bytes(), file.name).text if file.suffix.lower() in (".txt", ".md", ".markdown") else ""
