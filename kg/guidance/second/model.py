"""How likely each relation of two codes is, by the words around them: a multinomial logistic regression.

Its weights are the data file `ontology/second_reading.tsv`, learnt by `tools/learn_second_reading.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import repeat
from math import exp

from kg import resources
from kg.expression.recommendation import Side
from kg.guidance.second.around import Place, Words, around
from kg.guidance.second.relation import Relation

FILE = "ontology/second_reading.tsv"
RELATIONS = tuple(Relation)
SCALE = 100
"""A weight is printed as a whole number of hundredths."""

# The weights of a clue, one for each relation, are the fields of one whole number, so that adding the clues up is one
# sum: each field is lifted above zero, and wide enough for the sum of all clues of a pair.
_WIDTH, _LIFT = 32, 1 << 14
_NOTHING = sum(_LIFT << (_WIDTH * i) for i in range(len(RELATIONS)))


def packed(weights: Iterable[int]) -> int:
    """The weights of a clue as one number."""
    return sum((weight + _LIFT) << (_WIDTH * i) for i, weight in enumerate(weights))


class Model:
    """Weights by group and clue."""

    def __init__(self, tables: Mapping[str, Mapping[str, int]]) -> None:
        """Take the packed weights."""
        self._tables = tables

    def likelihoods(self, words: Words, side: Side, places: list[Place], i: int, j: int) -> dict[Relation, float]:
        """The likelihood of each relation between the codes `i` and `j` of a side."""
        total, count = 0, 0
        for group, clues in around(words, side, places, i, j):
            total += sum(map(self._tables.get(group, {}).get, clues, repeat(_NOTHING)))
            count += len(clues)
        fields = [(total >> (_WIDTH * i)) & ((1 << _WIDTH) - 1) for i in range(len(RELATIONS))]
        scores = [(field - count * _LIFT) / SCALE for field in fields]
        most = max(scores)
        raised = [exp(score - most) for score in scores]
        whole = sum(raised)
        return dict(zip(RELATIONS, (x / whole for x in raised), strict=True))


@cache
def load_model() -> Model:
    """The model of the project's data file."""
    tables = dict[str, dict[str, int]]()
    for line in resources.text(FILE).splitlines()[1:]:
        group, clue, *weights = line.split("\t")
        tables.setdefault(group, {})[clue] = packed(map(int, weights))
    return Model(tables)
