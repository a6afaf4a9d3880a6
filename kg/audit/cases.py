"""A sample of cases to look at: for each guidance and verdict some episodes, drawn evenly, as a table for people that
`kg check` reads too.
"""

from __future__ import annotations

import csv
from importlib import import_module
from typing import IO, Any

import numpy as np
import pyarrow as pa

from kg.audit.summary import plain_cells

pc: Any = import_module("pyarrow.compute")  # its functions are made at run time: no checker knows them

Case = list[str]
_TOLD = ("combination", "missing", "broken")
_SEED = 1  # the same files and the same store give the same sample


class Cases:
    """Draws up to `most` cases for each guidance and verdict from the batches of an audit.

    An identifier that stands twice in a batch does not tell the episode: such cases are not drawn.
    """

    def __init__(self, most: int) -> None:
        self._most, self._chance = most, np.random.default_rng(_SEED)
        self._drawn: dict[tuple[str, str], list[tuple[float, Case]]] = {}

    def add(self, episodes: pa.RecordBatch, rows: pa.RecordBatch) -> None:
        """Draw from the rows of a batch of episodes. Each row has a chance number; those with the least stay."""
        numbers = self._chance.random(rows.num_rows)
        guidance, verdict = rows.column("guidance"), rows.column("verdict")
        kinds = [(g, v) for g in guidance.dictionary.to_pylist() for v in verdict.dictionary.to_pylist()]
        kind = guidance.indices.to_numpy() * np.int64(len(verdict.dictionary)) + verdict.indices.to_numpy()
        limits = np.array([self._limit(each) for each in kinds])
        near = np.flatnonzero(numbers < limits[kind]) if len(kinds) else np.zeros(0, np.int64)
        near = near[np.lexsort((numbers[near], kind[near]))]
        starts = np.flatnonzero(np.diff(kind[near], prepend=-1))
        place = np.arange(len(near)) - np.repeat(starts, np.diff(starts, append=len(near)))
        near = near[place < self._most]
        at = _places(episodes.column("episode"), rows.column("episode").take(pa.array(near)))
        for row, episode in zip(near.tolist(), at.tolist(), strict=True):
            if episode >= 0:
                drawn = self._drawn.setdefault(kinds[kind[row]], [])
                drawn.append((float(numbers[row]), _case(episodes, episode, rows, row)))
                drawn.sort(key=lambda each: each[0])
                del drawn[self._most :]

    def _limit(self, kind: tuple[str, str]) -> float:
        drawn = self._drawn.get(kind, [])
        return drawn[-1][0] if len(drawn) == self._most else 1.0

    def write(self, out: IO[str]) -> None:
        """The cases as CSV, by guidance and verdict: the columns of a record, then what is told of it."""
        writer = csv.writer(out)
        writer.writerow(("guidance", "verdict", "id", "procedures", "diagnoses", "date", *_TOLD))
        for kind in sorted(self._drawn):
            writer.writerows((*plain_cells(*kind), *case) for _, case in self._drawn[kind])


def _places(identifiers: Any, wanted: Any) -> Any:
    """Where in a batch the episodes of some identifiers stand; -1 for one that stands there twice."""
    distinct = wanted.unique()
    among = pc.index_in(identifiers, value_set=distinct).fill_null(len(distinct)).to_numpy(zero_copy_only=False)
    counts = np.bincount(among, minlength=len(distinct) + 1)
    places = np.zeros(len(distinct) + 1, np.int64)
    places[among] = np.arange(len(among))
    places[counts > 1] = -1
    return places[pc.index_in(wanted, value_set=distinct).to_numpy(zero_copy_only=False)]


def _case(episodes: pa.RecordBatch, episode: int, rows: pa.RecordBatch, row: int) -> Case:
    record, told = episodes.slice(episode, 1).to_pylist()[0], rows.slice(row, 1).to_pylist()[0]
    codes = (" ".join(record[side]) for side in ("procedures", "diagnoses"))
    found = [told["combination"], "; ".join(told["missing"]), " ".join(told["broken"])]
    return plain_cells(record["episode"], *codes, record["date"] or "", *found)
