"""`kg identify`: which guidances a record could mean, how sure that is, and which codes would tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.answers.given import day, pairs
from kg.cli.options import (
    as_printed_option,
    by_role,
    examples,
    infer_option,
    pack_files,
    record_options,
    refuse_standards,
    standards_options,
    store_option,
)
from kg.cli.output import chosen, clean, data_options, destination, heading, write_items, write_table
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.answers.identify import Identifiers
    from kg.answers.records import Asked
    from kg.reason.identify import Candidate, Identified

_COLUMNS = ("id", "guidance", "certainty", "explained", "unexplained", "missing", "valid for", "alike", "title")


@click.command(
    epilog=examples("kg identify J12.8 Y13.2", "kg identify J12.8 Y53.4 -d C78.7 --all", "kg identify records.jsonl")
)
@record_options
@click.option("--all", "everything", is_flag=True, help="Also guidances that are set aside for a better one.")
@infer_option
@as_printed_option
@standards_options
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    codes: tuple[str, ...],
    diagnoses: tuple[str, ...],
    concepts: tuple[str, ...],
    columns: tuple[str, ...],
    given: tuple[str, ...],
    date: str | None,
    everything: bool,
    infer: bool,
    as_printed: bool,
    packs: tuple[str, ...],
    settings: Path | None,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Find the guidances that a record could mean.

    The best come first. CODES are the OPCS-4 codes of one record, all or some of them; or give one FILE of records
    (JSON lines, CSV or Parquet; - is stdin). How sure it is is told in what can be counted. only: the record is valid
    for this guidance and no other.
    one of several: it is valid for others too. possible: codes are missing. named: it names other codes than a main
    one, or lists a concept. contradicted: the codes speak against it. Where several could be meant, the codes that
    would tell them apart are told.
    """
    from kg.answers.identify import Identifiers, found
    from kg.answers.records import GivenContexts
    from kg.cli.records import from_arguments, from_file, the_file
    from kg.workspace import open_workspace

    if not (codes or diagnoses or concepts):
        hint = "Give codes (kg identify J12.8 Y13.2), a concept or a file of records."
        raise KgError("KG-E0102", "nothing to identify", hint=hint)
    refuse_standards(as_printed, packs, settings)
    file = the_file(codes, diagnoses, concepts, columns)
    wanted = chosen(form, output)
    with open_workspace(store) as workspace:
        on = day(date) if file else None  # the date of codes given as arguments is read with them
        applied = None if as_printed else workspace.applied(on, pack_files(packs), settings)
        identifiers = Identifiers(workspace, applied, on, infer=infer)
        contexts = GivenContexts(workspace, pairs(given))
        if file is None:
            asked = iter([from_arguments(codes, diagnoses, concepts, date, contexts({}))])
        else:
            asked = from_file(file, contexts, by_role(columns))
        if wanted == "table" and file is None:
            for one in asked:
                with destination(output) as out:
                    _tell(out, found(one, identifiers, everything=everything))
            return
        faults: list[str] = []
        items = _answers(asked, identifiers, everything, faults)
        write_items(items, wanted, output, _COLUMNS, _rows, single=file is None)
    if faults:
        raise click.exceptions.Exit(1)


def _answers(
    asked: Iterator[Asked], identifiers: Identifiers, everything: bool, faults: list[str]
) -> Iterator[dict[str, Any]]:
    """The answers for records in order; the ids of what is no record go into `faults`."""
    from kg.answers.identify import identify

    for one in asked:
        item = identify(one, identifiers, everything=everything)
        if "error" in item:
            faults.append(one.id)
        yield item


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    if "error" in item:
        yield item["id"], "", "error", "", "", "", "", "", f"{item['error']['id']} {item['error']['message']}"
        return
    for c in item["candidates"]:
        lists = (" ".join(c[name]) for name in ("explained", "unexplained", "missing"))
        yield item["id"], c["guidance"], c["certainty"], *lists, item["valid_for"], " ".join(c["alike"]), c["title"]
    if not item["candidates"]:
        yield item["id"], "", "none", "", "", "", 0, "", "no guidance of the store could be meant"


def _tell(out: IO[str], found: Identified) -> None:
    """What one record could mean, for the eye."""
    if not found.candidates:
        out.write("No guidance of the store could be meant: none has a main code among these codes.\n")
        return
    rows = [
        (c.guidance, c.certainty.value, *(" ".join(map(str, x)) for x in (c.explained, c.unexplained, c.missing)))
        for c in found.candidates
    ]
    write_table(out, ("guidance", "certainty", "explained", "unexplained", "missing"), rows)
    out.write("\n")
    width = max(len(c.guidance) for c in found.candidates)
    for c in found.candidates:
        out.write(f"  {c.guidance.ljust(width)}  {clean(c.verdict.title)}\n")
        for note in _notes(c):
            out.write(f"  {' ' * width}  {clean(note)}\n")
    if found.tells:
        out.write("\n" + heading(out, "These codes would tell") + "\n")
        for t in found.tells:
            there = "is there, and" if t.present else "would"
            verb = "speaks" if t.present else "speak"
            how = "always has" if t.always else "can have"
            against = ", ".join(t.against)
            out.write(f"  {t.selector} {there} {verb} for {t.guidance}, which {how} it; not for {against}\n")


def _notes(c: Candidate) -> Iterator[str]:
    """What else there is to say of a candidate."""
    if c.alike:
        yield f"explains the same codes as {', '.join(c.alike)}"
    if c.concepts:
        yield f"lists {', '.join(map(str, c.concepts))}"
    for t in c.through:
        yield f"{t.concept} is told by history in place of {t.listed} ({t.link})"
    for side in c.verdict.sides:
        yield from (f"contradicted: {b.why}" for b in side.broken if b.contradicts)
        yield from (i.sentence for i in side.inferred)
