"""What a note says of a case beside those listed ("as a third case"), and codes recorded once more with another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.codes import Selector
from kg.expression.nodes import Expression, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot
from kg.guidance.parts.cases import WAYS
from kg.guidance.parts.conditions import condition_of, event_of, without_note
from kg.guidance.parts.items import in_one_group, in_sequence
from kg.guidance.parts.joints import FILLER, TELLS
from kg.guidance.parts.titled import end_of_title, ends_of_titles
from kg.guidance.sentences.clauses import is_denied
from kg.guidance.sentences.effects import AS_ADDED, Effect, Meaning, as_alternative
from kg.guidance.sentences.general import of_any_image
from kg.guidance.sentences.past import ask_of_past

# Behind all codes: nothing else is recorded.
_ALONE = re.compile(r",?\s*(?:alone|only|by itself|on its own|and nothing else|and no other code)\W*", re.IGNORECASE)
_AGAIN = re.compile(
    r"\b(?:again|once more|a second time|once again)\W*$|\b(?:again|once more|once again),? (?:with|by|followed by"
    r"|together with|plus)\b",
    re.IGNORECASE,
)


_ADDS = re.compile(r"\b(?:also|too|added|adds|add)\b", re.IGNORECASE)


def further_of(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], new: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector], source: Source,
) -> Meaning | None:  # fmt: skip
    """What a sentence means that tells one more case, another code in one, or codes once more; None for others.

    What it says of image control in general asks for nothing where a code of that is listed.
    """
    return (
        of_any_image(stretch, side, read, new, known)
        or further_case(stretch, side, read, known, source)
        or whole_list(stretch, side, read, known, source)
        or once_more(stretch, side, read, new, known, source)
        or main_again(stretch, side, read, new, known, source)
        or with_listed(stretch, side, read, new, known, source)
        or unless_in_case(stretch, side, read, new, known, source)
        or another_code(stretch, side, read, new, known, source)
    )


def further_case(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], known: Sequence[Selector], source: Source
) -> Meaning | None:
    """The codes of a sentence as an alternative to all that is listed, where it says that its case is one more.

    "A battery that is renewed has A1, as a third case". None where its first code is no main code, or none is listed.
    """
    if not read:
        return None
    first, own = read[0]
    if side is not Side.PROCEDURE or not source.leads(own) or own in known or not any(map(source.leads, known)):
        return None
    last = read[-1][0]
    end = end_of_title(stretch, last, len(stretch.text), source)
    in_case = len(read) == 1 and (condition_of(stretch, source) or event_of(stretch, first.start, source)) is not None
    alone = in_case and _ALONE.fullmatch(stretch.text, end) is not None
    if not alone and source.phrases.find("case.further", stretch.text) is None:
        return None
    if any(source.phrases.find(kind, stretch.text) for kind in ("not", "besides", "may")) or _ADDS.search(stretch.text):
        return None
    found = [spot for spot, _ in read]
    node = in_one_group(stretch, found, side.scheme, source)
    if node is None or not stretch.text[: first.start].strip():
        return None
    words = without_note(stretch)
    other = When(source.condition(words.part(0, len(words.text.rstrip(" .")))), node, source.cite(stretch))
    return Meaning((Effect("other", side, stretch, other, plain=False),))


def _other(stretch: Stretch, side: Side, words: Stretch, node: Expression, source: Source) -> Meaning:
    """Codes of a case as an alternative to all that is listed."""
    other = When(source.condition(words), node, source.cite(stretch))
    return Meaning((Effect("other", side, stretch, other, (), words, plain=False),))


def once_more(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], new: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector], source: Source,
) -> Meaning | None:  # fmt: skip
    """A new main code with listed ones that a sentence records again, in so many words or by joining them to it.

    None for other sentences, and where codes that are only joined stand besides the list.
    """
    if len(new) != 1 or read[0] != new[0] or not source.leads(new[0][1]):
        return None
    own = [spot for spot, _ in read]
    if len(own) < len("AB") or any(source.phrases.find(kind, stretch.text) for kind in ("not", "instead", "may")):
        return None
    words = condition_of(stretch, source) or without_note(stretch.part(0, own[0].start))
    again = _AGAIN.search(stretch.text, own[0].end) is not None
    besides = _ADDS.search(stretch.text) or _BESIDES.search(stretch.text) or not words.text
    besides = besides or source.phrases.find("event.same", stretch.text)
    if not again and (besides or not _is_whole(stretch, read, words, known, source)):
        return None
    node = in_sequence(stretch, own, side.scheme, source)
    if node is None:
        return None
    ask_of_past(words, stretch, source)
    if words.text:
        node = When(source.condition(words), node, source.cite(stretch))
    kind = "add" if besides else "other"  # "a new battery falls within A70.2, again with Z11.2": in place of the list
    return Meaning((Effect(kind, side, stretch, node, (), words, plain=not words.text),))


def whole_list(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], known: Sequence[Selector], source: Source
) -> Meaning | None:
    """All codes of a case, where a sentence says what "the codes are" in it: an alternative to all that is listed.

    So a listed code among them is recorded in that case too. None for other sentences.
    """
    hit = next((h for spot, _ in read if (h := _THE_CODES_ARE.fullmatch(stretch.text, 0, spot.start))), None)
    own = [(spot, x) for spot, x in read if hit is not None and spot.start >= hit.end()]
    if hit is None or len(own) < len("AB") or not known or all(x in known for _, x in own):
        return None
    if side is Side.PROCEDURE and not (source.leads(own[0][1]) and any(map(source.leads, known))):
        return None
    behind = stretch.text[hit.end() :]
    if any(source.phrases.find(kind, behind) for kind in ("condition", "not", "instead", "may", "gone")):
        return None
    found = [spot for spot, _ in own]
    node = in_one_group(stretch, found, side.scheme, source)
    if node is None:
        return None
    words = stretch.part(hit.start("case"), hit.end("case"))
    ask_of_past(words, stretch, source)
    return _other(stretch, side, words, node, source)


def _is_whole(
    stretch: Stretch, read: Sequence[tuple[Spot, Selector]], words: Stretch, known: Sequence[Selector], source: Source
) -> bool:
    """Whether a sentence tells all of a case's record: its main code, joined with codes that follow it, for a way of
    doing it, or for what another code of the main code's category is.
    """
    case = any(facet in WAYS for facet, _ in source.lexicon.named_in(words.text))
    case = case or any(source.leads(k) and str(k)[:3] == str(read[0][1])[:3] for k in known)
    return case and all(not source.leads(x) for _, x in read[1:]) and _is_joined(stretch, read, source)


def _is_joined(stretch: Stretch, read: Sequence[tuple[Spot, Selector]], source: Source) -> bool:
    """Whether nothing but words that join them stands between the codes of a sentence with their titles."""
    ends = [end_of_title(stretch, a, b.start, source) for (a, _), (b, _) in pairwise(read)]
    joints = [stretch.text[end : b.start] for end, (b, _) in zip(ends, read[1:], strict=True)]
    return all(_JOINT.fullmatch(joint) for joint in joints)


_JOINT = re.compile(
    r"[\s,]*(?:(?:is|are) (?:used|recorded|assigned|coded) )?"
    r"(?:and|plus|with|together with|along with|followed by|&|\+)[\s,]*",
    re.IGNORECASE,
)
_BESIDES = re.compile(r"\b(?:second|in addition|additionally|as well|further|besides|concurrent\w*)\b", re.IGNORECASE)
_THE_CODE_IS = re.compile(
    r"(?:notes?\s*:\s*)?(?P<case>(?!\w+ (?:the )?(?:addition|all|both|each|either|every|any|this|these|that|those|it"
    r"|them|such|icd\S*"
    r"|opcs\S*|general|principle|practice|diagnos\w+|procedures?|codes?|coding|case|turn|present|first|last|end"
    r"|record)\b(?!(?<=\bit) (?:is|was|has been) (?:done|performed|undertaken|carried out|made|given) ))"
    r"(?:in|for|before|after|if|when|where|on|at|with|without|during|once|until|under"
    r"|should|among)"
    r"\s[^;:.]+?),?\s+(?:(?P<it>it|this)|the (?:(?:right|correct|main|primary|principal) )?(?:code|diagnosis|entry)"
    r"(?: (?:for|of) [^.;:,]+?)?) (?:is|would be|will be|should be|becomes) ['\"(]*",
    re.IGNORECASE,
)


def main_again(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], new: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector], source: Source,
) -> Meaning | None:  # fmt: skip
    """The listed main code with new codes that follow it, in a case of its own ("On removal A and Y are assigned").

    An alternative to the list for another operation, stage or person; else they may go with it, and it is asked.
    """
    if side is Side.DIAGNOSIS or not new or len(read) < len("AB") or read[0] in new or not source.leads(read[0][1]):
        return None
    if any(source.phrases.find(kind, stretch.text) for kind in ("not", "instead", "may")) or _ADDS.search(stretch.text):
        return None
    if not _is_joined(stretch, read, source) or any(source.leads(x) for _, x in read[1:]) or read[0][1] not in known:
        return None
    words = without_note(stretch.part(0, read[0][0].start))
    words = words.part(0, len(words.text.rstrip(" ,")))
    if _CASED.match(words.text) is None or source.phrases.find("recording", words.text):
        return None
    facts = {facet for facet, _ in source.lexicon.named_in(words.text)}
    if not facts & {"operation", "stage", "person"}:
        if any(k not in {x for _, x in read} for k in known):
            source.warn("KG-W0202", "not said whether the other listed codes are recorded in this case", stretch)
        return None
    own = [spot for spot, _ in read]
    node = in_sequence(stretch, own, side.scheme, source)
    if node is None:
        return None
    return _other(stretch, side, words, node, source)


_CASED = re.compile(
    r"(?:if|when|where|for|in|on|at|after|during) (?!addition|all\b|each|both|every|this|icd|opcs)", re.IGNORECASE
)


def with_listed(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], new: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector], source: Source,
) -> Meaning | None:  # fmt: skip
    """A diagnosis of a case with listed ones that a sentence places behind it: an alternative to what is listed.

    "For a renewal Z45.8 is recorded first, followed by the code from G40.-". None for other sentences.
    """
    if side is not Side.DIAGNOSIS or len(new) != 1 or len(read) < len("AB") or read[0] != new[0]:
        return None
    if any(source.phrases.find(kind, stretch.text) for kind in ("not", "may")):
        return None
    ends = ends_of_titles(stretch, [s for s, _ in read], len(stretch.text), source)
    gaps = [stretch.text[end : spot.start] for end, (spot, _) in zip(ends, read[1:], strict=False)]
    opened = _IN_CASE.fullmatch(stretch.text, 0, read[0][0].start)
    if opened is None or not all(map(_WITH.fullmatch, gaps)) or _SECOND.fullmatch(stretch.text, ends[-1]) is None:
        return None
    own = [spot for spot, _ in read]
    node = in_sequence(stretch, own, side.scheme, source)
    if node is None:
        return None
    if any(k not in {x for _, x in read} for k in known):
        source.warn("KG-W0202", "not said whether the other diagnoses are recorded in this case too", stretch)
    words = stretch.part(*opened.span("case"))
    return _other(stretch, side, words, node, source)


_IN_CASE = re.compile(
    r"(?:(?:please )?notes?\s*:\s*)?(?P<case>(?:if|when|where|for|in|on|after|at|during|following)"
    r" (?!addition\b|all\b|each\b|every\b|both\b|icd)(?:[^;:.]|\.(?=\d))+?),?"
    r"(?:\s+the (?:(?:main|first|primary|icd\S*) )*(?:diagnosis|code)(?: code)? (?:is|becomes|will be|should be))?"
    r"(?:\s+(?:record|assign|use|code))?\s+['\"]?",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"[\s,]*(?:(?:is|are|should be|must be) (?:then )?(?:recorded|sequenced|coded|assigned|placed|used|entered)"
    r"(?: (?:first|in (?:the )?(?:first|primary) position|as the (?:main|primary) diagnosis))?)?[\s,]*"
    rf"(?:and then|and|plus|with|together with|along with|followed by|then)\s+{FILLER}['\"]?",
    re.IGNORECASE,
)
_SECOND = re.compile(
    r"[\s,]*(?:(?:is|are|becomes?|remains?|being|moves?|goes|follows?|comes?)\b\s*)?(?:then\s+)?"
    r"(?:(?:recorded|assigned|used|coded|placed|sequenced|added)\b\s*)?"
    r"(?:(?:in|as|to)\s+)?(?:(?:the|an?)\s+)?"
    r"(?:(?:second|secondary|next|subsidiary|additional|behind it|after it)\b\s*)?"
    r"(?:position|place|diagnosis|code)?\W*",
    re.IGNORECASE,
)


def unless_in_case(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], new: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector], source: Source,
) -> Meaning | None:  # fmt: skip
    """Codes that a sentence denies except in a case: recorded in that ("Do not add A unless a graft is made")."""
    own, text = [spot for spot, _ in new], stretch.text
    hit = source.phrases.find("except", text)
    if not own or len(own) < len(read) or hit is None or not all(is_denied(stretch, spot, source) for spot in own):
        return None
    first, end = own[0].start, end_of_title(stretch, own[-1], hit.start(), source)
    stop = len(text.rstrip(" ."))
    if hit.end() <= first:  # "Unless a graft is made, A is not recorded"
        case, rest = stretch.part(hit.end(), max(text.rfind(",", 0, first), hit.end())), stretch.part(first, stop)
        plain = _NOT_DONE.fullmatch(text, end, stop)
    else:
        case, rest = stretch.part(hit.end(), stop), stretch.part(0, hit.end())
        plain = _DO_NOT.fullmatch(text, 0, first) and _NOT_DONE.fullmatch(text, end, hit.start())
    case = case.part(len(case.text) - len(case.text.lstrip()), len(case.text))
    node = in_one_group(stretch, own, side.scheme, source, end)
    if node is None or not plain or not case.text or _OF_CODES.search(case.text):
        return Meaning((), "unclear", "a code that is denied but for a case")
    node = When(source.condition(case), node, source.cite(stretch))
    said = Meaning((Effect("add", side, stretch, node, (), rest, plain=False),))
    return as_alternative(said, stretch, side, known, source)


_DONE = r"(?:assigned|recorded|used|coded|added|reported|given|needed|required|included|entered|necessary|applicable)"
_DO_NOT = re.compile(
    rf"(?:(?:please )?notes?\s*:\s*)?(?:(?:please )?(?:do not|never|coders should not|you should not) "
    rf"(?:assign|record|use|code|add|report|include|enter)(?: also)?)?\s*{FILLER}['\"]?",
    re.IGNORECASE,
)
_NOT_DONE = re.compile(
    rf"[\s,'\")]*(?:(?:is|are|should|must|may|can|need)(?: not| never)(?: also)?(?: to)?(?: be)? {_DONE}"
    rf"(?: (?:as well|too|in addition))?)?[\s,]*",
    re.IGNORECASE,
)
_OF_CODES = re.compile(
    r"[,;]|\b(?:codes?|coded|recorded|assigned|sequenced|standards?|policy|otherwise|told|instructed)\b", re.IGNORECASE
)


_THE_CODES_ARE = re.compile(
    r"(?:(?:please )?notes?\s*:\s*)?(?P<case>(?!\w+ (?:the )?(?:addition|all|both|each|either|every|any|general"
    r"|principle|icd\S*|opcs\S*|turn|present)\b)"
    r"(?:in|for|before|after|until|prior to|if|when|where|on|at|with|without|during|once)"
    r"\s(?:[^;:.]|\.(?=\d))+?),?\s+the (?:(?:full|whole|complete|opcs\S*|icd\S*|procedure|diagnosis|diagnostic) )?"
    r"(?:codes|combination|combination of codes|set of codes) "
    r"(?:is|are|was|were|would be|will be|should be|becomes?)(?: (?:as follows|these|instead))?:? ['\"(]*(?:codes? )?"
    r"(?:an? code (?:from|of|in) (?:the )?(?:category )?)?",
    re.IGNORECASE,
)


def another_code(
    stretch: Stretch, side: Side, read: Sequence[tuple[Spot, Selector]], new: Sequence[tuple[Spot, Selector]],
    known: Sequence[Selector], source: Source,
) -> Meaning | None:  # fmt: skip
    """The codes of a sentence as an alternative to the listed, where it says what "the code is" in a case.

    On the procedure side to the only main code; None for other sentences, and for several main codes with "and".
    """
    if not new or not known or read[0] != new[0]:
        return None
    spot, own = new[0]
    hit = _THE_CODE_IS.fullmatch(stretch.text, 0, spot.start)
    leading = [k for k in dict.fromkeys(known) if source.leads(k)]
    if hit is None or (side is Side.PROCEDURE and (len(leading) != 1 or not source.leads(own))):
        return None
    found = [s for s, _ in read]
    end = ends_of_titles(stretch, found, len(stretch.text), source)[-1]
    node = in_one_group(stretch, found, side.scheme, source, end)
    if node is None or _BEHIND.fullmatch(stretch.text, end) is None:
        if side is Side.PROCEDURE and len(read) > 1:
            source.warn("KG-W0202", AS_ADDED, stretch)
        return None
    words = stretch.part(hit.start("case"), hit.end("case"))
    if side is Side.PROCEDURE and _ADDS.search(words.text):
        source.warn("KG-W0202", "not said whether this code takes the place of the listed ones", words)
    elif hit["it"] is not None and (side is Side.PROCEDURE or source.phrases.verb(words.text) is not None):
        source.warn("KG-W0202", f'"{hit["it"]}" may be what is listed, or what this case adds', stretch)
    if side is Side.PROCEDURE and len(read) == 1:
        other = When(source.condition(words), node, source.cite(stretch))
        return Meaning((Effect("instead", side, stretch, other, tuple(leading), None, plain=False),))
    said = {x for _, x in read}
    if any(k not in said and k not in leading for k in known) and len(read) > 1:
        source.warn("KG-W0202", "not said whether the other listed codes are recorded in this case", stretch)
    return _other(stretch, side, words, node, source)


# What may stand behind the codes of a case: what the last of them is for.
_BEHIND = re.compile(
    r"[\s.'\")]*|,?\s+(?:for (?:the|its) (?!first|second|other|last|former|latter)[^.,;:()]+"
    rf"|(?:(?:to|which|that) )?{TELLS}\b[^.;:()]+)\.?",
    re.IGNORECASE,
)
