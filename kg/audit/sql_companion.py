"""What exported queries stand on: a table of codes, made of the columns of episodes, and a table of operations whose
titles do not speak for a rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from kg.audit.layouts import shipped
from kg.audit.sql import written
from kg.audit.sql_rules import without_words
from kg.codes import Classification, Scheme
from kg.reason.standard import Kind, Level, Standard

OPERATIONS = "CREATE TABLE operations_without_word (rule VARCHAR(64), code VARCHAR(8), PRIMARY KEY (rule, code))"
_KEYLESS = ("spark", "snowflake", "bigquery")  # keys are not kept there, or not known
# PostgreSQL would put each step into the next, where it is asked for many times: the last would take for ever.
_MATERIALIZED = ("duckdb", "postgres")
_PROCEDURES, _DIAGNOSES = 24, 20
_ROWS = 500  # of an INSERT: SQL Server takes a thousand

_HEADER = """What the queries of kg export --format sql stand on. Names of the table and its columns are those of HES
(apc, epikey, epistart, epiend, opertn_01 ..., diag_01 ...): put yours in their place.
episode_codes: a row for each code. The day is the end of the episode, else its beginning. Fillers and what is no code
are left out, and positions have no gaps for it. So are episodes with a side of which no cell is a code."""
_TABLE = """What the queries of kg export --format sql ask of operations: those whose title is known and has no word of
a rule, such as one for a paired organ."""


def companion(standards: Iterable[Standard], classification: Classification, dialect: str = "duckdb") -> str:
    """A script that makes `episode_codes` (a view) and `operations_without_word`."""
    told = [f"/* {_HEADER} */\n{_view(dialect)}", f"/* {_TABLE} */\n{written(_operations(dialect), dialect).rstrip()}"]
    rows = silent_operations(standards, classification)
    told += [_inserted(rows[n : n + _ROWS]) for n in range(0, len(rows), _ROWS)]
    return ";\n\n".join(told) + ";\n"


def _operations(dialect: str) -> str:
    return OPERATIONS.replace(", PRIMARY KEY (rule, code)", "") if dialect in _KEYLESS else OPERATIONS


def silent_operations(standards: Iterable[Standard], classification: Classification) -> list[tuple[str, str]]:
    """Rule and code of the known operations whose title has no word of a rule that asks for one before its subject."""
    asking = [s for s in standards if s.kind is Kind.FOLLOWS and s.words and s.level is Level.BREAK]
    return [(s.id, key) for s in asking for key in without_words(s, classification)]


def _inserted(rows: Sequence[tuple[str, str]]) -> str:
    # Ids of rules and keys of codes: nothing that a user wrote.
    values = ",\n  ".join(
        ", ".join(f"('{rule}', '{key}')" for rule, key in rows[n : n + 3]) for n in range(0, len(rows), 3)
    )
    return f"INSERT INTO operations_without_word (rule, code) VALUES\n  {values}"


def _view(dialect: str) -> str:
    cells = [("opertn", Scheme.OPCS4, n) for n in range(1, _PROCEDURES + 1)]
    # Days that stand for none lie before all others.
    last = f"CAST('{max(shipped().no_dates)}' AS DATE)"
    day = f"CASE WHEN epiend > {last} THEN epiend WHEN epistart > {last} THEN epistart END"
    fillers = ", ".join(f"'{key}'" for key in _fillers())
    cells += [("diag", Scheme.ICD10, n) for n in range(1, _DIAGNOSES + 1)]
    selects = "\n  UNION ALL ".join(
        f"SELECT epikey AS episode, '{scheme.value}' AS scheme, {n} AS cell_number, {name}_{n:02} AS cell, "  # noqa: S608
        f"{day} AS episode_date FROM apc"
        for name, scheme, n in cells
    )
    ends = "RIGHT(cell, 1)"
    is_icd = f"scheme = '{Scheme.ICD10.value}'"
    body = "SUBSTRING(cell, 1, LENGTH(cell) - LENGTH(mark))"
    letters = " AND ".join(["SUBSTRING(code, 1, 1) BETWEEN 'A' AND 'Z'", *(_figure("code", n) for n in (2, 3))])
    is_opcs = f"scheme = '{Scheme.OPCS4.value}'"
    code = f"{_shape(letters, _figure('code', 4))} AND NOT ({is_opcs} AND code IN ({fillers}))"
    nothing = ", ".join(f"'{text}'" for text in _nothing())
    given = f"NOT (given IN ({nothing}) OR ({is_opcs} AND code IN ({fillers})))"
    counts = ",\n".join(
        f"    SUM(CASE WHEN {scheme} AND {what} THEN 1 ELSE 0 END) OVER (PARTITION BY episode) AS {name}"
        for scheme, what, name in (
            (is_opcs, "is_code = 1", "procedures"),
            (is_opcs, "is_given = 1", "procedure_cells"),
            (is_icd, "is_code = 1", "diagnoses"),
            (is_icd, "is_given = 1", "diagnosis_cells"),
        )
    )
    blank = "COALESCE(cell, '')"
    for number in (9, 10, 13, 160):
        blank = f"REPLACE({blank}, CHR({number}), ' ')"
    sql = f"""CREATE VIEW episode_codes AS
WITH cells AS (
  {selects}
), /* without blanks and quotation marks around it */ bare AS (
  SELECT episode, scheme, cell_number, episode_date, UPPER(TRIM({blank}, ' ''"')) AS cell
  FROM cells
), /* without hyphens behind it; between the figures of a category there is no blank */ unpadded AS MATERIALIZED (
  SELECT episode, scheme, cell_number, episode_date, REPLACE(REPLACE(cell, '.', ''), ' ', '') AS given,
    CASE WHEN {_figure("LTRIM(SUBSTRING(cell, 2, 20))", 1)} AND {_figure("LTRIM(SUBSTRING(cell, 2, 20))", 2)}
      AND (cell = REPLACE(cell, '-', '') OR (SUBSTRING(cell, 1, LENGTH(REPLACE(cell, '-', ''))) = REPLACE(cell, '-', '')
        AND (RIGHT(REPLACE(cell, '-', ''), 1) BETWEEN '0' AND '9' OR RIGHT(REPLACE(cell, '-', ''), 1) = 'X')))
      THEN REPLACE(REPLACE(cell, '-', ''), ' ', '') ELSE '' END AS cell
  FROM bare
), /* without the point */ pointless AS MATERIALIZED (
  SELECT episode, scheme, cell_number, episode_date, given,
    CASE WHEN SUBSTRING(cell, 4, 1) = '.' AND ({_figure("cell", 5)} OR SUBSTRING(cell, 5, 1) = 'X')
      THEN CONCAT(SUBSTRING(cell, 1, 3), SUBSTRING(cell, 5, 20)) ELSE cell END AS cell
  FROM unpadded
), /* nor that before a fifth character, nor X where there is none */ plain AS MATERIALIZED (
  SELECT episode, scheme, cell_number, episode_date, given,
    CASE WHEN SUBSTRING(cell, 5, 1) = '.' AND {_figure("cell", 6)}
        THEN CONCAT(SUBSTRING(cell, 1, 4), SUBSTRING(cell, 6, 20))
      WHEN {_figure("cell", 4)} AND REPLACE(SUBSTRING(cell, 5, 20), 'X', '') = '' THEN SUBSTRING(cell, 1, 4)
      ELSE cell END AS cell
  FROM pointless
), marked AS (
  SELECT episode, scheme, cell_number, episode_date, given, cell,
    CASE WHEN {is_icd} AND LENGTH(cell) > 3 AND {ends} IN ('A', 'D', '*', '+', '\u2020') THEN {ends} ELSE '' END AS mark
  FROM plain
), coded AS MATERIALIZED (
  SELECT episode, scheme, cell_number, episode_date, given,
    CASE WHEN mark = '*' THEN 'A' WHEN mark IN ('+', '\u2020') THEN 'D' ELSE mark END AS mark,
    CASE WHEN {is_icd} AND LENGTH({body}) = 4 AND SUBSTRING({body}, 4, 1) = 'X' THEN SUBSTRING({body}, 1, 3)
      ELSE {body} END AS code
  FROM marked
), told AS (
  SELECT episode, scheme, cell_number, episode_date, code, mark,
    CASE WHEN {code} THEN 1 ELSE 0 END AS is_code, CASE WHEN {given} THEN 1 ELSE 0 END AS is_given
  FROM coded
), counted AS (
  SELECT episode, scheme, cell_number, episode_date, code, mark, is_code,
{counts}
  FROM told
)
SELECT episode, scheme,
  ROW_NUMBER() OVER (PARTITION BY episode, scheme ORDER BY cell_number) AS position,
  code, mark, episode_date
FROM counted
WHERE is_code = 1 AND NOT (procedures = 0 AND procedure_cells > 0) AND NOT (diagnoses = 0 AND diagnosis_cells > 0)"""  # noqa: S608
    if dialect not in _MATERIALIZED:
        sql = sql.replace(" AS MATERIALIZED (", " AS (")
    return written(sql, dialect).rstrip()


def _figure(text: str, place: int) -> str:
    """That a text has a figure in a place."""
    return f"SUBSTRING({text}, {place}, 1) BETWEEN '0' AND '9'"


def _fillers() -> list[str]:
    """What stands among procedures where no code does, and has the shape of one, as keys."""
    keys = {text.upper().replace(".", "") for text in shipped().fillers["procedures"]}
    return sorted(key for key in keys if re.fullmatch(r"[A-Z]\d{3}", key))


def _nothing() -> list[str]:
    """What stands where no code does, as cells are looked at: in capitals, without points and blanks."""
    texts = (text.upper().replace(".", "").replace(" ", "") for text in shipped().fillers["diagnoses"])
    return sorted({"", *texts})


def _shape(letters: str, fourth: str) -> str:
    """That a text has the shape of a code of its classification."""
    fifth = f"({fourth} OR SUBSTRING(code, 4, 1) = 'X') AND SUBSTRING(code, 5, 1) BETWEEN '0' AND '9'"
    return (
        f"{letters} AND ((LENGTH(code) = 4 AND {fourth}) OR (scheme = '{Scheme.ICD10.value}' AND (LENGTH(code) = 3 "
        f"OR (LENGTH(code) = 5 AND {fifth}))))"
    )


__all__ = ["companion", "silent_operations"]
