"""What is said of a whole list behind its last line: "B1 Title should be recorded in addition to the codes above"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kg.guidance.page.paragraph import Paragraph, connective_of
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.parts.leads import Head, is_lead
from kg.guidance.parts.lines import is_item
from kg.guidance.parts.replaced import replacing
from kg.guidance.sentences.row import Row

_DONE = r"(?:recorded|assigned|added|used|coded|reported|given|included|entered|required|needed|allocated|applied)"
_ABOVE = (
    r"(?:this|these|those|them|it|(?:the |all )?(?:of the )?(?:above|(?:(?:above|preceding|main) )?"
    r"(?:codes?|lines?|list|combination|procedure|operation)(?: (?:listed |given |shown |named )?(?:above|already))?))"
)
_EXTRA = r"(?:an? |the )?(?:additional|supplementary|further|secondary|subsidiary|subsequent|extra|second) codes?"
_PLACE = r"in (?:an? |the )?(?:second|secondary|subsidiary|additional|supplementary) (?:place|position)s?"
_BESIDES = (
    rf"(?:(?:in addition|additionally|as well|too|also|on top|as {_EXTRA}|{_PLACE})"
    rf"(?: (?:to|as|of) (?:{_ABOVE}|those above))?|to {_ABOVE})"
)
# The predicate of a list, whose subject its last line is.
_SAID = re.compile(
    r"(?:^|[\s,]+)(?:(?:should|must|shall|will|needs?|has|have|ought|may|can)(?: to)?(?: then| also| both| all)* be"
    r"|is|are|(?:is |are )?to be)"
    rf"(?: then| also| both| all| each)* {_DONE}(?:,? {_BESIDES})?[ .]*$|[\s,]+{_BESIDES}[ .]*$"
    rf"|(?:^|[\s,]+)(?:is|are) (?:{_EXTRA}|{_BESIDES})(?: to {_ABOVE})?[ .]*$",
    re.IGNORECASE,
)
# What says how one of the lines above is chosen, behind the last of them.
_AS_FITS = re.compile(r",?\s+(?P<said>as appropriate to (?:the|which|what)\b[^().]*\.?)$", re.IGNORECASE)
# What begins a predicate on a line of its own.
_SAYS = re.compile(
    r"(?P<verb>should|must|shall|will|needs?|has|have|ought|may|can|could|might|is|are|(?:is |are )?to be)\s"
)
_OF_WHICH = re.compile(r"\b(?:that|which|who|whom|what|it|they|there|this|these|if|when|where) $")
_OPENS = re.compile(_SAYS.pattern, re.IGNORECASE)
_ADDS = re.compile(rf"\b(?:also|added|{_EXTRA}|{_BESIDES})\b", re.IGNORECASE)
_THEY = re.compile(
    r"(?:these|they|those|both|all|this|the (?:two|three|four)|this code|it)(?: of (?:these|them|the))?"
    r"(?: (?:two|three|four))?(?: codes?| lines?)?(?=\s)",
    re.IGNORECASE,
)


def predicates_apart(lines: Sequence[Paragraph], source: Source) -> Iterator[Paragraph]:
    """The lines, with what is said of the list of a heading, on a line of its own behind its last code, by itself.

    It goes on in the paragraph of that code, and speaks of all lines of the list; so does what says how to choose.
    """
    headed, listed = False, 0
    for line in lines:
        fits = _AS_FITS.search(line.text) if listed and is_item(line.stretch, source.phrases) else None
        if fits is not None and not any(spot.end > fits.start() for spot in spots(line.text)):
            yield replace(line, stretch=line.stretch.part(0, fits.start()))
            begin = fits.start("said")
            yield replace(line, stretch=line.stretch.part(begin, len(line.text)), after_blank=False, misprints=())
            headed, listed = _heads(line, source), 0
            continue
        at = _said_below(line, source) if headed else 0
        one = at and listed and re.match(r"(?:is|has|needs)\b", line.text[at:])  # it may be said of its own code alone
        if at and not one and is_item(line.stretch.part(0, at - 1), source.phrases):
            yield replace(line, stretch=line.stretch.part(0, at - 1))
            yield replace(line, stretch=line.stretch.part(at, len(line.text)), after_blank=False, misprints=())
        else:
            yield line
        if at or is_item(line.stretch, source.phrases):
            listed += 1
        else:
            headed, listed = _heads(line, source), 0


def _heads(line: Paragraph, source: Source) -> bool:
    """Whether a line over a list is none that asks for it or joins it."""
    text, phrases = line.text, source.phrases
    return not (spots(text) or text.endswith(".") or connective_of(text, phrases) or is_lead(text, phrases))


def _said_below(line: Paragraph, source: Source) -> int:
    """Where on a line of its own words begin that say something of the code of a line; 0 where there are none."""
    stretch, named = line.stretch, spots(line.text)
    if len(named) != 1 or named[0].start or line.text.endswith(":"):
        return 0
    for verb in _SAYS.finditer(line.text, named[-1].end + 1):
        at = verb.start()
        if (
            not _OF_WHICH.search(line.text[:at])
            and "\n" in source.document.text[stretch.offsets[at - 2] : stretch.offsets[at]]
        ):
            return at
    return 0


def said_of_list(
    line: Paragraph, rest: Sequence[Paragraph], rows: list[Row], source: Source
) -> list[tuple[str, Stretch]] | None:
    """What a line under a heading says of the heading's list; None where it says something else or of something else.

    The line ends the list itself ("B1 Title is also recorded"), speaks of it ("These are added to the codes above"), or
    is all of it and replaces a code ("B1 Title in place of A1"), and is then a sentence with the heading. What is to be
    read of it: items or a sentence.
    """
    at, text = _head_over(rows), line.text
    if at is None:
        return None
    if _is_case(rows) and (told := replacing(line.stretch, rows[-1].stretch)) is not None:
        if rest and (connective_of(rest[0].text, source.phrases) or is_item(rest[0].stretch, source.phrases)):
            source.warn("KG-W0202", "not said whether the lines below it belong to this case", line.stretch)
            return None
        rows.pop()
        return [("sentence", told)]
    predicate = _SAID.search(text)
    if _OPENS.match(text) is not None and rows[-1].kind == "item":
        if predicate is None or predicate.start():
            source.unclear(line.stretch, "what is said of the list")
        else:
            _mark(rows, at, text)
        return []
    if predicate is None:
        return None
    listed = sum(row.kind == "item" for row in rows[at:])
    if (they := _THEY.match(text)) is not None and they.end() == predicate.start():
        one = re.match(r"(?:this|it)\b", text, re.IGNORECASE) is not None
        if not listed or (one and listed > 1):
            return None
        _mark(rows, at, predicate[0])
        return []
    if rows[-1].kind == "item" and re.match(r"\W*are\b", predicate[0]) is None:
        return None  # it may speak of its own code alone
    item = _item(line.stretch, predicate.start(), source)
    if item is None:
        return None
    _mark(rows, at, predicate[0])
    return [("items", item)]


def _item(stretch: Stretch, end: int, source: Source) -> Stretch | None:
    """The codes before a predicate; None where it is of a case ("A1 Title if clips are used")."""
    either = re.match(r"(?:either|both) ", stretch.text, re.IGNORECASE)
    begin = either.end() if either else 0
    item, found = stretch.part(begin, end), spots(stretch.text)
    if not found or found[0].start > begin or found[-1].end > end or not is_item(item, source.phrases):
        return None
    behind = stretch.text[found[-1].end : end]
    apart = "(" in behind.rpartition(")")[2] or " - " in behind
    return None if apart or any(source.phrases.find(kind, behind) for kind in ("condition", "may", "not")) else item


def _mark(rows: list[Row], at: int, predicate: str) -> None:
    """Let the heading at a place add its list to the codes above, if the predicate says so."""
    head = rows[at].value
    variant = sum(row.kind == "head" for row in rows) > 1 and not _is_case(rows[: at + 1])
    own = variant and re.search(r"\b(?:above|list|combination)\b", predicate) is None  # beside the codes of its variant
    if isinstance(head, Head) and not own and _ADDS.search(predicate):
        rows[at].value = replace(head, adds=True)


def _is_case(rows: Sequence[Row]) -> bool:
    """Whether the rows end with a heading that states a case ("If it is open:")."""
    head = rows[-1].value if rows else None
    return isinstance(head, Head) and head.conditional


def _head_over(rows: Sequence[Row]) -> int | None:
    """Where the heading stands whose list ends the rows."""
    at = len(rows) - 1
    while at >= 0 and rows[at].kind in {"item", "or", "plus"}:
        at -= 1
    return at if at >= 0 and rows[at].kind == "head" else None
