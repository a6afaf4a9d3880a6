"""What the sentence before says of when a code is recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kg.citation import Citation
from kg.codes import Category, One
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, walk
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import spots
from kg.guidance.page.titles import titles_of
from kg.guidance.parts.conditions import without_note
from kg.guidance.parts.sides import said_in
from kg.guidance.parts.stems import stems
from kg.guidance.sentences.effects import Meaning
from kg.guidance.sentences.reasons import follows_from

_IDLE = ("remark", "remark.known", "boilerplate", "fallback")
_LENGTH = 5  # letters by which words of two sentences are held against each other: endings do not matter
# What is said of one thing that is there, so that it holds for every record.
_DEFINITE = re.compile(
    r"(?:the|this|that|these|those|its|their|both|all|each|every|it|they|none|neither|no|nothing|in all|in every|only"
    r"|as|because|since|codes?|opcs\S*|icd\S*|(?-i:[A-Z]{2,}\S*))\b",
    re.IGNORECASE,
)


def case_before(stretch: Stretch, previous: Stretch | None, side: Side, source: Source) -> tuple[Stretch, bool] | None:
    """What the sentence before says may happen, where a code of this one is for that; `True`: nobody needs to look.

    "Surgeons frequently take a biopsy. The record of such an operation also has W36.1." None where the sentence before
    says nothing of the kind. A sentence that speaks of the other classification does not go on with it.
    """
    if previous is None or not _tells(previous, source):
        return None
    phrases, said = source.phrases, said_in(stretch, source)
    if side is Side.DIAGNOSIS and phrases.find("diagnosis", said):
        return None
    if phrases.find("at-times", previous.text) is None:
        return None
    case = without_note(previous)
    case = case.part(0, len(case.text.rstrip(" .")))
    return case, phrases.find("refers", said) is not None or _speaks_of(said, previous, source)


def is_open(stretch: Stretch, previous: Stretch | None, source: Source) -> bool:
    """Whether the sentence before names something that may be there or not, so that a code may be for it only."""
    if previous is None or not _tells(previous, source):
        return False
    phrases, said = source.phrases, said_in(stretch, source)
    if phrases.find("diagnosis", said) or phrases.verb(previous.text) is None:
        return False
    if phrases.find("recording", previous.text):
        return False  # it speaks of codes
    if follows_from(said, previous.text, source):
        return False
    return _DEFINITE.match(without_note(previous).text) is None


def _tells(sentence: Stretch, source: Source) -> bool:
    """Whether a sentence tells something of what is done: it names no code, opens no list, and is no remark."""
    if spots(sentence.text) or sentence.text.endswith(":"):
        return False
    return not any(
        source.phrases.find(kind, sentence.text) for kind in ("boilerplate", "remark", "fallback", "unnamed")
    )


def keep_remark(
    remarks: list[tuple[Side, Stretch]], meaning: Meaning, side: Side, stretch: Stretch, previous: Stretch | None,
    source: Source,
) -> None:  # fmt: skip
    """Keep a sentence that was read as a remark; one before it goes that says what happens at times, if this one is
    about that.
    """
    if meaning.status == "remark":
        remarks.append((side, stretch))
    elif meaning.effects and remarks and remarks[-1][1] is previous:
        about = source.phrases.find("refers", said_in(stretch, source))
        if about is not None and source.phrases.find("at-times", remarks[-1][1].text) is not None:
            remarks.pop()


def report_times(e: Expression | None, remarks: Sequence[tuple[Side, Stretch]], source: Source) -> None:
    """Ask where a sentence says of what an added code shows that it is there at times, or not: the code may be, too.

    The words of the main codes' own titles and of the document's are left out, and sentences that were read as a case.
    """
    if not remarks:
        return
    firm = list(_firm(e)) if e is not None else []
    own = " ".join(_titles(pick) for pick in firm if source.leads(pick.selector))
    added = " ".join(_titles(pick) for pick in firm if not source.leads(pick.selector))
    stems = _stems(added) - _stems(f"{source.title} {own}")
    for _, stretch in remarks:
        if not any(source.phrases.find(kind, stretch.text) for kind in ("at-times", "undone", "only")):
            continue
        if (
            spots(stretch.text)
            or any(source.phrases.find(kind, stretch.text) for kind in _IDLE)
            or _is_case(stretch, e)
        ):
            continue
        words = re.findall(r"[a-z]{5,}", stretch.text.lower())
        if any(w[:_LENGTH] in stems and source.phrases.patterns["frame"].fullmatch(w) is None for w in words):
            source.unclear(stretch, "whether a listed code is always recorded")


def _firm(e: Expression) -> Iterator[Pick]:
    """The codes of a side that every record of it, or of one of its variants, has."""
    match e:
        case Pick():
            yield e
        case AllOf(parts):
            for part in parts:
                yield from _firm(part)
        case OneOf(branches):
            for branch in branches:
                then = branch.then if isinstance(branch, When) else branch
                yield from _firm(then) if isinstance(then, AllOf) else ()
        case Optional() | When() | Unnamed():
            return


def _titles(pick: Pick) -> str:
    return " ".join(titles_of(pick.selector)) if isinstance(pick.selector, One | Category) else pick.title


def _is_case(stretch: Stretch, e: Expression | None) -> bool:
    """Whether the words of a sentence are the condition of something that was read."""
    start, end = stretch.span()
    cites = (node.condition.citation for node in walk(e) if isinstance(node, When)) if e is not None else ()
    return any(isinstance(cite, Citation) and start <= cite.start < end for cite in cites)


def _speaks_of(said: str, previous: Stretch, source: Source) -> bool:
    """Whether a sentence names again what the one before named, in words that are not those of the document's title."""
    known = _stems(source.title)
    again = _stems(said) & _stems(previous.text) - known
    return any(source.phrases.patterns["frame"].fullmatch(word) is None for word in again)


def _stems(text: str) -> frozenset[str]:
    return stems(text, letters=_LENGTH, least=_LENGTH)
