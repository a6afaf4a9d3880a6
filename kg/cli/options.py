"""What several commands take: the store, a record, what is known of the care event, one side, the standards."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from kg.errors import KgError

Command = Callable[..., Any]


def examples(*lines: str) -> str:
    """The examples below the help of a command, a line each."""
    return "\b\n" + ("Example:\n" if len(lines) == 1 else "Examples:\n") + "\n".join(f"  {line}" for line in lines)


def store_option(command: Command) -> Command:
    """`--store`: the folder of the store; `$KG_STORE`, else `./kg-store`."""
    return click.option(
        "-s",
        "--store",
        "store",
        metavar="STORE",
        type=click.Path(path_type=Path),
        default=default_store,
        show_default="$KG_STORE or ./kg-store",
        help="The store to ask.",
    )(command)


def default_store() -> Path:
    """The store that is meant when none is named."""
    return Path(os.environ.get("KG_STORE") or "kg-store")


def given_option(command: Command) -> Command:
    """`--given facet=value`, repeatable: what is known of the care event."""
    return click.option(
        "--given",
        "given",
        multiple=True,
        metavar="FACET=VALUE",
        help="What is known of the care event, as approach=open; FACET!=VALUE denies. Repeatable.",
    )(command)


side_option = click.option("--side", type=click.Choice(["procedure", "diagnosis"]), help="Only this side.")


def date_option(what: str) -> Callable[[Command], Command]:
    """`--date`: which day is meant, as `what` says it."""
    return click.option("--date", help=f"{what}, as 2024-05-01. Default: today.")


as_printed_option = click.option(
    "--as-printed", is_flag=True, help="The documents' own words alone, no national standard."
)


column_option = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="ROLE=NAME",
    help="What a column of a table holds, as procedures=op_#; ROLE= for none. Repeatable.",
)


def by_role(columns: Iterable[str]) -> dict[str, list[str]]:
    """Columns by role, of `--column`; without a name there is none (`procedures=`).

    Raises:
        KgError: KG-E0102.
    """
    found: dict[str, list[str]] = {}
    for text in columns:
        role, sign, name = (part.strip() for part in text.partition("="))
        if not (sign and role):
            raise KgError("KG-E0102", f'not ROLE=NAME: "{text}"', hint="Write it as --column procedures=op_#.")
        found.setdefault(role, []).extend([name] if name else [])
    return found


def record_options(command: Command) -> Command:
    """A record by its codes, or a file of records: `CODES…|FILE`, `--diagnosis`, `--concept`, `--given`, `--date`,
    `--column`.
    """
    concept = "A SNOMED CT concept of the record. Repeatable."
    for option in (
        column_option,
        date_option("The date of a record that has none of its own"),
        given_option,
        click.option("-c", "--concept", "concepts", multiple=True, metavar="SCTID", help=concept),
        click.option(
            "-d", "--diagnosis", "diagnoses", multiple=True, metavar="CODE",
            help="An ICD-10 code. Repeatable, first the main one.",
        ),
        click.argument("codes", nargs=-1, metavar="CODES…|FILE"),
    ):  # fmt: skip
        command = option(command)
    return command


infer_option = click.option(
    "--infer",
    is_flag=True,
    help="Let codes and concepts of the record decide conditions of which nothing is given (Y75.2 says laparoscopic).",
)


def standards_options(command: Command) -> Command:
    """`--pack` and `--settings`: rules besides the national standards, and local switches."""
    command = click.option(
        "--settings",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Local switches: a TOML file that turns rules to off, note, warn or break.",
    )(command)
    return click.option(
        "--pack",
        "packs",
        multiple=True,
        metavar="FILE",
        help="Add a pack of rules: a file, or the name of a shipped one (health-board-2022). Repeatable.",
    )(command)


def pack_files(packs: Iterable[str]) -> list[Path]:
    """The files of `--pack`: as named, else the shipped pack of that name.

    Raises:
        KgError: KG-E0201 with the names of the shipped packs.
    """
    from kg import resources

    shipped = {path.stem: path for path in sorted(resources.path("ontology/packs").glob("*.tsv"))}
    found: list[Path] = []
    for name in packs:
        if Path(name).exists() or name not in shipped:
            if not Path(name).exists():
                hint = f"Shipped packs: {', '.join(shipped)}."
                raise KgError("KG-E0201", f"no such pack of rules: {name}", hint=hint)
            found.append(Path(name))
        else:
            found.append(shipped[name])
    return found


def refuse_standards(as_printed: bool, packs: Sequence[str], settings: Path | None) -> None:
    """Refuse to apply rules to what is asked for as printed (KG-E0102)."""
    if as_printed and (packs or settings):
        what = f"--as-printed applies no standards, and {'--pack' if packs else '--settings'} names some"
        raise KgError("KG-E0102", what, hint="Leave out one of the two.")
