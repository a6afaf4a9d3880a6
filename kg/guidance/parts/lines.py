"""What kind of line it is: an item, a connective, an item with a connective or a label glued to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from kg.expression.recommendation import Side
from kg.guidance.page.behind import code_behind_title, way_before
from kg.guidance.page.paragraph import Paragraph, begins_with_item, connective_of, is_note
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch, sentences
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, spots
from kg.guidance.parts.aside import Aside
from kg.guidance.parts.conditions import condition_of
from kg.guidance.parts.joints import brackets, condition_tail, is_filler, without_cases
from kg.guidance.parts.labels import case_label
from kg.guidance.parts.leads import connected, is_lead
from kg.guidance.parts.titled import end_of_title

_CONNECTED = re.compile(
    r"(/|\(?or\)?|or else|or,? alternatively|alternatively|as an alternative|otherwise|plus|\+|&|and|and also|and then"
    r"|also|then|together with|followed by|along with|with)"
    r"(?:\s*[:,]\s*|\s+|(?-i:(?=[A-Z]\d\d)))(?=\S)",  # or glued to its code
    re.IGNORECASE,
)

# What is glued to the end of a line of codes.
_CLOSED = re.compile(
    r"[\s.]\(?(or(?: else| alternatively| otherwise)?|alternatively|plus|and(?: also| then)?)\)?[.:,]?$", re.IGNORECASE
)


def opening_of(text: str, following: Paragraph | None, phrases: Phrases) -> str | None:
    """The connective of a line that only leads over to the next ("and, since a drug is the cause,"), or None."""
    if following is None or not is_item(following.stretch, phrases):
        return None
    joins = re.match(r"(?:and|plus|(or))\b", text, re.IGNORECASE)
    if not joins or not text.endswith(",") or spots(text) or connected(text, phrases):
        return None
    return "or" if joins[1] else "plus"


_WITHDRAWN = re.compile(
    r"(?<!if )(?<!when )\b(?:not|never) (?:to be )?(?:used|recorded|coded|assigned|added)\W*$"
    r"|\b(?:stays?|remains?|goes) (?:un(?:used|recorded|assigned|coded)|out|off|away)\W*$",
    re.IGNORECASE,
)


def is_item(stretch: Stretch, phrases: Phrases) -> bool:
    """Whether a line is a list item: a code at its head, no sentence about it."""
    return _is_item(stretch.text, phrases)


@lru_cache(maxsize=1024)
def _is_item(text: str, phrases: Phrases) -> bool:
    found = spots(text)
    if not found:
        return False
    if not is_filler(text[: found[0].start]):
        return code_behind_title(text) is not None and not is_note(text) and phrases.verb(text) is None
    if found[0].kind == "chapter" and (is_note(text) or text.endswith(":")):
        return False
    if found[0].kind == "range" and text.endswith(":"):
        return False  # it names the list below
    if found[0].start == 0 and _RECORDS.match(text, found[0].end):
        return False
    if found[0].start == 0 and _WITHDRAWN.search(_outside(text)):
        return False  # a row of a table that denies its code
    return phrases.verb(_outside(without_cases(text[: condition_tail(text)]))) is None


# What a code without its title records.
_RECORDS = re.compile(r"\s(?:records|codes) (?:the|an?|that|which|its|any|how)\b")


def _outside(text: str) -> str:
    """The words outside of brackets."""
    for start, stop in reversed(brackets(text)):
        text = text[:start] + " " + text[stop:]
    return text


@lru_cache(maxsize=1024)
def ends_of(stretch: Stretch, phrases: Phrases) -> tuple[str | None, Stretch | None, Stretch, str | Stretch | None]:
    """A connective at the head of a line, the words before a colon and a code, the line itself.

    What is glued to its end.
    """
    text = stretch.text
    lead: str | None = None
    if opened := _CONNECTED.match(text):
        rest = stretch.part(opened.end(), len(text))
        if is_item(rest, phrases):
            lead = "or" if re.match(r"/|or|alt|\(or|as|other", opened[1], re.IGNORECASE) else "plus"
            stretch, text = rest, rest.text
    label: Stretch | None = None
    found = spots(text)
    case = re.match(r"(?:(?:and|or|plus)\s+)\(([^()]+)\)\s*(?=[A-Z]\d\d)", text, re.IGNORECASE)
    if case and not spots(case[1]):
        label, stretch = stretch.part(case.start(1), case.end(1)), stretch.part(case.end(), len(text))
        text, found = stretch.text, spots(stretch.text)
    apart = _apart(stretch, found, phrases) if not label and code_behind_title(text) is None else 0
    if apart:
        label, stretch = stretch.part(0, apart), stretch.part(apart, len(text))
        label, stretch = _bare(label), _bare(stretch)
        text = stretch.text
    elif found and not is_note(text) and code_behind_title(text) is None:
        before = text[: found[0].start]
        colon = re.search(r":\s*(?=\S*\s*)", before)
        if colon and is_filler(before[before.rfind(":") + 1 :]):
            at = before.rfind(":") + 1
            label = stretch.part(0, at)
            stretch = stretch.part(at, len(text))
            text = stretch.text
    tail: str | Stretch | None = None
    glued = phrases.find("lead.glued", text)
    if glued and spots(text[: glued.start()]) and not spots(text[glued.end() :]):
        tail = stretch.part(glued.start(), len(text))
        stretch = stretch.part(0, glued.start())
    elif (closed := _CLOSED.search(text)) and spots(text):
        tail = "or" if re.match(r"or|alt", closed[1], re.IGNORECASE) else "plus"
        stretch = stretch.part(0, closed.start())
    return lead, label, stretch, tail


# What stands before the first of several lines of diagnoses, among the procedures.
_OPENS_DIAGNOSIS = re.compile(
    r"(?:in addition|additionally|also)[,:]?\s+(?:an?\s|the\s|one of (?:the|these)\s)?"
    r"(?=ICD|[A-Z]\d\d[^(]*\((?:from )?ICD)(?:ICD-?\s?10(?:\s+diagnosis)?(?:\s+codes?)?[,:]?\s+)?(?=[A-Z]\d\d)",
    re.IGNORECASE,
)


def opens_diagnosis(stretch: Stretch, following: Paragraph | None, phrases: Phrases) -> Stretch | None:
    """The first of several lines of diagnoses without what opens it ("In addition, ICD-10 code"); None for others."""
    found = _OPENS_DIAGNOSIS.match(stretch.text)
    if found is None or following is None or stretch.text.endswith(".") or phrases.verb(stretch.text) is not None:
        return None
    rest = stretch.part(found.end(), len(stretch.text))
    goes_on = connective_of(following.text, phrases) is not None or is_item(following.stretch, phrases)
    return rest if goes_on and is_item(rest, phrases) else None


def _apart(stretch: Stretch, found: Sequence[Spot], phrases: Phrases) -> int:
    """Where a label ends that a dash or the blanks of a table's column part from its codes; 0 where none does."""
    text = stretch.text
    if found and phrases.verb(text) is None and (way := way_before(text)):
        return way
    if case := case_label(text, phrases):
        return case
    label = _LABEL.match(text)
    if label is None or not found or found[0].kind == "chapter" or phrases.verb(text) is not None:
        return 0
    begin = label.end("words")
    if found[0].start < begin or not is_filler(text[begin : found[0].start].strip(" -")):
        return 0
    wide = stretch.offsets[begin + 1] - stretch.offsets[begin - 1] > 2 + len("  ") if begin + 1 < len(text) else False
    return begin if text[begin : begin + 3] == " - " or wide else 0


_LABEL = re.compile(
    r"(?P<words>(?:[A-Z]"
    r"|(?!(?:or|and|plus|with|if|when|where|then|also|codes?|notes?)\b)[a-z](?=[a-z -]{2,40} - [A-Z]\d))"
    r"[^.,;:()\d]{2,50}?)(?= - |\s[A-Z]\d\d)"
)


def _bare(stretch: Stretch) -> Stretch:
    """A stretch without the dash or blanks that part a label from its codes."""
    begin = len(stretch.text) - len(stretch.text.lstrip(" :-"))
    return stretch.part(begin, len(stretch.text))


def case_in_label(label: Stretch, phrases: Phrases) -> Stretch | None:
    """The case in brackets behind the name of a side ("ICD-10 (primary tumour):"); None where it is none."""
    found = re.search(r"\(([^()]+)\)\W*$", label.text)
    if found is None or phrases.whole("bracket.idle", found[1]) or phrases.find("diagnosis", found[1]):
        return None
    if any(phrases.find(kind, found[1]) for kind in ("may", "must", "lead.one", "optional", "bracket.none")):
        return None
    return label.part(found.start(1), found.end(1))


# The name of a side before a code, and what is said of that code there ("ICD-10 code, if present:").
_OF_SIDE = re.compile(
    r"(?:(?:main|primary|principal|secondary|additional|further|other)\s+)?(?:(?:icd-?\s?10|opcs-?\s?4(?:\.\d+)?"
    r"|diagnos[ie]s|procedure)\s*){1,2}(?:codes?(?:\(s\))?)?\s*[,(:-]?\s*(?P<case>[a-z][^():]*?)\)?\s*:?",
    re.IGNORECASE,
)
_AT_WILL = re.compile(r"optional\b(?=[^:]*\b(?:icd|opcs|diagnosis|procedure|code)\b)", re.IGNORECASE)


def case_of_side(label: Stretch, source: Source) -> Aside | None:
    """What a label says of the code behind it, beside the name of its side: that it is for a case, or at will."""
    text, phrases = label.text, source.phrases
    if (will := _AT_WILL.match(text)) is not None:
        return Aside("optional", label.part(0, will.end()), 0, will.end())
    found = _OF_SIDE.fullmatch(text)
    if found is None:
        return None
    words = label.part(*found.span("case"))
    at_will = phrases.whole("optional", words.text)
    case = re.match(r"(?:only )?(?:if|when|where|whenever)\b", words.text, re.IGNORECASE) is not None
    if not at_will and not case:
        return None
    return Aside("optional" if at_will else "condition", words, 0, len(words.text))


_LEADS_ON = re.compile(
    r"\b(?:(?:and\s+)?(?:then\s+)?(?:followed by|plus|together with|along with|accompanied by|supplemented by|with"
    r"|in addition)"
    r"|and(?= (?:also |then )?(?:one|either|any|the|a|both|all|these|two)\b))[^.;:]*:?$",
    re.IGNORECASE,
)


def told_before(text: str, phrases: Phrases) -> int:
    """Where the lead-in proper begins of one that first assigns a code ("A1 is assigned, followed by:"); else 0."""
    named = spots(text)
    if not named or is_note(text) or begins_with_item(text):
        return 0
    end = max(spot.end for spot in named)
    said = phrases.find("record", text) if phrases.verb(text) is not None else phrases.opens("bids", text)
    on = _LEADS_ON.search(text, end)
    return on.start() if on is not None and said is not None and said.start() < on.start() else 0


def plainly_told(stretch: Stretch, source: Source) -> Stretch | None:
    """The code and title of the part of a lead-in that assigns it; None where it is offered, denied or restricted."""
    text, named = stretch.text, spots(stretch.text)
    end = end_of_title(stretch, named[-1], len(text), source)
    around = f"{text[: named[0].start]} {text[end:]}"
    odd = ("may", "not", "only", "instead", "lead.one", "lead.odd", "past", "condition")
    told = source.phrases.find("record", around) or source.phrases.opens("bids", around)
    plain = told and not any(source.phrases.find(kind, around) for kind in odd)
    return stretch.part(named[0].start, end) if plain and condition_of(stretch, source) is None else None


def leads_in(label: str, phrases: Phrases) -> bool:
    """Whether words before a colon and a code are a lead-in, no case that begins as one ("With a stone:", "Set A:")."""
    case = re.match(r"with an?\b|without\b", label, re.IGNORECASE) is not None and phrases.find("lead", label) is None
    return is_lead(label, phrases) and not case and not phrases.whole("head.numbered", label)


def without_colon(line: Paragraph, phrases: Phrases) -> Paragraph:
    """The last line of a section, a sentence with codes, without the colon that was printed for its full stop."""
    named = spots(line.text)
    if not line.text.endswith(":") or not named or phrases.find("record", line.text[named[-1].end :]) is None:
        return line
    return replace(line, stretch=line.stretch.part(0, len(line.text.rstrip(" :"))))


def without_either(line: Paragraph, rest: Sequence[Paragraph], phrases: Phrases) -> Paragraph:
    """A line of codes without the "either" before them, where the next line begins with "or"."""
    found = re.match(r"either\s+(?=[A-Z]\d\d)", line.text, re.IGNORECASE)
    if found is None or not rest or ends_of(rest[0].stretch, phrases)[0] != "or":
        return line
    bare = replace(line, stretch=line.stretch.part(found.end(), len(line.text)))
    return bare if is_item(bare.stretch, phrases) else line


def asks_for_codes(text: str, phrases: Phrases) -> bool:
    """Whether a text calls for codes, and does not say that there are none or speak of coding in general."""
    asks = any(phrases.find(kind, text) is not None for kind in ("record", "unnamed", "unnamed.noun"))
    return asks and not any(phrases.find(kind, text) is not None for kind in ("boilerplate", "remark", "not"))


def bids_diagnosis(text: str, home: Side) -> bool:
    """Whether a sentence among diagnoses asks for the code of a disease that it only describes."""
    asks = re.match(
        r"(?:code|record|assign|report|use) (?:the|a|an|any) (?!\w+ code)|codes?(?:\(s\))? (?:for|of) the\b",
        text,
        re.IGNORECASE,
    )
    return home is Side.DIAGNOSIS and asks is not None


def asks_above(lines: Sequence[Paragraph], source: Source) -> bool:
    """Whether the first line of a section calls for codes."""
    return bool(lines) and asks_for_codes(lines[0].text, source.phrases)


def oddity(text: str, phrases: Phrases) -> str:
    """The words of a line over a list which deny the list or count its lines; empty where there are none."""
    if phrases.find("lead.none-less", text) is not None or (is_note(text) and phrases.find("remark", text)):
        return ""
    hit = phrases.find("lead.odd", text)
    if hit is None and not phrases.opens("head.if", text) and not phrases.find("lead.one", text):
        hit = phrases.find("not", text) or phrases.find("lead.denies", text)
    return hit[0] if hit is not None else ""


def varied(lines: Sequence[Paragraph], source: Source) -> frozenset[str]:
    """The lines over lists that state different values of one facet, or number their lists: heads of variants."""
    over = [line.text for line in lines if line.text.endswith(":") and not spots(line.text)]
    facts = [dict(source.lexicon.named_in(text)) for text in over]
    found = [text for text in over if source.phrases.whole("head.numbered", text)]
    cases = [text for text in over if opens_a_case(text, source.phrases)]
    if len(set(cases)) > 1:
        found += cases
    for facet in source.lexicon.order[:-1]:
        values = [of[facet] for of in facts if facet in of]
        if len(set(values)) == len(values) > 1:
            found += [text for text, of in zip(over, facts, strict=True) if facet in of]
    return frozenset(found)


def opens_a_case(text: str, phrases: Phrases) -> bool:
    """Whether a lead-in begins with a case of its own ("With a new graft, the following are assigned:")."""
    if phrases.opens("condition.no-opening", text) or phrases.find("lead.plus", text) or phrases.find("lead.one", text):
        return False
    return phrases.opens("head.if", text) is not None and phrases.find("lead.list", text) is not None


def is_of_case(text: str, varied: frozenset[str], phrases: Phrases) -> bool:
    """Whether a line over a list heads a variant: one that varies a fact (`varied`), or the one for all cases."""
    opens = opens_a_case(text, phrases) or not phrases.opens("lead.opens-plus", text)
    return (text in varied and opens) or phrases.whole("head.always", text)


def asks_below(text: str, phrases: Phrases, *, by_case: bool) -> bool:
    """Whether a heading asks for one of the lines below it."""
    bare = re.sub(r"^either\b", "", text, flags=re.IGNORECASE)
    if phrases.find("lead.one", bare) is None:
        return False
    ends = any(hit.end() == len(bare.rstrip(" :")) for hit in phrases.all("lead.one", bare))
    return ends or by_case or phrases.find("lead", bare) is not None


def begins_list(line: Paragraph | None, phrases: Phrases) -> bool:
    """Whether a line is the first of a list: codes, or the "either" over them."""
    if line is None:
        return False
    return is_item(ends_of(line.stretch, phrases)[2], phrases) or connective_of(line.text, phrases) == "either"


def has_or_below(rest: Sequence[Paragraph], phrases: Phrases) -> bool:
    """Whether an Or stands in the list that begins here, so that it says what an "either" above it means."""
    for line in rest:
        connective = connective_of(line.text, phrases)
        lead, _, stretch, tail = ends_of(line.stretch, phrases)
        if "or" in {connective, lead, tail}:
            return True
        if connective is None and not is_item(stretch, phrases):
            return False
    return False


def are_alternatives(rest: Sequence[Paragraph], phrases: Phrases) -> bool:
    """Whether the next two lines of codes are joined by Or."""
    if not is_item(ends_of(rest[0].stretch, phrases)[2], phrases) or len(rest) < len("AB"):
        return False
    closed = ends_of(rest[0].stretch, phrases)[3] == "or" or ends_of(rest[1].stretch, phrases)[0] == "or"
    return closed or connective_of(rest[1].text, phrases) == "or"


def is_bare_term(text: str, source: Source) -> bool:
    """Whether a line under a SNOMED CT heading is a term without its id, or says that there is none."""
    return not spots(text) and not text.endswith((":", ".")) and source.phrases.verb(text) is None


def told_over(label: Stretch, phrases: Phrases) -> bool:
    """Whether words before a colon and codes are more than one sentence, so that only the last is a label."""
    parts = sentences(label)
    return len(parts) > 1 and (parts[0].text.endswith("?") or phrases.verb(parts[0].text) is not None)


def is_aside(text: str, phrases: Phrases) -> bool:
    """Whether a line behind a code is words with a bracket in them, and no sentence, note or lead-in."""
    said = spots(text) or is_note(text) or text.endswith(":") or phrases.verb(text) is not None
    return "(" in text and not said


def asks_or_joins(text: str, phrases: Phrases, *, heading: bool) -> bool:
    """Whether a line without a colon asks for one line of the list below it, or adds the list to those above.

    A `heading` may do so with few words; words without a full stop that speak of the lists above, or end with words
    that add, do so too.
    """
    if text[-1] in ".;":
        return False
    if heading and (phrases.find("lead.one", text) or (not spots(text) and phrases.opens("lead.opens-plus", text))):
        return True
    if spots(text) or is_note(text):
        return False
    back = phrases.find("lead.refers-back", text) is not None
    ends = (hit.end() == len(text) for kind in ("lead.plus", "lead.one") for hit in phrases.all(kind, text))
    return back or any(ends)
