"""How long `kg --help` takes, beside bare Python and Python that imports click: `python benchmarks/help_time.py`.

Medians of interleaved runs of fresh processes on the machine at hand; the ratio is what can be compared between
machines.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
TARGET_MS = 150
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "python -c 'import click'": [sys.executable, "-c", "import click"],
    "kg --help": [sys.executable, "-m", "kg", "--help"],
}


def milliseconds(command: list[str]) -> float:
    """The time of one run."""
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 (our own commands)
    return 1000 * (time.perf_counter() - start)


def main() -> int:
    """Print the medians and the ratio; 1 if the target is missed."""
    for command in COMMANDS.values():
        milliseconds(command)  # warm the file cache, write bytecode
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            taken[name].append(milliseconds(command))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    for name, median in medians.items():
        print(f"{name:26} {median:6.0f} ms")
    own = medians["kg --help"]
    click = medians["python -c 'import click'"]
    print(f"ratio to importing click   {own / click:6.2f}")
    print(f"target {TARGET_MS} ms: {'met' if own <= TARGET_MS else 'missed'}")
    return 0 if own <= TARGET_MS else 1


if __name__ == "__main__":
    sys.exit(main())
