"""What is given in words: facts of a care event, days, systems."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from kg.codes.code import SNOMED_CT, Scheme
from kg.errors import KgError


def day(text: str | None) -> datetime.date | None:
    """The day of `--date`.

    Raises:
        KgError: KG-E0102 for one that is none.
    """
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise KgError("KG-E0102", f'not a date: "{text}"', hint="Write dates as 2024-05-01.") from None


def system_of(text: str) -> str:
    """The system that a text names: `OPCS-4`, `ICD-10` or `SNOMED CT`; capitals and what divides do not matter.

    Raises:
        KgError: KG-E0411 for what is none.
    """
    plain = "".join(c for c in text.lower() if c.isalnum())
    return "SNOMED CT" if plain in SNOMED_CT else str(Scheme.named(text))


def pairs(given: Iterable[str]) -> dict[str, list[str]]:
    """The facets and values of `--given`, as `Context.of` takes them: a denied value begins with `!`.

    Raises:
        KgError: KG-E0102 for one that is not FACET=VALUE.
    """
    found: dict[str, list[str]] = {}
    for text in given:
        facet, sign, value = text.partition("=")
        denied = facet.endswith("!") or value.startswith("!")
        facet, value = facet.removesuffix("!").strip(), value.removeprefix("!").strip()
        if not (sign and facet and value):
            raise KgError("KG-E0102", f'not FACET=VALUE: "{text}"', hint="Write it as --given approach=open.")
        found.setdefault(facet, []).append(f"!{value}" if denied else value)
    return found
