"""The publisher's table of coding equivalences between two editions of a classification, where the user has one.

Its columns are found by what stands in them, not by their names or places, which differ from edition to edition: one
has codes that only the older edition has, the other codes that only the newer has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kg.codes import Code, Scheme
from kg.errors import KgError, Place
from kg.terminology.code_edition import CodeEdition
from kg.terminology.sheet import Row, read_rows

_MOST = 0.8  # of the cells of a column of codes, so many are codes


@dataclass(frozen=True, slots=True)
class Equivalences:
    """What stands for codes that a newer edition retired: keys of the newer edition by keys of the older, in the order
    of the table. `columns` are the names of the two columns that were read, `unknown` the rows whose codes are in
    neither edition.
    """

    scheme: Scheme
    now: Mapping[str, tuple[str, ...]]
    columns: tuple[str, str]
    unknown: int


def read_equivalences(path: Path, pairs: Mapping[Scheme, tuple[CodeEdition, CodeEdition]]) -> Equivalences:
    """The table of a file, for the classification whose editions it fits best.

    Raises:
        KgError: KG-E1010 if no two columns tell what became of retired codes; those of `read_rows`.
    """
    rows = read_rows(path)
    found = [made for scheme, (old, new) in pairs.items() if (made := _fitted(rows, scheme, old, new))]
    if not found:
        compared = " and ".join(f"{a.edition.title} to {b.edition.title}" for a, b in pairs.values()) or "nothing"
        raise KgError(
            "KG-E1010",
            "no two columns tell what became of retired codes",
            where=Place(str(path)),
            why=f"Compared: {compared}. One column has to hold codes that only the older edition has.",
            hint="Give the table between just these two editions, as XLSX or as text with tabs or commas.",
        )
    return max(found, key=lambda each: len(each.now))


def _fitted(rows: Sequence[Row], scheme: Scheme, old: CodeEdition, new: CodeEdition) -> Equivalences | None:
    width = max((len(cells) for _, cells in rows), default=0)
    columns = [[_key(cells[i], scheme) if i < len(cells) else "" for _, cells in rows] for i in range(width)]
    filled = [sum(bool(cells[i]) for _, cells in rows if i < len(cells)) for i in range(width)]
    of_codes = [i for i in range(width) if sum(map(bool, columns[i])) > filled[i] * _MOST - 1 and any(columns[i])]

    def gone(key: str) -> bool:
        return old.is_code(key) and not new.is_code(key)

    def come(key: str) -> bool:
        return new.is_code(key) and not old.is_code(key)

    source = max(of_codes, key=lambda i: (sum(map(gone, columns[i])), -i), default=None)
    others = [i for i in of_codes if i != source]
    target = max(
        others, key=lambda i: (sum(map(come, columns[i])), sum(map(new.is_code, columns[i])), -i), default=None
    )
    if source is None or target is None:
        return None
    now: dict[str, list[str]] = {}
    unknown = 0
    for one, other in zip(columns[source], columns[target], strict=True):
        if gone(one) and new.is_code(other):
            now.setdefault(one, [])
            now[one] += [other] if other not in now[one] else []
        elif one and other and not (old.is_code(one) or new.is_code(other)):
            unknown += 1
    names = [_name(rows, i) for i in (source, target)]
    told = MappingProxyType({key: tuple(keys) for key, keys in sorted(now.items())})
    return Equivalences(scheme, told, (names[0], names[1]), unknown) if now else None


def _name(rows: Sequence[Row], column: int) -> str:
    """What stands above a column, else its number."""
    head = rows[0][1][column] if rows and column < len(rows[0][1]) else ""
    return head or f"column {column + 1}"


def _key(text: str, scheme: Scheme) -> str:
    """The key of a printed code, or "" for what is none."""
    try:
        return Code.parse(text, scheme).bare.key if text else ""
    except KgError:
        return ""
