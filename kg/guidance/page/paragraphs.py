"""Lines as they were before they were wrapped, and the coding part of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kg.codes import Scheme
from kg.guidance.page.behind import code_behind_title, names_code, way_before
from kg.guidance.page.concepts import is_one_concept
from kg.guidance.page.document import Document, Line
from kg.guidance.page.glued import unglued
from kg.guidance.page.misprints import is_word, mended
from kg.guidance.page.paragraph import (
    CASED_JOINT,
    JOINS_NEXT,
    KIND_OF_ID,
    Paragraph,
    begins_with_item,
    connective_of,
    heading_of,
    is_includes,
    is_note,
    is_prose,
    leads_in_case,
    tells_codes,
)
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch, fold, has_bullet, is_cut
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.page.titles import is_title, known_end

_FOOTER = re.compile(
    r"(?:[\w/ -]{0,40}\s)?page\s+\d+(?:\s*(?:of|/)\s*\d+)?|\d{1,3}|(?:[\w/ -]{0,60}\s)?\d{1,3}\s*(?:of|/)\s*\d{1,3}"
    r"|-?\s*\d{1,3}\s*-|\d{1,4} (?:normal|special|standard|research)(?: arrangements)?",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"(?:\b(?:of|the|in|from|between|to|with|by|than|codes?|categor(?:y|ies)|range|over|for|add|a|an|and|or|as|is|are|be|which|that|needs?|requires?|under|on|at"
    r"|out|also|either|chapter|plus|one|any|after|before|behind|beside|follows?|precedes?|accompan(?:y|ies)"
    r"|supplements?|replaces?|joins?|also (?:has|have|need|takes?|gets?|carry|carries|receives?|attracts?)"
    r"|(?:has|have|takes?|gets?|receives?) also|for (?:example|instance)|such as|namely"
    r"|(?<=[.;,] )[Oo]therwise|[.;] (?:If|When|Where|For|In) [^.;:]* (?:use|assign|record))"
    r"|,|\(|[A-Z]\d\d(?:\.(?:\d|-))?)$"
)

_ENDED = re.compile(r"[.:;)]$")
_OPEN = re.compile(
    r"\b(?:by|between|from|of|with|to|in|than|codes?|categor(?:y|ies)|range|the|a|an|is|are|needs?|requires?|either|after|before|behind|beside)$"
)


# A code that has lost its title to the next line, behind the code that it is joined to.
_CUT = re.compile(r"^[A-Z]\d\d.*(?:\b(?:plus|or|and|with)|,) [A-Z]\d\d(?:\.(?:\d|-))?$")

LONGEST = 6000
"""Characters of a line that are read; no document has a paragraph half as long, and reading is bounded."""


def paragraphs(document: Document, phrases: Phrases) -> list[Paragraph]:
    """The lines of a document joined where wrapping had parted them; page footers and empty lines are left out."""
    raw = [(line, fold(document.text, line.start, line.end)) for line in document.lines]
    width = max((line.end - line.start for line, stretch in raw if stretch.text), default=0)
    parted = _is_parted_by_blanks(document, raw, width)
    spaced = _is_spaced([stretch.text for _, stretch in raw]) or any(line.page is not None for line in document.lines)
    found: list[Paragraph] = []
    blank, last_width, title_open = True, 0, False
    last_wraps: bool | None = None
    last_page: int | None = None
    for line, stretch in raw:
        if len(stretch.text) > LONGEST:
            stretch = stretch.part(0, LONGEST)
        printed = document.text[line.start : line.end]
        goes_on = last_wraps is True and not blank
        if goes_on and has_bullet(printed):
            stretch = fold(document.text, line.start, line.end, marked=False)
        stretch, misprints = mended(stretch)
        if not stretch.text or _FOOTER.fullmatch(stretch.text):
            blank = True
            continue
        bullet = has_bullet(printed) and not goes_on
        now = Paragraph(stretch, line.level, bullet, blank, misprints)
        first = stretch.text.split(" ", 1)[0]
        wrapped = last_wraps if last_wraps is not None else last_page is not None or _is_full(last_width, first, width)
        sure = not blank and (last_wraps is True or (last_wraps is None and parted))
        if (
            found
            and len(found[-1].text) < LONGEST
            and _goes_on(found[-1], now, blank=blank, wrapped=wrapped, sure=sure, title=title_open, phrases=phrases)
        ):
            before = found[-1]
            both = _gone_on(before.stretch, stretch)
            found[-1] = replace(before, stretch=both, misprints=before.misprints + misprints)
        else:
            if found and spaced and wrapped and not blank and _may_go_on(found[-1].text, stretch.text):
                now = replace(now, doubtful=True)
            title_open = not found or (title_open and bool(KIND_OF_ID.match(stretch.text)))
            found.append(now)
        blank, last_width, last_wraps, last_page = False, len(printed.rstrip()), line.wraps, line.page
    return [part for line in _one_concept_each(found) for part in unglued(line, phrases)]


def _one_concept_each(lines: Sequence[Paragraph]) -> list[Paragraph]:
    """The lines, the term of a concept and its identifier below it joined where each has a label."""
    made: list[Paragraph] = []
    for line in lines:
        if made and is_one_concept(made[-1].text, line.text):
            made[-1] = replace(made[-1], stretch=made[-1].stretch.then(line.stretch))
        else:
            made.append(line)
    return made


def _gone_on(before: Stretch, after: Stretch) -> Stretch:
    """A line and the rest of it, without the hyphen of a word that was parted between them."""
    end, begin = re.search(r"([A-Za-z]+)-$", before.text), re.match(r"[a-z]+", after.text)
    if end is None or begin is None or not is_word(end[1] + begin[0]):
        return before.then(after)
    return Stretch(before.text[:-1] + after.text, before.offsets[:-1] + after.offsets)


def joined(lines: Sequence[Paragraph]) -> list[Paragraph]:
    """The lines, each that may be the rest of the one before it joined to it."""
    found: list[Paragraph] = []
    for line in lines:
        if line.doubtful and found:
            found[-1] = replace(found[-1], stretch=found[-1].stretch.then(line.stretch))
        else:
            found.append(line)
    return found


def _may_go_on(old: str, new: str) -> bool:
    """Whether codes of two lines are joined across the break, if it is one of wrapping."""
    if not begins_with_item(old) or is_note(new):
        return False
    hangs = re.search(r"\b(?:or|plus|and|with|,)$", old) is not None and begins_with_item(new)
    led = re.match(r"(?:or|plus|and|with|together with|along with|followed by)(?: (?=\S)|(?=[A-Z]\d\d))", new)
    return hangs or (led is not None and any(s.start == led.end() and s.kind != "chapter" for s in spots(new)))


def _is_full(last: int, first: str, width: int) -> bool:
    """Whether a line of `last` characters is wrapped: the first word of the next would not have fitted on it."""
    return width <= 140 and last + 1 + len(first) > width


def _is_spaced(lines: Sequence[str]) -> bool:
    """Whether most lines of a text have an empty one between them."""
    close = sum(1 for a, b in pairwise(lines) if a and b)
    return sum(1 for line in lines if line) > 2 * close + 2


def _is_parted_by_blanks(document: Document, raw: Sequence[tuple[Line, Stretch]], width: int) -> bool:
    """Whether empty lines part the paragraphs of a text, so that lines without one between them are one paragraph.

    They do if there are such lines, and each of them is as full as wrapping would have left it.
    """
    last: int | None = None
    before = ""
    full = blanks = 0
    inside = False  # a line has ended inside a clause
    for line, stretch in raw:
        if not stretch.text:
            blanks += last is not None
            last = None
            continue
        if last is not None:
            first = stretch.text.split(" ", 1)[0]
            apart = before.endswith(":") or (stretch.text[0].isupper() and _LABELLED.match(stretch.text) is not None)
            if apart or line.wraps is not None or not _is_full(last, first, width):
                return False
            full += 1
            hangs = _DANGLING.search(before)
            cut = (hangs is not None and hangs[0].islower()) or _CUT.search(before) is not None
            inside = inside or stretch.text[0].islower() or cut
        last, before = len(document.text[line.start : line.end].rstrip()), stretch.text
    return inside and full > 1 and blanks > 1


_JOINS = re.compile(r"\b(?:and|or|plus|with|either|then|together|followed|by|also)\b", re.IGNORECASE)


def _lacks_title(text: str) -> bool:
    """Whether a line of codes with titles ends in one without, so that its title stands on the next line."""
    found = spots(text)
    if len(found) < len("AB") or found[-1].end < len(text.rstrip()):
        return False
    titles = [text[a.end : b.start] for a, b in pairwise(found)]
    return all(re.search(r"[A-Za-z]{4}", _JOINS.sub(" ", title)) for title in titles)


# "For repair of the anterior wall assign A1", "In either case add B1".
_BIDS = re.compile(
    r"(?:For|In|With) [^.;:]{3,80}?,? (?:assign|use|record|report|add|code) (?:the code )?(?=['\"]?[A-Z]\d\d)"
)


def _ends_open(text: str, phrases: Phrases) -> bool:
    """Whether a line of a sentence ends before its full stop ("should be recorded", and "in addition." below it)."""
    return text[-1] not in ".:;!?" and is_prose(text, phrases)


# What stands over codes, or asks for one, and is the rest of no title.
_ASKS = re.compile(r"(?:the )?(?:(?:ICD|OPCS)\S* )?codes? (?:for|of)\b", re.IGNORECASE)


def _goes_on(
    before: Paragraph, now: Paragraph, *, blank: bool, wrapped: bool, sure: bool, title: bool, phrases: Phrases
) -> bool:
    """Whether a line is the rest of the one before it. `sure`: the page says that the line before it is wrapped."""
    old, new = before.text, now.text
    if re.match(r"\(\s*\d{6,18}\s*\)?$", new) and not re.search(r"\d{6,18}\s*\)?$", old) and not old.endswith(":"):
        return heading_of(old, phrases) is None
    if not blank and (new == "(" or old.endswith("(") or (new == ")" and old.count("(") > old.count(")"))):
        return heading_of(old, phrases) is None  # brackets that the page has torn from their words
    if re.search(r"\b(?:unless|except)\b[^.;:]*\b(?:in which case|when)$", old) and begins_with_item(new):
        return True  # the code of the case
    if now.level or before.level or now.bullet or is_note(new) or is_includes(new) or _CONCEPT.match(new):
        return False
    if (
        (heading_of(new, phrases) and (blank or not new[0].islower() or _ENDED.search(old)))
        or heading_of(old, phrases)
        or (
            connective_of(new, phrases)
            and not (new.endswith(":") and not blank and old.endswith(",") and not begins_with_item(old))
            and not (new.endswith(".") and not blank and new[0].islower() and _ends_open(old, phrases))
        )
        or connective_of(old, phrases)
    ):
        return False
    if not blank and is_cut(old, new):
        return True  # a code wrapped at its point
    if sure or (title and not blank and not begins_with_item(new) and not (new[0].isupper() and tells_codes(new))):
        return True
    over = phrases.whole("line.leads", old) or phrases.whole("head.part", old)
    if (begins_with_item(new) and over) or _GLUED.match(new):
        return False
    if names_code(new) and names_code(old):
        return False
    if _JOINED.match(new) and (_JOINED.match(old) or (new[0].isupper() and begins_with_item(old))) and not is_open(old):
        return False  # each line adds its code
    if new[0].isupper() and new.endswith(":") and old.endswith("."):
        return False  # a heading or lead-in behind a sentence
    if spots(old) and phrases.whole("line.leads", new) and not (is_prose(old, phrases) or _DANGLING.search(old)):
        return False  # it leads over to the next line
    if spots(old) and not spots(new) and leads_in_case(new) and not _DANGLING.search(old):
        return False  # so does this, in a case
    if new[0].isupper() and phrases.opens("head.if", new) and re.match(r"[^.;]*:\s*\S", new):
        return False  # a condition as the label of a code
    if new[0].isupper() and begins_with_item(old) and (phrases.opens("back.of-them", new) or _ASKS.match(new)):
        return False  # it asks for one of the lines above, or for codes
    if new[0].isupper() and _LABELLED.match(new) and not _DANGLING.search(old):
        return False
    if way_before(new) and (way_before(old) or (begins_with_item(old) and not _DANGLING.search(old))):
        return False  # a way of doing it, with its code
    starts_small = new[0].islower()
    led = spots(new)
    begins_with_code = bool(led) and led[0].start == 0
    item = begins_with_item(old) or (_LABELLED.match(old) is not None and not is_prose(old, phrases))
    open_bracket = old.count("(") > old.count(")")
    if item and (alone := _only_code(old)) is not None and _ends_a_title(new, phrases):
        # A code on a line of its own: its title follows, behind an empty line too if it is known to be its title.
        selector = selector_of(alone, Scheme.OPCS4)
        return not blank or (selector is not None and is_title(selector, new))
    if blank:
        # A page break inside a sentence.
        if begins_with_code and not title and _OPEN.search(old) and not begins_with_item(old):
            return not _stands_over(old, new)
        return (
            starts_small
            and not old.endswith((".", ":", ";"))
            and not begins_with_code
            and not re.match(r"(?:or|and|plus)(?:\b|(?=[A-Z]\d\d))", new)
            and not (begins_with_item(old) and (_ADDED.match(new) or JOINS_NEXT.fullmatch(new)))
            and not (new.endswith(":") and phrases.opens("lead.opens-plus", new))
        )
    if re.search(r"\(?\d{6,18}\)?$", old):
        return False
    if old.endswith(":"):
        # The title of a standard goes on behind its number.
        return bool(wrapped and is_note(old) and re.search(r"\b[A-Z][A-Za-z]*(?:\.?[IVX\d]+)+:$", old))
    if starts_small and not old.endswith((".", ";")) and (is_note(old) or (not item and is_prose(old, phrases))):
        return True  # "… follows / the site code.": a chapter told in words is in the midst of its sentence
    if (begins_with_code and led[0].kind == "chapter" and led[0].end == len(new)) or code_behind_title(old):
        return False
    if item and not begins_with_code and new[-1] != ":" and _lacks_title(old):
        return True
    if item and not is_note(old) and not is_prose(old, phrases):
        joined = re.match(
            r"(?:or|plus|and|with|either|followed by|together with|along with)(?:\b|(?-i:(?=[A-Z]\d\d))):?\s*",
            new,
            re.I,
        )
        near = joined and (joined[0][:2].lower() in {"or", "pl"} or (led and led[0].start <= joined.end()))
        if begins_with_code or near or CASED_JOINT.fullmatch(new):
            return False
        if new.endswith(":") and phrases.opens("lead.opens-plus", new):
            return False
        if (new[0].isupper() or JOINS_NEXT.fullmatch(new)) and _is_whole(old, new):
            return False
        ends = re.match(r"(?:NOC|NEC|HFQ|HFJ)\b", new) is not None  # how titles end
        return starts_small or open_bracket or ends or (wrapped and _ends_a_title(new, phrases))
    if is_includes(old) and not begins_with_code:
        goes_on = old.endswith(".") and re.match(r"(?:or|and|plus)\s*[A-Z]\d\d", new) is not None  # to the next code
        leads = phrases.whole("line.leads", new) or phrases.whole("line.either", new)
        return not (goes_on or leads or new.endswith(":")) and (starts_small or wrapped)
    leads_over = CASED_JOINT.fullmatch(old) or re.match(r"(?:or|and|plus),? \w.*,$", old, re.IGNORECASE)
    if begins_with_code and leads_over and not spots(old):
        return False
    if begins_with_code:
        return not old.endswith(".") and (open_bracket or (bool(_DANGLING.search(old)) and not _stands_over(old, new)))
    if new.startswith("(") and old.endswith(")"):
        return False
    if new[0].isupper() and new.endswith(":") and spots(old) and not spots(new) and not _DANGLING.search(old):
        return False  # a heading below what names a code
    if spots(old) and _BIDS.match(new) and not _DANGLING.search(old):
        return False  # it bids the code of a case
    if starts_small or wrapped:
        return True
    hangs = None if old.endswith(".") else _DANGLING.search(old)
    return hangs is not None and (not re.match(r"[A-Z]\d\d", hangs[0]) or _ends_a_title(new, phrases))


# The label of a code ("Open: J05.1", "Patients having a biopsy: also code J13.1").
_LABELLED = re.compile(
    r"[^.;:]{1,60}(?::| -)\s*(?:(?:also|add|code|record|assign|additionally|in addition)\s+)*['\"]?[A-Z]\d\d\b"
)


def _is_whole(old: str, new: str) -> bool:
    """Whether the last code of a line has its whole title, which the next line does not go on with."""
    last = spots(old)[-1] if spots(old) else None
    selector = selector_of(last, Scheme.OPCS4) if last is not None and last.kind != "chapter" else None
    if last is None or selector is None:
        return False
    title = old[last.end :]
    known = known_end(selector, title)
    return known == len(title) > 0 and known_end(selector, f"{title} {new}") <= known


_CONCEPT = re.compile(r"\d{6,18}\s*(?:\||:|-)\s*[A-Z]")  # "737083005 | Term"
_ADDED = re.compile(r"(?:together with|along with|followed by|with)\b", re.IGNORECASE)
# A line that adds a code or offers it.
_JOINED = re.compile(r"(?:or|and|plus|with|followed by|together with|\+|&)\s+(?=[A-Z]\d\d\b)", re.IGNORECASE)


def is_open(text: str) -> bool:
    """Whether a line cannot end where it does."""
    return text.count("(") > text.count(")") or (_DANGLING.search(text) is not None and not text.endswith("-"))


_GLUED = re.compile(r"(?:or|and|plus|with)(?=[A-Z]\d\d)")  # a connective at the head of a line, and its code


# How a lead-in ends that has lost its colon, over a code with its whole title.
_LEADS_TO = re.compile(
    r"\b(?:coded|classified|recorded|represented|described|reported|identified|indicated|shown|expressed|captured|told)"
    r" (?:to|by|with|as|under|using|through)$"
    r"|\bcodes?\b[^.;:]* (?:is|are)$",
    re.IGNORECASE,
)


def _stands_over(old: str, new: str) -> bool:
    """Whether words that hang ("is coded to one of") stand over a list: its first line is one code with its title."""
    new = re.sub(r"\s+OR$", "", new)
    of_several = (
        r"\b(?:one|1|either|any|all|both|each|a code) (?:of|from)(?: (?:the|these)(?: [\w-]+){0,2} codes?)?$|\beither$"
    )
    asks = re.search(of_several, old, re.IGNORECASE) is not None
    if not asks and _LEADS_TO.search(old) is not None and not is_note(old) and not spots(old):
        found = spots(new)
        selector = selector_of(found[0], Scheme.OPCS4) if len(found) == 1 and found[0].start == 0 else None
        asks = selector is not None and known_end(selector, new[found[0].end :]) >= len(new) - found[0].end > 0
    return asks and len(spots(new)) == 1 and not new.endswith((".", ",", ";")) and not re.search(r"\b(?:or|and)$", new)


def _only_code(text: str) -> Spot | None:
    """The code that is all there is on a line."""
    found = spots(text)
    whole = len(found) == 1 and found[0].kind != "chapter" and found[0].end >= len(text.rstrip(" .:-"))
    return found[0] if whole and found[0].start == 0 else None


def _ends_a_title(text: str, phrases: Phrases) -> bool:
    """Whether a line with a capital can be the rest of a wrapped title: no bracket, label, code or sentence."""
    return (
        not text.startswith("(")
        and ":" not in text
        and not spots(text)
        and phrases.verb(text) is None
        and phrases.opens("head.if", text) is None
        and phrases.opens("lead.opens-plus", text) is None
        and phrases.find("lead.optional", text) is None
    )
