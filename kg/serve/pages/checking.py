"""Check a record: a form, the verdicts with their why, and repairs that are carried out by a press of a button.

What is entered is sent as a form, so that it stands in no address and no log; who wants to hand a record on takes the
link that is offered, which holds its codes and nothing else.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg.errors import KgError
from kg.serve.pages.asking import Asking
from kg.serve.pages.request import Page, Reply, Request

_SIDES = {"procedure": ("procedures", "OPCS-4"), "diagnosis": ("diagnoses", "ICD-10")}
_BETWEEN = re.compile(r"[\s,;+]+")
_GIVEN = "given."
_REPAIRS = 6
_CHOICES = 60  # codes of a category that can be chosen from
_GUIDANCES = 12


@dataclass(frozen=True, slots=True)
class Entered:
    """A record as it was typed."""

    procedures: tuple[str, ...]
    diagnoses: tuple[str, ...]
    snomed: tuple[str, ...]
    date: str
    guidance: str
    given: Mapping[str, str]
    everything: bool
    as_printed: bool

    @classmethod
    def of(cls, asked: Request) -> Entered:
        """The record of a form or an address; a field that stands there several times goes on."""
        lists = {
            name: tuple(code for value in asked.values.get(name, ()) for code in _BETWEEN.split(value) if code)
            for name in ("procedures", "diagnoses", "snomed")
        }
        given = {
            name.removeprefix(_GIVEN): asked.text(name)
            for name in asked.values
            if name.startswith(_GIVEN) and asked.text(name)
        }
        return cls(
            **lists,
            date=asked.text("date"),
            guidance=asked.text("guidance"),
            given=given,
            everything=asked.flag("all"),
            as_printed=asked.flag("as-printed"),
        )

    @property
    def is_there(self) -> bool:
        """Whether there is anything to check."""
        return bool(self.procedures or self.diagnoses or self.snomed)

    def record(self) -> dict[str, Any]:
        """The record as JSON."""
        told: dict[str, Any] = {
            "procedures": list(self.procedures),
            "diagnoses": list(self.diagnoses),
            "snomed": list(self.snomed),
            "context": dict(self.given),
        }
        return told | {name: value for name in ("date", "guidance") if (value := getattr(self, name))}

    def fields(self) -> list[tuple[str, str]]:
        """The record as fields of a form or an address, but for the codes of procedures and diagnoses."""
        plain = [("snomed", " ".join(self.snomed)), ("date", self.date), ("guidance", self.guidance)]
        flags = [("all", "1" if self.everything else ""), ("as-printed", "1" if self.as_printed else "")]
        return [(k, v) for k, v in (*plain, *((f"{_GIVEN}{f}", v) for f, v in self.given.items()), *flags) if v]

    def link(self) -> list[tuple[str, str]]:
        """The record as an address."""
        codes = [("procedures", " ".join(self.procedures)), ("diagnoses", " ".join(self.diagnoses))]
        return [(k, v) for k, v in codes if v] + self.fields()


@dataclass(frozen=True, slots=True)
class Put:
    """A code of a mended record that is put in: any of `codes`, or, where these are too many, one that is typed."""

    field: str
    selector: str
    code: str
    codes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Mended:
    """A repair: what it does in words, and the fields of the record as mended, in order."""

    words: tuple[str, ...]
    fields: tuple[tuple[str, str] | Put, ...]


async def check(asking: Asking, asked: Request) -> Reply:
    """`/check`: the form, and with codes in it the verdicts."""
    if asked.method == "POST":
        asking.guard.check_site(asked.headers)
    entered = Entered.of(asked)
    token = asked.text("token") if asked.method == "POST" else ""  # a token stands in no address
    facets: Mapping[str, Sequence[str]] = (await asking.api("overview"))["facets"]
    told: dict[str, Any] | None = None
    fault: KgError | None = None
    mended: list[list[Mended]] = []
    if entered.is_there:
        try:
            asking.guard.check_token({"authorization": asked.headers.get("authorization", f"Bearer {token}")})
            found = await asking.api(
                "check", body=entered.record(), everything=entered.everything, as_printed=entered.as_printed
            )
            shown = found["guidances"][:_GUIDANCES]
            choices = await _choices(asking, shown)
            mended = [[_mended(entered, edits, choices, token) for edits in one["repairs"][:_REPAIRS]] for one in shown]
            told = found
        except KgError as refused:
            if refused.kind.http in (429, 500, 503):
                raise
            fault = refused
    return Page(
        "check.html",
        {
            "entered": entered,
            "needs_token": bool(asking.guard.tokens),
            "token": token,
            "facets": facets,
            "told": told,
            "fault": fault,
            "mended": mended,
            "most": _GUIDANCES,
            "systems": {side: system for side, (_, system) in _SIDES.items()},
        },
        fault.kind.http if fault else 200,
        private=entered.is_there,
    )


async def _choices(asking: Asking, guidances: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """The codes of each category that a repair puts a code of."""
    wanted = {
        edit["selector"]: _SIDES[edit["side"]][1]
        for one in guidances
        for edits in one["repairs"][:_REPAIRS]
        for edit in edits
        if edit.get("selector", "").endswith(".-")
    }
    told = await asyncio.gather(
        *(
            asking.api("relatives", system=system, id=selector, offset=0, limit=_CHOICES)
            for selector, system in wanted.items()
        )
    )
    return {
        selector: [(each["id"], each["title"] or "") for each in found["children"]]
        for selector, found in zip(wanted, told, strict=True)
        if found["total"] <= _CHOICES
    }


def _mended(
    entered: Entered, edits: Sequence[Mapping[str, Any]], choices: Mapping[str, Sequence[tuple[str, str]]], token: str
) -> Mended:
    fields: list[tuple[str, str] | Put] = []
    for side, (field, _) in _SIDES.items():
        codes = entered.procedures if side == "procedure" else entered.diagnoses
        mine = [edit for edit in edits if edit["side"] == side]
        fields += _joined(field, _edited(field, codes, mine, choices))
    return Mended(
        tuple(edit["words"] for edit in edits), (*fields, *entered.fields(), *([("token", token)] if token else []))
    )


def _edited(
    field: str,
    codes: Sequence[str],
    edits: Sequence[Mapping[str, Any]],
    choices: Mapping[str, Sequence[tuple[str, str]]],
) -> list[str | Put]:
    """The codes of one side after the edits (docs/repairs.md tells what their places mean)."""
    kept: dict[int, str | Put] = dict(enumerate(codes, 1))
    placed: list[tuple[int, str | Put]] = []
    for edit in edits:
        match edit["edit"]:
            case "add":
                placed.append((edit["at"], _put(field, edit, choices)))
            case "replace":
                kept[edit["at"]] = _put(field, edit, choices)
            case "move":
                placed.append((edit["to"], kept.pop(edit["from"])))
            case _:
                kept.pop(edit["at"], None)
    found = list(kept.values())
    for at, code in sorted(placed, key=lambda each: each[0]):
        found.insert(at - 1, code)
    return found


def _put(field: str, edit: Mapping[str, Any], choices: Mapping[str, Sequence[tuple[str, str]]]) -> str | Put:
    """What an edit puts in: the one code there is, or one to be chosen."""
    selector, example = edit["selector"], edit["example"]
    if selector == example:
        return example
    but = tuple(text.removesuffix("-").removesuffix(".") for text in edit.get("but", ()))
    codes = tuple((id, title) for id, title in choices.get(selector, ()) if not (but and id.startswith(but)))
    return Put(field, selector, example, codes)


def _joined(field: str, items: Sequence[str | Put]) -> Iterator[tuple[str, str] | Put]:
    """Items as fields: codes that follow each other in one."""
    run: list[str] = []
    for item in items:
        if isinstance(item, str):
            run.append(item)
            continue
        if run:
            yield field, " ".join(run)
            run = []
        yield item
    if run:
        yield field, " ".join(run)
