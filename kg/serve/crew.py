"""What the workers of a release are: one crew for SPARQL, one for the API; and the process that they are copies of,
which can be begun before the server itself has what it needs.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from kg.serve import messages
from kg.serve.data import Data
from kg.serve.limits import Limits

_ASK_SPARQL = "Name a graph or a subject, or replace a path with * by a fixed number of steps."
_ASK_API = "Ask for less at once: fewer records, a smaller limit or sample."
_API_FAST = 5  # times longer may a question of the API take than one of SPARQL before it is a dear one


class Begun(NamedTuple):
    """A process that has been told what to open, and our end of the socket to it."""

    process: subprocess.Popen[bytes]
    orders: socket.socket


@dataclass(slots=True)
class Crew:
    """The workers of a pool: the module that they run, what it is told, how a question is made cheaper, what one may
    cost.
    """

    module: str
    options: Mapping[str, Any]
    cheaper: str
    limits: Limits
    _begun: Begun | None = None

    def begin(self) -> None:
        """Start the process that the first ones will be copies of."""
        self._begun = self._started()

    def begun(self) -> Begun:
        """The process that was begun; else one that is started now."""
        begun, self._begun = self._begun or self._started(), None
        return begun

    def _started(self) -> Begun:
        ours, theirs = socket.socketpair()
        try:
            # -P: the folder one stands in is not looked into.
            command = [sys.executable, "-P", "-m", self.module]
            # A group of its own: Ctrl-C is for the server, which stops it.
            process = subprocess.Popen(  # noqa: S603  our own program
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, process_group=0
            )
        finally:
            theirs.close()
        with contextlib.suppress(ConnectionError):  # it has ended already: who waits for it is told
            ours.send(messages.pack(messages.written(self.options)))
        return Begun(process, ours)


class Crews(NamedTuple):
    """Those of a release."""

    sparql: Crew
    api: Crew | None


def crews_of(data: Data, limits: Limits) -> Crews:
    """The workers that answer from a data set."""
    return Crews(_sparql_crew(data, limits), _api_crew(data, limits))


def _sparql_crew(data: Data, limits: Limits) -> Crew:
    told = {"store": str(data.quads), "prefixes": dict(data.prefixes), **limits.told()}
    return Crew("kg.serve.worker", told, _ASK_SPARQL, limits)


def _api_crew(data: Data, limits: Limits) -> Crew | None:
    if data.store is None:
        return None
    # The arrays of a release are mapped, not read: they are no memory that a question takes.
    mapped = sum(path.stat().st_size for path in data.quads.parent.rglob("*") if path.is_file())
    options = {
        **limits.told(),
        "folder": str(data.store),
        "release": data.id,
        "memory": limits.memory + mapped,
        "worn": limits.memory // 2 + mapped,
    }
    cheap, fast = (min(limits.seconds, _API_FAST * each) for each in (limits.cheap_seconds, limits.fast_seconds))
    return Crew("kg.serve.api_worker", options, _ASK_API, replace(limits, cheap_seconds=cheap, fast_seconds=fast))
