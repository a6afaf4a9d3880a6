#!/usr/bin/env python3
"""read(render(e)) = e, for as many recommendations as wanted, and for documents with damage: right or flagged.

    python tools/campaign_reading.py --expressions 10000 --mutations 10000 --seed 1
    python tools/campaign_reading.py --expressions 2000 --mutations 0 --formats text,pdf
    python tools/campaign_reading.py --only 4711 --formats text      # one recommendation, shown
    python tools/campaign_reading.py --state campaign.jsonl          # goes on where it was stopped

Each recommendation is drawn from its own number (seed + n), told in both layouts and every format, and read back. Each
mutation damages one rendered text (tests/rendering/damage.py). What is read wrongly without a warning that asks for a
person goes into `--silent FILE` (default: campaign-silent.txt beside the system's temporary files) with its number, so
that it can be made a case. Exit status 1 if there is any. With `--state FILE` what is done is kept, a line for twenty
numbers; another run with the file does the rest, and parts of a campaign with other seeds add up in it.

"another document" counts damage that nothing can tell: one character made another code of one (or another identifier
that passes its check), the document is letter by letter that of another recommendation, which is what was read, and no
title is known that differs: of a category, a range or an ICD-10 code the open list has none; or none is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kg.errors import KgError
from kg.expression.recommendation import Recommendation
from kg.guidance.reading import read_bytes
from kg.rendering.document import Form, render_page, write_page
from kg.rendering.wordings import Style
from tests.rendering.damage import DAMAGES
from tests.rendering.documents import Draw
from tests.rendering.meaning import CODES, Fate, codes_and_concepts, fate, is_another, told, whole

_CHUNK = 20
REFUSED, UNSAID, ANOTHER = "refused", "cannot be said", "another document"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document: the row and column of the table that it counts in, and its text if it is silent."""

    row: str
    column: str
    text: str = ""


def outcome(
    row: str, number: int, data: bytes, name: str, wanted: Recommendation, sound: str = "", meant: Any = None
) -> Outcome:
    """Read a document back and compare; `sound` is its text before the damage, `meant` what is wanted as compared."""
    damaged = bool(sound)
    look = codes_and_concepts(wanted) if damaged else whole
    try:
        back = read_bytes(data, name, CODES)
    except KgError as error:
        return Outcome(row, REFUSED, "" if damaged else f"=== {number} {row}: {error}\n")
    found = fate(look(wanted) if meant is None else meant, back, look=look)
    if found is not Fate.SILENT:
        return Outcome(row, found)
    if damaged and is_another(sound, data.decode(), back):
        return Outcome(row, ANOTHER)
    shown = data.decode("utf-8", "replace") if name.endswith((".txt", ".md", ".html")) else f"({name})"
    return Outcome(row, found, f"=== {number} {row}\n{shown}\n--- meant {told(wanted)}\n--- read  {told(back)}\n\n")


def expressions(number: int, forms: Sequence[str]) -> Iterator[Outcome]:
    """One recommendation in both layouts and all formats."""
    r = Draw(Random(number)).recommendation()  # noqa: S311
    meant = whole(r)
    for style in Style:
        try:
            page = render_page(r, style, seed=number)
        except KgError:
            yield from (Outcome(f"{style} {form}", UNSAID) for form in forms)
            continue
        for form in map(Form, forms):
            yield outcome(f"{style} {form}", number, write_page(page, form), f"x{form.suffix}", r, meant=meant)


def mutations(number: int, names: Sequence[str]) -> Iterator[Outcome]:
    """One damaged document, of a recommendation that is drawn anew until the undamaged one is read rightly."""
    chance = Random(number)  # noqa: S311
    name = names[number % len(names)]
    for _ in range(50):
        r = Draw(chance).recommendation()
        try:
            page = render_page(r, chance.choice(tuple(Style)), seed=chance.randrange(10**6))
            text = write_page(page, Form.TEXT).decode()
            sound = fate(whole(r), read_bytes(text.encode(), "x.txt", CODES))
        except KgError:
            continue
        harmed = DAMAGES[name](text, chance)
        if harmed != text and sound in (Fate.RIGHT, Fate.RIGHT_FLAGGED):
            yield outcome(name, number, harmed.encode(), "x.txt", r, text)
            return


def batch(task: tuple[str, Sequence[int], Sequence[str]]) -> list[Outcome]:
    """The outcomes of some numbers; what a process does at a time."""
    kind, numbers, names = task
    run = expressions if kind == "expressions" else mutations
    return [one for number in numbers for one in run(number, names)]


def tasks(
    kind: str, first: int, count: int, names: Sequence[str]
) -> Iterator[tuple[str, Sequence[int], Sequence[str]]]:
    """The numbers in batches."""
    for start in range(first, first + count, _CHUNK):
        yield kind, range(start, min(start + _CHUNK, first + count)), names


class State:
    """What was done: a line of JSON for each batch, in a file or nowhere."""

    def __init__(self, path: Path | None, about: Sequence[str]) -> None:
        self.path, self.about = path, list(about)
        self.done: dict[tuple[str, int], list[Outcome]] = {}
        lines = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
        for line in lines:
            with suppress(json.JSONDecodeError):
                row = json.loads(line)
                if row["about"] == self.about:
                    self.done[row["kind"], row["first"]] = [Outcome(*one) for one in row["outcomes"]]

    def keep(self, kind: str, first: int, outcomes: Sequence[Outcome]) -> None:
        """Note a batch."""
        self.done[kind, first] = list(outcomes)
        if self.path is not None:
            row = {"kind": kind, "first": first, "about": self.about}
            told = [(one.row, str(one.column), one.text) for one in outcomes]
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({**row, "outcomes": told}) + "\n")


def table(counts: Counter[tuple[str, str]]) -> str:
    """The figures: a row for each layout and format or damage, a column for each fate."""
    columns = [*Fate, ANOTHER, REFUSED, UNSAID]
    rows = list(dict.fromkeys(row for row, _ in counts))
    lines = [["", *columns], *([row, *(f"{counts[row, c]:,}" for c in columns)] for row in rows)]
    lines.append(["all", *(f"{sum(counts[row, c] for row in rows):,}" for c in columns)])
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns) + 1)]
    cells = (
        [x.ljust(w) if not i else x.rjust(w) for i, (x, w) in enumerate(zip(line, widths, strict=True))]
        for line in lines
    )
    return "\n".join("  ".join(line) for line in cells)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the campaign and print its figures; 1 if anything was wrong and silent."""
    parser = argparse.ArgumentParser(description="read(render(e)) = e, and damage: right or flagged")
    parser.add_argument("--expressions", type=int, default=10_000)
    parser.add_argument("--mutations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="the number of the first recommendation")
    parser.add_argument("--formats", default=",".join(Form), help="of text,markdown,html,docx,pdf")
    parser.add_argument("--damages", default="", help="only these, by name, with commas between")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=int, help="show what becomes of this number, in text")
    parser.add_argument("--state", type=Path, help="a file of what is done, to go on from")
    parser.add_argument("--silent", type=Path, default=Path(tempfile.gettempdir()) / "campaign-silent.txt")
    given = parser.parse_args(argv)
    forms = given.formats.split(",")
    names = given.damages.split(",") if given.damages else list(DAMAGES)
    if given.only is not None:
        for one in expressions(given.only, forms):
            print(one.row, one.column, one.text, sep="\n")
        return 0
    state = State(given.state, [*forms, *names])
    work = [
        task
        for task in chain(
            tasks("expressions", given.seed, given.expressions, forms),
            tasks("mutations", given.seed, given.mutations, names),
        )
        if (task[0], task[1][0]) not in state.done
    ]
    with ProcessPoolExecutor(given.jobs) as pool:
        for task, outcomes in zip(work, pool.map(batch, work), strict=True):
            state.keep(task[0], task[1][0], outcomes)
    counts: dict[str, Counter[tuple[str, str]]] = {"expressions": Counter(), "mutations": Counter()}
    silent: list[str] = []
    for (kind, _), outcomes in sorted(state.done.items()):
        for one in outcomes:
            counts[kind][one.row, one.column] += 1
            silent += [one.text] if one.text else []
    for kind, figures in counts.items():
        if figures:
            print(f"{kind}\n{table(figures)}\n")
    given.silent.write_text("".join(silent), encoding="utf-8")
    print(f"{len(silent)} wrong and silent, or refused undamaged: {given.silent}")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
