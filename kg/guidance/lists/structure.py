"""Whether typed lines agree with each other: a connective with its neighbours, a lead-in with its list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, pairwise, takewhile

from kg.expression.nodes import Pick, Unnamed, conditions, picks
from kg.expression.recommendation import Side
from kg.guidance.lists.scopes import added_to_all
from kg.guidance.lists.stages import SAYS_IF
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.page.titles import known_end
from kg.guidance.parts.cases import OF_RECORD
from kg.guidance.parts.items import Item
from kg.guidance.parts.leads import CODE_FOR, Head, Lead
from kg.guidance.sentences.effects import Effect
from kg.guidance.sentences.frames import cases_in
from kg.guidance.sentences.row import Row

_NUMBERS = {"both": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "2": 2, "3": 3, "4": 4, "5": 5, "6": 6}
_COUNT = re.compile(
    r"(?<![\w.-])(?P<number>two|three|four|five|six|[2-6])\s+(?:(?!or\b|and\b)[\w-]+\s+){0,2}"
    r"(?:codes|categories|lines|entries|combinations|options|possibilities|alternatives|diagnoses)\b"
    r"|\b(?P<both>both)\s+(?:of\s+)?(?:the\s+|these\s+)?(?:following|codes|categories|lines|entries)\b",
    re.IGNORECASE,
)


def report_structure(rows: Sequence[Row], source: Source) -> None:
    """Ask where an Or joins nothing, a lead-in counts other than its lines, or stands over codes of the other side."""
    for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
        if row.kind == "or" and not (_is_joined(before, row) and _is_joined(after, row)):
            source.warn("KG-W0202", "not said what this Or joins", row.stretch)
    if (site := _site_of_last(rows, source)) is not None:
        what = "not said whether this is of the case above it alone, or which side or site it is in each"
        source.warn("KG-W0202", what, site.stretch)
    for at, case in added_to_all(rows):
        if rows[at].kind == "item" or not case:
            what = "not said whether this goes with the combination above it alone, or with each"
            source.warn("KG-W0202", what, rows[at].stretch)
    for row in rows:
        if (label := _label_of(row)) is not None:
            source.warn("KG-W0202", f'not said whether "{label}" is the case of all codes behind it', row.stretch)
        replaces = row.kind in {"head", "lead"} and spots(row.stretch.text) and row.stretch.text.endswith(":")
        if replaces and source.phrases.find("instead", row.stretch.text):
            source.warn("KG-W0202", "not said what the list below takes the place of", row.stretch)
    for row, after in pairwise(rows):
        if _has_own_case(row, after):
            source.warn("KG-W0202", "not said whether this code is of the case of the one before it", row.stretch)
        marked = after.kind == "item" and "*" in after.stretch.text[:8] and "dagger" in row.stretch.text.lower()
        if _asks_for(row) and after.kind == "item" and after.side is row.side and not marked:
            source.warn(
                "KG-W0202", "not said whether these words ask for the code below them or for another", row.stretch
            )
    for i, row in enumerate(rows):
        if isinstance(row.value, Item) and not row.value.choice and not _is_chosen(rows, i):
            for words in cases_in(row.value, source):
                source.warn("KG-W0218", f'"{words.text}" stands behind the title', words)
        if _is_between_cases(rows, i, source) and not _is_bracketed(row, source):
            source.warn("KG-W0202", "not said whether this is for what stands above it only", row.stretch)
        if _is_of_line(rows, i):
            source.warn("KG-W0202", "not said whether this is for what stands above it only", row.stretch)
        if _may_be_of_last(rows, i):
            source.warn("KG-W0202", "not said whether what this adds is of the case above it alone", row.stretch)
        if _may_be_of_all(rows, i, source):
            source.warn("KG-W0202", "not said whether what this adds is of the case above it alone", row.stretch)
        if _may_be_label(row, source):
            source.warn("KG-W0202", "not said whether these words are the title of the code or its case", row.stretch)
        if _means_heading(rows, i):
            source.warn("KG-W0202", "not said which of the headings above these words mean", row.stretch)
        if _may_be_within(rows, i):
            source.warn("KG-W0202", "not said whether this is a choice within the case above it", row.stretch)
        if not isinstance(row.value, Lead):
            continue
        side = rows[i + 1].side if i + 1 < len(rows) else row.side
        below = list(takewhile(lambda x, at=side: x.kind in {"item", "or", "plus"} and x.side is at, rows[i + 1 :]))
        lines = [x for x in below if x.kind == "item"]
        lead = row.value
        told = lead.condition or lead.case or lead.optional or lead.any or lead.each
        is_for = lead.condition is not None and CODE_FOR.match(row.stretch.text)
        if is_for and not source.phrases.find("condition.concurrent", row.stretch.text):
            source.warn(
                "KG-W0202", "not said whether what this code is for is always there: read as a case", row.stretch
            )
        if not told and SAYS_IF.match(row.stretch.text):
            source.warn("KG-W0202", "not said whether the list below is for this case alone", row.stretch)
        asks = lead.one or lead.optional or lead.any or lead.condition is not None
        if asks and lines and all(x.side is not row.side for x in lines):
            source.warn("KG-W0219", "the codes under this lead-in are of the other classification", row.stretch)
        if (wanted := _count(lead)) and lines and wanted not in _sizes(below):
            what = f"the lead-in counts {wanted}, and {len(lines)} stand below it"
            source.warn("KG-W0219", what, row.stretch)


def _is_between_cases(rows: Sequence[Row], at: int, source: Source) -> bool:
    """Whether words that add codes stand behind codes listed under no case, and before those of a case."""
    row = rows[at]
    if not isinstance(row.value, Effect) or row.value.kind != "add" or row.value.mentions:
        return False
    own = [x for x in rows[:at] if x.side is row.side]
    later = [x for x in rows[at + 1 :] if x.side is row.side]
    if any(isinstance(x.value, Effect) and x.value.bound for x in later):
        return False  # each has a sentence of its own
    case = next((n for n, x in enumerate(later) if _names_case(x)), len(later))
    if case < len(later) and source.phrases.find("head.adds", later[case].stretch.text):
        return False  # all stand in one record
    listed = any(x.kind == "item" for x in own) and not any(_names_case(x) for x in own)
    below = [x.value for x in later[case:] if isinstance(x.value, Item)]
    return listed and any(row.value.plain or item.leads for item in below)


def _may_be_of_last(rows: Sequence[Row], at: int) -> bool:
    """Whether a lead-in adds diagnoses under the last of several diseases: it may do so to each, or to that one."""
    lead = rows[at].value
    if not isinstance(lead, Lead) or not lead.plus or rows[at].side is not Side.DIAGNOSIS:
        return False
    if _EACH.search(lead.stretch.text):
        return False
    own = [row for row in rows[:at] if row.side is Side.DIAGNOSIS]
    heads = [n for n, row in enumerate(own) if isinstance(row.value, Head)]
    return len(heads) > 1 and all(any(row.kind == "item" for row in own[a:b]) for a, b in pairwise([*heads, len(own)]))


_EACH = re.compile(r"\b(?:each|every|both|all|any|either (?:case|of)|whichever|above)\b", re.IGNORECASE)


def _may_be_of_all(rows: Sequence[Row], at: int, source: Source) -> bool:
    """Whether a Plus under the last heading of cases beside a list joins codes that only follow others: under the only
    one, or behind a choice of cases with one code each.
    """
    if rows[at].kind != "plus":
        return False
    own = [row for row in rows if row.side is rows[at].side]
    heads = [n for n, row in enumerate(own) if isinstance(row.value, Head)]
    here = next(n for n, row in enumerate(own) if row is rows[at])
    if not heads or heads[-1] > here or not any(row.kind == "item" for row in own[: heads[0]]):
        return False
    besides = source.phrases.find("head.adds", own[heads[-1]].stretch.text) is not None
    if not besides and any(row.kind == "plus" for row in own[: heads[0]]):
        return False  # each list has its own
    if len(heads) > 1 and any(b - a != len("AB") for a, b in pairwise([*heads, here])):
        return False
    cases = [head for n in heads if isinstance(head := own[n].value, Head)]
    below = [row.value for row in own[here + 1 :] if isinstance(row.value, Item)]
    return all(head.conditional for head in cases) and bool(below) and not any(item.leads for item in below)


def _site_of_last(rows: Sequence[Row], source: Source) -> Row | None:
    """The side, or the site behind a Plus, that ends the list under the last heading, where that has one main code, as
    all other headings and lists have without such a code: each operation has its side.
    """
    own = [row for row in rows if row.side is Side.PROCEDURE]
    heads = [n for n, row in enumerate(own) if isinstance(row.value, Head)]
    head = own[heads[-1]].value if heads else None
    if not isinstance(head, Head) or head.run_in or head.adds or head.part or head.always:
        return None
    lists = [own[a:b] for a, b in pairwise([*(heads if heads[0] == 0 else [0, *heads]), len(own)])]
    listed = [[row for row in part if isinstance(row.value, Item)] for part in lists]
    below = listed.pop()
    lone = all(len(part) == 1 and _leads(part[0]) for part in listed) and bool(listed)
    if not lone or any(isinstance(row.value, Effect | Lead) for row in lists[-1]):
        return None
    if len(below) < len("AB") or not _leads(below[0]) or not all(map(_is_site, below[1:])):
        return None
    plus = any(row.kind == "plus" for row in lists[-1])
    if plus and heads[0] == 0 and len(heads) > 1:
        return None  # it goes with each, or is asked about (kg.guidance.lists.labelled)
    joined = plus or below[1].stretch.text.startswith("Z94")
    return below[1] if joined and not source.phrases.find("lead.refers-back", below[1].stretch.text) else None


def _leads(row: Row) -> bool:
    return isinstance(row.value, Item) and row.value.leads


def _is_site(row: Row) -> bool:
    item = row.value
    return isinstance(item, Item) and all(str(pick.selector).startswith("Z") for pick in picks(item.expression))


def _may_be_label(row: Row, source: Source) -> bool:
    """Whether a few words before a code that follows others are less than its title and name a case ("Laparoscopic
    approach Y75.2").
    """
    if not isinstance(row.value, Item) or row.value.leads or not isinstance(node := row.value.expression, Pick):
        return False
    named = spots(row.stretch.text)
    before = row.stretch.text[: named[0].start].strip(" :-(") if named else ""
    if not before or before != node.title or len(before.split()) > _FEW:
        return False
    told = any(facet in OF_RECORD for facet, _ in source.lexicon.named_in(before))
    return told and known_end(node.selector, before) < len(before)


_FEW = 3  # words of a label


def _means_heading(rows: Sequence[Row], at: int) -> bool:
    """Whether words that add codes name one of several headings by its number or place, which no heading has ("for
    approach 2", "for the second method"), or between headings all of them ("in both cases").
    """
    row = rows[at]
    adds = isinstance(row.value, Effect) and row.value.kind == "add"
    if adds and _OF_CASES.search(row.stretch.text):
        return any(x.kind == "head" for x in rows[:at]) and any(
            x.kind == "head" for x in rows[at:] if x.side is row.side
        )
    if not (adds or isinstance(row.value, Lead | Head)) or (hit := _PLACED.search(row.stretch.text)) is None:
        return False
    heads = [x.stretch.text.lower() for x in rows[:at] if x.kind == "head" and x.side is row.side]
    told = hit[0].lower().removeprefix("the ")
    return len(heads) > 1 and not any(told in head for head in heads)


_OF_CASES = re.compile(r"\b(?:in|for|with) (?:both|either|each|all|every)(?: of (?:the|these))? (?!codes?\b)\w+", re.I)
_PLACED = re.compile(
    r"\b(?:approach|method|technique|option|route|variant)\s+(?:no\.?\s*)?[1-4ab]\b"
    r"|\bthe (?:first|second|third|last|former|latter) "
    r"(?:approach|method|technique|option|route|variant|heading|list)\b",
    re.IGNORECASE,
)


def _may_be_within(rows: Sequence[Row], at: int) -> bool:
    """Whether a heading that "or" opens stands behind the one code of another heading, in which it may be a choice."""
    head, side = rows[at].value, rows[at].side
    if not isinstance(head, Head) or not head.other or not re.match(r"or\b", rows[at].stretch.text, re.IGNORECASE):
        return False
    above = list(islice((row for row in reversed(rows[:at]) if row.side is side), len("ABC")))
    if len(above) < len("ABC") or above[0].kind != "item":
        return False
    over = above[1].value
    more = islice((row for row in rows[at + 1 :] if row.side is side and isinstance(row.value, Item)), len("AB"))
    return isinstance(over, Head) and not over.conditional and len(list(more)) > 1


def _has_own_case(row: Row, after: Row) -> bool:
    """Whether the second of two codes that a sentence adds in one case stands before the words of another."""
    a, b = row.value, after.value
    if not isinstance(a, Effect) or not isinstance(b, Effect) or row.stretch.span() != after.stretch.span():
        return False
    told = [[c.words for c in conditions(e.expression)] if e.expression is not None else [] for e in (a, b)]
    named = spots(row.stretch.text)
    return bool(told[0]) and told[0] == told[1] and _OTHER_CASE.search(row.stretch.text, named[-1].end) is not None


_OTHER_CASE = re.compile(
    r"\b(?:at|in|on|for|with|during) (?:the |an? )(?:first|second|third|last|final|initial|other|later|earlier)\b",
    re.IGNORECASE,
)


def _is_bracketed(row: Row, source: Source) -> bool:
    """Whether what a row adds in a case stands in a bracket, which is of the codes right above it."""
    start = row.stretch.span()[0]
    opens = source.document.text[max(0, start - 2) : start].rstrip().endswith("(") or row.stretch.text.startswith("(")
    return opens and isinstance(row.value, Effect) and not row.value.plain


def _names_case(row: Row) -> bool:
    return isinstance(row.value, Head) or (isinstance(row.value, Lead) and row.value.condition is not None)


def _label_of(row: Row) -> str | None:
    """The words before a colon and codes, of a line that was read as a sentence without them as its case."""
    effect = row.value
    if not isinstance(effect, Effect) or effect.kind != "add" or effect.expression is None:
        return None
    if (found := _LABEL.match(row.stretch.text)) is None:
        return None
    own = [case.words for case in conditions(effect.expression)]
    return None if any(found[1] in words for words in own) else found[1]


_LABEL = re.compile(
    r"(?![^:]*\b(?:codes?|coded|coding|icd|opcs|diagnos\w+|procedures?|addition|also|as follows|notes?)\b)"
    r"([A-Z][a-z]+(?:[ -][a-z-]+){0,3}):\s*[A-Z]\d\d",
    re.IGNORECASE,
)


def _is_of_line(rows: Sequence[Row], at: int) -> bool:
    """Whether words at the end of a code's line ask for one more ("together with the code for"), and an Or stands
    before or behind that line.
    """
    near = [rows[i].kind if 0 <= i < len(rows) else "" for i in (at - 2, at - 1, at + 1, at + 2)]
    own = rows[at].kind == "plus" and rows[at].stretch.text[:1].islower() and near[1:3] == ["item", "effect"]
    return own and "or" in (near[0], near[3])


def _asks_for(row: Row) -> bool:
    """Whether words that end in no full stop ask for codes without naming any, as words over a list do."""
    open_end = not row.stretch.text.rstrip().endswith((".", ")", ";"))
    return open_end and isinstance(row.value, Effect) and isinstance(row.value.expression, Unnamed)


def _is_joined(near: Row | None, row: Row) -> bool:
    """Whether what stands beside an Or is a line or variant that it can join."""
    return near is not None and near.side is row.side and near.kind in {"item", "head"}


def _is_chosen(rows: Sequence[Row], at: int) -> bool:
    """Whether a line is one of a choice, so that words behind its title only say which it is."""
    begin = at
    while begin and rows[begin - 1].kind in {"item", "or"}:
        begin -= 1
    over = rows[begin - 1].value if begin else None
    near = rows[max(0, at - 1) : at + 2]
    return (isinstance(over, Lead) and over.one) or any(row.kind == "or" for row in near)


def _count(lead: Lead) -> int:
    """How many codes a lead-in says that its list has; 0 where it does not say."""
    found = _COUNT.search(lead.stretch.text)
    if found is None:
        return 0
    return 2 if found["both"] else _NUMBERS[found["number"].lower()]


def _sizes(below: Sequence[Row]) -> set[int]:
    """How many a list may be said to have: lines up to a Plus, what Or parts it into, the codes of its only line."""
    first = next((i for i, row in enumerate(below) if row.kind == "plus"), len(below))
    listed = [row for row in below[:first] if row.kind == "item"]
    sizes = {len(listed), sum(row.kind == "item" for row in below), 1 + sum(row.kind == "or" for row in below)}
    sizes.add(sum(isinstance(row.value, Item) and row.value.leads for row in listed))
    if len(listed) == 1:
        sizes.add(len(spots(listed[0].stretch.text)))
    return sizes
