"""What words in brackets behind a code are: its case, an offer, a sentence, a remark or a part of its title."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.codes import One
from kg.expression.nodes import Expression, picks
from kg.guidance.page.phrases import Phrases
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots


@dataclass(frozen=True, slots=True)
class Aside:
    """Words about the codes before them, with what they make of these: optional, condition, sentence or nothing."""

    kind: str
    stretch: Stretch
    start: int
    end: int


def is_done(text: str) -> bool:
    """Whether words say that something was done or is there ("balloon used", "cystoscopy performed")."""
    return (
        re.search(
            r"\w\s+(?:used|performed|done|carried out|undertaken|placed|inserted|removed|known|implanted|employed)$",
            text.rstrip(" :.)"),
        )
        is not None
    )


# What is left out in one case is recorded in the other.
_OMITTED = re.compile(
    r"(?:omit(?:ted)?|leave out|left out|not (?:recorded|required|needed|assigned|added|used|coded)) "
    r"(?:if|when|where|unless|in)\b",
    re.IGNORECASE,
)

# It speaks of a code chosen beside ("only with A1", "not used with A1").
_OF_CODE = re.compile(
    r"(?:(?:only|not|never)\s+)?(?:to be\s+)?(?:(?:used|recorded|assigned|added|coded|needed|required)\s+)?(?:only\s+)?"
    r"(?:if|when|where|for|with|beside|unless)\s+(?:codes?\s+)?[A-Z]\d\d"
)
# What a code shows, and no case of it.
OF_THING = re.compile(
    r"for the (?:[a-z-]+ ){0,2}?(?:suture|mesh|graft|device|lens|stent|implant|needle|catheter|balloon|plate|screw"
    r"|prosthesis|drug"
    r"|agent|material|access|approach|site|side|level|imaging|image control|guidance|an[ae]+sthetic|laterality)s?\b"
    r"(?! (?:is|was|are|were) )",
    re.IGNORECASE,
)

# That a code is recorded, before the case in which it is ("may be added where", "to be recorded only if").
_OFFERED = re.compile(
    r"^(?:this (?:code )?)?(?:(?:may|can|should|must|is|are|will|to|has to)\s+(?:also\s+)?(?:be\s+)?)?(?:also\s+)?"
    r"(?:added|recorded|assigned|used|coded|given|required|needed|included|reported)\s+"
    r"(?:(?:also|too|as well|in addition)\s+)?"
    r"(?=(?:only\s+)?(?:if|when|whenever|where|wherever|unless|once)\b)",
    re.IGNORECASE,
)
# Which code of a category it is where a detail is not known ("(.9 where the type of stent is not documented)").
_UNKNOWN = re.compile(
    r"(?:(?:use|with|record|assign|or|fourth[- ]character|4th character|subdivision)\s+)*"
    r"\.?[89],? (?:if|where|when|for)\b[^();]*\b(?:not|unknown|unspecified|unstated|no)\b[^();]*"
    r"|(?:the |its )?(?:fourth|fifth|final|last|4th|5th)[ -](?:character|digit)s? (?:depends?|depending|varies|shows?|is chosen"
    r"|is selected|according|tells?|identifies)\b(?:(?![A-Z]\d\d)[^();])*",
    re.IGNORECASE,
)
_OF_CASE = re.compile(
    r"(?:only\s+)?(?:if|when|whenever|where|wherever|unless|once|in (?:the )?case)\b"
    r"(?!.*[,;]\s*(?:instead|in (?:its|their) place)$)",
    re.IGNORECASE,
)


# What was done before, of which the code tells what is left ("(following maxillectomy)").
_BEHIND = re.compile(
    r"(?:following|after|previous|prior|post[- ]?) ?(?:an? |the |previous |prior |earlier |failed )*(?:[a-z-]+ ){0,3}"
    r"[a-z]*(?:ectomy|otomy|ostomy|plasty"
    r"|surgery|operation|procedure|removal|insertion|implantation|repair|resection|excision|replacement"
    r"|transplant(?:ation)?|radiotherapy|irradiation|chemotherapy|trauma|injury)",
    re.IGNORECASE,
)
# The name of the classification, before what is said of the codes ("(ICD-10, if it is recorded)").
_SIDE = re.compile(r"\W*(?:ICD[\s-]*10|OPCS[\s-]*4(?:\.\d+)?)(?: codes?)?\s*[,;:-]\s*(?=\w)", re.IGNORECASE)


def names_side(text: str) -> bool:
    """Whether words in brackets say first of which classification the codes before them are."""
    return _SIDE.match(text) is not None


# What the code shows ("(which leg)").
_WHICH = re.compile(
    r"(?:for |to show |showing |giving |saying )?(?:which|what) "
    r"(?!(?:is|are|was|were|may|can|must|should|has|have|does|do)\b)[a-z-]+"
    r"(?: (?:was|were|is)(?: being)? (?:treated|operated|injected|involved|used|done)(?: on)?)?"
    r"|how (?:it|the [a-z]+) (?:is|was|were) [a-z]+",
    re.IGNORECASE,
)


def tells_unknown(text: str) -> bool:
    """Whether words in brackets say which code of a category it is where a detail is not known."""
    return _UNKNOWN.fullmatch(text.strip(" ().,;")) is not None


def aside_of(stretch: Stretch, source: Source) -> str:
    """What words in brackets, or after a title, are: optional, condition, sentence, remark, or title."""
    text, phrases = _SIDE.sub("", stretch.text, count=1).strip(" ().,;"), source.phrases
    text = re.sub(
        r"^(?:as an? )?(?:additional|supplementary|further|extra|added|in addition)(?: code)?[,;:]? "
        r"(?=(?:only )?(?:if|when|where)\b)",
        "",
        text,
    )
    if tells_unknown(text) or _WHICH.fullmatch(text):
        return "remark"
    text = _OFFERED.sub("", text)
    if _OF_CODE.match(text):
        return "condition"  # it speaks of a code chosen beside
    if re.match(r"(?:or|plus|and|with|then)\b", text, re.IGNORECASE) and spots(text):
        return "sentence"
    if _OMITTED.match(text):
        return "condition"
    if phrases.find("bracket.none", text) and not re.match(r"(?:only\s+)?(?:if|when|where)\b", text, re.IGNORECASE):
        return "remark" if not phrases.find("instead", text) else "sentence"
    if (found := phrases.opens("optional", text)) and found.end() >= len(text) - 3:
        return "optional"
    if not spots(text) and _OF_CASE.match(text):
        return "condition"  # whatever the case is ("if the new one takes the place of another")
    if phrases.find("instead", text) or phrases.find("position", text):
        return "sentence"
    if spots(text):
        return "sentence" if phrases.find("condition", text) or phrases.find("add", text) else "remark"
    if OF_THING.match(text):
        return "remark"  # what the code shows
    if re.match(r"for\s+(?!example|instance)", text, re.IGNORECASE) or phrases.find("bracket.only", text):
        return "condition"
    if phrases.opens("condition", text) or phrases.find("bracket.case", text):
        return "condition"
    return "condition" if is_done(text) or _BEHIND.fullmatch(text) else "title"


def _names_only(text: str) -> bool:
    """Whether words in brackets refer to a code or say what is included or excluded."""
    return (
        re.match(
            r"\W*(?:see|(?:from |in )?chapter|category|includ|exclud|incl|excl|as per|fourth|e\.g|i\.e|for example"
            r"|[A-Z]\d\d)",
            text,
            re.I,
        )
        is not None
    )


def _says_more(text: str, phrases: Phrases) -> bool:
    """Whether words in brackets name a code and do more than refer to it or give what is included ("M52.1 only")."""
    return bool(spots(text)) and (not _names_only(text) or phrases.find("bracket.only", text) is not None)


def report_bracket(kind: str, words: Stretch, e: Expression, source: Source) -> None:
    """Ask about a remark in brackets behind a code that names another code and does more than refer to it."""
    if kind == "remark" and not _is_within(words, e, source) and _says_more(words.text, source.phrases):
        source.unclear(words, "a code in brackets")


def _is_within(aside: Stretch, e: Expression, source: Source) -> bool:
    """Whether words in brackets only tell which code of a category there is for a detail not known, or as a rule."""
    wide = [pick.selector for pick in picks(e) if not isinstance(pick.selector, One)]
    own = [selector_of(spot, w.scheme) for spot in spots(aside.text) for w in wide[:1]]
    told = any(source.phrases.find(kind, aside.text) for kind in ("fallback", "usual", "at-times"))
    may = source.phrases.find("instead", aside.text) or source.phrases.find("not.before", aside.text)
    return bool(own) and told and not may and all(
        x is not None and x not in wide and any(source.same_codes(x, w) for w in wide) for x in own
    )  # fmt: skip


def case_aside(case: Stretch | None) -> Aside | None:
    """The words of a case as those that say it of the next line."""
    return None if case is None else Aside("condition", case, 0, len(case.text))
