"""The combinations of codes of a side: their number, a sample of them, the first of them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    import datetime

    from kg.answers.combinations import Found
    from kg.codes import Chapters, CodeList, Scheme
    from kg.expression.combination import Combination
    from kg.expression.concrete import CodeCombination, CodeCombinations
    from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of codes: the lists of codes, how many are to be listed, drawn, and from which seed."""

    chapters: Chapters
    lists: Mapping[Scheme, CodeList]
    top: int | None
    sample: int | None
    seed: int

    @classmethod
    def of(
        cls,
        workspace: Workspace,
        files: Iterable[str],
        concrete: bool,
        top: int | None,
        sample: int | None,
        seed: int,
        most: int,
        day: datetime.date | None = None,
    ) -> Asked:
        """What the options ask for; the lists of codes are those of the files, else of the store on a
        `day` (today).

        Raises:
            KgError: KG-E0102, KG-E0320 where codes are wanted and none are known, those of the files.
        """
        from kg.codes import CodeList, Scheme
        from kg.terminology.code_file import read_code_file

        given: dict[Scheme, CodeList] = {}
        for text in files:
            system, sign, name = text.partition("=")
            if not (sign and name):
                hint = "Write it as --codes-from opcs-4=codes.txt."
                raise KgError("KG-E0102", f'not SYSTEM=FILE: "{text}"', hint=hint)
            scheme = Scheme.named(system)
            given[scheme] = read_code_file(Path(name), scheme)
        loaded = workspace.classification if day is None else workspace.classification_on(day)
        lists = {s: CodeList.known(loaded, s) for s in Scheme if s not in given and loaded.is_complete(s)} | given
        if (concrete or top or sample) and not lists:
            why = "The codes in use that the program ships are not all codes, so that a count of them would be wrong."
            hint = "Give the codes of your edition: --codes-from opcs-4=FILE."
            raise KgError("KG-E0320", "no complete list of codes", why=why, hint=hint)
        return cls(
            workspace.classification.chapters, lists, top or (most if concrete and not sample else None), sample, seed
        )

    @property
    def wanted(self) -> bool:
        """Whether codes are to be shown in place of selectors."""
        return bool(self.top or self.sample)


def counted(found: Found, asked: Asked, scheme: Scheme) -> CodeCombinations | None:
    """The combinations of codes of a side; None without a list of codes, or where those in force are not counted."""
    from kg.expression.concrete import CodeCombinations

    codes, program = asked.lists.get(scheme), found.program
    if codes is None or program is None:
        return None
    return CodeCombinations(program[0], found.context, codes, asked.chapters, empty=program[1])


def as_json(found: Found, asked: Asked, scheme: Scheme) -> dict[str, Any]:
    """`codes`, the number of sets of codes, or null; with a list of codes also `records` (with how often each code
    stands), the selectors `without_codes`, and what is listed or drawn.
    """
    item: dict[str, Any] = {"codes": None}
    concrete = counted(found, asked, scheme)
    if concrete is None:
        if scheme in asked.lists and found.count != 0:
            item["codes_note"] = NOT_COUNTED
        return item
    item = {"codes": concrete.sets, "records": concrete.records}
    if concrete.records is None:
        item["codes_note"] = OVERLAPPING
    if concrete.without_codes:
        item["without_codes"] = [str(s) for s in concrete.without_codes]
    for name, several in shown(found, concrete, asked, scheme):
        item[name] = [
            {"codes": [str(c) for c in one.codes], "selectors": [str(s) for s in one.selectors], "rank": one.rank}
            if one.rank
            else {"codes": [str(c) for c in one.codes], "selectors": [str(s) for s in one.selectors]}
            for one in several
        ]
    return item


NOT_COUNTED = "The combinations in force are not counted: the standards look at each, and these are too many."
OVERLAPPING = "Not counted: the selectors overlap in too many ways."


def shown(
    found: Found, concrete: CodeCombinations, asked: Asked, scheme: Scheme
) -> Iterator[tuple[str, Sequence[CodeCombination]]]:
    """What is listed (`listed`) and drawn (`sample`).

    Raises:
        KgError: KG-E0321 for a sample of what is not counted.
    """
    from kg.expression.concrete import in_rank_order

    if asked.top:
        yield "listed", list(islice(in_rank_order(_each(found), asked.lists[scheme], asked.chapters), asked.top))
    if asked.sample:
        if concrete.records is None:
            why = "Only what is counted can be drawn with equal chances."
            raise KgError(
                "KG-E0321", OVERLAPPING[0].lower() + OVERLAPPING[1:-1], why=why, hint="List the first: --top 100."
            )
        chance = random.Random(asked.seed)  # noqa: S311  a sample to look at, no secret
        yield "sample", [concrete.draw(chance) for _ in range(asked.sample)] if concrete.records else []


def _each(found: Found) -> Iterator[Combination]:
    from kg.expression.combination import Combinations

    if isinstance(found, Combinations):
        return iter(found)
    return (standing.combination for standing in found)
