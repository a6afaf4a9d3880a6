"""The operations of the API as `openapi.json` has them: that document is the one table of what can be asked how."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, unquote

from kg.errors import KgError, nearest

_FILE = Path(__file__).with_name("openapi.json")
_MOST = 1_000  # parameters of one address
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a part of an address may say: its name in it, and the JSON schema of its value."""

    name: str
    required: bool
    schema: Mapping[str, Any]

    @property
    def argument(self) -> str:
        """Its name as an argument of the question."""
        return self.name.replace("-", "_")

    def read(self, texts: Sequence[str]) -> Any:
        """The value of what is given, once or (of a list) several times.

        Raises:
            KgError: KG-E1117.
        """
        if self.schema.get("type") == "array":
            if len(texts) > self.schema["maxItems"]:
                raise self._wrong(f"more than {self.schema['maxItems']} times", "Give fewer.")
            return [self._one(text, self.schema["items"]) for text in texts]
        if len(texts) > 1:
            raise self._wrong("twice", "Give it once.")
        return self._one(texts[0], self.schema)

    def _one(self, text: str, schema: Mapping[str, Any]) -> Any:
        if "enum" in schema:
            if text not in schema["enum"]:
                raise self._wrong(text, f"There are: {', '.join(schema['enum'])}")
            return text
        match schema["type"]:
            case "boolean":
                if text not in _FLAGS:
                    raise self._wrong(text, "It is true or false.")
                return _FLAGS[text]
            case "integer":
                least, most = schema["minimum"], schema["maximum"]
                number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1
                if not least <= number <= most:
                    raise self._wrong(text, f"It is a number from {least:,} to {most:,}.")
                return number
            case _:
                if not schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", 200):
                    raise self._wrong(text, f"It has at most {schema.get('maxLength', 200)} characters, and not none.")
                return text

    def _wrong(self, text: str, hint: str) -> KgError:
        return KgError("KG-E1117", f'"{self.name}" is given as "{text[:100]}"', hint=hint)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked: the question's name, its method and path (`{…}` stands for one segment)."""

    name: str
    method: str
    path: str
    in_path: Mapping[str, Parameter]
    in_query: Mapping[str, Parameter]

    def arguments(self, found: Mapping[str, str], query: bytes) -> dict[str, Any]:
        """The arguments of the question: of the segments that its path left open, and of the query string.

        Raises:
            KgError: KG-E1116, KG-E1117, KG-E1118.
        """
        values = {p.argument: p.read([found[name]]) for name, p in self.in_path.items()}
        given: dict[str, list[str]] = {}
        for name, value in _pairs(query):
            given.setdefault(name, []).append(value)
        for name, texts in given.items():
            if name not in self.in_query:
                near = nearest(name, list(self.in_query))
                hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(self.in_query) or 'none'}"
                raise KgError("KG-E1116", f'no parameter is called "{name[:100]}"', hint=hint)
            values[self.in_query[name].argument] = self.in_query[name].read(texts)
        for name, parameter in self.in_query.items():
            if parameter.required and name not in given:
                raise KgError("KG-E1118", f'the parameter "{name}" is missing', hint=f"Add ?{name}=… to the address.")
        return values


def find(path: str) -> tuple[dict[str, Operation], dict[str, str]]:
    """The operations at a path as it was sent, by method, and what its open segments hold; none if nothing is there.

    Raises:
        KgError: KG-E1117 for a segment that is not UTF-8.
    """
    parts = path.split("/")
    for template, methods in operations().items():
        wanted = template.split("/")
        if len(wanted) == len(parts) and all(w == p or w.startswith("{") for w, p in zip(wanted, parts, strict=True)):
            found = {w.strip("{}"): _segment(p) for w, p in zip(wanted, parts, strict=True) if w.startswith("{")}
            return methods, found
    return {}, {}


def _segment(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise KgError("KG-E1117", "the address is not UTF-8", hint="Encode it in UTF-8.") from error


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except UnicodeDecodeError as error:
        raise KgError("KG-E1117", "the address is not UTF-8", hint="Encode each value (%C3%A9 for é).") from error
    except ValueError as error:
        raise KgError("KG-E1117", f"the address cannot be read: {error}", hint="Encode each value.") from error


@cache
def document() -> Mapping[str, Any]:
    """The OpenAPI document as shipped."""
    return MappingProxyType(json.loads(_FILE.read_text(encoding="utf-8")))


@cache
def operations() -> Mapping[str, dict[str, Operation]]:
    """The operations by path and method."""
    shared = document()["components"]["parameters"]
    found: dict[str, dict[str, Operation]] = {}
    for path, methods in document()["paths"].items():
        for method, told in methods.items():
            parameters = [shared[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in told["parameters"]]
            by_place = {
                place: {
                    p["name"]: Parameter(p["name"], p["required"], p["schema"]) for p in parameters if p["in"] == place
                }
                for place in ("path", "query")
            }
            one = Operation(told["operationId"], method.upper(), path, by_place["path"], by_place["query"])
            found.setdefault(path, {})[one.method] = one
    return MappingProxyType(found)


__all__ = ["Operation", "Parameter", "document", "find", "operations"]
