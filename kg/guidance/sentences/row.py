"""A typed line, and what words behind a list do to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from kg.codes import Chapter, One, Range, Selector
from kg.expression.nodes import picks
from kg.expression.recommendation import Side
from kg.guidance.page.paragraph import is_note
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.page.titles import is_title
from kg.guidance.parts.aside import Aside
from kg.guidance.parts.items import Item, wrapped
from kg.guidance.parts.leads import Head, Lead, connected
from kg.guidance.parts.sides import said_in
from kg.guidance.sentences.effects import Effect

_COUNTS = {"two": 2, "three": 3, "four": 4}
_OF_PART = re.compile(r"\b(first|last|upper|lower|top|bottom) (two|three|four)\b", re.IGNORECASE)
_CASE = re.compile(r"\b(?:for|in) (?:an?|one|those|any|patients|cases)\b|\b(?:if|when|where)\b")
_WHICH_OF = re.compile(r"\bwhich of the (two|three|four)\b", re.IGNORECASE)


@dataclass(slots=True)
class Row:
    """A typed line: item, or, plus, lead, head, effect. `inline`: it stands in a section of the other side."""

    kind: str
    side: Side
    stretch: Stretch
    value: Item | Lead | Head | Effect | None = None
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """The clause of a sentence that asks for one line of a list; `sure`: it does not only speak of a choice."""

    clause: str
    sure: bool


def asking(stretch: Stretch, above: Item | None, phrases: Phrases) -> Asking | None:
    """What asks for one line of the list above; None where nothing does.

    Words in brackets choose inside of the line right `above` them, where that names more than one code.
    """
    text = stretch.text
    denies = phrases.find("not", text) is not None and phrases.find("back.apart", text) is None
    if denies or phrases.find("remark", text) is not None:
        return None
    wide = above is not None and any(not isinstance(p.selector, One) for p in picks(above.expression))
    hit = phrases.find("back.one", text)
    if hit is None and (text.startswith("(") or phrases.verb(text) is None):
        hit = phrases.opens("back.of-them", text.strip("("))  # "(one of these, as documented)"
    sure = hit is not None
    if hit is None and not (text.startswith("(") and wide):
        hit = phrases.find("back.perhaps", text)
    if hit is None:
        hit = phrases.opens("back.whichever", text.strip("("))
    if hit is None:
        rest = phrases.find("the-rest", text) is not None
        return Asking(text, sure=rest) if _parts_all(text, phrases) else None
    end = text.find(";", hit.end())
    return Asking(text[text.rfind(";", 0, hit.start()) + 1 : end if end >= 0 else len(text)], sure)


def _parts_all(text: str, phrases: Phrases) -> bool:
    """Whether a sentence gives each of its codes a case of its own ("A is for a cyst and B for a tumour")."""
    named = spots(text)
    if len(named) < 2 or any(phrases.find(kind, text) for kind in ("besides", "only", "beside", "instead")):
        return False
    if len(named) == len("AB") and phrases.find("the-rest", text) and named[0].printed != named[1].printed:
        return True  # "A is for a cyst; all others have B"
    clauses = [text[a.end : b] for a, b in zip(named, [*(s.start for s in named[1:]), len(text)], strict=True)]
    cases = [
        re.search(r"\b(?:for|in) (?:an?|one|those|any|patients|cases)\b|\b(?:if|when|where)\b", c) for c in clauses
    ]
    return all(case is not None for case in cases)


def choose(
    rows: list[Row], stretch: Stretch, side: Side, named: Sequence[Selector], *, inline: bool, sure: bool
) -> bool:
    """Put the lead-in of a choice over the list that ends the rows; whether it was put there.

    `named` are the codes of the words that ask for it, `sure`: they ask for one of the lines, and do not only speak of
    a choice. Lines are alternatives if each may lead a record, or none may and all are of one chapter. Words that are
    not sure change no list beside another choice, and are in doubt (`Lead.doubted`) of any.
    """
    at = len(rows)
    while at and rows[at - 1].kind == "item" and rows[at - 1].side is side:
        at -= 1
    items = [row.value for row in rows[at:] if isinstance(row.value, Item)]
    if len(items) < 2:
        return False
    own = [pick.selector for item in items for pick in picks(item.expression)]
    main = {pick.selector for item in items if item.leads for pick in picks(item.expression)}
    if named and (len(set(named)) == 1 or (set(named) != set(own) and not (sure and set(named) == main))):
        return False
    if (count := _WHICH_OF.search(stretch.text)) and _COUNTS[count[1].lower()] != len(items):
        return False
    part = _OF_PART.search(stretch.text)
    leading = [item.leads for item in items]
    if part is not None and (part[1].lower() != "first" or sum(leading) != _COUNTS[part[2].lower()]):
        return False  # of some of the lines
    of_a_kind = all(leading) or (not any(leading) and len({str(x)[0] for x in own}) == 1)
    chosen = _has_choice(rows, side)
    if not of_a_kind and (not sure or sum(leading) < 2 or leading != sorted(leading, reverse=True)):
        return False
    if chosen and not sure:
        return False
    lead = Lead(stretch, one=True, doubted=chosen or not sure)
    above = rows[at - 1].value if at and rows[at - 1].kind == "lead" else None
    if isinstance(above, Lead) and above.one and not above.doubted:
        return True
    if isinstance(above, Lead):
        lead = replace(above, one=True, all=False, doubted=lead.doubted or above.all)
        at -= 1
        rows.pop(at)
    rows.insert(at, Row("lead", side, stretch, lead, inline))
    return True


def chosen(
    rows: list[Row],
    stretch: Stretch,
    above: Item | None,
    side: Side,
    known: Sequence[Selector],
    source: Source,
    *,
    inline: bool,
) -> bool:
    """Make a list a choice where the words behind it ask for one of its lines; whether they did."""
    at = asking(stretch, above, source.phrases)
    told = source.phrases.find("back.character", stretch.text) and _of_category(rows, side)
    told = told or (side is Side.DIAGNOSIS and source.phrases.find("back.depends", stretch.text))
    told = told or (source.phrases.opens("back.whichever", stretch.text.strip("(")) and _of_diseases(rows, side))
    if (at is None or not at.sure) and told:
        at = Asking(stretch.text, sure=True)
    found = [x for s in spots(stretch.text) for x in _covered(s, side, known, source)]
    if at is None or not all(x is not None and x in known for x in found):
        return False
    if not found and is_decided(rows, stretch.text, side, source.phrases):
        return True  # it speaks of the choice that is there
    named = [x for s in spots(at.clause) for x in _covered(s, side, known, source) if x is not None]
    made = choose(rows, stretch, side, named, inline=inline, sure=at.sure)
    if not made and source.phrases.opens("back.of-them", stretch.text.strip("(")) and _of_three(rows, side):
        source.warn("KG-W0202", "not said which of the lines are alternatives", stretch)
    return made


def _of_category(rows: Sequence[Row], side: Side) -> bool:
    """Whether the list that the rows end with is of codes of one category, so that a character chooses between them."""
    own = [row.value for row in takewhile(lambda row: row.kind == "item" and row.side is side, reversed(rows))]
    codes = [str(p.selector) for item in own if isinstance(item, Item) for p in picks(item.expression)]
    return len(own) > 1 and len({code[:3] for code in codes}) == 1 and len(set(codes)) == len(codes) == len(own)


def _of_diseases(rows: Sequence[Row], side: Side) -> bool:
    """Whether the list that the rows end with is of diseases, none a status or cause that may stand beside another."""
    own = [row.value for row in takewhile(lambda row: row.kind == "item" and row.side is side, reversed(rows))]
    codes = [str(p.selector) for item in own if isinstance(item, Item) for p in picks(item.expression)]
    return (
        side is Side.DIAGNOSIS and len(own) > 1 and not any(code[0] in "BUVWXYZ" or code[-1] in "DA" for code in codes)
    )


def _of_three(rows: Sequence[Row], side: Side) -> bool:
    """Whether the rows end with three lines or more, so that a choice need not be within the last."""
    return len(rows) > 2 and all(row.kind == "item" and row.side is side for row in rows[-3:])


def _covered(spot: Spot, side: Side, known: Sequence[Selector], source: Source) -> list[Selector | None]:
    """The listed codes that a range names; of another selector it alone."""
    own = selector_of(spot, side.scheme)
    within = [k for k in known if isinstance(k, One) and isinstance(own, Range) and source.same_codes(own, k)]
    return [*within] if len(within) > 1 else [own]


def sums_up(rows: Sequence[Row], label: Stretch, stretch: Stretch, side: Side, source: Source) -> bool:
    """Whether a line only says again what stands above it ("In short: A and B")."""
    if source.phrases.find("remark.again", label.text) is None:
        return False
    above = {pick.selector for row in rows if isinstance(row.value, Item) for pick in picks(row.value.expression)}
    return all(selector_of(spot, side.scheme) in above for spot in spots(stretch.text))


def is_another(rows: Sequence[Row], side: Side, found: Sequence[Spot]) -> bool:
    """Whether a diagnosis is one more of the category whose codes stand each behind a label ("With both: N20.2")."""
    if side is not Side.DIAGNOSIS or len(found) != 1:
        return False
    of_labels = [after.value for head, after in pairwise(rows) if head.kind == "head" and head.side is Side.DIAGNOSIS]
    codes = {str(p.selector)[:3] for item in of_labels if isinstance(item, Item) for p in picks(item.expression)}
    return len(of_labels) > 1 and codes == {found[0].printed[:3]}


def is_decided(rows: Sequence[Row], text: str, side: Side, phrases: Phrases) -> bool:
    """Whether words name "the choice", where there is one in the list above."""
    heads = [row.stretch.text for row in rows if row.kind == "head" and row.side is side]
    if sum(phrases.whole("head.numbered", head) for head in heads) > 1:
        return True  # of the numbered lists one is chosen
    if phrases.find("back.single", text) and any(_is_choice(row) for row in rows if row.side is side):
        return True
    told = phrases.find("back.choice", text) or phrases.find("back.apart", text)
    return told is not None and _has_choice(rows, side)


def _has_choice(rows: Sequence[Row], side: Side) -> bool:
    begin = max((i for i in range(len(rows)) if rows[i].kind == "head"), default=0)
    return any(_is_choice(row) for row in rows[begin:] if row.side is side)


def _is_choice(row: Row) -> bool:
    """Whether a row says that there is a choice."""
    match row.value:
        case Item(choice=choice):
            return choice
        case Lead(one=one):
            return one
        case _:
            return row.kind == "or"


def mark_addition(rows: list[Row], text: str, source: Source) -> None:
    """Let the heading right over a line add its list where the line ends with "as an additional code"."""
    head = rows[-1].value if rows else None
    plain = re.sub(r"\([^()]*\)", " ", text).rstrip(" .;")
    if isinstance(head, Head) and any(hit.end() == len(plain) for hit in source.phrases.all("tail.adds", plain)):
        rows[-1].value = replace(head, adds=True)


def rewrap(rows: Sequence[Row], item: Item, aside: Aside, source: Source) -> Item:
    """The item with its codes under what an aside on a line of its own says of them, put in its row."""
    for at in range(len(rows) - 1, -1, -1):
        row = rows[at]
        if row.value is item:
            own = set(source.lexicon.named_in(aside.stretch.text)) & set(source.lexicon.named_in(item.stretch.text))
            above = [x.kind for x in rows[:at] if x.side is row.side]
            if not own and ("or" in above or above.count("head") > 1):
                source.warn("KG-W0202", "not said whether this is of the line above it or of the choice", aside.stretch)
            made = Item(wrapped(item.expression, aside, source), item.stretch, item.leads, item.choice)
            row.value = made
            return made
    return item


def or_case(
    rows: Sequence[Row], stretch: Stretch, below: Sequence[Stretch], side: Side, source: Source
) -> Stretch | None:
    """The case of the next line alone, told by an Or that joins it to the only main code above ("Or, if open"), or two
    codes that cannot lead; `below` are the lines that follow.

    So what stands behind goes with both. None for a heading: it ends in a colon, or more stands above it.
    """
    opened = connected(stretch.text, source.phrases)
    if not opened or not re.match(r"or\b", stretch.text, re.IGNORECASE):
        return None
    own = [row for row in rows if row.side is side]
    if own and isinstance(own[0].value, Lead) and not (own[0].value.one or own[0].value.any):
        own = own[1:]  # words that only open the list
    over = own[-2].value if len(own) > 1 else None  # the heading of a variant, in which it is a choice
    only = len(own) == 1 or (isinstance(over, Head) and not over.conditional and not over.part)
    alone = only and isinstance(own[-1].value, Item) and own[-1].value.leads and ":" not in stretch.text
    near = len(own) > 1 and own[-2].kind != "head" and isinstance(own[-1].value, Item) and not own[-1].value.leads
    named = [spots(line.text)[:1] for line in below[: len("AB")]]
    first = selector_of(named[0][0], side.scheme) if near and named and named[0] else None
    if near and (side is Side.DIAGNOSIS or first is None or source.leads(first) or (len(named) > 1 and named[1])):
        near = False  # a list of its own
    return stretch.part(opened, len(stretch.text.rstrip(" :"))) if alone or near else None


def said_again(rows: Sequence[Row], stretch: Stretch, side: Side, source: Source) -> list[Selector]:
    """The codes of a sentence that one under an earlier heading, or above all, adds: it has them too.

    Where it lists nothing but these, or joins them to its own ("the codes at the second stage are A and B").
    """
    named = [x for spot in spots(stretch.text) if (x := selector_of(spot, side.scheme)) is not None]
    last = max((i for i, row in enumerate(rows) if row.kind == "head"), default=-1)
    told = [_told_by(row) if row.side is side else [] for row in rows]
    text = _bare(stretch.text)
    same = [
        x
        for row, own in zip(rows[: max(last, 0)], told, strict=False)
        if any(x in named for x in own) and _bare(row.stretch.text) in text
        for x in own
    ]
    if same and set(same) >= set(named):
        return named  # word for word
    records = source.phrases.find("record", stretch.text) or source.phrases.opens("bids", stretch.text)
    says = records or source.phrases.find("diagnosis", stretch.text)
    if is_note(stretch.text) or not any(told[: last + 1]) or not says:
        return []
    if any(own == named for own in told[: last + 1]) and records:
        return named
    here = {x for row, own in zip(rows[last + 1 :], told[last + 1 :], strict=True) for x in (own or _listed_by(row))}
    first = next((i for i, row in enumerate(rows) if row.kind == "head"), last)
    again = [x for x in named if x not in here and any(x in own for own in told[first:last])]
    if side is Side.PROCEDURE or not again:
        return []
    told_in = said_in(stretch, source)
    if _IF.search(told_in) or _LISTED.search(_ONLY_CODES.sub(" # ", told_in)) is None:
        what = "not said whether a code that is told under an earlier heading is recorded here too"
        source.warn("KG-W0202", what, stretch)
        return []
    return again


def _bare(text: str) -> str:
    """The letters and figures of a text, in small letters."""
    return re.sub(r"\W+", "", text).lower()


_IF = re.compile(r"\b(?:if|when|where|wherever|whenever|unless|once)\b", re.IGNORECASE)
_ONLY_CODES = re.compile(r"\(?[A-Z]\d\d(?:\.[\dX-])?[*+A-Z]?\)?")
# Codes that nothing but "and" and its like stands between.
_LISTED = re.compile(
    r"^[^#]*#(?:[\s,;'\"]*(?:(?:and|with|plus|then|also|follows|(?:is )?followed by|together with|along with)\b[\s,]*)*"
    r"(?:(?:also|then|by)\b\s*)?(?:the code\s+)?#)*[^#]*$"
)


def _told_by(row: Row) -> list[Selector]:
    """The codes that a sentence adds."""
    effect = row.value
    adds = isinstance(effect, Effect) and effect.kind == "add"
    return [pick.selector for pick in picks(effect.expression)] if adds and isinstance(effect, Effect) else []


def _listed_by(row: Row) -> list[Selector]:
    return [pick.selector for pick in picks(row.value.expression)] if isinstance(row.value, Item) else []


_TITLED = re.compile(
    r"['\"]?\s+['\"]?([A-Z][a-z](?:(?!\b(?:is|are|was|were|must|should|may|can|will|has|have|needs?)\b)[^.;:,()])*)"
)


def are_of_procedures(
    stretch: Stretch, procedures: Sequence[Selector], diseases: Sequence[Selector], source: Source
) -> bool:
    """Whether the codes of a sentence under a heading of diagnoses are all listed procedures and no diseases; a code of
    a listed category too, and the category of a listed code, by its title in OPCS-4 or without one.
    """
    wide = [p for p in procedures if not isinstance(p, Chapter)]
    for spot in spots(stretch.text):
        own, disease = (selector_of(spot, side.scheme) for side in Side)
        if spot.is_icd or own is None or disease in diseases:
            return False
        title = _TITLED.match(stretch.text, spot.end)
        alike = any(source.same_codes(own, p) for p in wide) and (title is None or is_title(own, title[1], 0.4))
        told = disease is not None and any(source.same_codes(disease, d) for d in diseases)
        if own not in procedures and (told or not alike):
            return False
    return True


def adds_below(rows: Sequence[Row], side: Side) -> bool:
    """Whether sentences stand under a lead-in that adds its list: none of their codes takes the place of others."""
    for row in reversed(rows):
        if row.side is side and row.kind != "effect":
            return isinstance(row.value, Lead) and row.value.plus
    return False


def opens_variant(rows: Sequence[Row], side: Side) -> Stretch | None:
    """The heading below which nothing of a side stands yet, so that the next sentence is of its case; else None."""
    for row in reversed(rows):
        if row.kind == "head":
            return row.stretch
        if row.side is side:
            return None
    return None
