"""When an episode breaks a rule of the national standards, as a predicate on the counts of a query.

Told are the rules that contradict, and the kinds that the national standards have of these. What breaks a rule has to
be among the codes that the guidance names (`kg.reason.applying.broken_here`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.audit.sql_columns import BEFORE, BEHIND, SO_FAR, Columns, covers_any, of_scheme, subsidiary
from kg.codes import Chapter, Classification, Code, One, Scheme, Selector, overlap, within
from kg.errors import KgError
from kg.reason.breaking import Fact, has_word, stated_values
from kg.reason.standard import Kind, Level, Mode, Standard

_NEVER = 1000  # a position behind all others: an episode has fewer codes


class OperationsByValue:
    """The operations whose title states values of a rule's facet, by these values. Worked out once for each rule."""

    def __init__(self, classification: Classification, stated: Callable[[str], Sequence[Fact]]) -> None:
        self._classification, self._stated = classification, stated
        self._known: dict[str, Mapping[tuple[str, ...], list[str]]] = {}

    def of(self, s: Standard) -> Mapping[tuple[str, ...], list[str]]:
        """The keys of the operations, by the values."""
        if s.id not in self._known:
            found: dict[tuple[str, ...], list[str]] = {}
            for code in dict.fromkeys(operations(self._classification, s.scheme)):
                if values := stated_values(self._classification.title(One(code)), s, self._stated):
                    found.setdefault(tuple(sorted(values)), []).append(code.key)
            self._known[s.id] = found
        return self._known[s.id]


@dataclass(frozen=True, slots=True)
class Telling:
    """What a rule is told with. `named` are the selectors of the guidance's text on this side; `foreign` those that
    standards put beside them or in their place on the day, each with that the best combination has it.
    """

    columns: Columns
    classification: Classification
    operations: OperationsByValue
    named: tuple[Selector, ...]
    foreign: Mapping[Selector, Callable[[], str]]

    def covers(self, selectors: Sequence[Selector]) -> str:
        """That a code is at or below one of some selectors."""
        return covers_any(selectors, self.classification.chapters)

    def touched(self, selectors: Sequence[Selector]) -> bool:
        """Whether a code of the guidance can be one of some selectors."""
        return any(overlap(a, b, self.classification.chapters) for a in (*self.named, *self.foreign) for b in selectors)


def broken(s: Standard, t: Telling) -> str:
    """That an episode breaks a rule, by codes of the guidance; empty where it cannot, or where that contradicts
    nothing.

    Raises:
        KgError: KG-E1215 for a rule that cannot be told.
    """
    if s.level is not Level.BREAK or s.when is not None or not t.named:
        return ""  # what has to be known is not known here
    tell = _KINDS.get(s.kind)
    if tell is None or s.subject_mode is Mode.ALL:
        what = f"the rule {s.id} cannot be told in SQL"
        raise KgError("KG-E1215", what, hint="kg audit applies it; --as-printed writes the query without standards.")
    told = tell(s, t)
    if told and s.unless:
        told = f"({told}) AND {t.columns.count(f'{of_scheme(s.scheme)} AND {t.covers(s.unless)}', 'lifts it')} = 0"
    return f"({told})" if told else ""


def _by_named(s: Standard, t: Telling, selectors: Sequence[Selector]) -> str:
    """That a code is one of some selectors, and the guidance's.

    Raises:
        KgError: KG-E1215 where it can be the guidance's by a standard alone: then the combination that is nearest
            decides, which counts do not tell.
    """
    for x in t.foreign:
        if any(overlap(x, y, t.classification.chapters) for y in selectors):
            what = f"whether {x}, which a standard adds, breaks the rule {s.id} cannot be told in SQL"
            raise KgError("KG-E1215", what, hint="kg audit tells it; --as-printed writes the query without standards.")
    return _by_text(s, t, selectors)


def _by_text(s: Standard, t: Telling, selectors: Sequence[Selector]) -> str:
    """That a code is one of some selectors, and of one that the text names."""
    chapters = t.classification.chapters
    near = [x for x in t.named if any(overlap(x, y, chapters) for y in selectors)]
    inside = [x for x in near if within(x, selectors, chapters)]
    partly = [x for x in near if x not in inside]
    told = [t.covers(inside)] if inside else []
    told += [f"({t.covers(selectors)} AND {t.covers(partly)})"] if partly else []
    return f"{of_scheme(s.scheme)} AND ({' OR '.join(told) or '1 = 0'})"


def _never_primary(s: Standard, t: Telling) -> str:
    """The first code is one of the text's; or one that a standard adds to the best combination, which always has the
    earliest codes that it can have.
    """
    if not t.touched(s.subject):
        return ""
    told = [f"{t.columns.count(f'{_by_text(s, t, s.subject)} AND position = 1', s.id)} >= 1"]
    for x, in_best in t.foreign.items():
        if any(overlap(x, y, t.classification.chapters) for y in s.subject):
            code = f"{of_scheme(s.scheme)} AND {t.covers([x])} AND {t.covers(s.subject)} AND position = 1"
            told.append(f"({t.columns.count(code, f'{s.id}, {x}')} >= 1 AND {in_best()})")
    return " OR ".join(told)


def _never_assigned(s: Standard, t: Telling) -> str:
    return f"{t.columns.count(_by_named(s, t, s.subject), s.id)} >= 1" if t.touched(s.subject) else ""


def _codes_value(s: Standard, t: Telling) -> str:
    del s, t
    return ""  # broken by what is known of the event, and nothing is known here


def _after_dagger(s: Standard, t: Telling) -> str:
    """The first asterisk code of the guidance stands before the first dagger code: for one with a mark one marked so,
    if any is; else any code that is no asterisk code.
    """
    c, mine = t.columns, of_scheme(s.scheme)
    asterisk = c.marked(f"{mine} AND (mark = 'A' OR {t.covers(s.subject)})")
    for x in t.foreign:
        _by_named(s, t, [x])  # a code of any category can be marked
    first = c.least(f"{asterisk} = 1 AND {t.covers(t.named)}", "the first asterisk code")
    held = c.least(f"{asterisk} = 1 AND mark IN ('A', 'D') AND {t.covers(t.named)}", "the first with a mark")
    marked = c.least(f"{mine} AND mark = 'D'", "the first code marked as dagger code")
    other = c.least(f"{mine} AND ({asterisk} = 0 OR mark = 'D')", "the first code that may be a dagger code")
    # An asterisk code that is marked as dagger code is none for itself.
    return f"{first} <= COALESCE({other}, {_NEVER}) OR {held} <= {marked}"


def _follows(s: Standard, t: Telling) -> str:
    """Back from a subject code, over what may stand between, the first code is no object code; or it is an operation,
    and an object code that qualifies it comes before the next operation.
    """
    if not t.touched(s.subject):
        return ""
    c, mine = t.columns, of_scheme(s.scheme)
    below = subsidiary(s.scheme, t.classification.chapters)
    operation = c.marked(f"{mine} AND NOT {below}")
    titled = f"WHEN {_operation_speaks(c, s, below)} THEN 2 " if s.words else ""
    what = c.placed(
        0,
        f"CASE WHEN {mine} AND NOT {t.covers(s.subject)} THEN CASE WHEN {t.covers(s.object)} AND {below} THEN 1 "
        f"WHEN {t.covers(s.object)} THEN 2 {titled}ELSE 0 END ELSE 0 END",
    )
    across = c.marked(f"{mine} AND {t.covers(s.across)}") if s.across else "0"
    before = c.placed(1, f"MAX(CASE WHEN {across} = 0 THEN position * 4 + {what} END) {BEFORE}")
    next_one = c.placed(1, f"MIN(CASE WHEN {operation} = 1 THEN position END) {BEHIND}")
    qualifier = c.placed(1, f"MIN(CASE WHEN {what} = 1 THEN position END) {BEHIND}")
    wrong = (
        f"({before} IS NULL OR {before} % 4 = 0 OR ({before} % 4 = 2 AND {qualifier} < COALESCE({next_one}, {_NEVER})))"
    )
    return f"{c.count(f'{_by_named(s, t, s.subject)} AND {wrong}', s.id)} >= 1"


def _operation_speaks(c: Columns, s: Standard, below: str) -> str:
    """That an operation's title has a word of a rule, or is not known: it is not in the table of those without."""
    return f"NOT {below} AND {c.joined(s.id)}.operation IS NULL"


def _in_sequence(s: Standard, t: Telling) -> str:
    """From a subject code up to the next, the steps that are there do not stand in their order; or, of the first, one
    that has to be there stands before it only. All that is told of it has to be the guidance's.
    """
    if not t.touched(s.subject):
        return ""
    c, mine = t.columns, of_scheme(s.scheme)
    named = _by_named(s, t, s.object)
    start = c.marked(f"{mine} AND {t.covers(s.subject)}")
    steps = [c.marked(f"{mine} AND {t.covers([step])}") for step in s.object]
    strange = c.marked(f"{mine} AND {t.covers(s.object)} AND NOT ({named})")
    part = c.placed(1, f"SUM({start}) {SO_FAR}")
    within = f"OVER (PARTITION BY episode, scheme, {part})"
    stray = c.placed(2, f"MAX({strange}) {within}")
    at = "0"
    for n, step in enumerate(steps):
        present = c.placed(2, f"MAX({step}) {within}")
        next_one = f"MIN(CASE WHEN {step} = 1 AND position > {at} THEN position END) {within}"
        at = c.placed(3 + n, f"CASE WHEN {present} = 0 THEN {at} ELSE COALESCE({next_one}, {_NEVER}) END")
    late = f"{at} = {_NEVER} AND {stray} = 0"
    wrong = c.count(f"{mine} AND {part} >= 2 AND {late}", f"{s.id}, behind a second main code")
    early: list[str] = []
    known: list[str] = []
    for step, selector in zip(steps, s.object, strict=True):
        if selector not in s.optional:
            here = c.count(f"{part} = 1 AND {step} = 1", f"{selector} behind the main code")
            only = c.count(f"{part} = 0 AND {step} = 1", f"{selector} before it")
            theirs = c.count(f"{part} = 0 AND {step} = 1 AND {strange} = 1", f"{selector} before it, of others")
            early.append(f"({here} = 0 AND {only} >= 1)")
            known.append(f"({here} >= 1 OR {theirs} = 0)")
    first = c.count(f"{mine} AND {part} = 1 AND {late}", f"{s.id}, behind the main code")
    there = c.count(f"{start} = 1", "main codes of the sequence")
    others = c.count(f"{part} = 1 AND {strange} = 1", "codes of the sequence that the guidance does not name")
    # Where something stands early, what is told of the first part has that in it too.
    whole = " AND ".join(known) or "1 = 1"
    alone = f"{there} >= 1 AND {others} = 0 AND ({' OR '.join(early) or '1 = 0'}) AND {whole}"
    return f"{wrong} >= 1 OR ({first} >= 1 AND {whole}) OR ({alone})"


def _not_when_stated(s: Standard, t: Telling) -> str:
    """A subject code codes what the title of the operation before it states, or leaves open what that states."""
    known = {value for value, _ in s.codings}
    groups: list[tuple[list[str], list[Selector]]] = []
    for values, codes in sorted(t.operations.of(s).items()):
        bad = [x for value, x in s.codings if value in values]
        bad += [s.otherwise] if s.otherwise and known.intersection(values) else []
        if bad and t.touched(bad):
            groups.append((codes, bad))
    if not groups:
        return ""
    c, mine, n = t.columns, of_scheme(s.scheme), len(groups) + 1
    below = subsidiary(s.scheme, t.classification.chapters)
    whens = [f"WHEN code IN ({_listed(codes)}) THEN {i}" for i, (codes, _) in enumerate(groups, 1)]
    what = c.placed(0, f"CASE WHEN {mine} AND NOT {below} THEN CASE {' '.join(whens)} ELSE 0 END END")
    before = c.placed(1, f"MAX(position * {n} + {what}) {BEFORE}")
    every = [x for _, bad in groups for x in bad]
    wrong = " OR ".join(f"({before} % {n} = {i} AND {t.covers(bad)})" for i, (_, bad) in enumerate(groups, 1))
    return f"{c.count(f'{_by_named(s, t, every)} AND {t.covers(s.subject)} AND ({wrong})', s.id)} >= 1"


def _listed(keys: Sequence[str]) -> str:
    return ", ".join(f"'{key}'" for key in keys)


def operations(classification: Classification, scheme: Scheme) -> Iterator[Code]:
    """The known codes of a classification that may lead a record, in order."""
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for code in classification.codes_under(Chapter(scheme, letter)):
            if not classification.chapters.is_subsidiary(code):
                yield code


def without_words(s: Standard, classification: Classification) -> list[str]:
    """The keys of the operations whose title is known and has no word of a rule."""
    titles = (
        (code.key, classification.title(One(code))) for code in dict.fromkeys(operations(classification, s.scheme))
    )
    return [key for key, title in titles if title is not None and not has_word(title, s.words)]


_KINDS: Mapping[Kind, Callable[[Standard, Telling], str]] = {
    Kind.NEVER_PRIMARY: _never_primary,
    Kind.NEVER_ASSIGNED: _never_assigned,
    Kind.CODES_VALUE: _codes_value,
    Kind.AFTER_DAGGER: _after_dagger,
    Kind.FOLLOWS: _follows,
    Kind.IN_SEQUENCE: _in_sequence,
    Kind.NOT_WHEN_STATED: _not_when_stated,
}
