"""100,000 generated cases (an expression, rules, a record, what is known of its event), told by every teller.

    python tools/campaign_reasoner.py [--cases N] [--first N] [--jobs N] [--state FILE]

The evaluator, brute force written from the design, and an answer set program (clingo) tell each case: the combinations
under the context, the verdict of the side, the fewest codes missing, the rules broken, the verdict with the rules. A
slice of each chunk goes to SPARQL (each record against each guidance of the slice), a slice of each tenth to HermiT
(each record against each combination's class, and combinations from OWL axioms). Every disagreement is printed, with
the number of its case: `--first N --cases 1` runs that one. With --state what has been done is kept, and a second run
goes on.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.errors import KgError
from tests.oracle.cases import case
from tests.oracle.tellers import differences, differences_by_hermit, differences_by_sparql

_CHUNK = 500
_BY_SPARQL = 8  # cases of a chunk: each record against each guidance
_BY_HERMIT = 12  # cases of each tenth chunk


def chunk(task: tuple[int, int]) -> dict[str, Any]:
    """What became of the cases from one number up to another."""
    first, end = task
    seen: Counter[str] = Counter()
    told: list[str] = []
    for number in range(first, end):
        seen["cases"] += 1
        told += differences(case(number), seen)
    told += differences_by_sparql([case(n) for n in range(first, min(first + _BY_SPARQL, end))], seen)
    if first // _CHUNK % 10 == 0:
        try:
            told += differences_by_hermit([case(n) for n in range(first, min(first + _BY_HERMIT, end))], seen)
        except KgError as fault:  # a machine too busy for its limit of time is no disagreement
            seen[f"slices that HermiT did not finish ({fault.id})"] += 1
    return {"first": first, "end": end, "seen": dict(seen), "told": told}


def done_before(state: Path | None) -> list[dict[str, Any]]:
    """The chunks that an earlier run finished; a line that was cut off is left out."""
    found: list[dict[str, Any]] = []
    for line in state.read_text(encoding="utf-8").splitlines() if state and state.exists() else ():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign and print its figures; 1 if two tellers disagreed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--state", type=Path, help="what has been done, a line a chunk; a second run goes on")
    given = parser.parse_args(argv)
    end = given.first + given.cases
    tasks = [(first, min(first + _CHUNK, end)) for first in range(given.first, end, _CHUNK)]
    results = [r for r in done_before(given.state) if (r["first"], r["end"]) in tasks]
    left = sorted(set(tasks) - {(r["first"], r["end"]) for r in results})
    start = time.monotonic()
    with ProcessPoolExecutor(given.jobs) as pool:
        for number, result in enumerate(pool.map(chunk, left), 1):
            results.append(result)
            for line in result["told"]:
                print(line, flush=True)
            if given.state:
                with given.state.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(result) + "\n")
            if sys.stderr.isatty():
                print(f"\r{number} of {len(left)} chunks", end="", file=sys.stderr)
    seen: Counter[str] = Counter()
    for result in results:
        seen.update(result["seen"])
    for what, n in sorted(seen.items()):
        print(f"{n:>12,}  {what}")
    wrong = sum(len(result["told"]) for result in results)
    print(f"{wrong:>12,}  disagreements  ({time.monotonic() - start:,.0f} s)")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
