"""What is done and has no code of its own here ("Cystoscopy is part of the operation and should not be coded")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Selector
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.spots import spots
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.stems import stems
from kg.guidance.sentences.effects import Meaning

_DONE = (
    r"(?:coded|recorded|assigned|added|reported|classified|entered"
    r"|given (?:a|its own|their own) code(?: of its own| of their own)?)"
)
_IS_NOT = (
    r"(?:(?:is|are|was|were|should|must|need|needs|do|does|will|would|has|have|can|may) (?:not|never)"
    r"|(?:need|needs) no longer)(?: (?:need|have|normally|usually|routinely))*(?: to)?(?: be)?"
    r"(?: (?:also|separately|usually|normally|itself|themselves))?"
)
_NOT_CODED = re.compile(
    r"(?:(?:please )?notes?\s*:\s*)?(?P<case>(?:if|when|where|whenever|as|since|because)\b[^,;:.]*,\s+)?"
    rf"(?P<subject>[^;:.]*?)\b(?:and|so|but|which)?(?:\s+(?:it|they|this|these|therefore|so|hence))*\s*{_IS_NOT}\s{_DONE}"
    r"(?P<tail>(?: (?:separately|additionally|in addition|as well|too|again|here|itself|on its own|in its own right"
    r"|in their own right|individually|also|at all|(?:on|in) the (?:record|episode)s? of the [a-z]+"
    r"|(?:with|for|as part of|in) (?:this|the|these) (?:procedure|operation|treatment)s?))*)\W*",
    re.IGNORECASE,
)
# "Neither the drain nor the closure is coded".
_NEITHER = re.compile(r"\bneither ([^,;:.]+?) nor ([^,;:.]+?) (?:is|are|has|have|need|needs)\b(?: to)?", re.IGNORECASE)
# What a code may be of that is listed, or what speaks of codes.
_OF_LISTED = re.compile(
    r"\b(?:codes?|categor\w+|chapters?|sites?|sides?|later\w+|image|imaging|images|approach\w*|levels?|methods?|guidance"
    r"|procedures?|operations?|diagnos\w+|conditions?|disease\w*|symptoms?)\b",
    re.IGNORECASE,
)
# What speaks of one of several, or of some cases.
_OF_SOME = re.compile(
    r"\b(?:above|below|following|first|second|third|latter|former|others?|same|either|both|all|each|any|every|only|unless"
    r"|except\w*|not|no|or|alternativ\w*|supplementary|additional|secondary|subsidiary|instead|rather)\b",
    re.IGNORECASE,
)
_SUBJECTS = re.compile(r"(?:it|this|that|these|those|they|such)?\s*", re.IGNORECASE)
_PART_OF = re.compile(
    r"\b(?:is|are|being|as|it|both|all)(?: \w+ly)? (?:(?:an? |the )?(?:\w+ )?(?:part|component|step|stage)s?"
    r"|integral|inherent|included|implicit|implied|routine)\b[^,;]*",
    re.IGNORECASE,
)
# Words in front of what a thing is told by ("the placement of the stent").
_OF_THING = re.compile(
    r"\b(?:use|usage|insertion|placement|introduction|provision|presence|application|positioning|delivery|type|kind"
    r"|number) of\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\b(?:of|to|in|into|for|with|through|that|which|at|from|on|by|during|after|before|used|left|is)\b", re.IGNORECASE
)
_LETTERS = 5  # by which words of titles are held against each other: endings do not matter


def has_no_code(text: str, side: Side, known: Sequence[Selector]) -> bool:
    """Whether a sentence without codes says that something done is not coded, of which no listed code speaks.

    It takes nothing from the list then, in whichever case it is told.
    """
    hit = _NOT_CODED.fullmatch(_NEITHER.sub(r"\1 and \2 are not", text))
    if hit is None or side is not Side.PROCEDURE or (not hit["case"] and _SUBJECTS.fullmatch(hit["subject"].strip())):
        return False
    bare = _PART_OF.sub(" ", f"{hit['case'] or ''} {hit['subject']}")
    if _OF_SOME.search(bare):
        return False
    things = [hit["case"]] if hit["case"] else re.split(r"\b(?:and|,)\b", bare)
    heads = " ".join(_BEHIND.split(_OF_THING.sub(" ", thing).strip(), maxsplit=1)[0] for thing in things)
    if _OF_LISTED.search(heads):
        return False
    own = stems(heads, letters=_LETTERS)
    return bool(own) and not any(own & stems(title, letters=_LETTERS) for code in known for title in titles_of(code))


_SO = re.compile(r"[,;] (?:and )?(?:so|therefore) (?=\w)", re.IGNORECASE)


def without_undone(stretch: Stretch, side: Side, known: Sequence[Selector]) -> Stretch:
    """A sentence without a first or last clause that only says of something not listed that it is not coded."""
    text, so = stretch.text, _SO.search(stretch.text)
    if so is not None and not spots(text[: so.start()]) and has_no_code(text[: so.start()], side, known):
        return stretch.part(so.end(), len(text))
    head, semicolon, rest = stretch.text.rpartition("; ")
    if semicolon and spots(head) and not spots(rest) and has_no_code(rest.strip(), side, known):
        return stretch.part(0, len(head))
    return stretch


# Listed operations or stages, each of which has a record of its own.
_STEPS = re.compile(
    r"(?:(?:please )?notes?\s*:\s*)?(?:the|these|both|all|each)(?: of)?(?: the| these)?(?: two| three| four)?"
    r" (?:operations?|procedures?|stages?|steps?|sessions?|parts?|episodes?|admissions?|visits?|attendances?)\b[^;:.]*"
    rf" (?:is|are|must be|should be) (?:each |both |all )?{_DONE} (?:separately|individually"
    r"|on (?:its|their) own)\b[^;:.]*\.?",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\b(?:different|separate|later|own|another|weeks?|months?|days?)\b[^.;:]*", re.IGNORECASE)


def undone(text: str, side: Side, known: Sequence[Selector]) -> Meaning | None:
    """What a sentence without codes means that says what is not coded, or how listed steps are coded.

    Nothing, where it takes nothing from the list. Steps that it does not tell apart may be codes of one
    record or of several. None for other sentences.
    """
    if has_no_code(text, side, known):
        return Meaning((), "remark", sure=True)
    if _STEPS.fullmatch(text) is None:
        return None
    apart = _TIMES.search(text) is not None
    return Meaning((), "remark", sure=True) if apart else Meaning((), "unclear", "what is coded separately")
