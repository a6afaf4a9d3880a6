"""What is told to an operator to run names what there is: commands, options, files, extras, addresses."""

import re
import shlex
import tomllib
from pathlib import Path

from kg.cli.serve import command
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
