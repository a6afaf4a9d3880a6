"""Lines as they were before they were wrapped, and the coding part of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kg.codes import Scheme
from kg.expression.recommendation import Side
from kg.guidance.document import Document
from kg.guidance.items import code_behind_title
from kg.guidance.phrases import Phrases
from kg.guidance.prose import Stretch, fold, has_bullet
from kg.guidance.spots import Spot, selector_of, spots
from kg.guidance.titles import is_title

_FOOTER = re.compile(
    r"(?:[\w/ -]{0,40}\s)?page\s+\d+(?:\s*(?:of|/)\s*\d+)?|\d{1,3}|\d{1,3}\s*(?:of|/)\s*\d{1,3}|-?\s*\d{1,3}\s*-",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?:please\s+)?notes?\s*\d?\s*[:.-]|nb[:.\s]|n\.b\.|important\s*:", re.IGNORECASE)
_INCLUDES = re.compile(
    r"(?:includes|include(?=\s*:)|including|excludes|exclude(?=\s*:)|excluding|incl|excl)\b\.?\s*:?", re.IGNORECASE
)
_ID = re.compile(r"((?:NICE\s+)?[A-Z]{1,6}\s?\d+[a-z]?(?:/\d+)*)\b\s*(?:[-:.]\s*)?(?=\S|$)")
_KIND_OF_ID = re.compile(r"(?:IPG|IP|MTG|MIB|DG|HTG|HTE|TA|HST|ES|NG|CG|MT|EVA|QS|PH|SG)\s?\d", re.IGNORECASE)
_CONCEPT_ID = re.compile(r"\(?\s*\d{6,18}\s*\)?(?:\s*\|.*)?$")
_OPCS = re.compile(
    r"opcs[\s-]*4?\s*(?:\.\s?(\d+))?\s*(?:v(?:ersion)?\s*\d[.\d]*)?\s*(?:codes?|code\s?\(s\)|codes\s?\(s\))?(?:\s+and\s+titles?)?",
    re.IGNORECASE,
)
_ICD = re.compile(r"icd[\s-]*(?:10)?\s*(?:codes?|code\s?\(s\)|codes\s?\(s\))?(?:\s+and\s+titles?)?", re.IGNORECASE)
_SNOMED = re.compile(r"snomed[\s-]*ct\b.{0,60}", re.IGNORECASE)
_DANGLING = re.compile(
    r"(?:\b(?:of|the|in|from|between|to|with|by|than|codes?|categor(?:y|ies)|range|over|for|add|a|an|and|or|as|is|are|be|which|that|needs?|requires?|under|on|at"
    r"|out|also|either|chapter|plus|one|any|after|before|behind|beside)|,|\(|[A-Z]\d\d(?:\.(?:\d|-))?)$"
)

_OPEN = re.compile(
    r"\b(?:by|between|from|of|with|to|in|than|codes?|categor(?:y|ies)|range|the|a|an|is|are|needs?|requires?|either|after|before|behind|beside)$"
)


LONGEST = 6000
"""Characters of a line that are read; no document has a paragraph half as long.

And what takes long to read is bounded.
"""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line as it was before wrapping. `after_blank`: an empty line.

    A page's end or the document's beginning stands before it.
    """

    stretch: Stretch
    level: int = 0
    bullet: bool = False
    after_blank: bool = False

    @property
    def text(self) -> str:
        """The folded text."""
        return self.stretch.text


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one side; `snomed`: they stand under a heading of SNOMED CT concepts; `headed`.

    A heading opened them.
    """

    side: Side
    snomed: bool
    lines: tuple[Paragraph, ...]
    headed: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """What a document is made of: id and title, the edition named in a heading, the sections of its coding part.

    What follows it.
    """

    id: str
    title: str
    opcs_version: str | None
    sections: tuple[Section, ...]
    preamble: tuple[Paragraph, ...]
    closing: tuple[Paragraph, ...]


def is_note(text: str) -> bool:
    """Whether a line opens a note."""
    return _NOTE.match(text) is not None


def is_includes(text: str) -> bool:
    """Whether a line begins what a code includes or excludes."""
    return _INCLUDES.match(text) is not None


def heading_of(text: str, phrases: Phrases) -> str | None:
    """The section that a line opens: coding, opcs, icd, snomed, procedure, diagnosis or end; None for other lines."""
    plain = text.strip(" .:;-").removesuffix("(s)")
    if not plain or len(plain) > 120:
        return None
    if _OPCS.fullmatch(plain):
        return "opcs"
    if _ICD.fullmatch(plain):
        return "icd"
    if _SNOMED.fullmatch(plain) and not re.search(r"\d{6}|provides|\.", plain):
        return "snomed"
    spaced = re.sub(r"\s*/\s*", " or ", plain)
    for kind in ("coding", "procedure", "diagnosis", "snomed", "end"):
        if phrases.whole(f"line.{kind}", spaced):
            return kind
    return None


def paragraphs(document: Document, phrases: Phrases) -> list[Paragraph]:
    """The lines of a document joined where wrapping had parted them; page footers and empty lines are left out."""
    raw = [(line, fold(document.text, line.start, line.end)) for line in document.lines]
    widths = [line.end - line.start for line, stretch in raw if stretch.text]
    width = max(widths, default=0)
    found: list[Paragraph] = []
    blank, last_width, title_open = True, 0, False
    last_wraps: bool | None = None
    for line, stretch in raw:
        if len(stretch.text) > LONGEST:
            stretch = stretch.part(0, LONGEST)
        printed = document.text[line.start : line.end]
        if not stretch.text or _FOOTER.fullmatch(stretch.text):
            blank = True
            continue
        bullet = has_bullet(printed)
        now = Paragraph(stretch, line.level, bullet, blank)
        first = stretch.text.split(" ", 1)[0]
        # A wrapped line is one whose next word would not have fitted on it.
        wrapped = last_wraps if last_wraps is not None else width <= 140 and last_width + 1 + len(first) > width
        if (
            found
            and len(found[-1].text) < LONGEST
            and _goes_on(found[-1], now, blank=blank, wrapped=wrapped, title=title_open, phrases=phrases)
        ):
            before = found[-1]
            found[-1] = Paragraph(before.stretch.then(stretch), before.level, before.bullet, before.after_blank)
        else:
            title_open = not found or (title_open and bool(_KIND_OF_ID.match(stretch.text)))
            found.append(now)
        blank, last_width, last_wraps = False, len(printed.rstrip()), line.wraps
    return found


def _goes_on(before: Paragraph, now: Paragraph, *, blank: bool, wrapped: bool, title: bool, phrases: Phrases) -> bool:
    """Whether a line is the rest of the one before it."""
    old, new = before.text, now.text
    if re.match(r"\(\s*\d{6,18}\s*\)?$", new) and not re.search(r"\d{6,18}\s*\)?$", old) and not old.endswith(":"):
        return heading_of(old, phrases) is None
    if now.level or before.level or now.bullet or is_note(new) or is_includes(new):
        return False
    if (
        heading_of(new, phrases)
        or heading_of(old, phrases)
        or _is_connective(new, phrases)
        or _is_connective(old, phrases)
    ):
        return False
    if title and not blank:
        return True
    if new[0].isupper() and phrases.opens("head.if", new) and re.match(r"[^.;]*:\s*\S", new):
        return False  # a condition as the label of a code
    if new[0].isupper() and re.match(r"[^.;:]{1,60}:\s*['\"]?[A-Z]\d\d\b", new) and not _DANGLING.search(old):
        return False
    starts_small = new[0].islower()
    led = spots(new)
    begins_with_code = bool(led) and led[0].start == 0
    item = begins_with_item(old)
    open_bracket = old.count("(") > old.count(")")
    if item and (alone := _only_code(old)) is not None and _ends_a_title(new, phrases):
        # A code on a line of its own: its title follows, behind an empty line too if it is known to be its title.
        selector = selector_of(alone, Scheme.OPCS4)
        return not blank or (selector is not None and is_title(selector, new))
    if blank:
        # A page break inside a sentence.
        if begins_with_code and _OPEN.search(old) and not begins_with_item(old):
            return True
        return (
            starts_small
            and not old.endswith((".", ":", ";"))
            and not begins_with_code
            and not re.match(r"(?:or|and|plus)\b", new)
            and not (new.endswith(":") and phrases.opens("lead.opens-plus", new))
        )
    if re.search(r"\(?\d{6,18}\)?$", old):
        return False
    if old.endswith(":"):
        # The title of a standard goes on behind its number.
        return bool(wrapped and is_note(old) and re.search(r"\b[A-Z][A-Za-z]*(?:\.?[IVX\d]+)+:$", old))
    if (begins_with_code and led[0].kind == "chapter" and led[0].end == len(new)) or code_behind_title(old):
        return False
    if item and not is_note(old) and not _is_prose(old, phrases):
        joined = re.match(r"(?:or|plus|and|with|either|followed by)\b:?\s*", new, re.IGNORECASE)
        near = joined and (joined[0][:2].lower() in {"or", "pl"} or (led and led[0].start <= joined.end()))
        if begins_with_code or near:
            return False
        if new.endswith(":") and phrases.opens("lead.opens-plus", new):
            return False
        return starts_small or open_bracket or (wrapped and _ends_a_title(new, phrases))
    if is_includes(old) and not begins_with_code:
        return not new.endswith(":") and (starts_small or wrapped)
    if begins_with_code:
        return not old.endswith(".") and (open_bracket or bool(_DANGLING.search(old)))
    if new.startswith("(") and old.endswith(")"):
        return False
    if starts_small or wrapped:
        return True
    hangs = None if old.endswith(".") else _DANGLING.search(old)
    return hangs is not None and (not re.match(r"[A-Z]\d\d", hangs[0]) or _ends_a_title(new, phrases))


def begins_with_item(text: str) -> bool:
    """Whether a line begins with a code."""
    found = spots(text)
    return bool(found) and found[0].start == 0


def _is_prose(text: str, phrases: Phrases) -> bool:
    """Whether a line that begins with a code is a sentence: it has a verb outside brackets."""
    return phrases.verb(re.sub(r"\([^)]*\)?", "", text)) is not None


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


def _is_connective(text: str, phrases: Phrases) -> bool:
    bare = text.strip(" ().,:;-").replace(",", "")
    return bare in {"+", "&"} or any(phrases.whole(f"line.{kind}", bare) for kind in ("or", "plus", "and-or", "either"))


def layout(lines: Sequence[Paragraph], phrases: Phrases, name: str) -> Layout:
    """The parts of a document. The coding part begins at its first heading.

    Or at the first code where there is none.
    """
    id, title, begin = _title(lines, phrases, name)
    edition: str | None = None
    sections: list[tuple[Side, bool, list[Paragraph], bool]] = []
    preamble: list[Paragraph] = []
    closing: list[Paragraph] = []
    ended = False
    for i, line in enumerate(lines):
        if i < begin:
            continue
        kind = heading_of(line.text, phrases)
        if kind == "end":
            ended = bool(sections)
            continue
        if ended:
            # A heading of the coding part after page furniture: the page goes on.
            if kind in {"opcs", "icd", "procedure", "diagnosis", "coding"}:
                ended = False
            else:
                closing.append(line)
                continue
        if kind is not None:
            if kind == "opcs":
                found = _OPCS.fullmatch(line.text.strip(" .:;-").removesuffix("(s)"))
                edition = f"4.{found[1]}" if found and found[1] and edition is None else edition
            side = sections[-1][0] if sections else Side.PROCEDURE
            if kind in {"diagnosis", "icd"}:
                side = Side.DIAGNOSIS
            elif kind in {"procedure", "opcs"}:
                side = Side.PROCEDURE
            sections.append((side, kind == "snomed", [], True))
        elif sections:
            sections[-1][2].append(line)
        elif begins_with_item(line.text):
            sections.append((Side.PROCEDURE, False, [line], False))
        else:
            preamble.append(line)
    done = tuple(Section(side, snomed, tuple(body), headed) for side, snomed, body, headed in sections)
    return Layout(id, title, edition, done, tuple(preamble), tuple(closing))


def _title(lines: Sequence[Paragraph], phrases: Phrases, name: str) -> tuple[str, str, int]:
    """Id, title and the number of the line after them. A document without an id has the name of its file."""
    for i, line in enumerate(lines[:12]):
        if heading_of(line.text, phrases) or begins_with_item(line.text):
            break
        if _KIND_OF_ID.match(line.text.removeprefix("NICE ")) and (found := _ID.match(line.text)):
            title = line.text[found.end() :].strip(" -:")
            if (
                not title
                and i + 1 < len(lines)
                and not heading_of(lines[i + 1].text, phrases)
                and not begins_with_item(lines[i + 1].text)
            ):
                return found[1].replace(" ", ""), lines[i + 1].text, i + 2
            return re.sub(r"^NICE|\s", "", found[1]), title, i + 1
    stem = re.sub(r"\.[A-Za-z]+$", "", name) or "document"
    if lines and not heading_of(lines[0].text, phrases) and not begins_with_item(lines[0].text):
        return stem, lines[0].text, 1
    return stem, "", 0


_FOREIGN = re.compile(
    r"\b(?:der|die|das|und|oder|mit|wird|eine?|bei|le|les|des|du|ou|et|est|une|avec|la|de|el|los|las|con|una|il|di|della|het|een"
    r"|van|og|och|med)\b",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"\b(?:the|of|and|or|with|is|are|to|for|in|by|on|at|from|other)\b", re.IGNORECASE)


def is_foreign(lines: Sequence[Paragraph]) -> bool:
    """Whether the small words of a text are mostly not English ones."""
    text = " ".join(line.text for line in lines)
    foreign = len(_FOREIGN.findall(text))
    return foreign > 2 and foreign > len(_ENGLISH.findall(text))


def another(lines: Sequence[Paragraph], parts: Layout) -> list[Paragraph]:
    """The lines that name a second guidance, with codes both before and behind them."""
    items = [i for i, line in enumerate(lines) if begins_with_item(line.text)]
    found: list[Paragraph] = []
    for i, line in enumerate(lines):
        name = _ID.match(line.text) if _KIND_OF_ID.match(line.text) else None
        if name and items and items[0] < i < items[-1] and name[1].replace(" ", "") != parts.id:
            found.append(line)
    return found
