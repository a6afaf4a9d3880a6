#!/usr/bin/env python3
"""Service under load: cheap questions go on, whatever bombs, kills and new releases come between.

    python tools/campaign_serving.py                       # 8 and 64 clients, 5 minutes each
    python tools/campaign_serving.py --seconds 60 --clients 8
    python tools/campaign_serving.py --store STORE         # a store of your own; it is not swapped

A server of the shipped examples and a made-up release gets mixed look-ups (SPARQL, linked data, the API) from so many
clients, each asking again as soon as it has its answer: both parts that are compared have as much load as the machine
bears. In three parts of equal length: look-ups alone; with 3 % bombs; with bombs, processes of the server killed at
random and 20 new releases (--releases): one in five is built there (kg build), the others are built before and put in
place as a copy of a store from elsewhere is, files first and the pointer last. A look-up is good if its status is 200
or 304.
Figures: look-ups and how long they took, bombs and what they got, and how many processors the clients took. Memory is
that of the process that speaks HTTP, less the answers that it remembers (which have their bound): the most that it had
in each sixth of a part. It is flat if from the middle of a part to its end it rises no more than it may. At the end,
when nobody asks, there must be as many processes as before, and they must hold no more (memory that several share is
counted once).

Exit status 1 if a look-up failed, the 99th percentile with bombs is more than twice that without, a release was not
taken up, or memory was not flat.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.codes import One
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation
from kg.terminology.sample.writing import sample_release
from kg.workspace import open_workspace

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "guidance"
BUILT = 5  # one in so many of them is built under load
KILL_SECONDS = 2.0
LOOK_SECONDS = 0.1
GOOD = frozenset({200, 304})
SIXTHS = 6
GROWTH = 1.05  # of the server's memory, from the third sixth of a part to the last
AT_REST = 1.25  # of the memory of all its processes, from before the parts to after them: each has warmed up since
REST_SECONDS = 120.0  # as long as a request that takes its time may keep an old release
PREFIX = "PREFIX kg: <https://w3id.org/terminology-kg/ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
LOOK_UPS = (
    'SELECT ?s WHERE {{ ?s skos:notation "{code}" }}',
    'SELECT ?g ?n WHERE {{ ?s skos:notation "{code}" . ?g kg:selector ?s OPTIONAL {{ ?s skos:prefLabel ?n }} }}',
    'ASK {{ ?s skos:notation "{code}" ; a kg:Code }}',
    'CONSTRUCT WHERE {{ ?s skos:notation "{code}" ; ?p ?o }}',
)
BOMBS = (
    "SELECT * { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z } ORDER BY ?z ?y ?x LIMIT 1",
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT (COUNT(*) AS ?n) { ?a (!<urn:x>|^!<urn:x>)* ?b . ?b (!<urn:x>)+ ?c }",
    "SELECT (GROUP_CONCAT(CONCAT(STR(?x),STR(?y))) AS ?t) { ?a ?p ?x . ?b ?q ?y }",
    "SELECT * { " + "{" * 5_000 + "}" * 5_000 + " }",
    "SELECT * { ?a ?p ?x . ?b ?q ?y }",
)


Made = tuple[list[str], Path]  # what a store is built from, and where it has been built


@dataclass(slots=True)
class Part:
    """What came of one part of the campaign."""

    took: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    bombs: Counter[int] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)

    @property
    def curve(self) -> list[float]:
        """The most memory in each sixth of its time, in MB."""
        n = len(self.memory)
        return [max(self.memory[n * i // SIXTHS : n * (i + 1) // SIXTHS], default=0.0) for i in range(SIXTHS)]

    @property
    def flat(self) -> bool:
        """Whether memory was as high at half of its time as at the end."""
        return self.curve[-1] <= self.curve[SIXTHS // 2 - 1] * GROWTH

    def at(self, share: float) -> float:
        """The time within which that share of look-ups was answered, in ms."""
        found = sorted(self.took)
        return found[min(len(found) - 1, int(share * len(found)))] * 1000 if found else 0.0


class Client:
    """Asks over a connection that it keeps, and opens another when that is lost."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self.host, self.port = place.hostname, place.port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.body = b""

    async def ask(self, target: str, body: bytes = b"", accept: str = "*/*") -> int:
        """The status of the answer to a request, read whole."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
        reader, writer = self.streams
        method = "POST" if body else "GET"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        writer.write(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n{kind}\r\n".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        size = re.search(rb"content-length: (\d+)", head)
        if size:
            self.body = await reader.readexactly(int(size[1]))  # of the last answer with a length
        elif b"transfer-encoding: chunked" in head:
            while (length := int(await reader.readuntil(b"\r\n"), 16)) or await reader.readexactly(2) != b"\r\n":
                await reader.readexactly(length + 2)
        if b"connection: close" in head:
            self.close()
        return int(head[9:12])

    def close(self) -> None:
        """Let go of the connection."""
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


def look_up(draw: random.Random, codes: list[str], guidances: list[str]) -> tuple[str, bytes, str]:
    """A cheap request: its target, body and what it accepts."""
    code, guidance = draw.choice(codes), quote(draw.choice(guidances), safe="")
    match draw.randrange(10):
        case 0 | 1 | 2 | 3:
            query = PREFIX + draw.choice(LOOK_UPS).format(code=code)
            return f"/sparql?{urlencode({'query': f'{query} # {draw.randrange(1000)}'})}", b"", "*/*"
        case 4 | 5:
            return f"/data/opcs-4/{quote(code)}", b"", draw.choice(("text/turtle", "application/ld+json"))
        case 6:
            return f"/api/things/{quote(code)}", b"", "application/json"
        case 7:
            return f"/api/subsumes?a={code[0]}&b={quote(code)}&system=OPCS-4", b"", "application/json"
        case 8:
            return f"/api/guidances/{guidance}", b"", "application/json"
        case _:
            record = {"procedures": [code, draw.choice(codes)], "diagnoses": ["C78.7"]}
            return "/api/check", json.dumps(record).encode(), "application/json"


def bomb(draw: random.Random, codes: list[str]) -> tuple[str, bytes, str]:
    """A request that costs more than its share."""
    if draw.randrange(len(BOMBS) + 1) == 0:
        records = [{"procedures": [draw.choice(codes) for _ in range(6)], "diagnoses": ["C78.7"]} for _ in range(1_000)]
        return "/api/check?everything=true", json.dumps(records).encode(), "application/json"
    return f"/sparql?{urlencode({'query': f'{draw.choice(BOMBS)} # {draw.random()}'})}", b"", "*/*"


async def load(
    address: str, clients: int, seconds: float, share: float, seed: int, codes: list[str], guidances: list[str]
) -> Part:
    """So many clients that ask for so long, a share of their requests bombs; meanwhile memory is looked at."""
    part = Part()
    end = time.perf_counter() + seconds

    async def look() -> None:
        client = Client(address)
        while time.perf_counter() < end:
            part.memory.append(await held(client))
            await asyncio.sleep(seconds / SIXTHS / 10)
        client.close()

    async def one(number: int) -> None:
        draw, client = random.Random(f"{seed} {number}"), Client(address)  # noqa: S311  a load, no secret
        while time.perf_counter() < end:
            hostile = draw.random() < share
            asked = bomb(draw, codes) if hostile else look_up(draw, codes, guidances)
            began = time.perf_counter()
            try:
                status = await client.ask(*asked)
            except (OSError, asyncio.IncompleteReadError) as error:
                client.close()
                if not hostile:
                    part.failed[f"{type(error).__name__} {asked[0][:60]}"] += 1
                continue
            if hostile:
                part.bombs[status] += 1
            elif status in GOOD:
                part.took.append(time.perf_counter() - began)
            else:
                why = json.loads(client.body).get("id") if b"KG-E" in client.body else ""
                part.failed[f"{status} {why} {asked[0][:60]}"] += 1
        client.close()

    await asyncio.gather(look(), *(one(n) for n in range(clients)))
    return part


def children(process: int) -> list[int]:
    """The processes that a process has started and that have not ended."""
    try:
        found = [task.read_text().split() for task in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return []
    return [int(word) for words in found for word in words]


def below(process: int) -> list[int]:
    """All processes of a server but the first: stems and workers."""
    return [each for child in children(process) for each in (child, *below(child))]


def processor(process: int) -> float:
    """Seconds of processor time of a server and all below it, with those that have ended and were waited for."""
    total = 0
    for each in (process, *below(process)):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


async def figures(client: Client) -> dict[str, float]:
    """What the server tells of itself."""
    await client.ask("/metrics")
    return {name: float(value) for name, value in re.findall(r"^(\w+) (\S+)$", client.body.decode(), re.M)}


async def held(client: Client) -> float:
    """What the process that speaks HTTP holds besides the answers that it remembers, in MB."""
    told = await figures(client)
    return (told["process_resident_memory_bytes"] - told["kg_remembered_bytes"]) / 1e6


async def at_rest(address: str, process: int) -> tuple[int, float]:
    """How many processes a server has when nobody asks it, and what they hold, in MB: what several share, once."""
    client, end = Client(address), time.perf_counter() + REST_SECONDS
    while time.perf_counter() < end:
        told = await figures(client)
        lanes = [sum(told[f"kg_{pool}_{n}"] for n in ("slow", "dear", "waiting")) for pool in ("pool", "api")]
        idle = [told[f"kg_{pool}_workers"] == told[f"kg_{pool}_idle"] > 0 for pool in ("pool", "api")]
        if told["kg_releases_answering"] == 1 and not any(lanes) and all(idle):
            with contextlib.suppress(OSError):  # one of them is about to end
                shares = [shared(each) for each in (process, *below(process))]
                break
        await asyncio.sleep(LOOK_SECONDS)
    else:
        raise SystemExit("the server does not come to rest")
    client.close()
    return len(shares), sum(shares)


def shared(process: int) -> float:
    """What a process holds, in MB: what several share, in parts."""
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    return sum(int(share) for share in re.findall(r"^Pss:\s+(\d+)", text, re.M)) / 1024


async def kill(process: int, draw: random.Random) -> None:
    """Kill a process of the server at random, again and again."""
    while True:
        await asyncio.sleep(KILL_SECONDS)
        if found := below(process):
            with contextlib.suppress(ProcessLookupError):
                os.kill(draw.choice(found), signal.SIGKILL)


def build(sources: list[str], store: Path) -> list[str]:
    """The command that builds a store."""
    return [sys.executable, "-m", "kg", "build", *sources, "--into", str(store), "-o", os.devnull]


def put_in_place(made: Path, store: Path) -> None:
    """Bring the release of a store that was built elsewhere: its files first, the pointer to it last."""
    release = (made / "current").read_text().strip()
    if not (store / "releases" / release).exists():
        shutil.copytree(made / "releases" / release, store / "releases" / f".{release}")
        (store / "releases" / f".{release}").rename(store / "releases" / release)
    shutil.copy(made / "current", store / "current.new")
    (store / "current.new").replace(store / "current")


async def swap(address: str, store: Path, releases: list[Made], every: float, done: list[str]) -> None:
    """Put other releases in place by turns, each when the one before is taken up; one in `BUILT` is built then."""
    while True:
        await asyncio.sleep(every)
        sources, made = releases[(len(done) + 1) % len(releases)]
        if len(done) % BUILT != BUILT - 1:
            await asyncio.to_thread(put_in_place, made, store)
        else:
            process = await asyncio.create_subprocess_exec(*build(sources, store), stderr=subprocess.DEVNULL)
            try:
                failed = await process.wait() != 0
            except asyncio.CancelledError:
                process.kill()
                await process.wait()
                raise
            if failed:
                raise SystemExit("a build has failed")
        id, client = (store / "current").read_text().strip(), Client(address)
        while await client.ask("/ready") != 200 or json.loads(client.body)["release"] != id:
            await asyncio.sleep(LOOK_SECONDS)
        client.close()
        done.append(id)


def serve(store: Path) -> tuple[subprocess.Popen[str], str]:
    """A server of a store and its address."""
    command = [sys.executable, "-m", "kg", "serve", "--port", "0", "--store", str(store)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603  our own program
    found = re.search(r"http://\S+?(?=/sparql)", process.stderr.readline()) if process.stderr else None
    if found is None:
        raise SystemExit("the server does not start")
    return process, found[0]


async def campaign(arguments: argparse.Namespace, store: Path, releases: list[Made], clients: int) -> bool:
    """All three parts with so many clients; whether everything held."""
    with open_workspace(
        releases[-1][1] if releases else store
    ) as workspace:  # of fewer documents: all releases have them
        guidances = list(workspace.recommendations)
        codes = sorted({str(s) for r in workspace.recommendations.values() for s in _codes(r)})
    process, address = serve(store)
    seconds = arguments.seconds / 3
    began = time.process_time()
    try:
        await load(address, clients, min(5.0, seconds), 0.0, 0, codes, guidances)  # what is opened once is open
        before = await at_rest(address, process.pid)
        quiet = await load(address, clients, seconds, 0.0, arguments.seed, codes, guidances)
        hostile = await load(address, clients, seconds, arguments.bombs, arguments.seed + 1, codes, guidances)
        done: list[str] = []
        chance = random.Random(arguments.seed)  # noqa: S311  which worker is killed, no secret
        others = [asyncio.create_task(kill(process.pid, chance))]
        if releases:
            others.append(asyncio.create_task(swap(address, store, releases, seconds / arguments.releases / 3, done)))
        rough = await load(address, clients, seconds, arguments.bombs, arguments.seed + 2, codes, guidances)
        for each in others:
            each.cancel()  # one that has failed meanwhile is told
        await asyncio.gather(*others, return_exceptions=not any(each.done() for each in others))
        after = await at_rest(address, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
    parts = {"look-ups alone": quiet, "with bombs": hostile, "with kills and new releases": rough}
    for name, part in parts.items():
        told = ", ".join(f"{n} {status}" for status, n in sorted(part.bombs.items())) or "none"
        print(
            f"{clients:3} clients  {name:28} {len(part.took):7,} look-ups ({len(part.took) / seconds:6,.0f}/s), "
            f"{sum(part.failed.values())} failed; p50 {part.at(0.5):6.1f} ms, p99 {part.at(0.99):7.1f} ms; "
            f"bombs: {told}; MB {' '.join(f'{most:.0f}' for most in part.curve)}{'' if part.flat else ' NOT FLAT'}"
        )
        for what, n in part.failed.most_common(5):
            print(f"      {n} × {what}")
    ratio = hostile.at(0.99) / quiet.at(0.99)
    swaps = f"{len(done)} new releases taken up" if releases else "the store was not swapped"
    rest = f"at rest {before[0]} processes of {before[1]:.0f} MB before, {after[0]} of {after[1]:.0f} MB after"
    share = (time.process_time() - began) / arguments.seconds
    print(f"{clients:3} clients  p99 with bombs {ratio:.2f} × without; {swaps}; {rest}; the clients took {share:.2f}")
    failed = any(part.failed for part in parts.values())
    flat = all(part.flat for part in parts.values()) and after[0] <= before[0] and after[1] <= before[1] * AT_REST
    return not failed and ratio <= 2 and flat and len(done) >= (arguments.releases if releases else 0)


def _codes(recommendation: Recommendation) -> list[One]:
    """The single codes that a guidance names on its procedure side."""
    return [s for pick in picks(recommendation.procedure) if isinstance(s := pick.selector, One)]


def main() -> int:
    """Run the campaign for each number of clients."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0, help="for each number of clients")
    parser.add_argument("--clients", default="8,64")
    parser.add_argument("--bombs", type=float, default=0.03)
    parser.add_argument("--releases", type=int, default=20, help="that are put in place under load, at least")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", type=Path)
    arguments = parser.parse_args()
    held = True
    with tempfile.TemporaryDirectory(prefix="kg-campaign-") as folder:
        sources = sorted(EXAMPLES.glob("*.*"))
        store, releases = arguments.store, []
        if store is None:
            store, release = Path(folder) / "store", Path(folder) / "release"
            sample_release(release, 2_000, 1)
            for each in (sources, sources[1:]):
                words, made = [*map(str, each), "--release", str(release)], Path(folder) / f"made-{len(each)}"
                subprocess.run(build(words, made), check=True, stderr=subprocess.DEVNULL)  # noqa: S603  our own program
                releases.append((words, made))
            shutil.copytree(releases[0][1], store)
        for clients in map(int, arguments.clients.split(",")):
            held &= asyncio.run(campaign(arguments, store, releases, clients))
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
