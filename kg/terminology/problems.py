"""What is wrong in a release: every problem counted, the first of each kind kept with its place.

A release of a million rows can be wrong a million times: what is told is bounded, what is counted is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.errors import CATALOGUE, KgError, Place

KEPT = 20
"""Places kept of each kind of problem in each field of a file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its id in the catalogue of errors, where it is, and the words that are meant."""

    id: str
    file: str
    line: int | None
    field: str
    value: str
    what: str

    def told(self) -> KgError:
        """The problem as it is told to a person."""
        what = f'{self.what}: "{self.value}"' if self.value else self.what
        if self.field:
            what += f" in {self.field}"
        return KgError(self.id, what, where=Place(self.file, self.line))

    def as_dict(self) -> dict[str, object]:
        """The problem as JSON, with the file's name alone: a store holds no paths of the machine it was built on."""
        pairs = {
            "id": self.id,
            "file": self.file.rsplit("/", 1)[-1],
            "line": self.line,
            "field": self.field,
            "value": self.value,
        }
        return {key: value for key, value in {**pairs, "what": self.what}.items() if value}


class Problems:
    """The problems met while a release is read."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], list[Problem]] = {}
        self._counts: dict[tuple[str, str, str], int] = {}

    def add(self, id: str, what: str, file: str, line: int | None = None, field: str = "", value: object = "") -> None:
        """Note one problem."""
        assert id in CATALOGUE  # noqa: S101  a defect of this program
        key = (id, file, field)
        self._counts[key] = self._counts.get(key, 0) + 1
        kept = self._kept.setdefault(key, [])
        if len(kept) < KEPT:
            kept.append(Problem(id, file, line, field, str(value)[:200], what))

    def more(self, id: str, file: str, field: str, count: int) -> None:
        """Count further problems of a kind of which the first were told by `add`."""
        key = (id, file, field)
        self._counts[key] = self._counts.get(key, 0) + count

    def count_of(self, id: str, file: str, field: str) -> int:
        """How many there are of one kind in a field of a file."""
        return self._counts.get((id, file, field), 0)

    def take(self, others: Problems) -> None:
        """Add what another reader has met."""
        for key, count in others._counts.items():
            self._counts[key] = self._counts.get(key, 0) + count
        for key, kept in others._kept.items():
            mine = self._kept.setdefault(key, [])
            mine += kept[: KEPT - len(mine)]

    def __iter__(self) -> Iterator[Problem]:
        """The problems that were kept, by id, file, field and place."""
        for key in sorted(self._kept):
            yield from self._kept[key]

    def __bool__(self) -> bool:
        return bool(self._counts)

    @property
    def count(self) -> int:
        """How many there are, also those that were not kept."""
        return sum(self._counts.values())

    def counts(self) -> dict[str, int]:
        """How many there are of each id."""
        found: dict[str, int] = {}
        for (id, _, _), count in sorted(self._counts.items()):
            found[id] = found.get(id, 0) + count
        return found

    def as_json(self) -> list[dict[str, object]]:
        """All kept problems, and after the last of a kind in a field how many there were."""
        found: list[dict[str, object]] = []
        for key in sorted(self._kept):
            found += [problem.as_dict() for problem in self._kept[key]]
            if self._counts[key] > len(self._kept[key]):
                found[-1]["of"] = self._counts[key]
        return found
