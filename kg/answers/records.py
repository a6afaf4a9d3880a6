"""Records as other programs write them, from JSON values; each fault with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from kg.codes import Classification, Scheme
from kg.errors import KgError, Place
from kg.expression.condition import Context
from kg.reason.record import Record

if TYPE_CHECKING:
    from kg.workspace import Workspace

Contexts = Callable[[dict[str, list[str]]], Context]
FIELDS = ("id", "procedures", "diagnoses", "snomed", "context", "date", "guidance")
"""The fields that a record can have."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A record as it was given, with the guidance to check it against, or the fault that keeps it from being one.
    `number` is its id where that was given as a number: answers have it as it came.
    """

    id: str
    record: Record | None
    guidance: str | None = None
    error: KgError | None = None
    number: int | float | None = None

    @property
    def given_id(self) -> str | int | float:
        """Its id as it came."""
        return self.id if self.number is None else self.number


class GivenContexts:
    """The contexts of records: what a record says itself of a facet, else what is given for all (`--given`)."""

    def __init__(self, workspace: Workspace, given: dict[str, list[str]]) -> None:
        self._workspace, self._given = workspace, given
        self._among = tuple(workspace.recommendations.values())
        self._known: dict[str, Context] = {}

    def __call__(self, own: dict[str, list[str]]) -> Context:
        """The context of one record."""
        given = {**self._given, **own}
        key = repr(sorted(given.items()))  # a file of records has few different contexts
        if key not in self._known:
            self._known[key] = self._workspace.context(given, self._among)
        return self._known[key]


def from_json(data: object, otherwise: str, place: Place, context: Contexts) -> Asked:
    """One record from JSON values, or its fault; `otherwise` is its id if it has none of its own."""
    own = data.get("id") if isinstance(data, Mapping) else None
    id = otherwise if own is None else str(own)
    number = own if isinstance(own, int | float) and not isinstance(own, bool) and isfinite(own) else None
    try:
        if not isinstance(data, Mapping):
            raise KgError("KG-E0305", "not a JSON object")
        if isinstance(own, bool | list | dict):
            raise KgError("KG-E0305", '"id" is not a text', hint='Write "id": "…".')
        unknown = [str(key) for key in data if key not in (*FIELDS, "expected")]  # kg episodes adds what to expect
        if unknown:
            hint = f"A record has {', '.join(FIELDS)}."
            raise KgError("KG-E0305", f'a record has no field "{unknown[0]}"', hint=hint)
        lists = {field: _texts(data, field) for field in ("procedures", "diagnoses", "snomed")}
        facts = {} if data.get("context") is None else data["context"]
        if not isinstance(facts, Mapping):
            raise KgError("KG-E0305", '"context" is not an object of facets and values')
        # Null says that it is not known, as if nothing were given.
        given = {str(facet): _values(facet, value) for facet, value in facts.items() if value is not None}
        record = Record.of(
            lists["procedures"],
            lists["diagnoses"],
            lists["snomed"],
            context=context(given),
            date=_text(data, "date"),
            id=id,
        )
        return Asked(id, record, _text(data, "guidance"), number=number)
    except KgError as error:
        return Asked(id, None, error=error if error.where else error.at(place), number=number)


def _text(data: Mapping[Any, Any], field: str) -> str | None:
    value = data.get(field)
    if value is not None and not isinstance(value, str):
        raise KgError("KG-E0305", f'"{field}" is not a text', hint=f'Write "{field}": "…".')
    return value or None


def _texts(data: Mapping[Any, Any], field: str) -> list[str]:
    value = [] if data.get(field) is None else data[field]
    if not isinstance(value, list) or not all(
        isinstance(item, str | int) and not isinstance(item, bool) for item in value
    ):
        raise KgError("KG-E0305", f'"{field}" is not a list of codes', hint=f'Write "{field}": ["…", "…"].')
    return [str(item) for item in value]


def _values(facet: object, value: object) -> list[str]:
    """The values of a facet: one text or several."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) and item for item in values):
        raise KgError("KG-E0305", f'the value of "{facet}" in the context is not a text', hint=f'Write "{facet}": "…".')
    return [str(item) for item in values]


def odd_codes(record: Record, workspace: Workspace, known: Classification) -> Iterator[dict[str, Any]]:
    """Codes and concepts of a record that were not in use on its day, as warnings; `replaced_by` where that is known.

    `known` are the classifications in use on its day.
    """
    from kg.terminology.fate import odd_code, odd_concept
    from kg.workspace import today

    release = workspace.release
    editions = [each for scheme in Scheme for each in release.code_editions(scheme)]
    codes = dict.fromkeys((*record.procedures, *record.diagnoses))  # one that stands twice is told once
    found = [odd_code(code, known, editions, record.date) for code in codes]
    if record.concepts and release.snomed_editions:
        snomed = release.snomed_on(record.date or today())
        found += [odd_concept(concept, snomed) for concept in dict.fromkeys(record.concepts)]
    for odd in filter(None, found):
        told = {"id": odd.id, "message": odd.what, "code": odd.subject}
        yield {**told, "replaced_by": list(odd.now)} if odd.now else told
