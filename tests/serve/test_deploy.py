"""What is told to an operator to run names what there is: commands, options, files, extras, addresses."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from kg.building import build
from kg.cli.serve import command
from kg.graph.store import current_id
from tests.serve.conftest import EXAMPLES
from tests.serve.serving import serving
from tests.serve.test_hostile_requests import send

TOP = Path(__file__).resolve().parent.parent.parent
DEPLOY = TOP / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
UNIT = (DEPLOY / "kg-serve.service").read_text()
EXTRAS = set(tomllib.loads((TOP / "pyproject.toml").read_text())["project"]["optional-dependencies"])


def options(words: list[str]) -> dict[str, object]:
    """What `kg serve` reads out of a command line."""
    assert words[0].endswith("kg")
    assert words[1] == "serve"
    return command.make_context("serve", words[2:]).params


def test_the_commands_of_unit_and_image_are_read_by_kg_serve():
    (line,) = re.findall(r"^ExecStart=(.+)$", UNIT, re.M)
    told = options(shlex.split(line))
    assert (told["store"], told["log"]) == (Path("/srv/kg-store"), True)
    words = [word for name in ("ENTRYPOINT", "CMD") for word in shell_words(name)]
    assert options(words)["host"] == "0.0.0.0"  # noqa: S104  in a container, behind the address that it publishes


def shell_words(name: str) -> list[str]:
    """The words of an instruction of the Dockerfile in its JSON form, the last of that name at the start of a line."""
    return re.findall(r'"([^"]+)"', re.findall(rf"^{name} (\[.+\])$", DOCKERFILE, re.M)[-1])


def test_files_and_extras_that_are_named_are_there():
    copied = {word for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M) for word in line.split()}
    named = copied | set(re.findall(r"requirements/\S+\.txt", DOCKERFILE))
    assert len(named) >= 3
    assert all((TOP / name).exists() for name in named), named
    for text in (DOCKERFILE, UNIT):
        (extras,) = re.findall(r"\[(\w+(?:,\w+)+)\]", text)
        assert set(extras.split(",")) <= EXTRAS


def test_nobody_special_runs_it_and_nothing_can_be_written():
    assert re.search(r"^USER (?!0)\d+:\d+$", DOCKERFILE, re.M)
    assert "--read-only" in DOCKERFILE
    for line in ("DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet="):
        assert re.search(rf"^{line}$", UNIT, re.M)


def test_the_image_is_healthy_where_the_server_is_ready(whole: str):
    (path,) = re.findall(r"127\.0\.0\.1:7878(/\w+)\'", DOCKERFILE)
    assert send(whole, "GET", path)[0] == 200


# All that is mounted becomes read-only, /tmp and /dev/shm too, and no right is left: as `docker run --read-only
# --cap-drop ALL --security-opt no-new-privileges` and the unit do.
CLOSED = """
while read -r _ place _; do mount -o remount,bind,ro "$place" 2>/dev/null; done < /proc/self/mounts
touch "$0" 2>/dev/null && exit 9
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""


def closed(folder: Path) -> list[str]:
    """The command within which nothing can be written."""
    script = folder / "closed.sh"
    script.write_text(CLOSED)
    return ["unshare", "--map-root-user", "--mount", "--propagation", "private", "sh", str(script)]


@pytest.mark.needs("namespaces")
def test_where_nothing_can_be_written_it_answers_and_takes_up_a_new_release(tmp_path: Path):
    documents, store = sorted(EXAMPLES.glob("*.*")), tmp_path / "store"
    build(documents[:1], store)
    with serving("--store", store, "--log", within=closed(tmp_path)) as address:
        status = Path(f"/proc/{address.process}/status").read_text()
        assert "CapEff:\t0000000000000000" in status
        assert "NoNewPrivs:\t1" in status
        first = json.loads(send(address, "GET", "/ready")[2])["release"]
        for path in ("/", "/sparql?query=ASK%7B%7D", "/api/guidances", "/dumps/", "/check?procedures=J12.8"):
            assert send(address, "GET", path, {"accept": "text/html, */*;q=0.1"})[0] == 200, path
        build(documents[:2], store)
        while (told := json.loads(send(address, "GET", "/ready")[2])["release"]) == first:
            pass
        assert told == current_id(store)


@pytest.mark.needs("namespaces")
def test_plain_files_that_cannot_be_loaded_for_want_of_a_place_are_told_so(tmp_path: Path):
    data = tmp_path / "data.nt"
    data.write_text("<urn:s> <urn:p> <urn:o> .\n")
    command = [*closed(tmp_path), sys.executable, "-m", "kg", "serve", "--port", "0", "--rdf", str(data)]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 2
    assert told.stderr.startswith("KG-E0206")
    assert "TMPDIR" in told.stderr
