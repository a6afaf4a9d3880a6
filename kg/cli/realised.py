"""`kg check --by owl`: a record classified by HermiT, with the classes that it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.cli.output import clean, destination, write_items
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.answers.records import Asked
    from kg.expression.recommendation import Recommendation
    from kg.reason.applied import Applied
    from kg.workspace import Workspace

_COLUMNS = ("id", "kind", "of", "side", "verdict", "class")


def answer(
    asked: Asked, workspace: Workspace, against: Sequence[Recommendation], applied: Applied | None
) -> dict[str, Any]:
    """The classes of one record, and what follows from them, as JSON.

    Raises:
        KgError: that of the record; KG-E0803 for a context, of which the classes know nothing; those of
            `kg.owl.checking.realise_record`.
    """
    from kg.expression.condition import Context
    from kg.owl.checking import realise_record
    from kg.workspace import today

    if asked.record is None:
        raise asked.error or KgError("KG-E0305", "not a record")
    record = asked.record
    if record.context.facts:
        what = "--by owl classifies codes; what is known of the care event is for the evaluator"
        raise KgError("KG-E0803", what, hint="Leave out what is given, or leave --by out.")
    rules = applied.standards.standards if applied else ()
    chapters, nothing = workspace.classification.chapters, Context(facets=workspace.facets)
    found = realise_record(
        record, against, rules, nothing, chapters, record.date or (applied and applied.day) or today()
    )
    return {
        "id": asked.given_id,
        "by": "owl",
        "guidances": [
            {"guidance": id, "side": side.value, "verdict": verdict}
            for id, side, verdict in found.verdicts
            if verdict != "not applicable"
        ],
        "broken": list(found.broken),
        "classes": [{"class": iri, "label": label} for iri, label in found.classes],
    }


def answers(
    asked: Iterator[Asked],
    against: Callable[[Asked], Sequence[Recommendation]],
    workspace: Workspace,
    applied: Applied | None,
    *,
    single: bool,
) -> Iterator[dict[str, Any]]:
    """The answer for each record; of a file, one that is no record has its error, and the next is read.

    Raises:
        KgError: those of `answer`, for a single record.
    """
    for one in asked:
        try:
            yield answer(one, workspace, against(one), applied)
        except KgError as fault:
            if single or fault.id == "KG-E0801":
                raise
            yield {"id": one.given_id, "by": "owl", "error": {**fault.as_dict(), "text": str(fault)}}


def write(items: Iterator[dict[str, Any]], form: str, output: Path | None, *, single: bool) -> None:
    """Write the answers in a format; a table is for the eye."""
    if form != "table":
        write_items(items, form, output, _COLUMNS, _rows, single=single)
        return
    with destination(output) as out:
        for item in items:
            out.write(f"record {clean(item['id'])}\n" if item["id"] else "")
            if "error" in item:
                out.write(clean(item["error"]["text"]) + "\n")
                continue
            for one in item["guidances"]:
                out.write(f"{one['guidance']}, {one['side']}: {one['verdict']}\n")
            if not item["guidances"]:
                out.write("not applicable: the record is in no class of records with a main code\n")
            for one in item["classes"]:
                out.write(f"  {clean(one['label'])}\n    <{one['class']}>\n")


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    if "error" in item:
        yield item["id"], "error", item["error"]["id"], "", "", item["error"]["message"]
        return
    for one in item["guidances"]:
        yield item["id"], "verdict", one["guidance"], one["side"], one["verdict"], ""
    for one in item["classes"]:
        kind = "broken rule" if one["class"] in item["broken"] else "class"
        yield item["id"], kind, one["label"], "", "", one["class"]
