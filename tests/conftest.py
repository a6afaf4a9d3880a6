"""How generated tests run: never by the clock; the same examples each time in CI, others each time elsewhere.

And what becomes of tests that need a program (`programs.py`) where it cannot be had. `make test` runs two processes
side by side (pytest-xdist), a file of tests in one of them; without that they run here.
"""

import os
import signal
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import settings

from tests.programs import lacking

IN_CI = os.environ.get("CI", "").lower() == "true"
NOT_RUN = pytest.StashKey[dict[str, list[str]]]()

settings.register_profile("suite", deadline=None, derandomize=IN_CI, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What documents were read as is kept for this run alone, not among the user's caches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KG_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def _lacks(item: pytest.Item) -> list[str]:
    """What a test needs and cannot have here."""
    needed = dict.fromkeys(str(name) for mark in item.iter_markers("needs") for name in mark.args)
    return [lack for name in needed if (lack := lacking(name)) is not None]


def pytest_configure(config: pytest.Config) -> None:
    """The marker of tests that need a program, and interrupts for those that send one."""
    config.addinivalue_line("markers", "needs(*names): programs of tests/programs.py that the test runs")
    config.stash[NOT_RUN] = defaultdict(list)
    # A shell's job in the background ignores interrupts, and so would every program that a test starts to interrupt it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests whose programs are not here, except in CI, where they are to fail."""
    kept: list[pytest.Item] = []
    for item in items:
        lacks = [] if IN_CI else _lacks(item)
        if not lacks:
            kept.append(item)
        for lack in lacks:
            config.stash[NOT_RUN][lack].append(item.nodeid)
    items[:] = kept


def pytest_runtest_setup(item: pytest.Item) -> None:
    """In CI a program that is not here fails its tests."""
    if IN_CI and (lacks := _lacks(item)):
        pytest.fail("; ".join(lacks), pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what this process did not run to the one that tells it, where tests run side by side."""
    handed: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if handed is not None:
        handed["not_run"] = dict(session.config.stash[NOT_RUN])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a process handed over: each was told of all tests, so that the first to end says it."""
    told: Mapping[str, Sequence[str]] = getattr(node, "workeroutput", {}).get("not_run", {})
    node.config.stash[NOT_RUN].update({lack: list(tests) for lack, tests in told.items()})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which tests did not run, and why."""
    for lack, tests in terminalreporter.config.stash[NOT_RUN].items():
        terminalreporter.section(lack)
        for test in tests:
            terminalreporter.write_line(f"NOT RUN {test}")
