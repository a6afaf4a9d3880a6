"""The clauses of a sentence: where each code's begins, what it denies, which case it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.parts.conditions import condition_of, without_opening
from kg.guidance.parts.joints import FILLER, LISTED, OF_CODE, OTHERWISE, is_told
from kg.guidance.parts.last_case import is_of_last
from kg.guidance.parts.sides import said_in
from kg.guidance.parts.titled import end_of_title, titled


def is_in_brackets(text: str, spot: Spot) -> bool:
    """Whether a code stands in round brackets."""
    before = text[: spot.start]
    return before.count("(") > before.count(")")


def is_landmark(text: str, spot: Spot) -> bool:
    """Whether a code only says where another one stands: in brackets, or behind "after", "before", "over".

    In brackets behind what a code is asked from ("a code from chapter XX (V01-Y98)") it says which, and it is added
    behind what is given a secondary place ("Obesity (E66.9) can be recorded as a secondary code").
    """
    before = text[: spot.start]
    if is_in_brackets(text, spot):
        added = _GIVEN_SECOND.match(text, spot.end) is not None and _BESIDE_IT.search(before) is None
        return not added and _ASKED.search(before) is None
    return (
        re.search(
            r"\b(?:after|ahead of|in front of|before|behind|following|follows?|over|precedes?|than|to)\s+"
            r"(?:an?\s|the\s|any\s|every\s|all\s|each\s|its\s|other\s|site\s|codes?\s|from\s|of\s|opcs\S*\s|icd\S*\s|categor\w+\s|chapter\s)*$",
            before,
        )
        is not None
    )


_ASKED = re.compile(
    r"\b(?:an?|any|one|the|additional|further|appropriate|relevant|suitable) (?:\w+ ){0,2}codes? (?:from|of|in|within) "
    r"(?:the )?(?:\w+ )?(?:chapter|block|section|range|group|categor(?:y|ies))\b[^()]*\($",
    re.IGNORECASE,
)
_GIVEN_SECOND = re.compile(
    r"[^()]*\),?\s+(?:can|may|could|might|should|must|is|are|has to|have to|needs? to)\s+"
    r"(?:(?:also|then|always|be)\s+)*"
    r"(?:recorded|coded|assigned|added|given|reported|used|entered|included|sequenced|placed)\s+(?:as|in|to)\s+"
    r"(?:an?|any|the|one of the)?\s*(?:secondary|subsidiary|supplementary|additional|further)\b",
    re.IGNORECASE,
)
_BESIDE_IT = re.compile(
    r"\b(?:after|ahead of|in front of|before|behind|following|follows?|over|precedes?|than|to)\b[^(]*\([^()]*$",
    re.IGNORECASE,
)
# Where the index leads to, before what says that it is another code.
_INDEX = re.compile(
    r"\b(?:index|encoder|look-?up)\b[^.;]*? (?:leads?|points?|refers?|sends?|directs?|takes?|gives?|offers?|has)\b"
    r"[^.;,]*$",
    re.IGNORECASE,
)
_AGAIN_DENIED = re.compile(r"\b(?:not|never|nor)\s$", re.IGNORECASE)
# "No code for bypass (Y73.1) is needed", "no approach code (for example Y76.3) is used", "no requirement for Y73.1".
_NO_CODE = re.compile(
    r"\bno (?:[\w-]+ ){0,3}codes? (?:(?:for|to show|to identify|showing|of) [^,;:.()]{2,60})?"
    r"(?P<sign>\(|, )(?:(?:for example|e\.?g\.?|such as|that is|i\.?e\.?),? )?['\"]?$",
    re.IGNORECASE,
)
_SO_TOLD = re.compile(
    r"(?P<title>[^()]*)(?P<sign>\)|,) (?:then |therefore )?"
    r"(?:is|are|was|need|needs|has to|have to|should|must|will|would|may|can) "
    r"(?:(?:then|therefore|to|be) )*(?:needed|required|necessary|used|assigned|recorded|added|given|coded|reported)\b",
    re.IGNORECASE,
)
_NO_REQUIREMENT = re.compile(
    rf"\bno (?:requirement|necessity|reason|call|occasion) (?:for|to (?:add|assign|record|use|give)) {FILLER}['\"]?$",
    re.IGNORECASE,
)


def _is_not_asked(text: str, spot: Spot, source: Source) -> bool:
    """Whether no code is asked for, as which a code is named ("no code for bypass (Y73.1) is needed")."""
    before = text[: spot.start]
    if _NO_REQUIREMENT.search(before):
        return True
    no, told = _NO_CODE.search(before), _SO_TOLD.match(text, spot.end)
    if no is None or told is None or (no["sign"] == "(") is not (told["sign"] == ")"):
        return False
    return source.phrases.verb(told["title"]) is None


def is_denied(stretch: Stretch, spot: Spot, source: Source) -> bool:
    """Whether the clause of a code says that it is not used ("Y53.4 is not added", "do not add Y53.4")."""
    text = stretch.text
    before = text[: spot.start]
    if any(hit.end() >= len(before.rstrip()) - 1 for hit in source.phrases.all("not.before", before)):
        return True
    if _is_not_asked(text, spot, source):
        return True
    if _INDEX.search(before) and re.search(r"[,;]\s*(?:but|however|yet|though|although)\b", text[spot.end :], re.I):
        return True
    words = condition_of(stretch, source)
    said = words.span() if words is not None else (0, 0)
    for hit in source.phrases.all("not", text):
        if _AGAIN_DENIED.search(text[: hit.start()]):
            continue  # "it would not be wrong to add"
        start, end = stretch.span(hit.start(), hit.end())
        if said[0] <= start and end <= said[1] and not re.match(r"must|should|never|do\b", hit[0], re.IGNORECASE):
            continue  # it belongs to a condition
        between = text[spot.end : hit.start()] if hit.start() >= spot.end else text[hit.end() : spot.start]
        if hit.start() >= spot.end and re.match(r"is|are|must|should|may|can|do", hit[0], re.IGNORECASE):
            between = re.sub(r"^(.*),\s*$", r"\1", between)  # "the code X, title, is not recorded"
        between = _TITLE_ENDS.sub(" ", between)
        if hit.start() < spot.start:
            between = between.rstrip(" (")  # "is not recorded in addition (A1)"
        parted = re.search(r"[,;:(]|\b(?:but|that|which)\b", between) or (" and " in between and spots(between))
        told = source.phrases.find("record", between) if hit.start() >= spot.end else None
        parted = parted or (told is not None and "includ" not in told[0])
        if not parted and (hit.start() >= spot.end or len(between.split()) <= 6):
            return True
        if _FOR_OTHERS.fullmatch(between) and _is_of_others(spot, text[hit.start() :], source):
            return True
    return False


# How titles of diseases end.
_TITLE_ENDS = re.compile(
    r", (?:not elsewhere classified|not otherwise specified|unspecified|(?:part|site) unspecified)\b"
)

# What a code is for, before the words that deny it here ("is used for lesions of the penis and must").
_FOR_OTHERS = re.compile(
    r"\s*(?:[A-Z][^;.:()]*?\s)?(?:is|are) (?:(?:only|usually|normally) )?"
    r"(?:used|assigned|recorded|coded|given|reserved|meant|intended) (?:only )?"
    r"(?:for|to record|to classify|where|when|in) [^;.:()]*?"
    r"(?:[;,]\s*(?:it|this|they)|,?\s+and(?: (?:so|therefore|it))?)\s*",
    re.IGNORECASE,
)
_HERE = re.compile(r"\b(?:here|(?:for|in|with|to) (?:this|these|the present)\b)", re.IGNORECASE)


def _is_of_others(spot: Spot, denial: str, source: Source) -> bool:
    """Whether a code that is denied for something is a main code, or is denied for what the document is about."""
    selector = selector_of(spot, Side.PROCEDURE.scheme)
    return _HERE.search(denial) is not None or (selector is not None and source.leads(selector))


def with_joined(denied: Sequence[Spot], found: Sequence[Spot], text: str) -> list[Spot]:
    """The codes that a sentence denies, with those that "or" and "nor" join to them ("but not A or B")."""
    made = list(denied)
    for before, after in pairwise(found):
        gap = text[before.end : after.start]
        if before in made and after not in made and re.search(rf"\b(?:or|nor)\s+{FILLER}['\"]?$", gap):
            made.append(after)
    return sorted(made, key=lambda spot: spot.start)


def denied_from(denied: Sequence[Spot], found: Sequence[Spot], text: str) -> int:
    """Where the clause begins that denies the last codes of a sentence, behind one that names others; 0 without one."""
    if not denied or len(denied) == len(found) or list(denied) != list(found[-len(denied) :]):
        return 0
    kept = found[-len(denied) - 1]
    cut = re.compile(r"[,;]?\s+(?:and|but)?\s*(?:neither|not|never|do not|rather than|no)\b").search(
        text, kept.end, denied[0].start
    )
    return cut.start() if cut is not None else 0


# What is denied, or said besides, of codes that are recorded all the same: both at a time, one alone, in some place.
_HELD = ("record", "may", "alone", "position", "only", "held", "held.together")


# Codes that are only referred to, or beside which others are denied ("A is not used in addition to B").
_REFERS = re.compile(
    r"\((?:see|cf|as per|refer)\b[^()]*$|\b(?:not|never) (?:be )?(?:used|assigned|recorded|coded|added|needed|required)"
    r" (?:in addition to|as well as|besides?|alongside) (?:the )?(?:codes? )?$",
    re.IGNORECASE,
)


def are_denied(stretch: Stretch, found: Sequence[Spot], source: Source) -> bool:
    """Whether a sentence only denies its codes, all of which stand before the words that do."""
    found = [spot for spot in found if _REFERS.search(stretch.text[: spot.start]) is None]
    if not found or condition_of(stretch, source) is not None:
        return False
    text = said_in(stretch, source)  # its words without titles
    last = text.rfind(found[-1].printed)
    hits = (hit for hit in source.phrases.all("not", text) if not _AGAIN_DENIED.search(text[: hit.start()]))
    hit = next((hit for hit in hits if 0 <= last < hit.start()), None)
    if hit is not None and re.search(r"[(;]", text[text.find(found[0].printed) : hit.start()]):
        return False  # of the last one only
    rest = f"{text[: hit.start()]} # {text[hit.end() :]}" if hit is not None else ""
    return hit is not None and not any(source.phrases.find(kind, rest) for kind in _HELD)


def bounds_of(stretch: Stretch, found: Sequence[list[Spot]], source: Source) -> list[int]:
    """Where the clauses of several groups of codes begin, and the end: at a semicolon or an "and" between them.

    Else behind the codes before, if the conditions lead ("if A, X, if B, Y"), or before the next ("X if A, Y if B").
    """
    text = stretch.text
    leading = bool(found) and condition_of(stretch.part(0, found[0][0].start), source) is not None
    bounds = [0]
    for before, after in pairwise(found):
        title_end = end_of_title(stretch, before[-1], after[0].start, source)
        begin = max(title_end, before[-1].end)
        gap = text[begin : after[0].start]
        cut = gap.rfind(";")
        if cut < 0:
            joins = list(re.finditer(r"\b(?:and|but|while|whereas)\b", gap, re.IGNORECASE)) or [
                hit for hit in [OTHERWISE.search(gap)] if hit is not None
            ]
            cut = joins[-1].start() if joins else -1
        bounds.append(begin + cut if cut >= 0 else begin if leading else after[0].start)
    return [*bounds, len(text)]


def runs_of(gaps: Sequence[str], leads: Sequence[bool]) -> list[tuple[int, int]]:
    """Which of a sentence's clauses, parted by `gaps`, "or" makes a choice of, as places from one to before another.

    Between the earlier ones of several a comma stands for it, but not behind a main code (`leads`) where a code that
    follows one begins ("A, with B or with C"). Empty where no "or" parts clauses.
    """
    ends = [i + 1 for i, gap in enumerate(gaps) if OTHERWISE.search(gap)]
    runs: list[tuple[int, int]] = []
    at = 0
    for i, gap in enumerate(gaps):
        added = leads[i] and not leads[i + 1]
        joined = i + 1 in ends or (not added and LISTED.search(gap) is not None and any(
            end > i + 1 and all(LISTED.search(g) or OTHERWISE.search(g) for g in gaps[i:end]) for end in ends
        ))  # fmt: skip
        if not joined:
            runs.append((at, i + 1))
            at = i + 1
    return [*runs, (at, len(gaps) + 1)] if ends else []


def apart_of(clause: Stretch, end: int, source: Source) -> Stretch | None:
    """The case that a clause names behind its code, which ends at `end` ("A for a cyst and B for a tumour")."""
    found = (m for m in source.phrases.all("apart", clause.text) if m.start() >= end)
    found = (m for m in found if m[0].lower() != "where" or not is_told(clause.text[: m.start()]))
    found = (m for m in found if not any(no.search(clause.text, end, m.start()) for no in (_NO_OPENING, OF_CODE)))
    hit = next((m for m in found if source.phrases.opens("apart.no", clause.text[m.start() :]) is None), None)
    if hit is None:
        return None
    tail = re.search(r"[\s,;]*(?:\b(?:and|or|but|while|whereas)\b[\s\S]*)?[\s.,;]*$", clause.text[hit.end() :])
    return clause.part(hit.start(), hit.end() + tail.start() if tail else len(clause.text))


# An "on" behind these says what a choice depends on; behind the operation or disease that a code is for, where it is.
_NO_OPENING = re.compile(
    r"\b(?:depend\w*|based|according|whichever)\b[^,;.]*$|\b(?:chosen|selected"
    r"|for the (?:actual )?(?:operation|procedure|treatment|disease|condition|diagnosis|tumour|lesion)) $",
    re.IGNORECASE,
)
# "for fibroids A; for endometriosis B": a case without an article right before its code.
_NAMED = re.compile(
    r"(?:^|[\s,;:])(?P<case>(?:for|in) (?!(?:the|an?|any|each|every|all|both|which|such|this|that|these|those|addition"
    r"|turn|example|instance|icd|opcs|place|front|case)\b)[a-z][a-z-]*(?: [a-z][a-z-]*){0,3})"
    r"(?<! and)(?<! or)(?<! to)(?<! with)(?<! by),? ?['\"(]?$"
)


def named_before(stretch: Stretch, at: int, before: list[Spot] | None, source: Source) -> Stretch | None:
    """The case right before one of several codes ("for fibroids A; for endometriosis B"); None where none stands."""
    begin = end_of_title(stretch, before[-1], at, source) if before else 0
    found = _NAMED.search(stretch.text[begin:at])
    if found is None or source.phrases.verb(found["case"]) or source.phrases.find("recording", found["case"]):
        return None
    if OF_CODE.search(stretch.text, begin, begin + found.start("case")):
        return None
    return stretch.part(begin + found.start("case"), begin + found.end("case"))


_OF_DISEASE = re.compile(
    r"(?P<case>(?:for|in) (?!(?:the|this|that|these|those|an?|any|each|every|all|both|either|which|such|addition|turn"
    r"|example|instance|information|coding|general|practice|most|some|icd\S*|opcs\S*|place|front|case|cases|order)\b)"
    r"[a-z][a-z'-]*(?: (?!(?:is|are|was|were|if|when|where|and|or|not)\b)[a-z][a-z'-]*){0,6}?),?\s+"
    r"(?:(?:please )?(?:assign|record|use|code|add|allocate|report|enter|select|choose)\s+|"
    r"(?:the )?(?:icd\S* )?(?:diagnosis )?codes? (?:is|are) )?(?:the )?(?:icd\S* )?(?:diagnosis )?(?:codes? )?['\"(]?",
    re.IGNORECASE,
)


def disease_of(stretch: Stretch | None, source: Source) -> Stretch | None:
    """The disease that opens a sentence and of which its first code is ("For fibroids use A"); None of any other."""
    found = spots(stretch.text)[:1] if stretch is not None else ()
    if stretch is None or not found:
        return None
    begin = len(stretch.text) - len(without_opening(stretch.text))
    opened = _OF_DISEASE.fullmatch(stretch.text, begin, found[0].start)
    if opened is None or source.phrases.find("recording", opened["case"]) or source.phrases.verb(opened["case"]):
        return None
    return stretch.part(begin, opened.end("case"))


# "fibroids have A and endometriosis has B": what each diagnosis is of, before its verb or as one with the verb before.
_OF_ONE = re.compile(
    r"(?:^|.*?[,;:]\s+|.*?\b(?:and|or|but|while|whereas)\s+)?"
    r"(?P<what>(?!(?:the|this|that|these|those|it|they|an?|any|each|every|all|both|either|one|codes?|patients?"
    r"|icd\S*|diagnos\w+)\b)[a-z][a-z'-]*(?: (?!(?:and|or)\b)[a-z][a-z'-]*){0,5}?)\s+"
    r"(?:(?:is|are|has|have|takes?|gets?|goes?|falls?|receives?|needs?|requires?)\b[^,;]{0,40}|(?:to|as|under|with))\s*['\"(]?$"
)


def subjects_of(stretch: Stretch, found: Sequence[list[Spot]], source: Source) -> list[Stretch]:
    """What each of several diagnoses is of, without an article ("fibroids have A and endometriosis has B"), or none.

    Each has to have its own; what one diagnosis alone is said of is what the document treats.
    """
    made: list[Stretch] = []
    begin = len(stretch.text) - len(without_opening(stretch.text))
    for group in found if len(found) > 1 else ():
        gap = stretch.text[begin : group[0].start]
        hit = _OF_ONE.fullmatch(gap[:1].lower() + gap[1:])
        if hit is None or source.phrases.find("recording", hit["what"]) or source.phrases.verb(hit["what"]):
            return []
        made.append(stretch.part(begin + hit.start("what"), begin + hit.end("what")))
        begin = group[-1].end
    return made


def trails(stretch: Stretch, last: Spot, end: int, case: Stretch, source: Source) -> bool:
    """Whether a condition stands right behind the last of several codes, and no verb before it speaks of them all."""
    begin = case.span()[0]
    behind = stretch.part(last.end, end)
    if not behind.text or begin < behind.span()[0]:
        return False
    before = "".join(c for c, at in zip(behind.text, behind.offsets, strict=True) if at < begin)
    return source.phrases.verb(before) is None


def is_joined_last(stretch: Stretch, own: Sequence[Spot], end: int, case: Stretch, source: Source) -> bool:
    """Whether a comma sets the last of several codes apart with the case behind it ("A, with B if it is inflamed")."""
    stop = end_of_title(stretch, own[-1], end, source)
    begin = case.span()[0]
    near = all(
        c not in ",;:" for c, at in zip(stretch.text[stop:end], stretch.offsets[stop:end], strict=True) if at < begin
    )
    before = stretch.text[: own[-1].start]
    return (
        near
        and len(own) > 1
        and (
            _JOINED_LAST.search(before) is not None or (len(own) == len("AB") and _AND_LAST.search(before) is not None)
        )
    )


# A comma that parts two codes, so that what stands behind the second is of that one ("A, and B where it is inflamed").
_AND_LAST = re.compile(rf",\s+and\s+(?:also\s+|then\s+)?{FILLER}['\"]?$", re.IGNORECASE)

_JOINED_LAST = re.compile(
    r",\s+(?:and\s+|then\s+)*(?:with|followed by|accompanied by|together with|along with|supplemented by|plus)\s+"
    rf"{FILLER}['\"]?$",
    re.IGNORECASE,
)


def comes_next(stretch: Stretch, before: Spot, after: Spot, source: Source) -> bool:
    """Whether nothing between two codes says more than which comes next (", then B")."""
    end = end_of_title(stretch, before, after.start, source)
    return _NEXT_ONLY.fullmatch(stretch.text, end, after.start) is not None


_NEXT_ONLY = re.compile(
    rf"[\s,;]*(?:\b(?:and|then|next|last|lastly|finally|followed by|plus)\b[\s,]*)+{FILLER}['\"]?", re.IGNORECASE
)


def case_of_last(stretch: Stretch, own: list[Spot], end: int, side: Side, source: Source) -> Stretch | None:
    """The case right behind the last code of a choice, where it is that code's alone ("A, or B if it is inflamed").

    So it is of diagnoses, and behind a comma, and where it says what the last code says; else it may be the case of
    all.
    """
    stop = end_of_title(stretch, own[-1], end, source)
    behind = stretch.part(max(stop, own[-1].end), end)
    words = condition_of(behind, source)
    if words is None or words.span()[0] > behind.span()[0] + 1:
        return None
    gap = stretch.text[own[-2].end : own[-1].start] if len(own) > 1 else ""
    apart = re.search(r",\s*or\b", gap) is not None
    led = condition_of(stretch.part(0, own[0].start), source) is not None
    if (apart and (led or side is Side.DIAGNOSIS)) or is_of_last(
        words.text, titled(stretch, own, end, source), side.scheme, source
    ):
        return words
    return None
