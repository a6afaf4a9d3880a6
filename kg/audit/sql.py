"""A guidance as a query that an analyst can read, and run where the episodes lie: the verdicts as printed.

The query counts, for each episode, the codes that each need of a combination asks for (`kg.reason.needs`) and compares
the counts: no join, and the same in every dialect. What it asks of the warehouse is one table of codes (`HEADER`).
Standards are not told: what rules say of order, dates and titles is not a matter of counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import combinations as pairs_of
from typing import Any

from kg.codes import Category, Chapters, Classification, One, Scheme, Selector
from kg.codes.selector import spans
from kg.errors import KgError
from kg.expression.combination import Combination
from kg.expression.condition import Context, Facets
from kg.expression.recommendation import Recommendation, Side
from kg.reason.holding import Known
from kg.reason.needs import needs
from kg.reason.prepared import Prepared

DIALECTS = ("duckdb", "spark", "postgres", "tsql", "snowflake", "bigquery")
_MOST = 300
"""Combinations of one side that a query writes out."""

HEADER = """{id}: {title}
As printed: no national standard is applied.
Table episode_codes: a row for each code. episode; scheme ('OPCS-4' or 'ICD-10'); code in capitals without the point
and without the filler X (J128, C19). Answer: a row for each episode to which the guidance applies."""


def query(
    recommendation: Recommendation, classification: Classification, facets: Facets, dialect: str = "duckdb"
) -> str:
    """The query of a guidance: `episode`, `guidance`, `verdict`, and the `combination` that a valid one meets.

    Raises:
        KgError: KG-E1201 for a guidance of more combinations than can be written out.
    """
    sides = [_Side(recommendation, side, classification, facets) for side in Side]
    columns = [f"  SUM({_one(_of_scheme(s.scheme))}) AS {s.name}_codes" for s in sides]
    columns += [
        f"  SUM({_one(predicate)}) AS {name} /* {said} */" for s in sides for predicate, name, said in s.counts()
    ]
    told = [f"  {side.verdict} AS {side.name},\n  {side.combination} AS {side.name}_met" for side in sides]
    text = recommendation.id.replace("'", "''")
    header = HEADER.format(id=recommendation.id, title=recommendation.title).replace("*/", "* /").replace("/*", "/ *")
    # Nothing of it is an argument of a user: selectors are codes, ids and titles are quoted.
    sql = f"""/* {header} */
WITH counted AS (
  SELECT episode,
{_lines(columns)}
  FROM episode_codes
  GROUP BY episode
), judged AS (
  SELECT episode,
{_lines(told)}
  FROM counted
)
SELECT episode, '{text}' AS guidance,
  CASE WHEN procedures = 'contradicted' OR diagnoses = 'contradicted' THEN 'contradicted'
    WHEN procedures = 'incomplete' OR diagnoses = 'incomplete' THEN 'incomplete'
    ELSE 'valid' END AS verdict,
  CASE WHEN procedures IN ('incomplete', 'contradicted') OR diagnoses IN ('incomplete', 'contradicted') THEN ''
    WHEN procedures_met <> '' AND diagnoses_met <> '' THEN CONCAT(procedures_met, ' / ', diagnoses_met)
    WHEN diagnoses_met <> '' THEN CONCAT('/ ', diagnoses_met)
    ELSE procedures_met END AS combination
FROM judged
/* A guidance is about a procedure: procedures that have nothing to do with it, and it does not apply. */
WHERE procedures <> 'not applicable'
  AND (procedures <> 'not given' OR diagnoses NOT IN ('not applicable', 'not given'))
"""  # noqa: S608
    sqlglot: Any = import_module("sqlglot")
    return str(sqlglot.transpile(sql, read="duckdb", write=dialect, pretty=True)[0]) + "\n"


def _lines(parts: Iterable[str]) -> str:
    return ",\n".join(parts)


def _one(predicate: str) -> str:
    return f"CASE WHEN {predicate} THEN 1 ELSE 0 END"


def _of_scheme(scheme: Scheme) -> str:
    return f"scheme = '{scheme.value}'"


def _covers(s: Selector, chapters: Chapters) -> str:
    """That a code is at or below a selector."""
    if isinstance(s, One | Category):
        return f"code LIKE '{spans(s, chapters)[0][0]}%'"
    told: list[str] = []
    for lo, hi in spans(s, chapters):
        first, last = lo, hi[:-1]
        end = f"SUBSTRING(code, 1, {len(last)}) <= '{last}'"
        told.append(f"(SUBSTRING(code, 1, {len(first)}) >= '{first}' AND {end})")
    return " OR ".join(told)


class _Side:
    """One side of a guidance as predicates on counts. Each count is asked for once, by its predicate."""

    def __init__(
        self, recommendation: Recommendation, side: Side, classification: Classification, facets: Facets
    ) -> None:
        e = recommendation.side(side)
        self.name = "procedures" if side is Side.PROCEDURE else "diagnoses"
        self.scheme, self._chapters = side.scheme, classification.chapters
        self._ready = Prepared(e, side, Context(facets=facets), classification) if e is not None else None
        if self._ready and self._ready.known.combinations.count > _MOST:
            what = f"{recommendation.id} has {self._ready.known.combinations.count:,} combinations on the {side} side"
            hint = f"At most {_MOST} are written out as SQL; kg audit has no such limit."
            raise KgError("KG-E1201", what, hint=hint)
        self._known = _widest_first(self._ready.known) if self._ready else ()
        self._counts: dict[str, tuple[str, str]] = {}
        self.verdict = self._verdict()
        self.combination = self._combination()

    def counts(self) -> Iterable[tuple[str, str, str]]:
        """The predicate of each count, its name, and what it counts in words."""
        return [(predicate, name, said) for predicate, (name, said) in self._counts.items()]

    def _verdict(self) -> str:
        """The verdict of the side."""
        if self._ready is None:
            return "'not given'"
        leading = f"{self._count(self._ready.printed_leading)} >= 1" if self._ready.printed_leading else "1 = 0"
        broken = " OR ".join(self._contradictions())
        ways = " OR ".join(f"({self._met(c)})" for c in self._known)
        whens = [
            f"WHEN {self.name}_codes = 0 THEN 'not given'",
            f"WHEN NOT ({leading}) THEN 'not applicable'",
            *([f"WHEN {broken} THEN 'contradicted'"] if broken else []),
            *([f"WHEN {ways} THEN 'valid'"] if ways else []),
        ]
        return f"CASE {' '.join(whens)} ELSE 'incomplete' END"

    def _combination(self) -> str:
        """The widest combination that is met, the first in rank of these; empty where none is."""
        if not self._known or self._ready is None or not self._ready.printed_leading:
            return "''"
        applies = f"{self._count(self._ready.printed_leading)} >= 1"
        whens = [f"WHEN {applies} AND {self._met(c)} THEN '{c.notation}'" for c in self._known]
        return f"CASE {' '.join(whens)} ELSE '' END"

    def _contradictions(self) -> Iterable[str]:
        """That two variants which exclude each other are met, and neither's codes contain the other's."""
        assert self._ready is not None  # noqa: S101  asked where there is a side
        for choice in self._ready.variants:
            for (_, one), (_, other) in pairs_of(choice, 2):
                for a, mine in self._held(one):
                    for b, theirs in self._held(other):
                        yield f"({a} AND {b} AND {self._apart(mine, theirs)} AND {self._apart(theirs, mine)})"

    def _held(self, known: Known) -> Iterable[tuple[str, Combination]]:
        """Each combination of a variant, with that it is the widest that is met."""
        wider: list[str] = []
        for c in _widest_first(known):
            if c.selectors:
                met = self._met(c)
                yield " AND ".join((f"({met})", *(f"NOT ({w})" for w in wider))), c
                wider.append(met)

    def _apart(self, one: Combination, other: Combination) -> str:
        """That a code is one of the first combination's, and none of the other's."""
        mine, theirs = (" OR ".join(self._covers(s) for s in dict.fromkeys(c.selectors)) for c in (one, other))
        words = f"of {one.notation} and not of {other.notation}"
        return f"{self._named(f'({mine}) AND NOT ({theirs})', words)} >= 1"

    def _met(self, c: Combination) -> str:
        told = [f"{self._count(n.selectors)} >= {n.at_least}" for n in needs(c.selectors, self._chapters)]
        return " AND ".join(told) or "1 = 1"

    def _count(self, selectors: Sequence[Selector]) -> str:
        predicate = " OR ".join(self._covers(s) for s in selectors)
        return self._named(predicate if len(selectors) == 1 else f"({predicate})", " or ".join(map(str, selectors)))

    def _named(self, predicate: str, words: str) -> str:
        key = f"{_of_scheme(self.scheme)} AND ({predicate})"
        return self._counts.setdefault(key, (f"{self.name[0]}{len(self._counts) + 1}", words))[0]

    def _covers(self, s: Selector) -> str:
        return _covers(s, self._chapters)


def _widest_first(known: Known) -> tuple[Combination, ...]:
    """The combinations, those with most selectors first, among equals in the order in which the checker tries them."""
    tried = [c for _, c in known.combinations.cheapest(lambda _: 0)]
    return tuple(sorted(tried, key=lambda c: -len(c.selectors)))


__all__ = ["DIALECTS", "query"]
