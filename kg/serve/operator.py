"""What the operator asks: does it live, is it ready, what does it do."""

from __future__ import annotations

import datetime
import json
import os
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import KgError

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, float("inf"))

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})


@dataclass(slots=True)
class Figures:
    """Counts of requests since the start, by route and status, and how long they took."""

    requests: Counter[tuple[str, int]] = field(default_factory=Counter)
    took: Counter[tuple[str, float]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    def count(self, route: str, status: int, seconds: float, fault: str = "") -> None:
        """Note one request."""
        self.requests[route, status] += 1
        self.seconds[route] += seconds  # type: ignore[reportArgumentType]  a Counter of seconds
        self.took[route, _BUCKETS[bisect_left(_BUCKETS, seconds)]] += 1
        if fault:
            self.faults[fault] += 1

    def text(self, gauges: Mapping[str, float]) -> str:
        """The figures in the text format of Prometheus, version 0.0.4."""
        lines = ["# HELP kg_requests_total Requests answered.", "# TYPE kg_requests_total counter"]
        lines += [
            f'kg_requests_total{{route="{route}",status="{status}"}} {n}'
            for (route, status), n in sorted(self.requests.items())
        ]
        lines += ["# HELP kg_request_seconds Time to answer.", "# TYPE kg_request_seconds histogram"]
        for route in sorted(self.seconds):
            total = 0
            for bound in _BUCKETS:
                total += self.took[route, bound]
                told = "+Inf" if bound == float("inf") else f"{bound:g}"
                lines.append(f'kg_request_seconds_bucket{{route="{route}",le="{told}"}} {total}')
            lines.append(f'kg_request_seconds_sum{{route="{route}"}} {self.seconds[route]:.6f}')
            lines.append(f'kg_request_seconds_count{{route="{route}"}} {total}')
        lines += ["# HELP kg_faults_total Requests refused or failed, by error.", "# TYPE kg_faults_total counter"]
        lines += [f'kg_faults_total{{id="{id}"}} {n}' for id, n in sorted(self.faults.items())]
        told = {**{f"kg_{name}": value for name, value in gauges.items()}, **_of_this_process()}
        for name, value in sorted(told.items()):
            lines += [f"# TYPE {name} gauge", f"{name} {value:.15g}"]
        return "\n".join(lines) + "\n"


def _of_this_process() -> dict[str, float]:
    """What the process that speaks HTTP holds, under the names that Prometheus has for it; nothing where there is no
    `/proc`.
    """
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        files = len(list(Path("/proc/self/fd").iterdir()))
    except OSError:
        return {}
    return {"process_resident_memory_bytes": pages * os.sysconf("SC_PAGE_SIZE"), "process_open_fds": files}


def tell(fault: KgError) -> None:
    """A fault that is the operator's, as the command line tells it."""
    sys.stderr.write(f"{fault}\n")
    sys.stderr.flush()


class Log:
    """A line of JSON on stderr for each request: what it was and how it went, and nothing of what was asked.

    Neither address nor query nor body is told: they can hold codes of patients.
    """

    def tell(self, request: str, method: str, route: str, status: int, seconds: float, fault: str) -> None:
        """One request; `route` is the pattern of its address, `fault` the id of the error that it got."""
        told: dict[str, object] = {
            "time": _now(),
            "request": request,
            "method": method if method in _METHODS else "other",
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        _write(told | ({"fault": fault} if fault else {}))

    @staticmethod
    def fault(fault: KgError) -> None:
        """A fault that is the operator's: a release that cannot be served."""
        _write({"time": _now(), "fault": fault.id, "message": str(fault)})


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _write(told: Mapping[str, object]) -> None:
    sys.stderr.write(f"{json.dumps(told)}\n")
    sys.stderr.flush()
