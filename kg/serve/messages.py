"""What the server and its workers say to each other: a head of JSON, the bytes of a question or an answer, seconds.

Four bytes of the length of the head, four of the body, eight of the processor time that the sender has taken (a
double), big-endian; head; body. What differs from one question to the next is the body: heads are few, so that
each is written and read once.
"""

from __future__ import annotations

import datetime
import json
import struct
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from kg.errors import CATALOGUE, KgError, Place

_PREFIX = struct.Struct(">IId")
_read = json.JSONDecoder().decode
_written = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
_SHORT_ENOUGH = 2_000  # bytes of a head that is kept as it was read
_KEPT = 64
PREFIX = _PREFIX.size


class Message(NamedTuple):
    """One message: its head as bytes, its body, and the seconds of the processor that its sender had taken."""

    head: bytes
    body: bytes
    spent: float = 0.0


def pack(head: bytes, body: bytes = b"", spent: float = 0.0) -> bytes:
    """A message as bytes."""
    return b"".join((_PREFIX.pack(len(head), len(body), spent), head, body))


def written(head: Mapping[str, Any]) -> bytes:
    """A head as bytes: equal heads as equal ones."""
    return _written(head).encode()


def lengths(prefix: bytes) -> tuple[int, int]:
    """The lengths of head and body, of the first `PREFIX` bytes of a message."""
    head, body, _ = _PREFIX.unpack_from(prefix)
    return head, body


def taken(data: bytes | bytearray) -> Message | None:
    """The message that some bytes begin with; None while it is not whole."""
    if len(data) < PREFIX:
        return None
    head, body, spent = _PREFIX.unpack_from(data)
    start = PREFIX + head
    if len(data) < start + body:
        return None
    return Message(bytes(data[PREFIX:start]), bytes(data[start : start + body]), spent)


class Question(NamedTuple):
    """What a worker is asked: the message, and whether it is one of the API (else of SPARQL). One about records is not
    `kept`: neither it nor its answer is remembered.
    """

    head: bytes
    body: bytes
    api: bool = False
    kept: bool = True

    def digest(self) -> str:
        """What tells it from any other question."""
        return blake2b(b"%b\0%b" % (self.head, self.body), digest_size=12).hexdigest()


def sparql(
    query: str, results: str, graph: str, base: str = "", default: tuple[str, ...] = (), named: tuple[str, ...] = ()
) -> Question:
    """A query for the workers of SPARQL (`kg.serve.worker`): the media types wanted of rows and of a graph, what
    relative IRIs begin with, and the data set.
    """
    if default or named or len(base) > _SHORT_ENOUGH:
        head = written({"results": results, "graph": graph, "base": base, "default": default, "named": named})
    else:
        head = _plain_head(results, graph, base)
    return Question(head, query.encode("utf-8", "surrogatepass"))


@lru_cache(_KEPT)
def _plain_head(results: str, graph: str, base: str) -> bytes:
    return written({"results": results, "graph": graph, "base": base})


def of_api(name: str, arguments: Mapping[str, Any], body: bytes = b"") -> Question:
    """A question for the workers of the API by its name (`kg.serve.questions`), about the records of a body if there is
    any. What is in force depends on the day.
    """
    day = str(datetime.datetime.now().astimezone().date())
    head = written({"ask": name, "arguments": arguments, "day": day})
    return Question(head, body, api=True, kept=not body and "body" not in arguments)


def head_of(data: bytes) -> Mapping[str, Any]:
    """The head of a message; it is not to be changed."""
    return _head_again(data) if len(data) <= _SHORT_ENOUGH else _read(data.decode())


@lru_cache(_KEPT)
def _head_again(data: bytes) -> Mapping[str, Any]:
    return _read(data.decode())


def for_strangers(fault: KgError) -> KgError:
    """A fault as it is told to who asks over HTTP: without its place, where that is a file of this machine."""
    if fault.where is None or not Path(fault.where.source).is_absolute():
        return fault
    return KgError(fault.id, fault.what, why=fault.why, hint=fault.hint)


def refusal(fault: KgError) -> dict[str, Any]:
    """The head of an answer that is a fault."""
    fault = for_strangers(fault)
    return {"fault": fault.as_dict(), "text": str(fault), "status": fault.kind.http}


def fault_of(told: Mapping[str, Any]) -> KgError:
    """A fault as a worker told it."""
    place = told.get("place")
    where = Place(place["source"], place.get("line"), place.get("column")) if place else None
    id = told["id"] if told["id"] in CATALOGUE else "KG-E0105"
    return KgError(id, told["message"], where=where, why=told.get("why", ""), hint=told.get("hint", ""))
