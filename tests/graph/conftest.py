"""A store of the examples, and SPARQL servers of other makes that hold the same quads."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import building, resources
from kg.graph.store import Snapshot, open_store

# What the examples have none of: codes that nobody knows, a range as main code, options, additions under two
# conditions, codes of five characters, quotes and letters of other scripts in titles, and a side with a repeated
# code.
ODD = {
    "id": "LOCAL/Ä-1",
    "title": 'A "quoted" title with a back\\slash, an é and a 腎',
    "procedure": {
        "all_of": [
            {"one_of": [{"code": "J12.8", "title": "Invented title"}, {"code": "T99.7", "title": ""}]},
            {"code": "Y53.4", "title": "Approach to organ under fluoroscopic control"},
            {"optional": {"code": "Z94.2", "title": "Right sided operation"}},
            {"when": "performed laparoscopically", "then": {"code": "Y75.2", "title": "Laparoscopic approach"}},
            {"when": "other organs were removed", "then": {"unnamed": "codes of these"}},
        ]
    },
    "diagnosis": {
        "all_of": [
            {"code": "C22.0", "title": ""},
            {"one_of": [{"code": "M80.00", "title": ""}, {"category": "C18", "title": ""}]},
        ]
    },
}
NEIGHBOUR = {
    "id": "LOCAL2",
    "title": "Shares a category with others",
    "procedure": {"all_of": [{"category": "J12", "title": ""}, {"code": "Y53.1", "title": ""}]},
    "diagnosis": None,
}


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """A store of the examples and of two recommendations of our own."""
    folder = tmp_path_factory.mktemp("queries")
    own = []
    for number, recommendation in enumerate((ODD, NEIGHBOUR)):
        own.append(folder / f"own-{number}.json")
        own[-1].write_text(json.dumps(recommendation), encoding="utf-8")
    sources = [*sorted((resources.root() / "examples" / "guidance").iterdir()), *own]
    report = building.build(sources, folder / "store", version="0")
    assert not report.failed
    with open_store(folder / "store") as opened:
        yield opened


@pytest.fixture(scope="session")
def n_quads(snapshot: Snapshot) -> bytes:
    """The whole store as N-Quads."""
    told = snapshot.quads.dump(format=ox.RdfFormat.N_QUADS)
    assert told is not None
    return told


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], port: int, patience: float = 60.0) -> None:
    """Return once the server takes connections.

    Raises:
        AssertionError: if it ends, or does not within the time.
    """
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            pass
        else:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"the server does not answer on port {port} (exit code {process.returncode})")


def served(command: list[str], port: int, folder: Path) -> Iterator[None]:
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder)
        try:
            wait_for(process, port)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture(scope="session")
def oxigraph(n_quads: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Oxigraph server."""
    folder, port = tmp_path_factory.mktemp("oxigraph"), free_port()
    (folder / "data.nq").write_bytes(n_quads)
    program = str(Path(sys.executable).parent / "oxigraph")
    subprocess.run(
        [program, "load", "--location", "db", "--file", "data.nq"], cwd=folder, check=True, capture_output=True
    )
    for _ in served([program, "serve-read-only", "--location", "db", "--bind", f"127.0.0.1:{port}"], port, folder):
        yield f"http://127.0.0.1:{port}/query"


def fuseki_jar() -> Path | None:
    """The Fuseki server, where `KG_FUSEKI_JAR` or `tools/get_fuseki.sh` put it and there is a Java to run it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "terminology-kg" / "fuseki"
    named = os.environ.get("KG_FUSEKI_JAR")
    found = [Path(named)] if named else sorted(cache.glob("jena-fuseki-server-*.jar"))
    return found[-1] if found and shutil.which("java") else None


@pytest.fixture(scope="session")
def fuseki(n_quads: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an Apache Jena Fuseki server."""
    jar, folder, port = fuseki_jar(), tmp_path_factory.mktemp("fuseki"), free_port()
    (folder / "data.nq").write_bytes(n_quads)
    command = ["java", "-Xmx512m", "-jar", str(jar), "--localhost", f"--port={port}", "--file=data.nq", "/ds"]
    for _ in served(command, port, folder):
        yield f"http://127.0.0.1:{port}/ds/sparql"


SERVERS = ("oxigraph", "fuseki") if fuseki_jar() else ("oxigraph",)


@pytest.fixture(scope="session", params=SERVERS)
def endpoint(request: pytest.FixtureRequest) -> str:
    """The address of each server that can run here."""
    address = request.getfixturevalue(request.param)
    assert isinstance(address, str)
    return address


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell which servers did not take part."""
    if "fuseki" not in SERVERS:
        lacks = "no Java" if not shutil.which("java") else "tools/get_fuseki.sh fetches it"
        terminalreporter.write_line(f"Named queries were not put to Apache Jena Fuseki: {lacks}.")
