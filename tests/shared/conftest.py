"""Checks against the folder `../shared`, which not every machine has (see README.md here).

Where it is absent, nothing here is collected, and the end of the report says what did not run.
In CI it has to be there, so that its absence fails the session instead of shrinking it unseen.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent.parent / "shared"
IN_CI = os.environ.get("CI", "").lower() == "true"

collect_ignore_glob = [] if SHARED.is_dir() else ["test_*.py"]


def checks() -> list[str]:
    """The checks of this folder, as `file::function`, read without running them."""
    return [
        f"{path.relative_to(HERE)}::{node.name}"
        for path in sorted(HERE.rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `../shared`."""
    return SHARED


def pytest_collection_modifyitems() -> None:
    """Stop a session of CI that would leave these checks out."""
    if IN_CI and not SHARED.is_dir():
        raise pytest.UsageError(
            "CI=true, and the folder ../shared (beside the repository) is absent: "
            f"{len(checks())} checks of tests/shared would not run. Lay it there, or unset CI."
        )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which checks did not run."""
    if not SHARED.is_dir():
        terminalreporter.section("tests/shared did not run: ../shared is absent")
        for check in checks():
            terminalreporter.write_line(f"NOT RUN tests/shared/{check}")
