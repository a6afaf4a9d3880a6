"""The codes of a batch of episodes as numbers, one side at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entries:
    """The codes of one side of a batch of episodes, one after the other; those of episode i stand from `starts[i]` to
    `starts[i + 1]`, as numbers of the vocabulary.
    """

    starts: Numbers
    codes: Numbers

    @property
    def lengths(self) -> Numbers:
        """How many codes each episode has."""
        return np.diff(self.starts)

    def of(self, episodes: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """The codes of some episodes: of each its row (the place in `episodes`), its place in the episode, and where it
        stands in `codes`.
        """
        starts = self.starts[episodes]
        lengths = self.starts[episodes + 1] - starts
        rows = np.repeat(np.arange(len(episodes)), lengths)
        places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return rows, places, np.repeat(starts, lengths) + places
