"""`kg check`: records against the guidances of a store, with verdict, what is missing, and why."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
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
from kg.cli.output import chosen, clean, data_options, destination, say, write_items, write_table
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.answers.check import Answer, Checker
    from kg.answers.records import Asked

_COLUMNS = ("id", "verdict", "guidance", "guidance verdict", "procedure", "diagnosis", "missing", "why", "repair")
_WRONG = ("contradicted", "incomplete")


@click.command(
    epilog=examples(
        "kg check J12.8 Y13.2 Y53.4 --diagnosis C78.7 --guidance IPG369", "kg check --format jsonl records.jsonl"
    )
)
@record_options
@click.option("-g", "--guidance", help="Check against this guidance only; else against all that apply.")
@click.option(
    "--all", "everything", is_flag=True, help="Also guidances that do not apply or are set aside for a better one."
)
@click.option(
    "--why", is_flag=True, help="Tell the why of each record of a file; of codes given as arguments it is always told."
)
@infer_option
@click.option(
    "--certificates",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write a certificate of each verdict, a JSON line each, which tools/certificates/check.py proves again.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.svg",
    help="Draw the why of the first guidance of one record.",
)
@as_printed_option
@click.option(
    "--by",
    type=click.Choice(["evaluator", "owl"]),
    default="evaluator",
    help="owl: HermiT tells the classes that each record is in, of combinations as printed and of broken rules "
    "(without order, conditions and titles, which OWL classes cannot tell).",
)
@click.option(
    "--guidances",
    "of_guidances",
    is_flag=True,
    help="Check no record but the guidances: codes, titles and concepts held to the loaded editions.",
)
@standards_options
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    codes: tuple[str, ...],
    diagnoses: tuple[str, ...],
    concepts: tuple[str, ...],
    columns: tuple[str, ...],
    guidance: str | None,
    given: tuple[str, ...],
    date: str | None,
    everything: bool,
    why: bool,
    infer: bool,
    certificates: Path | None,
    picture: Path | None,
    as_printed: bool,
    by: str,
    of_guidances: bool,
    packs: tuple[str, ...],
    settings: Path | None,
    store: Path,
    form: str | None,
    output: Path | None,
) -> None:
    """Check records against the guidances of a store.

    CODES are the OPCS-4 codes of one record in their order; or give one FILE of records (JSON lines, CSV or Parquet;
    - is stdin). The answer is valid, incomplete (with what is missing), contradicted or not applicable, and the words
    of the document that say so, or the standard: those in force on the date of the record are applied. Exit code 1: a
    record is incomplete, contradicted or not a record.
    """
    from kg.answers.check import Checker
    from kg.cli.records import from_arguments, from_file, the_file
    from kg.workspace import open_workspace

    if of_guidances:
        _check_guidances(codes or diagnoses, guidance, date, store, chosen(form, output), output)
        return
    if not (codes or diagnoses):
        raise KgError(
            "KG-E0102", "nothing to check", hint="Give codes (kg check J12.8 Y13.2 --diagnosis C78.7) or a file."
        )
    refuse_standards(as_printed, packs, settings)
    file = the_file(codes, diagnoses, concepts, columns)
    if picture is not None and file is not None:
        raise KgError("KG-E0102", "a picture is drawn of one record", hint="Give its codes as arguments.")
    wanted, on = chosen(form, output), day(date)
    with ExitStack() as stack:
        workspace = stack.enter_context(open_workspace(store))
        applied = None
        if not as_printed:
            # The date of codes given as arguments is read with them.
            applied = workspace.applied(on if file else None, pack_files(packs), settings)
            for warning in workspace.standards(pack_files(packs), settings).warnings:
                say(f"{warning.id}  {warning.what}")
        checker = Checker(
            workspace,
            applied,
            guidance=guidance,
            given=pairs(given),
            everything=everything,
            infer=infer,
            day=on,
        )
        if certificates is not None:
            checker.seen.append(partial(_certify, checker, stack.enter_context(destination(certificates))))
        if picture is not None:
            checker.seen.append(partial(_draw, picture))
        asked = (
            from_file(file, checker.context, by_role(columns))
            if file
            else iter([from_arguments(codes, diagnoses, concepts, date, checker.context({}))])
        )
        if by == "owl":
            from kg.cli import realised

            single = file is None
            found = realised.answers(asked, checker.against, workspace, applied, single=single)
            realised.write(found, wanted, output, single=single)
            return
        if wanted == "table" and (why or file is None):
            _tell(asked, checker, output)
        elif wanted == "table":
            rows = [row for one in asked for row in _rows(checker.answer(one)[0])]
            with destination(output) as out:
                told = [
                    (id, verdict if verdict == "contradicted" else checked or verdict, against, reason, repair)
                    for id, verdict, against, checked, *_, reason, repair in rows
                ]
                write_table(out, ("record", "verdict", "guidance", "why", "smallest repair"), told)
        else:
            write_items((checker.answer(one)[0] for one in asked), wanted, output, _COLUMNS, _rows, single=file is None)
    if file is not None and (wanted == "table" or output is not None):
        say(", ".join(f"{n} {verdict}" for verdict, n in sorted(checker.tally.items())) or "no records")
    if any(verdict in (*_WRONG, "error") for verdict in checker.tally):
        raise click.exceptions.Exit(1)


def _check_guidances(
    codes: Sequence[str], guidance: str | None, date: str | None, store: Path, wanted: str, output: Path | None
) -> None:
    """Hold guidances to the loaded editions; exit code 1 if something is not as these have it."""
    from kg.cli.guidance_defects import write_defects
    from kg.workspace import open_workspace

    if codes:
        raise KgError("KG-E0102", "--guidances checks guidances, and codes are given", hint="Leave out one of the two.")
    with open_workspace(store) as workspace:
        if write_defects(workspace, guidance, day(date), wanted, output):
            raise click.exceptions.Exit(1)


def _certify(checker: Checker, out: IO[str], asked: Asked, answer: Answer) -> None:
    """Write the certificates of a record's verdicts; what has none is told (KG-E0310)."""
    from kg.reason.certificate import certificate, seal
    from kg.reason.inferring import informed

    record = asked.record
    if record is None:
        return
    used = checker.by_day.of(record).applied
    applied = used or checker.workspace.applied()
    for verdict in answer[1]:
        try:
            r = checker.workspace.recommendations[verdict.guidance]
            said = informed(record, verdict).context
            told = certificate(r, record, applied, verdict, said, as_printed=used is None)
        except KgError as fault:
            say(f"{fault.id}  {asked.id or 'the record'}, {verdict.guidance}: {fault.what}")
            continue
        told = {"id": asked.given_id, **told}
        line = json.dumps({**told, "seal": seal(told)}, ensure_ascii=False)
        print(line, file=out)


def _draw(picture: Path, asked: Asked, answer: Answer) -> None:
    """Draw the why of the first guidance.

    Raises:
        KgError: KG-E0102 if none applies.
    """
    from kg.reason.picture import picture_of

    del asked
    _, found, _, repairs = answer
    if not found:
        raise KgError("KG-E0102", "nothing to draw: no guidance applies", hint="Name one with --guidance.")
    with destination(picture) as out:
        out.write(picture_of(found[0], repairs[0]))


def _rows(item: dict[str, Any]) -> Iterator[Sequence[object]]:
    """A row for each guidance; one with the verdict alone where none applies."""
    if "error" in item:
        yield item["id"], "error", "", "", "", "", "", f"{item['error']['id']} {item['error']['message']}", ""
        return
    against = next((s["why"] for s in item["standards"] if s["level"] == "break"), "")
    if not item["guidances"]:
        yield item["id"], item["verdict"], "", "", "", "", "", against or "no guidance of the store applies", ""
    for one in item["guidances"]:
        missing = " ".join(one["procedure"]["missing"] + one["diagnosis"]["missing"])
        why = one["why"][0]["text"] if one["why"] else ""
        for told in one["why"]:
            if told["side"] == next(
                (side for side in ("procedure", "diagnosis") if one[side]["verdict"] == one["verdict"]), "procedure"
            ):
                why = told["text"]
                break
        if against and one["verdict"] != "contradicted":
            why = against
        yield (
            item["id"],
            item["verdict"],
            one["guidance"],
            one["verdict"],
            one["procedure"]["verdict"],
            one["diagnosis"]["verdict"],
            missing,
            why,
            _first_repair(one),
        )


def _first_repair(one: dict[str, Any]) -> str:
    """The best repair of a guidance's answer in words."""
    return "; ".join(e["words"] for e in one["repairs"][0]) if one["repairs"] else one.get("no_repair", "")


def _tell(asked: Iterator[Asked], checker: Checker, output: Path | None) -> None:
    """Each record for the eye: the tree of its verdict on every guidance."""
    from kg.cli.tree import folded
    from kg.reason.explain import lines, repair_lines, standards_lines

    width = shutil.get_terminal_size().columns if output is None and sys.stdout.isatty() else 10**6

    def told(of: Sequence[str]) -> str:
        return "".join(f"{part}\n" for line in of for part in folded(clean(line), width))

    with destination(output) as out:
        for one in asked:
            if one.error is not None and not one.id:
                raise one.error
            item, found, broken, repairs = checker.answer(one)
            if "error" in item:
                out.write(clean(item["error"]["text"]) + "\n")
                continue
            if one.id:
                out.write(f"record {clean(one.id)}: {item['verdict']}\n")
            for verdict, repair in zip(found, repairs, strict=True):
                out.write(told((*lines(verdict), *repair_lines(repair))))
            if not found:
                out.write("not applicable: no guidance of the store has a main code that is in the record\n")
            out.write(told(standards_lines(broken)))
            out.write("".join(f"{w['id']}  {w['message']}\n" for w in item.get("warnings", ())))
