"""Counting and listing combinations, against the plain product of the same choices in the same run.

Prints one line for each job: what, seconds, ratio to the peer. Run: `python benchmarks/combinations.py`.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable

from kg.codes import Scheme, parse_selector
from kg.expression.combination import combinations
from kg.expression.nodes import AllOf, OneOf, Pick

LETTERS = "ABCDEFGHJKLM"


def median_seconds(job: Callable[[], object], runs: int = 7) -> float:
    """The median of several runs, in seconds."""
    taken: list[float] = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def choices(parts: int, width: int, step: int) -> AllOf:
    """A conjunction of choices; with `step` smaller than `width` neighbouring choices share codes."""
    made: list[OneOf] = []
    for i in range(parts):
        codes = [divmod(i * step + n, 10) for n in range(width)]
        made.append(
            OneOf(tuple(Pick(parse_selector(f"{LETTERS[c // 100]}{c % 100:02d}.{d}", Scheme.OPCS4)) for c, d in codes))
        )
    return AllOf(tuple(made))


def main() -> None:
    """Print the figures."""
    apart, tied = choices(12, 10, 10), choices(40, 4, 2)
    jobs = {"of choices apart (goal 5 ms)": apart, "of tied choices": tied}
    for name, e in jobs.items():
        taken = median_seconds(lambda e=e: combinations(e).count)
        print(f"count {combinations(e).count:.3g} {name}: {taken * 1e3:.2f} ms")
    listed = 5000
    ours = median_seconds(lambda: combinations(apart).first(listed), 3)
    leaves = [
        [p.selector for p in part.branches if isinstance(p, Pick)] for part in apart.parts if isinstance(part, OneOf)
    ]
    peer = median_seconds(lambda: list(itertools.islice(itertools.product(*leaves), listed)), 3)
    print(f"list {listed} with grounds: {ours / listed * 1e6:.0f} µs each, {ours / peer:.0f} x the bare product")


if __name__ == "__main__":
    main()
