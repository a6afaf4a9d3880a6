"""`kg review`: the documents that wait for a person, why, and how their readings differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from kg.cli.build import progress
from kg.cli.documents import documents_options, reasons, tell_excerpt, tell_problems
from kg.cli.options import default_store, examples
from kg.cli.output import chosen, clean, data_options, destination, heading, say, write_items

if TYPE_CHECKING:
    from kg.expression.recommendation import Recommendation
    from kg.folder.outcome import Outcome

_COLUMNS = ("file", "id", "title", "kind", "warning", "place", "message", "excerpt")


@click.command(epilog=examples("kg review guidance/", "kg review --store kg-store --format csv"))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-s",
    "--store",
    metavar="STORE",
    type=click.Path(path_type=Path),
    help="Ask a store instead of documents. Default without PATHS: $KG_STORE or ./kg-store.",
)
@documents_options
@data_options("table", "json", "jsonl", "csv")
def command(
    paths: tuple[Path, ...], store: Path | None, jobs: int | None, fresh: bool, form: str | None, output: Path | None
) -> None:
    """List what waits for a person.

    PATHS are documents and folders, as for kg read; without them the store is asked. For each document that waits: the
    reasons with their places, and the readings as they are ranked, with how their combinations differ. What a person
    has decided (kg decide) does not wait. The exit code is 0 if nothing waits, 1 if something does.
    """
    from kg.errors import KgError

    if paths and store:
        raise KgError("KG-E0102", "both documents and --store are named", hint="Leave out one of the two.")
    wanted = chosen(form, output)
    wrong = 0
    if paths:
        from kg.folder.gather import gather
        from kg.folder.reading import Documents

        with progress() as step:
            documents = Documents(gather(paths), jobs=jobs, fresh=fresh, progress=step)
            waiting = [outcome for outcome in documents if outcome.waits]
        wrong = tell_problems(documents.problems)
        count = len(documents.sources.documents)
    else:
        waiting, count = _in_store(store or default_store())
    if wanted == "table":
        with destination(output) as out:
            for outcome in waiting:
                _tell(out, outcome)
    else:
        write_items(map(as_json, waiting), wanted, output, _COLUMNS, _rows)
    documents = f"{count} document{'s' * (count != 1)}"
    say(f"{len(waiting)} of {documents} wait for a person." if waiting else f"Nothing waits: {documents}.")
    if waiting or wrong:
        raise click.exceptions.Exit(1)


def _in_store(store: Path) -> tuple[list[Outcome], int]:
    """What waits in a store, and how many guidances it holds. It holds no texts: words are those that are cited."""
    from kg.folder.outcome import Outcome
    from kg.workspace import open_workspace

    with open_workspace(store) as workspace:
        told = list(workspace.recommendations.values())
    waiting = [r for r in told if r.review]
    return [Outcome(Path(r.source or r.id), r, None, tuple(_cited_words(r)), r.digest) for r in waiting], len(told)


def _cited_words(r: Recommendation) -> Iterator[Any]:
    """For each warning the words at its place, as far as a citation of the recommendation has them."""
    from kg.citation import Citation
    from kg.expression.nodes import walk
    from kg.expression.recommendation import Side
    from kg.folder.outcome import Excerpt

    nodes = [node for x in r.readings for side in Side if (e := x.side(side)) is not None for node in walk(e)]
    cites = [node.citation for node in nodes if isinstance(node.citation, Citation)]
    for warning in r.warnings:
        around = [c for c in cites if warning.end and c.start <= warning.start and warning.end <= c.end]
        found = min(around, key=lambda c: c.end - c.start, default=None)
        words = " ".join(found.quote[warning.start - found.start : warning.end - found.start].split()) if found else ""
        yield Excerpt(0, 0, "", words, "", page=found.page, paragraph=found.paragraph) if found and words else None


def as_json(outcome: Outcome) -> dict[str, Any]:
    """One document that waits."""
    from kg.answers.readings import readings

    r = outcome.recommendation
    return {
        "file": str(outcome.file),
        "id": r.id if r else None,
        "title": r.title if r else None,
        "reasons": [_placed(reason) for reason in reasons(outcome)],
        "readings": readings(r) if r else [],
    }


def _placed(reason: dict[str, Any]) -> dict[str, Any]:
    """A store does not know lines."""
    if reason.get("place") == "line 0:0":
        return reason | {"place": f"characters {reason['start']} to {reason['end']}"}
    return reason


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    """A row for each reason, then one for each reading."""
    from kg.answers.readings import differences

    head = (item["file"], item["id"], item["title"])
    for reason in item["reasons"]:
        place = reason.get("place")
        place = place if isinstance(place, str | None) else ""
        yield *head, "reason", reason["id"], place, reason["message"], reason["excerpt"]
    for reading in item["readings"] if len(item["readings"]) > 1 else ():
        yield *head, "reading", "", f"reading {reading['reading']}", reading["reason"], "; ".join(differences(reading))


def _tell(out: IO[str], outcome: Outcome) -> None:
    """One document for the eye."""
    from kg.answers.readings import differences

    item = as_json(outcome)
    name = f"{item['id']}  {item['title']}" if item["id"] else "cannot be read"
    out.write(f"{heading(out, name)}\n  {clean(item['file'])}\n")
    if outcome.fault is not None:
        out.write("".join(f"    {clean(line)}\n" for line in outcome.fault.lines()))
    excerpts: Iterable[Any] = outcome.excerpts
    for reason, excerpt in zip(item["reasons"] if not outcome.fault else (), excerpts, strict=True):
        place = f"{reason['place']}: " if reason["place"] else ""
        out.write(f"\n  {reason['id']}  {clean(place)}{clean(reason['message'])}\n")
        if excerpt:
            out.write("".join(f"      {line}\n" for line in tell_excerpt(excerpt)))
    if len(item["readings"]) > 1:
        for reading in item["readings"]:
            why = f": {reading['reason']}" if reading["reason"] else ""
            out.write(f"\n  reading {reading['reading']}{clean(why)}\n")
            out.write("".join(f"    {clean(line)}\n" for line in differences(reading)))
    out.write("\n")
