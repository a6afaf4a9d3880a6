"""What a page is asked: path, values of the address and of a form; and the answer of a view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from kg.errors import KgError
from kg.serve.http import Receive, Scope, body_of, fields_of, headers_of
from kg.serve.protocol import FORM

_MOST_FIELDS = 1000


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a page. `base` is the path below which the server stands; `parts` are the rest of the path after
    the name of its route, decoded; `values` those of the address, then of the form.
    """

    method: str
    base: str
    route: str
    parts: tuple[str, ...]
    address: str
    values: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]

    def text(self, name: str, otherwise: str = "") -> str:
        """The last value of a name, without blanks around it."""
        return self.values[name][-1].strip() if self.values.get(name) else otherwise

    def number(self, name: str, otherwise: int, least: int = 0, most: int = 1_000_000) -> int:
        """A number within bounds; what is none counts as `otherwise`."""
        text = self.text(name)
        return min(most, max(least, int(text))) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.text(name) not in ("", "0", "false", "off")


@dataclass(frozen=True, slots=True)
class Page:
    """A page to be made: its template and what stands in it. One that is `private` is kept by nobody on the way."""

    template: str
    values: Mapping[str, Any]
    status: int = 200
    private: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """What stands elsewhere."""

    where: str
    status: int = 303


@dataclass(frozen=True, slots=True)
class Data:
    """An answer that is no page."""

    body: bytes
    media: str
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


Reply = Page | Moved | Data


async def read(scope: Scope, receive: Receive, most: int, seconds: float) -> Request:
    """The request of a page; its form has at most so many bytes, and so long to come.

    Raises:
        KgError: KG-E1105 (too long), KG-E1109 (not UTF-8), KG-E1110 (method), KG-E1111 (no form), KG-E1123 (late).
    """
    headers = headers_of(scope)
    method: str = scope["method"]
    pairs = _pairs(scope["query_string"], "the address")
    if method == "POST":
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media != FORM:
            raise KgError("KG-E1111", f"a form is not sent as {media or 'nothing'}", hint=f"Send it as {FORM}.")
        pairs += _pairs(await body_of(receive, headers, most, seconds), "the form")
    elif method not in {"GET", "HEAD"}:
        raise KgError("KG-E1110", f"{method} is not a way to ask for a page", hint="Use GET.")
    values: dict[str, tuple[str, ...]] = {}
    for key, value in pairs:
        values[key] = (*values.get(key, ()), value)
    raw = scope.get("raw_path") or scope["path"].encode()
    route, *parts = raw.decode("latin-1").partition("?")[0].lstrip("/").split("/")
    query = scope["query_string"].decode("latin-1")
    return Request(
        method,
        scope.get("root_path", ""),
        _decoded(route),
        tuple(_decoded(part) for part in parts),
        scope["path"] + (f"?{query}" if query else ""),
        values,
        headers,
    )


def _pairs(data: bytes, where: str) -> list[tuple[str, str]]:
    try:
        return fields_of(data, _MOST_FIELDS)
    except UnicodeDecodeError as error:
        raise KgError("KG-E1109", f"{where} is not UTF-8", hint="Encode it in UTF-8.") from error
    except ValueError as error:
        raise KgError("KG-E1109", f"{where} cannot be read: {error}", hint="Encode each value (%26 for &).") from error


def _decoded(part: str) -> str:
    try:
        return unquote(part, errors="strict")
    except UnicodeDecodeError as error:
        raise KgError("KG-E1113", "nothing is named so", hint="Begin at /.") from error
