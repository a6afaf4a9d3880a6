"""What a line that only joins others is: Or, Plus, a lead-in ("In addition" behind variants), or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.expression.recommendation import Side
from kg.guidance.lists.cased import cased_or
from kg.guidance.page.paragraph import Paragraph, connective_of
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.aside import OF_THING
from kg.guidance.parts.cases import OF_RECORD
from kg.guidance.parts.contrasts import all_exclude
from kg.guidance.parts.items import Item
from kg.guidance.parts.joints import OF_SOME
from kg.guidance.parts.leads import Head, Lead, head_of
from kg.guidance.parts.lines import are_alternatives, ends_of, has_or_below, is_item
from kg.guidance.parts.stems import stems
from kg.guidance.sentences.row import Row


@dataclass(frozen=True, slots=True)
class Joint:
    """The kind of row that a connective is; empty where it says nothing. `both`: what it parts may stand together.

    `case`: what it says of the line below it ("or (if it is open)"), or of the `item` on its own line.
    """

    kind: str
    lead: Lead | Head | None = None
    both: bool = False
    case: Stretch | None = None
    item: Stretch | None = None


# "Or (if it is open)", "Plus, after a biopsy,": the case of the next line.
_JOINS = r"(or|plus|and|in addition|with|together with|along with|followed by|and also|also|and then|then|as well as)"
_WITH_CASE = re.compile(rf"{_JOINS}\s*,?\s*\((?P<case>[^()]+)\)\s*:?", re.IGNORECASE)
_BEHIND_COMMA = re.compile(rf"{_JOINS}(?:,| -)\s+(?P<only>(?:but )?only )?(?P<case>[^(),:]+),?\s*:?", re.IGNORECASE)
_AT_EVENT = re.compile(
    r"(?:at|during|after|before|on) "
    r"(?!(?:the |that )?(?:same|end|least|last|first|top|record|both|each|every|all|it|them|these)\b)"
    r"|for (?:children|adults|men|women|infants|babies|donors|recipients|patients)\b",
    re.IGNORECASE,
)
# What a Plus in itself says, or the place in the record.
_IDLE = re.compile(r"(?:(?:always|mandatory|required)|in (?:a |the )?\w+ (?:position|place))", re.IGNORECASE)


def joint_of(
    line: Paragraph, rest: Sequence[Paragraph], rows: Sequence[Row], side: Side, source: Source
) -> Joint | None:
    """What a connective says; None for other lines."""
    phrases = source.phrases
    match connective_of(line.text, phrases):
        case None:
            if (cased := cased_or(line, rest, rows, side, source)) is not None:
                kind, own, item = cased
                if kind == "or":
                    return Joint("or", case=own, item=item)
                return Joint("head", replace(head_of(own, phrases), other=True), item=item)
            found = _WITH_CASE.fullmatch(line.text) or _behind_comma(line.text, phrases)
            over = bool(rest) and is_item(ends_of(rest[0].stretch, phrases)[2], phrases)
            if found is None or not over or not rows or rows[-1].kind != "item" or spots(found["case"]):
                return None
            said = found["case"]
            of_all = phrases.find("lead.refers-back", said) is not None or _names_each(said, rows, side)
            if of_all and found[1].lower() != "or":
                return Joint("lead", Lead(line.stretch, plus=True, all=True))
            if found[1].lower() != "or" and (OF_THING.match(said) or _IDLE.fullmatch(said)):
                return Joint("plus")
            opens = any(phrases.opens(kind, said) for kind in ("head.if", "condition.opening"))
            if not (opens or OF_SOME.match(said) or _AT_EVENT.match(said) or source.lexicon.named_in(said)):
                return None
            case = line.stretch.part(*found.span("case"))
            over = next((row for row in reversed(rows) if row.kind == "head" and row.side is side), None)
            if over is not None and stems(over.stretch.text, letters=5) & stems(said, letters=5):
                return Joint("or" if found[1].lower() == "or" else "plus")  # the case of the heading above it
            more = len(rest) > 1 and is_item(ends_of(rest[1].stretch, phrases)[2], phrases)
            if found[1].lower() != "or" and more:
                source.warn("KG-W0202", "not said whether this case is of the first line below it only", line.stretch)
            return Joint("or" if found[1].lower() == "or" else "plus", case=case)
        case "either":
            kind, lead = _either(line, rest, rows, side, phrases) or ("", None)
            return Joint(kind, lead)
        case "plus":
            lead = _added_to_all(line, rest, rows, side, source) or _over_cases(line, rest, side, source)
            alone = [row.value for row in rows if row.side is side and row.kind in {"item", "or", "head", "lead"}]
            main = [isinstance(item, Item) and item.leads for item in alone]
            if len(main) > 1 and all(main) and _is_of_each(line.stretch, phrases):
                source.warn("KG-W0202", "not said whether one of the lines above is recorded or all", line.stretch)
            return Joint("plus" if lead is None else "lead", lead)
        case kind:
            if kind == "and-or":
                source.warn("KG-W0202", "and/or is read as either or both", line.stretch, review=False)
            return Joint("or", both=kind == "and-or")


def _behind_comma(text: str, phrases: Phrases) -> re.Match[str] | None:
    """A connective with a case behind a comma, where no word opens it that the reading of headings knows."""
    found = _BEHIND_COMMA.fullmatch(text)
    if found is None:
        return None
    said = found["case"]
    known = phrases.opens("condition.opening", said) or OF_SOME.match(said) or _AT_EVENT.match(said)
    led = phrases.opens("head.if", said) is not None  # read as a heading, if "only" does not stand before it
    of_next = text.endswith(",") and re.match(r"for\b", said, re.IGNORECASE) is not None
    return found if (led and (found["only"] or of_next)) or (known and not led) else None


def _either(
    line: Paragraph, rest: Sequence[Paragraph], rows: Sequence[Row], side: Side, phrases: Phrases
) -> tuple[str, Lead] | None:
    """What a line "either" is: over Or it says nothing, but behind codes, or a Plus, that Or joins the lines below it.

    A Plus whose alternatives are told by Or, or a lead-in; with its meaning. None where it says nothing.
    """
    if not rest:
        return None
    near = rows[-1].kind if rows and rows[-1].side is side else ""
    joins = near in {"item", "plus"} or re.match("either", line.text, re.IGNORECASE) is None
    if joins and are_alternatives(rest, phrases):
        return "plus", Lead(line.stretch, one=True)
    if joins or not has_or_below(rest, phrases):
        return "lead", Lead(line.stretch, one=True, plus=joins)
    return None


def _added_to_all(
    line: Paragraph, rest: Sequence[Paragraph], rows: Sequence[Row], side: Side, source: Source
) -> Lead | None:
    """The lead-in that "In addition" or "each followed by" on a line of its own is behind variants, or a Plus behind a
    choice that a lead-in opened over cases: what it adds is for each of them.
    """
    phrases = source.phrases
    heads = [row for row in rows if row.kind == "head" and row.side is side]
    if side is Side.PROCEDURE and rest and _ends_choice(rows, rest[0], source):
        return Lead(line.stretch, plus=True, all=True)
    each = _is_of_each(line.stretch, phrases)
    if side is not Side.PROCEDURE or len(heads) < len("AB") or not (each or _is_besides(line.stretch, phrases)):
        return None
    if not each and any(row.kind == "plus" and _is_besides(row.stretch, phrases) for row in rows):
        return None  # each variant has its own
    below = bool(rest) and is_item(ends_of(rest[0].stretch, phrases)[2], phrases)
    return Lead(line.stretch, plus=True, all=True) if below else None


def _over_cases(line: Paragraph, rest: Sequence[Paragraph], side: Side, source: Source) -> Lead | None:
    """The lead-in that a Plus on a line of its own is over cases that exclude each other ("If laparoscopic:", "If
    open:") and have only codes that follow others: one of them, which is asked.
    """
    cases: list[str] = []
    for below in rest:
        label, codes = ends_of(below.stretch, source.phrases)[1:3]
        text = label.text if label is not None else below.text
        named = [selector_of(spot, side.scheme) for spot in spots(codes.text)]
        if any(x is None or source.leads(x) for x in named):
            return None
        if (label is not None or not named) and source.phrases.opens("head.only-if", text):
            cases.append(text.strip(" :"))
        elif not named or not cases or not is_item(codes, source.phrases):
            break
    facts = [[fact for fact in source.lexicon.named_in(text) if fact[0] in OF_RECORD] for text in cases]
    of_one = all(len(own) == 1 for own in facts) and len({own[0][0] for own in facts}) == 1
    apart = (of_one and len({own[0] for own in facts}) == len(cases)) or all_exclude(cases)
    if side is not Side.PROCEDURE or len(cases) < len("AB") or not apart or _is_besides(line.stretch, source.phrases):
        return None
    source.warn("KG-W0202", "not said whether one of these cases is always recorded", line.stretch)
    return Lead(line.stretch, one=True, plus=True)


def _ends_choice(rows: Sequence[Row], following: Paragraph, source: Source) -> bool:
    """Whether the rows end with a choice of cases, each with one code that only follows others ("Plus one of", "If A:",
    "If B:"), and the line behind the Plus has such a code too.
    """
    at = len(rows)
    while at > 1 and rows[at - 1].kind == "item" and rows[at - 2].kind == "head":
        at -= 2
    cases = [row.value for row in rows[at:]]
    lead = rows[at - 1].value if at else None
    if len(cases) <= len("AB") or not isinstance(lead, Lead) or not lead.one or not lead.plus:
        return False
    found = spots(following.text) if is_item(following.stretch, source.phrases) else ()
    below = selector_of(found[0], Side.PROCEDURE.scheme) if found else None
    follows = below is not None and not source.leads(below)
    return follows and not any(case.leads if isinstance(case, Item) else not isinstance(case, Head) for case in cases)


def _names_each(words: str, rows: Sequence[Row], side: Side) -> bool:
    """Whether words name the cases of all headings of a side, by a word that tells each ("primary or revisional")."""
    heads = [stems(row.stretch.text, letters=5) for row in rows if row.kind == "head" and row.side is side]
    own = stems(words, letters=5)
    shared = [w for w in own if all(w in head for head in heads)]
    return len(heads) > 1 and all((head & own).difference(shared) for head in heads)


def _is_of_each(stretch: Stretch, phrases: Phrases) -> bool:
    return phrases.whole("line.of-each", stretch.text.strip(" ().,:;-"))


def _is_besides(stretch: Stretch, phrases: Phrases) -> bool:
    return phrases.whole("line.besides", stretch.text.strip(" .,:"))
