"""What is done and has no code of its own here ("Cystoscopy is part of the operation and should not be coded")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.codes import Selector
from kg.expression.recommendation import Side
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.stems import stems

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
