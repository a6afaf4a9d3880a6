"""What several commands take: the store, what is known of the care event, one side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
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


def pairs(given: Iterable[str]) -> dict[str, list[str]]:
    """The facets and values of `--given`, as `Context.of` takes them: a denied value begins with `!`.

    Raises:
        KgError: KG-E0102 for one that is not FACET=VALUE.
    """
    found: dict[str, list[str]] = {}
    for text in given:
        facet, sign, value = text.partition("=")
        denied = facet.endswith("!") or value.startswith("!")
        facet, value = facet.removesuffix("!").strip(), value.removeprefix("!").strip()
        if not (sign and facet and value):
            raise KgError("KG-E0102", f'not FACET=VALUE: "{text}"', hint="Write it as --given approach=open.")
        found.setdefault(facet, []).append(f"!{value}" if denied else value)
    return found
