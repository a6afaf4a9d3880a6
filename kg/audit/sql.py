"""A guidance as a query that an analyst can read, and run where the episodes lie: the verdicts of `kg check`.

The query counts, for each episode, the codes that each need of a combination asks for (`kg.reason.needs`) and compares
the counts; what the national standards say of places is told by window functions (`kg.audit.sql_rules`). What it asks
of the warehouse is a table of codes, made by `kg.audit.sql_companion`.
"""

from __future__ import annotations

import datetime
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from importlib import import_module
from itertools import combinations as pairs_of
from itertools import groupby
from typing import Any

from kg.audit.scope import Scopes
from kg.audit.sql_columns import Columns, covers_any, lines, of_scheme
from kg.audit.sql_rules import OperationsByValue, Telling, broken
from kg.codes import Classification, Selector, overlap, within
from kg.errors import KgError
from kg.expression.combination import Combination
from kg.expression.condition import Context, Facets
from kg.expression.nodes import picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.breaking import states_nothing
from kg.reason.holding import Known
from kg.reason.needs import needs
from kg.reason.prepared import Prepared

DIALECTS = ("duckdb", "spark", "postgres", "tsql", "snowflake", "bigquery")
_MOST = 300
"""Combinations of one side that a query writes out."""
_MOST_WAYS, _MOST_CODES, _MOST_SHARING = 1000, 50, 3
"""Where a query tells which combination is best: how many there are, selectors of one, and those that share codes."""

HEADER = """{id}: {title}
{standards}
Table episode_codes: a row for each code. {columns}
Answer: a row for each episode to which the guidance applies."""
_PRINTED = "As printed: no national standard is applied."
_PRINTED_TABLE = """episode; scheme ('OPCS-4' or 'ICD-10'); code in capitals without the point and
without the filler X (J128, C19). kg export --format sql --companion writes how it is made."""
_APPLIED = """With the national standards in force on the day of the episode (without one: today).
Titles of codes are those of the editions in use when this was written; kg audit asks those of the episode's day."""
_APPLIED_TABLE = """episode; scheme ('OPCS-4' or 'ICD-10'); position among the codes of the
scheme, from 1 without gaps; code in capitals without the point and without the filler X (J128, C19); mark ('D' or 'A'
for a dagger or asterisk code, else ''); episode_date. kg export --format sql --companion writes how it is made."""


class Queries:
    """Writes queries, with what all guidances share worked out once.

    Args:
        classification: for titles and chapters.
        facets: in which conditions are recognised.
        applied: the national standards; None: as printed.
    """

    def __init__(self, classification: Classification, facets: Facets, applied: Applied | None = None) -> None:
        self.classification = classification
        self.scopes = Scopes(applied, classification.chapters, Context(facets=facets))
        stated = applied.stated if applied else states_nothing
        self.operations = OperationsByValue(classification, stated)

    def query(self, recommendation: Recommendation, dialect: str = "duckdb") -> str:
        """The query of a guidance: `episode`, `guidance`, `verdict`, and the `combination` that a valid one meets.

        Raises:
            KgError: KG-E1201 for a guidance of more combinations than can be written out, KG-E1215 for one of which a
                standard cannot be told in SQL.
        """
        return written(_sql(recommendation, self), dialect)


def _sql(recommendation: Recommendation, queries: Queries) -> str:
    """The query in DuckDB's SQL."""
    applied, columns = queries.scopes.applied, Columns()
    sides = [_Side(recommendation, side, queries, columns) for side in Side]
    told = [f"{s.verdict} AS {s.name}" for s in sides] + [f"{s.combination} AS {s.name}_met" for s in sides]
    day = ["COALESCE(MAX(episode_date), CURRENT_DATE) AS episode_day"] if applied else []
    counts = [f"{expression} AS {name} /* {words} */" for expression, (name, words) in columns.counted.items()]
    standards, table = (_APPLIED, _APPLIED_TABLE) if applied else (_PRINTED, _PRINTED_TABLE)
    header = HEADER.format(id=recommendation.id, title=recommendation.title, standards=standards, columns=table)
    header = header.replace("*/", "* /").replace("/*", "/ *")
    steps, last = _steps(columns, [x for s in sides for x in s.leading])
    text = recommendation.id.replace("'", "''")
    # Nothing of it is an argument of a user: selectors are codes, ids and titles are quoted.
    return f"""/* {header} */
WITH {steps}, counted AS (
  SELECT episode,
{lines([*day, *counts])}
  FROM {last}
  GROUP BY episode
), judged AS (
  SELECT episode,
{lines(told)}
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


def written(sql: str, dialect: str) -> str:
    """SQL of DuckDB in another dialect, laid out to be read. Some cannot say that what is null comes last: nothing that
    a window is ordered by is, and it is not warned of.
    """
    sqlglot: Any = import_module("sqlglot")
    quiet = sqlglot.ErrorLevel.IGNORE
    (told,) = sqlglot.transpile(
        sql, read="duckdb", write=dialect, pretty=True, max_text_width=100, unsupported_level=quiet
    )
    return re.sub(r"^( *)(.*\bIN \()\n((?: +'[^'\n]*',?\n){4,}) *\)", _filled, told, flags=re.MULTILINE) + "\n"


def _filled(found: re.Match[str]) -> str:
    """A list of codes in lines of usual length, in place of a line for each."""
    margin = f"{found[1]}    "
    listed = textwrap.fill(" ".join(found[3].split()), 110, initial_indent=margin, subsequent_indent=margin)
    return f"{found[1]}{found[2]}\n{listed}\n{found[1]})"


def _steps(columns: Columns, leading: Sequence[str]) -> tuple[str, str]:
    """The tables before the counts, and the name of the last: the codes of the episodes with a main code of the
    guidance, then what is told of the place of each.
    """
    first, *others = columns.steps
    kept = ["episode", "scheme", "code"]
    kept += ["position", "mark", "episode_date"] if columns.dated else []
    told = [*kept, *(f"{expression} AS {name}" for expression, name in first.items())]
    joins = "".join(
        f"\n  LEFT JOIN (SELECT code AS operation FROM operations_without_word WHERE rule = '{rule}') AS {name}"  # noqa: S608
        f" ON {name}.operation = code"
        for rule, name in columns.plain.items()
    )
    tables = [
        f"""looked_at AS (
  SELECT
{lines(told)}
  FROM episode_codes{joins}
  WHERE episode IN (SELECT episode FROM episode_codes WHERE {" OR ".join(leading) or "1 = 0"})
)"""  # noqa: S608
    ]
    name = "looked_at"
    for number, step in enumerate(others, 1):
        told = [f"{expression} AS {column}" for expression, column in step.items()]
        tables.append(f"placed_{number} AS (\n  SELECT *,\n{lines(told)}\n  FROM {name}\n)")  # noqa: S608
        name = f"placed_{number}"
    return ", ".join(tables), name


class _Side:
    """One side of a guidance as predicates on counts, for each time in which the same standards are in force."""

    def __init__(self, r: Recommendation, side: Side, queries: Queries, columns: Columns) -> None:
        scopes, classification = queries.scopes, queries.classification
        self.side, self.name = side, "procedures" if side is Side.PROCEDURE else "diagnoses"
        self._chapters, self._columns = classification.chapters, columns
        columns.dated = scopes.applied is not None
        self._codes = columns.count(of_scheme(side.scheme), side.scheme.value)
        e, scope = r.side(side), scopes.of(r, side)
        self.leading: list[str] = []
        if e is None or scope is None:
            self.verdict, self.combination = "'not given'", "''"
            return
        ready = [self._ready(r, side, classification, scopes, day) for day in scopes.days.examples]
        if ready[0].printed_leading:
            self.leading = [f"{of_scheme(side.scheme)} AND {covers_any(ready[0].printed_leading, self._chapters)}"]
        named = tuple(dict.fromkeys(pick.selector for pick in picks(e)))
        times: list[tuple[str, str]] = []
        for one, day in zip(ready, scopes.days.examples, strict=True):
            foreign = {s: partial(self._in_best, one, s) for s in self._added(one, named)}
            telling = Telling(columns, classification, queries.operations, named, foreign)
            rules = [broken(rule.standard, telling) for rule in scope.rules if rule.standard.in_force(day)]
            times.append(self._of_day(one, [told for told in rules if told]))
        changes = scopes.days.changes
        self.verdict = _by_day([verdict for verdict, _ in times], changes)
        self.combination = _by_day([combination for _, combination in times], changes)

    def _ready(
        self, r: Recommendation, side: Side, classification: Classification, scopes: Scopes, day: datetime.date
    ) -> Prepared:
        """The side on a day.

        Raises:
            KgError: KG-E1201.
        """
        e, applied = r.side(side), scopes.applied
        assert e is not None  # noqa: S101  asked where there is a side
        force = partial(applied.force, r, side, scopes.context, day) if applied else None
        ready = Prepared(e, side, scopes.context, classification, force)
        if ready.known.combinations.count > _MOST:
            what = f"{r.id} has {ready.known.combinations.count:,} combinations on the {side} side"
            hint = f"At most {_MOST} are written out as SQL; kg audit has no such limit."
            raise KgError("KG-E1201", what, hint=hint)
        return ready

    def _added(self, ready: Prepared, named: Sequence[Selector]) -> Iterable[Selector]:
        """The selectors that standards put into combinations and no selector of the text covers."""
        if ready.rules is None:
            return ()
        every = [ready.known, *(known for choice in ready.variants for _, known in choice)]
        selectors = (s for known in every for way in _widest_first(known) for s in way.selectors)
        return [s for s in dict.fromkeys(selectors) if not within(s, named, self._chapters)]

    def _of_day(self, ready: Prepared, rules: Sequence[str]) -> tuple[str, str]:
        """The verdict of the side, and the widest combination that is met, the first in rank of these."""
        if not ready.printed_leading:
            return f"CASE WHEN {self._codes} = 0 THEN 'not given' ELSE 'not applicable' END", "''"
        leading = f"{self._count(ready.printed_leading)} >= 1"
        if ready.leading != ready.printed_leading:
            leading += f" AND {self._count(ready.leading)} >= 1"
        ways = [(f"({self._met(c)})", c) for c in _widest_first(ready.known)]
        wrong = " OR ".join([*rules, *self._contradictions(ready)])
        met = " OR ".join(condition for condition, _ in ways)
        whens = [
            f"WHEN {self._codes} = 0 THEN 'not given'",
            f"WHEN NOT ({leading}) THEN 'not applicable'",
            *([f"WHEN {wrong} THEN 'contradicted'"] if wrong else []),
            *([f"WHEN {met} THEN 'valid'"] if met else []),
        ]
        # Where the standards leave no combination, nothing that has to do with the guidance is right.
        other = "contradicted" if ready.rules is not None and not ways else "incomplete"
        combinations = [f"WHEN {leading} AND {condition} THEN '{c.notation}'" for condition, c in ways]
        combination = f"CASE {' '.join(combinations)} ELSE '' END" if combinations else "''"
        return f"CASE {' '.join(whens)} ELSE '{other}' END", combination

    def _in_best(self, ready: Prepared, s: Selector) -> str:
        """That the best combination has a selector: the widest that is met, else the nearest; of combinations that lack
        equally many codes the one with most, then the one that the checker tries first.

        Raises:
            KgError: KG-E1215 where there are too many.
        """
        scores: dict[bool, list[str]] = {True: [], False: []}
        for order, (printed, way) in enumerate(_ways(ready.known)):
            if order >= _MOST_WAYS:
                raise _untold(f"which of more than {_MOST_WAYS} combinations is nearest")
            never = [x for x in printed.selectors if ready.rules is None or not ready.rules.may_fall(x)]
            absent = " + ".join(f"CASE WHEN {self._count([x])} = 0 THEN 1 ELSE 0 END" for x in never) or "0"
            size = (_MOST_CODES - len(way.selectors)) * 100_000 + order
            scores[s in way.selectors].append(f"({self._lacking(way)}) * 10100000 + ({absent}) * 1000 + {size}")
        if not scores[True]:
            return "1 = 0"
        if not scores[False]:
            return "1 = 1"
        return f"LEAST({', '.join(scores[True])}) < LEAST({', '.join(scores[False])})"

    def _lacking(self, c: Combination) -> str:
        """How many selectors of a combination have no code of their own: of those that share codes, as many as some
        of them are more than their codes (Hall's theorem).

        Raises:
            KgError: KG-E1215 where too many share codes, or there are too many.
        """
        groups: list[list[Selector]] = []
        for s in dict.fromkeys(c.selectors):
            tied = [g for g in groups if any(overlap(s, x, self._chapters) for x in g)]
            groups = [*(g for g in groups if g not in tied), [x for g in tied for x in g] + [s]]
        if len(c.selectors) > _MOST_CODES or any(len(g) > _MOST_SHARING for g in groups):
            raise _untold(f"how many codes of {c.notation} are missing")
        told: list[str] = []
        for group in groups:
            some = [chosen for n in range(1, len(group) + 1) for chosen in pairs_of(group, n)]
            more = [f"{sum(c.selectors.count(s) for s in chosen)} - {self._count(chosen)}" for chosen in some]
            told.append(f"GREATEST(0, {', '.join(more)})")
        return " + ".join(told) or "0"

    def _contradictions(self, ready: Prepared) -> Iterable[str]:
        """That two variants which exclude each other are met, and neither's codes contain the other's."""
        for choice in ready.variants:
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
        mine, theirs = (covers_any(c.selectors, self._chapters) for c in (one, other))
        words = f"of {one.notation} and not of {other.notation}"
        return f"{self._counted(f'{mine} AND NOT {theirs}', words)} >= 1"

    def _met(self, c: Combination) -> str:
        told = [f"{self._count(n.selectors)} >= {n.at_least}" for n in needs(c.selectors, self._chapters)]
        return " AND ".join(told) or "1 = 1"

    def _count(self, selectors: Sequence[Selector]) -> str:
        return self._counted(covers_any(selectors, self._chapters), " or ".join(map(str, selectors)))

    def _counted(self, predicate: str, words: str) -> str:
        return self._columns.count(f"{of_scheme(self.side.scheme)} AND {predicate}", words)


def _untold(what: str) -> KgError:
    hint = "kg audit tells it; --as-printed writes the query without standards."
    return KgError("KG-E1215", f"{what} cannot be told in SQL", hint=hint)


def _by_day(told: Sequence[str], changes: Sequence[datetime.date]) -> str:
    """What is told of each time between changes of the standards, by the day of the episode."""
    runs = [(text, [n for n, _ in same]) for text, same in groupby(enumerate(told), key=lambda each: each[1])]
    if len(runs) == 1:
        return told[0]
    whens = [f"WHEN episode_day < DATE '{changes[numbers[-1]]}' THEN {text}" for text, numbers in runs[:-1]]
    return f"CASE {' '.join(whens)} ELSE {runs[-1][0]} END"


def _widest_first(known: Known) -> tuple[Combination, ...]:
    """The combinations as they are in force, those with most selectors first, among equals in the order in which the
    checker tries them.
    """
    return tuple(sorted((way for _, way in _ways(known)), key=lambda c: -len(c.selectors)))


def _ways(known: Known) -> Iterator[tuple[Combination, Combination]]:
    """The printed combinations in the order in which the checker tries them, each with its ways of being in force."""
    for _, printed in known.combinations.cheapest(lambda _: 0):
        yield from ((printed, way) for way, _ in known.ways(printed))


__all__ = ["DIALECTS", "Queries", "written"]
