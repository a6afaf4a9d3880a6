"""The publisher's table of coding equivalences between two editions of a classification, where the user has one.

Its columns are found by what stands in them, not by their names or places, which differ from edition to edition: one
has codes that only the older edition has, the other codes that only the newer has. A cell may hold several codes, which
stand for the retired one together; a code in several rows has become one or the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from kg.codes import Code, Scheme
from kg.errors import KgError, Place
from kg.terminology.code_edition import CodeEdition
from kg.terminology.sheet import Row, read_rows

_MOST = 0.8  # of the cells of a column of codes, so many are codes
_TOGETHER = re.compile(r"[&+,;]|\b(?:and|plus|with)\b", re.IGNORECASE)

Keys = tuple[str, ...]
"""The keys of codes that are recorded together; mostly one."""


@dataclass(frozen=True, slots=True)
class Equivalences:
    """What stands for codes that a newer edition retired: alternatives of keys of the newer edition by keys of the
    older, in the order of the table. `columns` are the names of the two columns that were read, `unknown` the rows
    whose codes are in neither edition, `unread` the numbers of those that name a retired code and beside it what is no
    code of the newer edition, or no code at all.
    """

    scheme: Scheme
    now: Mapping[str, tuple[Keys, ...]]
    columns: tuple[str, str]
    unknown: int
    unread: tuple[int, ...] = ()


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
    columns = [[_keys(cells[i], scheme) if i < len(cells) else () for _, cells in rows] for i in range(width)]
    filled = [sum(bool(cells[i]) for _, cells in rows if i < len(cells)) for i in range(width)]
    of_codes = [i for i in range(width) if sum(map(bool, columns[i])) > filled[i] * _MOST - 1 and any(columns[i])]

    def gone(keys: Keys) -> bool:
        return any(old.is_code(key) and not new.is_code(key) for key in keys)

    def come(keys: Keys) -> bool:
        return any(new.is_code(key) and not old.is_code(key) for key in keys)

    def there(keys: Keys) -> bool:
        return bool(keys) and all(map(new.is_code, keys))

    source = max(of_codes, key=lambda i: (sum(map(gone, columns[i])), -i), default=None)
    others = [i for i in of_codes if i != source]
    target = max(others, key=lambda i: (sum(map(come, columns[i])), sum(map(there, columns[i])), -i), default=None)
    if source is None or target is None:
        return None
    now: dict[str, dict[Keys, None]] = {}
    unknown, unread = 0, list[int]()
    for (number, cells), one, other in zip(rows, columns[source], columns[target], strict=True):
        if gone(one) and len(one) == 1 and there(other):
            now.setdefault(one[0], {})[other] = None
        elif gone(one) and target < len(cells) and cells[target]:
            unread.append(number)
        elif one and other and not (any(map(old.is_code, one)) or there(other)):
            unknown += 1
    names = [_name(rows, i) for i in (source, target)]
    told = MappingProxyType({key: tuple(keys) for key, keys in sorted(now.items())})
    return Equivalences(scheme, told, (names[0], names[1]), unknown, tuple(unread)) if now else None


def _name(rows: Sequence[Row], column: int) -> str:
    """What stands above a column, else its number."""
    head = rows[0][1][column] if rows and column < len(rows[0][1]) else ""
    return head or f"column {column + 1}"


def _keys(text: str, scheme: Scheme) -> Keys:
    """The keys of the codes that a cell names and nothing else; none for what is none.

    >>> _keys("G05.5 & Y05.8", Scheme.OPCS4), _keys("G055 Y058", Scheme.OPCS4), _keys("G05. 5", Scheme.OPCS4)
    (('G055', 'Y058'), ('G055', 'Y058'), ('G055',))
    """
    found: list[str] = []
    for part in filter(None, map(str.strip, _TOGETHER.split(text))):
        try:
            keys = [Code.parse(part, scheme)]
        except KgError:
            try:
                keys = [Code.parse(word, scheme) for word in part.split()]
            except KgError:
                return ()
        found += [code.bare.key for code in keys]
    return tuple(found)
