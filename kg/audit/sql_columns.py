"""The columns of a query: what is marked on each code, what is told of its place, and what is counted of an episode.

Each is asked for by its expression and named once. A column of a later step may use those of the steps before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kg.codes import Category, Chapter, Chapters, One, Scheme, Selector
from kg.codes.selector import spans


def covers(s: Selector, chapters: Chapters) -> str:
    """That a code is at or below a selector."""
    if isinstance(s, One | Category):
        return f"code LIKE '{spans(s, chapters)[0][0]}%'"
    told: list[str] = []
    for lo, hi in spans(s, chapters):
        first, last = lo, hi[:-1]
        end = f"SUBSTRING(code, 1, {len(last)}) <= '{last}'"
        told.append(f"(SUBSTRING(code, 1, {len(first)}) >= '{first}' AND {end})")
    return " OR ".join(told)


def covers_any(selectors: Iterable[Selector], chapters: Chapters) -> str:
    """That a code is at or below one of some selectors, in brackets where it is a choice."""
    named = list(dict.fromkeys(selectors))
    whole = [s for s in named if isinstance(s, Category)]
    told = [covers(s, chapters) for s in named if len(whole) < 4 or s not in whole]
    if len(whole) >= 4:
        listed = ", ".join(f"'{s.letters}'" for s in whole)
        told.append(f"SUBSTRING(code, 1, 3) IN ({listed})")
    return f"({' OR '.join(told)})" if len(told) > 1 or " OR " in told[0] else told[0]


def subsidiary(scheme: Scheme, chapters: Chapters) -> str:
    """That a code never leads a record."""
    return covers_any([Chapter(scheme, "Y"), Chapter(scheme, "Z")], chapters) if scheme is Scheme.OPCS4 else "1 = 0"


def one(predicate: str) -> str:
    """1 where a predicate holds, else 0."""
    return f"CASE WHEN {predicate} THEN 1 ELSE 0 END"


def of_scheme(scheme: Scheme) -> str:
    """That a code is of a classification."""
    return f"scheme = '{scheme.value}'"


BEFORE = "OVER (PARTITION BY episode, scheme ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
BEHIND = "OVER (PARTITION BY episode, scheme ORDER BY position ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)"
SO_FAR = "OVER (PARTITION BY episode, scheme ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"


@dataclass(slots=True)
class Columns:
    """The columns of one query."""

    steps: list[dict[str, str]] = field(default_factory=lambda: [{}])
    """The columns of each step, by their expressions; those of the first are marked on each code by itself."""
    counted: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """The columns of an episode: name and words, by their expressions."""
    plain: dict[str, str] = field(default_factory=dict[str, str])
    """The joined names of the table of operations by rule (`kg.audit.sql_companion`)."""
    dated: bool = False
    """Whether positions, marks and days are asked for."""

    def placed(self, step: int, expression: str) -> str:
        """The name of a column of a step."""
        while len(self.steps) <= step:
            self.steps.append({})
        columns = self.steps[step]
        if expression not in columns:
            columns[expression] = f"w{sum(map(len, self.steps)) + 1}"
        return columns[expression]

    def marked(self, predicate: str) -> str:
        """The name of a column that is 1 for the codes of which a predicate holds."""
        return self.placed(0, one(predicate))

    def count(self, predicate: str, words: str) -> str:
        """The name of the count of the codes of which a predicate holds."""
        return self._counted(f"SUM({one(predicate)})", words)

    def least(self, predicate: str, words: str) -> str:
        """The name of the first position of a code of which a predicate holds."""
        return self._counted(f"MIN(CASE WHEN {predicate} THEN position END)", words)

    def _counted(self, expression: str, words: str) -> str:
        return self.counted.setdefault(expression, (f"n{len(self.counted) + 1}", words))[0]

    def joined(self, rule: str) -> str:
        """The name under which the operations are joined whose titles do not speak for a rule."""
        return self.plain.setdefault(rule, f"t{len(self.plain) + 1}")


def lines(parts: Sequence[str]) -> str:
    """Columns, a line each."""
    return ",\n".join(f"  {part}" for part in parts)
