"""A real server for a test: `kg serve` in a process of its own, on a free port."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serving(*arguments: str | Path) -> Iterator[str]:
    """The address of a server that runs with these arguments; it is stopped as an operator would stop it."""
    command = [sys.executable, "-m", "kg", "serve", "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+?(?=/sparql)", line)
    assert found, line + process.stderr.read()
    try:
        yield found[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stderr.close()
