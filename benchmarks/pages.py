"""How long a page takes, beside the limit of 50 ms and an answer that needs no work (`/health`), in the same run.
Before that, how long after its start a server first answers (goal: 1 s), each time another one.

Prints a line for each kind of page: median and 95th percentile in milliseconds, the latter as a part of the limit.
`python benchmarks/pages.py [STORE | CONCEPTS]`: a store as it is, or a sample of so many concepts (20,000).
"""

from __future__ import annotations

import http.client
import random
import signal
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from campaign_serving import processor, serve

from kg import resources
from kg.building import build
from kg.terminology.sample.writing import sample_release

LIMIT = 50.0
ASKED = 400
STARTS = 5
WORDS = (
    "liver heart lung kidney skin bone brain artery vein fracture excision biopsy repair drainage inflammation",
    "structure finding upper lower left right acute chronic proximal distal type deep abscess ulcer",
)


@contextmanager
def serving(store: Path) -> Iterator[tuple[str, int]]:
    """The address of a server of a store, and its process."""
    process, address = serve(store)
    try:
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        if process.stderr:
            process.stderr.close()


def times(address: str, paths: list[str]) -> list[float]:
    """Milliseconds that each page takes, sorted."""
    link = http.client.HTTPConnection(urlsplit(address).netloc)
    taken: list[float] = []
    for path in paths:
        began = time.perf_counter()
        link.request("GET", path, headers={"accept": "text/html"})
        answer = link.getresponse()
        answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise SystemExit(f"{path} is answered with {answer.status}")
    return sorted(taken)


def typed(draw: random.Random) -> str:
    """What somebody types: some words, the last of them begun."""
    known = " ".join(WORDS).split()
    words = [draw.choice(known) for _ in range(draw.choice((1, 2, 2, 3)))]
    words[-1] = words[-1][: draw.randint(2, len(words[-1]))]
    return quote(" ".join(words))


def first_answers(store: Path) -> None:
    """How long a server takes from its start to its first answer: by the clock, and in processor time of all its
    processes, of which a busy machine tells less wrongly. The files of the store are in memory: it was started before.
    """
    for kind, path in (
        ("a query", "/sparql?query=ASK%7B%7D"),
        ("the API", "/api/things/J12.8"),
        ("search", "/search?q=liver"),
        ("a page", "/page/guidance/IPG369"),
    ):
        taken, spent = [], []
        for _ in range(STARTS):
            began = time.perf_counter()
            with serving(store) as (address, process):
                with urllib.request.urlopen(address + path) as answer:  # noqa: S310  http, ours
                    answer.read()
                taken.append(time.perf_counter() - began)
                spent.append(processor(process))
        told = f"{statistics.median(taken):5.2f} s, {statistics.median(spent):5.2f} s of processor"
        print(f"first answer: {kind:9} {told}, of {STARTS} starts")


def main(store: Path) -> None:
    """Ask a store's pages."""
    first_answers(store)
    draw = random.Random(1)  # noqa: S311  no secret
    with serving(store) as (address, _):
        times(address, ["/search?q=liver&suggest=1", "/page/opcs-4/J12.8"])  # the workers start with the first question
        kinds = {
            "no work (/health)": ["/health"] * ASKED,
            "suggestions": [f"/search?suggest=1&q={typed(draw)}" for _ in range(ASKED)],
            "search": [f"/search?q={typed(draw)}" for _ in range(ASKED)],
            "a guidance": ["/page/guidance/IPG369"] * 100,
            "a record checked": ["/check?procedures=J12.8+Y13.2&diagnoses=C78.7"] * 40,
        }
        for name, paths in kinds.items():
            taken = times(address, paths)
            middle, high = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
            print(f"{name:20}  median {middle:7.1f} ms  95 % {high:7.1f} ms  {high / LIMIT:6.2f} of the limit")


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else "20000"
    if not given.isdigit():
        main(Path(given))
    else:
        with tempfile.TemporaryDirectory() as folder:
            sample_release(Path(folder) / "release", int(given), 1)
            examples = sorted(resources.path("examples/guidance").glob("*.*"))
            build(examples, Path(folder) / "store", releases=[Path(folder) / "release"])
            main(Path(folder) / "store")
