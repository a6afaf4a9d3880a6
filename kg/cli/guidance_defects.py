"""`kg check --guidances`: the guidances of a store held to the loaded editions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from kg.cli.output import clean, destination, heading, write_items
from kg.errors import KgError

if TYPE_CHECKING:
    import datetime

    from kg.terminology.defects import Defect
    from kg.workspace import Workspace

_COLUMNS = ("guidance", "id", "side", "subject", "what", "printed", "known", "start", "end", "hint")


def write_defects(
    workspace: Workspace, guidance: str | None, day: datetime.date | None, wanted: str, output: Path | None
) -> int:
    """Write what is not as the editions in use on a day have it; the number of defects comes back.

    Raises:
        KgError: KG-E1009 if no release is loaded, KG-E0601 for an unknown guidance.
    """
    found = [_as_json(each) for each in _defects(workspace, guidance, day)]
    if wanted == "table":
        with destination(output) as out:
            _tell(out, found)
    else:
        write_items(found, wanted, output, _COLUMNS, _rows)
    return len(found)


def _defects(workspace: Workspace, guidance: str | None, day: datetime.date | None) -> Iterator[Defect]:
    from kg.codes import Scheme
    from kg.terminology.code_edition import ReleasedCodes
    from kg.terminology.defects import code_defects, concept_defects
    from kg.workspace import today

    release = workspace.release
    codes = workspace.classification_on(day or today())
    if not isinstance(codes, ReleasedCodes):
        hint = "Load one: kg build SOURCES… --release FOLDER-OR-ZIP --into STORE"
        raise KgError("KG-E1009", "guidances are held to a release, and the store has none", hint=hint)
    editions = [each for scheme in Scheme for each in release.code_editions(scheme)]
    chosen = [workspace.recommendation(guidance)] if guidance else workspace.recommendations.values()
    for recommendation in chosen:
        yield from code_defects(recommendation, codes, editions)
        if release.snomed_editions:
            yield from concept_defects(recommendation, release.snomed())


def _as_json(defect: Defect) -> dict[str, Any]:
    from kg.expression.notation import write_citation

    place = write_citation(defect.citation) if defect.citation else {}
    return {
        "guidance": defect.guidance,
        "id": defect.id,
        "side": str(defect.side),
        "subject": defect.subject,
        "message": defect.what,
        "printed": defect.printed,
        "known": defect.known,
        "alike": defect.alike,
        "start": place.get("start"),
        "end": place.get("end"),
        "citation": place or None,
        "hint": defect.hint,
    }


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    yield [item["message" if column == "what" else column] for column in _COLUMNS]


def _tell(out: IO[str], found: Sequence[dict[str, Any]]) -> None:
    """The defects for the eye, by guidance."""
    before = ""
    for item in found:
        if item["guidance"] != before:
            before = item["guidance"]
            out.write(heading(out, before) + "\n")
        where = f" (characters {item['start']} to {item['end']})" if item["start"] is not None else ""
        out.write(f"  {item['id']}  {clean(item['message'])}{where}\n")
        if item["hint"]:
            out.write(f"    {clean(item['hint'])}\n")
    if not found:
        out.write("all codes, titles and concepts are as the editions have them\n")
