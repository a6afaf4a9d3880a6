"""The endpoint beside the `oxigraph` server: the same data, questions, clients and machine, in one run, by turns.

    python benchmarks/endpoint.py [--seconds 5] [--clients 8] [--rounds 3]

Cheap look-ups of the graph of the shipped examples, each with a number of its own so that no answer is remembered, and
once with answers that may be remembered. Prints requests a second, the 99th percentile, and what a request cost of the
processor in all processes of the server (which a busy machine distorts less). Goals: at least 0.4 of the requests a
second, at most twice the 99th percentile. A server starts when its port answers: that is timed too (goal: 1 s).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import socket
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))

from campaign_serving import EXAMPLES, LOOK_UPS, PREFIX, Client, processor

from kg.building import build
from kg.graph.export import Format, write
from kg.workspace import open_workspace

CODES = ("J12.8", "Y53.4", "C78.7", "J03.2", "Y13.2", "X65.3", "Z94.2", "Y36.4")
GOOD = 200


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(command: list[str], address: str) -> tuple[subprocess.Popen[bytes], float]:
    """A server that answers, and the seconds until it did."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603  our own
    while True:
        try:
            with urllib.request.urlopen(f"{address}?query=ASK%7B%7D", timeout=5) as answer:  # noqa: S310  http, ours
                answer.read()
            return process, time.perf_counter() - began
        except OSError:
            time.sleep(0.01)


async def asked(address: str, target: str, clients: int, seconds: float, most: int, seed: int) -> list[float]:
    """The times of all requests of so many clients; each question ends with a number below `most`, drawn by `seed`:
    another one for each round, else it asks what was asked in the round before.
    """
    took: list[float] = []
    end = time.perf_counter() + seconds

    async def one(number: int) -> None:
        draw, client = random.Random(f"{seed} {number}"), Client(address)  # noqa: S311  a load
        while (began := time.perf_counter()) < end:
            query = PREFIX + draw.choice(LOOK_UPS).format(code=draw.choice(CODES)) + f" # {draw.randrange(most)}"
            if await client.ask(f"{target}?{urlencode({'query': query})}") != GOOD:
                raise SystemExit(f"not answered: {query}")
            took.append(time.perf_counter() - began)
        client.close()

    await asyncio.gather(*(one(n) for n in range(clients)))
    return took


def main() -> None:
    """Print the figures of both servers and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(sorted(EXAMPLES.glob("*.*")), folder / "store")
        data = folder / "data.nt"
        with open_workspace(folder / "store") as workspace, data.open("wb") as out:
            write(workspace.snapshot.quads, out, Format.NTRIPLES)
        oxigraph = str(Path(sysconfig.get_path("scripts")) / "oxigraph")
        command = [oxigraph, "load", "--location", str(folder / "ox"), "--file", str(data)]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own
        ports = free_port(), free_port()
        servers = {
            "oxigraph": (
                [oxigraph, "serve-read-only", "--location", str(folder / "ox"), "--bind", f"127.0.0.1:{ports[0]}"],
                f"http://127.0.0.1:{ports[0]}",
                "/query",
            ),
            "kg serve": (
                [sys.executable, "-m", "kg", "serve", "--port", str(ports[1]), "--store", str(folder / "store")],
                f"http://127.0.0.1:{ports[1]}",
                "/sparql",
            ),
        }
        running = {}
        for server, (words, address, target) in servers.items():
            running[server], seconds = started(words, address + target)
            print(f"{server:9} answers {seconds:.2f} s after its start")
        try:
            for kind, most in (("each asked once", 10**9), ("asked again", 10)):
                rates, late, cost = ({server: [] for server in servers} for _ in range(3))
                for n in range(arguments.rounds + 1):
                    for server, (_, address, target) in servers.items():
                        before = processor(running[server].pid)
                        took = asyncio.run(asked(address, target, arguments.clients, arguments.seconds, most, n))
                        if n:  # the first round warms up
                            rates[server].append(len(took) / arguments.seconds)
                            late[server].append(sorted(took)[int(0.99 * len(took))] * 1000)
                            cost[server].append((processor(running[server].pid) - before) / len(took) * 1000)
                middle = [{s: statistics.median(found[s]) for s in servers} for found in (rates, late, cost)]
                for server in servers:
                    rate, p99, ms = (found[server] for found in middle)
                    print(f"{kind:15} {server:9} {rate:8,.0f} requests/s, p99 {p99:7.1f} ms, {ms:6.3f} ms of processor")
                ratios = [found["kg serve"] / found["oxigraph"] for found in middle]
                told = f"{ratios[0]:8.2f} (0.4), p99 {ratios[1]:.2f} × (2), processor {ratios[2]:.2f} ×"
                print(f"{kind:15} {'ratio':9} {told}")
        finally:
            for process in running.values():
                process.send_signal(signal.SIGINT)
                process.wait(30)


if __name__ == "__main__":
    main()
