"""What was read of episode files, and all that was odd in it: counted, listed by code, never dropped in silence."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import numpy as np

from kg.audit.cells import Odd, text_buffers
from kg.audit.disclosure import Rule
from kg.audit.kernels.identifiers import PARTS, doubled, hashed, parted, sizes
from kg.errors import CATALOGUE, KgError
from kg.expression.recommendation import Side

_HELD = 1 << 22  # hashes of identifiers that are held in memory: 32 MB
_OF_COLUMNS = ("KG-W1010", "KG-W1220", "KG-W1280")  # warnings that tell of no episode
_LISTED = 12  # codes that a warning names


@dataclass(slots=True)
class Tally:
    """Counts of what was read. `touched` are episodes that have a cell which is no code, `unreadable` those of a side
    of which all is none. `faults` are files that could not be read, wholly or from some row on.
    """

    files: int = 0
    episodes: int = 0
    codes: Counter[Side] = field(default_factory=Counter[Side])
    odd: dict[Side, Odd] = field(default_factory=lambda: {side: Odd() for side in Side})
    touched: int = 0
    unreadable: Counter[Side] = field(default_factory=Counter[Side])
    cut: int = 0
    no_day: int = 0
    bad_days: Counter[str] = field(default_factory=Counter[str])
    unnamed: int = 0
    doubled: int = 0
    skipped: int = 0
    facts: int = 0
    empty: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    left_out: list[str] = field(default_factory=list[str])
    remarks: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    faults: list[KgError] = field(default_factory=list[KgError])

    def told_of_columns(
        self, notes: Sequence[str], left_out: Sequence[str], remarks: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Note what is told of the columns of a file, each thing once."""
        self.notes += [note for note in notes if note not in self.notes]
        self.left_out += [name for name in left_out if name not in self.left_out]
        self.remarks += [remark for remark in remarks if remark not in self.remarks]

    def warnings(self) -> list[dict[str, Any]]:
        """What was odd, as `{"id", "message", "count", "codes"?}`; nothing in it identifies an episode."""
        told: list[dict[str, Any]] = [{"id": "KG-W1220", "message": note, "count": 1} for note in self.notes]
        told += [{"id": id, "message": words, "count": 1} for id, words in self.remarks]
        if self.left_out:
            message = f"columns that are not read: {', '.join(self.left_out)}"
            told.append({"id": "KG-W1280", "message": message, "count": len(self.left_out)})
        for side in Side:
            for id, what, counter in (
                ("KG-W1221", f"{side} code* of impossible shape, left out", self.odd[side].impossible),
                ("KG-W1222", f"{side} code* that only the other system has, kept", self.odd[side].elsewhere),
            ):
                if counter:
                    most = sorted(counter.items(), key=lambda each: (-each[1], each[0]))
                    named = ", ".join(f"{text} ({count:,})" for text, count in most[:_LISTED])
                    more = f" and {len(most) - _LISTED:,} more" if len(most) > _LISTED else ""
                    message = f"{_counted(counter.total(), what)}: {named}{more}"
                    told.append({"id": id, "message": message, "count": counter.total(), "codes": dict(most)})
        for side in Side:
            if count := self.unreadable[side]:
                words = f"episode* has|have {side} codes of which none can be read, and is|are not judged"
                told.append({"id": "KG-W1260", "message": _counted(count, words), "count": count})
        bad = self.bad_days.total()
        shapes = ", ".join(shape for shape, _ in self.bad_days.most_common(3))
        for id, count, what in (
            ("KG-W1223", self.doubled, "episode* has|have an identifier that another episode has too; each is judged"),
            ("KG-W1224", bad, "date* cannot be read, and the day of the run counts"),
            ("KG-W1225", self.cut, "episode* has|have more codes than are read of one side; the rest is left out"),
            ("KG-W1227", self.unnamed, "episode* has|have no identifier, and is|are called by number, as #12"),
            ("KG-W1228", self.skipped, "row* is|are not as wide as the header and was|were left out"),
            (
                "KG-W1261",
                self.facts,
                "episode* brings|bring facts of its|their own (context), which the audit does not take",
            ),
        ):
            if count:
                seen = f": {shapes}" if id == "KG-W1224" else ""
                told.append({"id": id, "message": _counted(count, what) + seen, "count": count})
        if self.empty:
            message = f"{_counted(len(self.empty), 'file* has|have no row')}: {', '.join(self.empty[:3])}"
            told.append({"id": "KG-W1226", "message": message, "count": len(self.empty)})
        return told

    def publishable(self, rule: Rule) -> list[tuple[str, str]]:
        """What was odd, as it may be published: no code is named, and small counts are held back as all others are."""
        told: list[tuple[str, str]] = []
        for warning in self.warnings():
            count = rule.cell(int(warning["count"]))
            words = f"{CATALOGUE[warning['id']].title}: {f'fewer than {rule.least}' if count.is_small else count}"
            told.append((warning["id"], warning["message"] if warning["id"] in _OF_COLUMNS else words))
        return told


def _counted(count: int, words: str) -> str:
    """How many there are of what: `*` is where the plural has its s, `is|are` what is said of one and of more."""
    one = count == 1
    words = re.sub(r"(\w+)\|(\w+)", r"\1" if one else r"\2", words)
    return f"{count:,} {words.replace('*', '' if one else 's', 1)}"


class Doubles:
    """How many identifiers stand twice. Kept are salted hashes alone, in parts of a temporary file beyond some
    millions, so that memory does not grow; no identifier is written anywhere.
    """

    def __init__(self, salt: int, most: int = _HELD) -> None:
        self._salt, self._most = salt, most
        self._held: list[Any] = []
        self._count = 0
        self._parts: list[IO[bytes]] = []

    def add(self, identifiers: Any) -> None:
        """Note the identifiers of a batch, none of which is null."""
        offsets, letters = text_buffers(identifiers)
        hashes = np.zeros(len(identifiers), np.uint64)
        hashed(offsets, letters, np.uint64(self._salt), hashes)
        self._held.append(hashes)
        self._count += len(hashes)
        if self._count >= self._most:
            self._spill()

    def _spill(self) -> None:
        if not self._parts:
            self._parts = [tempfile.TemporaryFile() for _ in range(PARTS)]  # noqa: SIM115  closed by `count`
        for part, hashes in zip(self._parts, self._parted(), strict=True):
            part.write(hashes.tobytes())
        self._held, self._count = [], 0

    def _parted(self) -> list[Any]:
        """What is held, in parts."""
        ends = np.zeros(PARTS, np.int64)
        for hashes in self._held:
            own = np.zeros(PARTS, np.int64)
            sizes(hashes, own)
            ends += own
        every = np.zeros(self._count, np.uint64)
        bounds = ends.copy()
        for hashes in reversed(self._held):
            parted(hashes, bounds, every)
        return np.split(every, ends[:-1])

    def count(self) -> int:
        """How many episodes have an identifier that stood before; what is kept is let go of."""
        if not self._parts:
            return sum(_doubled(hashes) for hashes in self._parted())
        self._spill()
        found = 0
        for part in self._parts:
            part.seek(0)
            found += _doubled(np.frombuffer(part.read(), np.uint64))
            part.close()
        self._parts = []
        return found


def _doubled(hashes: Any) -> int:
    """How many stood before."""
    return int(doubled(hashes, np.zeros(1 << max(4, (2 * len(hashes)).bit_length()), np.uint64)))
