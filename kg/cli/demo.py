"""`kg demo`: what the program does, in a minute, on the shipped examples."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from kg.cli.options import examples
from kg.cli.output import clean, heading, write_table
from kg.errors import KgError
from kg.resources import VERSION

if TYPE_CHECKING:
    from kg.workspace import Workspace

_GUIDANCE = "IPG369"
_INCOMPLETE = (("J12.8", "Y13.2"), ("C78.7",))
_COMPLETE = (("J12.8", "Y13.2", "Y53.4"), ("C78.7",))


@click.command(epilog=examples("kg demo", "kg demo --into my-store"))
@click.option(
    "--into", metavar="STORE", type=click.Path(path_type=Path), help="Build here. Default: your cache folder."
)
def command(into: Path | None) -> None:
    """See in a minute what the program does.

    Builds a store from five example recommendations, lists valid combinations, checks a record, tells why and ends
    with three commands to go on with. Needs no licence, no network and nothing else.
    """
    from kg import resources
    from kg.workspace import open_workspace

    out = sys.stdout
    documents = resources.path("examples/guidance")
    store = _build(documents, into, out)
    with open_workspace(store) as workspace:
        _combinations(workspace, out)
        _check(workspace, out)
    _go_on(store, documents, out)


def _build(documents: Path, into: Path | None, out: IO[str]) -> Path:
    """Build the store and tell what went in; its path comes back."""
    from kg.building import build
    from kg.cli.build import progress

    files = sorted(documents.iterdir())
    out.write(heading(out, f"1  {len(files)} recommendations are read and built into a knowledge graph") + "\n\n")
    with progress() as step:
        store = into or _cache()
        try:
            report = build(files, store, progress=step, version=VERSION)
        except KgError as fault:
            # The cache may be read-only, or hold something of others: a demo finds itself a place.
            if into is not None or fault.id not in ("KG-E0206", "KG-E0504", "KG-E0505"):
                raise
            store = Path(tempfile.mkdtemp(prefix="kg-demo-")) / "store"
            report = build(files, store, progress=step, version=VERSION)
    rows = [(r.id, r.title, "can be read in several ways: review" if r.review else "") for r in report.recommendations]
    write_table(out, ("guidance", "about", ""), rows)
    out.write(f"\n{report.quads:,} statements in {clean(store)}\n\n")
    return store


def _cache() -> Path:
    """The place for the demo's store in the user's cache folder."""
    home = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    base = Path(home) if home else Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    return base / "terminology-kg" / "demo-store"


def _combinations(workspace: Workspace, out: IO[str]) -> None:
    from kg.cli.combinations import tell
    from kg.expression.recommendation import Side

    out.write(heading(out, f"2  Which code combinations does {_GUIDANCE} allow?") + "\n\n")
    recommendation = workspace.recommendation(_GUIDANCE)
    sides = {side: workspace.combinations_in_force(recommendation.id, side=side) for side in Side}
    tell(out, recommendation, sides, workspace.title, 10)


def _check(workspace: Workspace, out: IO[str]) -> None:
    from kg.reason.check import check
    from kg.reason.explain import lines
    from kg.reason.record import Record

    recommendation = workspace.recommendation(_GUIDANCE)
    told: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        f"3  A record has {' '.join(_INCOMPLETE[0])} and {_INCOMPLETE[1][0]}. Is that right, and why?": _INCOMPLETE,
        f"   And with {_COMPLETE[0][-1]} as well?": _COMPLETE,
    }
    for question, (procedures, diagnoses) in told.items():
        record = Record.of(procedures, diagnoses)
        verdict = check(recommendation, record, workspace.classification, workspace.applied())
        out.write("\n" + heading(out, question) + "\n\n")
        out.write("".join(f"{clean(line)}\n" for line in lines(verdict)))


def _program() -> str:
    """How the program is called: `kg` where a shell finds it, else by the path of what runs (`make demo` in a checkout,
    whose `.venv` is not entered).
    """
    started = Path(sys.argv[0])
    found = started.name != "kg" or shutil.which("kg") is not None
    return "kg" if found else shlex.quote(str(started.absolute()))


def _go_on(store: Path, documents: Path, out: IO[str]) -> None:
    """Three commands that work as printed, in any folder."""
    kg = _program()
    at = shlex.quote(str(store.absolute()))
    out.write("\n" + heading(out, "4  Go on with") + "\n\n")
    for words in (
        f"{kg} combinations IPG672 --given primary-tumour=present --store {at}",
        f"{kg} query guidances-for-code selector=C78.7 --store {at}",
        f"{kg} read {shlex.quote(str(documents / 'IPG553.md'))}",
    ):
        out.write(f"   {words}\n")
