"""What the server and its workers say to each other: a length, a JSON head, and the bytes of an answer.

Four bytes of the length of the head, four of the body, big-endian; head; body.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.errors import CATALOGUE, KgError, Place

_LENGTHS = struct.Struct(">II")
_read = json.JSONDecoder().decode
_written = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode
PREFIX = _LENGTHS.size


def pack(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """One message."""
    told = written(head)
    return _LENGTHS.pack(len(told), len(body)) + told + body


def written(head: Mapping[str, Any]) -> bytes:
    """A head as bytes: equal heads as equal ones."""
    return _written(head).encode()


def lengths(prefix: bytes | bytearray | memoryview) -> tuple[int, int]:
    """The lengths of head and body, of the first `PREFIX` bytes of a message."""
    head, body = _LENGTHS.unpack_from(prefix)
    return head, body


def taken(buffer: bytearray) -> tuple[dict[str, Any], bytes] | None:
    """Head and body of the message that a buffer begins with, taken out of it; None while it is not whole."""
    if len(buffer) < PREFIX:
        return None
    head, body = lengths(buffer)
    end = PREFIX + head + body
    if len(buffer) < end:
        return None
    whole = head_of(bytes(buffer[PREFIX : PREFIX + head])), bytes(buffer[PREFIX + head : end])
    del buffer[:end]
    return whole


def head_of(data: bytes) -> dict[str, Any]:
    """The head of a message."""
    return _read(data.decode())


def for_strangers(fault: KgError) -> KgError:
    """A fault as it is told to who asks over HTTP: without its place, where that is a file of this machine."""
    if fault.where is None or not Path(fault.where.source).is_absolute():
        return fault
    return KgError(fault.id, fault.what, why=fault.why, hint=fault.hint)


def refusal(fault: KgError) -> dict[str, Any]:
    """The head of an answer that is a fault."""
    fault = for_strangers(fault)
    told = {"fault": fault.as_dict(), "text": str(fault), "status": fault.kind.http}
    return {**told, "spent": time.process_time()}


def fault_of(told: Mapping[str, Any]) -> KgError:
    """A fault as a worker told it."""
    place = told.get("place")
    where = Place(place["source"], place.get("line"), place.get("column")) if place else None
    id = told["id"] if told["id"] in CATALOGUE else "KG-E0105"
    return KgError(id, told["message"], where=where, why=told.get("why", ""), hint=told.get("hint", ""))
