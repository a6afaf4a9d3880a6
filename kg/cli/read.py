"""`kg read`: guidance documents to recommendations, one after the other; a bad file stops no other."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.build import progress
from kg.cli.documents import (
    Figures,
    check_report,
    documents_options,
    report_option,
    tell_problems,
    write_report,
)
from kg.cli.options import examples
from kg.cli.output import chosen, clean, data_options, destination, heading, say, write_items

if TYPE_CHECKING:
    from kg.expression.recommendation import Recommendation
    from kg.folder.outcome import Excerpt, Outcome

_DECIDED = {"reading": "reading chosen", "correction": "corrected", "accept": "accepted as it is read"}
_COLUMNS = ("file", "id", "title", "side", "expression", "review", "warnings")


@click.command(epilog=examples("kg read IPG369.txt", "kg read --format jsonl guidance/ > read.jsonl"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--undecided", is_flag=True, help="Leave decisions aside: each document as it reads by itself.")
@documents_options
@report_option
@data_options("table", "json", "jsonl", "csv")
def command(
    files: tuple[Path, ...],
    undecided: bool,
    jobs: int | None,
    fresh: bool,
    report: Path | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Read guidance documents and show what they recommend.

    FILES are documents (text, Markdown, HTML, PDF, DOCX), recommendations written by hand (JSON, YAML), or folders of
    these; - is what is piped in. For each file comes the expression of both sides, with a citation on every node, and
    what a person should review. A decision kept beside a document (kg decide) is applied. With --format jsonl each
    file is one line, in the order of the arguments, also a file that cannot be read ("error").
    """
    from kg.folder.gather import gather
    from kg.folder.reading import Documents

    check_report(report)
    wanted = chosen(form, output)
    figures = Figures()
    kept: list[Outcome] = []
    with progress(shown=output is not None or not sys.stdout.isatty()) as step:
        documents = Documents(gather(files), jobs=jobs, fresh=fresh, decide=not undecided, progress=step)

        def outcomes() -> Iterator[Outcome]:
            for outcome in documents:
                figures.add(outcome)
                if report is not None:
                    kept.append(outcome)
                yield outcome

        def items() -> Iterator[dict[str, Any]]:
            for outcome in outcomes():
                item = as_json(outcome)
                if "error" in item:
                    say(item["error"]["text"])
                yield item

        if wanted == "table":
            with destination(output) as out:
                for outcome in outcomes():
                    _tell(out, outcome)
                figures.write(out)
        else:
            write_items(items(), wanted, output, _COLUMNS, _rows)
    wrong = tell_problems(documents.problems)
    if figures.total["documents"] > 1:
        say(figures.sentence())
    write_report(report, kept, figures, documents.problems)
    if figures.total["failed"] or wrong:
        raise click.exceptions.Exit(1)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """One file as a line of JSON; a file that cannot be read as its error."""
    from kg.expression.notation import write_recommendation

    if outcome.recommendation is not None:
        return write_recommendation(outcome.recommendation, _named(outcome.file))
    error = outcome.fault
    told = {**error.as_dict(), "text": str(error)} if error else {}
    return {"file": _named(outcome.file), "review": True, "error": told}  # a person has to look at it


def _named(file: Path) -> str:
    """A file as it was named."""
    return "-" if str(file) == "/dev/stdin" else str(file)


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


def _tell(out: IO[str], outcome: Outcome) -> None:
    """One file for the eye."""
    if outcome.recommendation is None:
        out.write(f"{clean(outcome.fault)}\n\n")
    else:
        tell_recommendation(out, outcome.recommendation, outcome.file, outcome.excerpts)
        out.write("\n")


def tell_recommendation(
    out: IO[str], recommendation: Recommendation, file: Path | None = None, excerpts: Sequence[Excerpt | None] = ()
) -> None:
    """A recommendation for the eye: both sides as trees, the concepts, the decision, the warnings with their places."""
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
    if (decision := recommendation.decision) is not None:
        out.write(f"\n  {clean(_DECIDED[decision.verb])} by {clean(decision.by)} on {decision.on.isoformat()}")
        out.write(f" ({clean(decision.source)}):\n    {clean(decision.why)}\n")
    for warning, excerpt in zip_longest(recommendation.warnings, excerpts):
        place = f"{file}:{excerpt.line}:{excerpt.column}  " if excerpt and not excerpt.page else ""
        place = f"{file}, {excerpt.where}  " if excerpt and (excerpt.page or excerpt.paragraph) else place
        out.write(f"  {warning.id}  {clean(place)}{clean(warning.message)}\n")
