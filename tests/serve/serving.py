"""A real server for a test: `kg serve` in a process of its own, on a free port."""

import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


class Served(str):
    """The address of a server; `log` is what it has said on stderr, whole once it has stopped."""

    log: list[str]
    process: int


@contextmanager
def serving(*arguments: str | Path, within: Sequence[str | Path] = (), **how: Any) -> Iterator[Served]:
    """A server that runs with these arguments, started `within` another command and as `how` tells Popen; it is stopped
    as an operator would.
    """
    command = [*map(str, within), sys.executable, "-m", "kg", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **how)
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+?(?=/sparql)", line)
    assert found, line + process.stderr.read()
    served = Served(found[0])
    served.log, served.process = [], process.pid
    reader = threading.Thread(target=_read, args=(process.stderr, served.log), daemon=True)
    reader.start()
    try:
        yield served
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        reader.join(30)
        process.stderr.close()


def _read(stream: IO[str], lines: list[str]) -> None:
    """Take what comes, so that no server waits for its reader."""
    lines.extend(stream)
