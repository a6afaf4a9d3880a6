"""What sentences say about codes that are listed already: conditions, refusals, other codes in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.codes import Category, One, Selector
from kg.expression.nodes import OneOf, Optional, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.conditions import condition_of, denied_in, without_note
from kg.guidance.parts.items import expression_of
from kg.guidance.sentences.at_once import all_listed, pairs
from kg.guidance.sentences.effects import Effect, Meaning
from kg.guidance.sentences.ledger import PURPOSE
from kg.guidance.sentences.nameless import asked_beside
from kg.guidance.sentences.restricted import case_alone

_SOLE = re.compile(
    r"(?<!once )\b(?:only|solely|exclusively|merely)\b(?! (?:tells?|says?|shows?|names?|reflects?|once)\b)"
    r"|^(?:notes?:\s*)?(?:if|when|where|for|at|in)\b.*\b(?:recorded|assigned|used|coded|reported) without the\b",
    re.IGNORECASE,
)
# Why a code is recorded: no restriction of it.
REASON = re.compile(
    r"\bbecause\b[^.;,:]*|, (?:as|since) (?:the|a|an|it|they|there|this|these|all|no)\b[^.;,:]*", re.IGNORECASE
)
# A code that is "only ever recorded behind" another: where it stands, not when.
_PLACED = re.compile(
    r"\bonly (?:ever )?(?:be )?(?:recorded|assigned|used|coded|added|placed|given) "
    r"(?:behind|after|following|in addition to|as an? (?:secondary|additional|supplementary|subsidiary) code)\b"
    r"(?! (?:an? |the )?(?:failed|previous|trial))",
    re.IGNORECASE,
)
_ONE_OF_WIDE = re.compile(
    r"\b(?:only|just|exactly|no more than|never more than|not more than) (?:one|a single)(?: of)?"
    r" (?:code\b|(?:the )?[A-Z]\d\d)"
    r"|\bone (?:and only one )?(?:[A-Z]\d\d\S* )?code only\b",
    re.IGNORECASE,
)
# What is said of things, not of codes: "the discs that were replaced", "however many are replaced".
_THINGS = re.compile(
    r"\b(?:that|which|who) (?:is|are|was|were|has been|have been|had been) (?:replaced|excluded|missing|absent)\b"
    r"|\bhowever many (?:\w+ ){0,3}(?:is|are|was|were) (?:replaced|excluded|missing|absent)\b"
    r"|\b(?:replaced|excluded|missing|absent) (?:discs?|joints?|valves?|bones?|teeth|parts?|hips?|knees?|lenses)\b",
    re.IGNORECASE,
)
_FALLBACK = re.compile(r"\.9\b")

# The codes of the list right above, of which a note says that they go with another ("These are supplementary to A").
_SUPPLEMENTS = re.compile(
    r"(?:(?:please )?notes?\s*:\s*)?(?:these|they|those|such|both|all of these|the last \w+|the (?:\w+ )?codes above)"
    r"(?: [\w-]+){0,3}? (?:are|is|must be|should be|supplement|come|go|stand|follow)"
    r"(?: (?:only|all|always|then|recorded|assigned|used|added|coded|given))*"
    r" ?(?:supplementary|additional|secondary|subsidiary|subordinate|in addition|additions|supplements|on top of|after"
    r"|behind|with|to)\b"
    r"[^.;]*?(?=['\"(]?[A-Z]\d\d)",
    re.IGNORECASE,
)

_NONE_THERE = re.compile(r"\b(?:is|are|has|have|needs?|gets?|takes?) no ['\"]?[A-Z]\d\d", re.IGNORECASE)
# Listed codes that are put together anew, for a case ("Islets: J54.4 with Y27.2 and Y53.-.").
_COMBINED = re.compile(
    r"(?:[Nn]otes?\s*:\s*)?(?![Nn]otes?\b)[A-Z][\w' -]{2,40}[:-] ['\"]?[A-Z]\d\d[^;:]*"
    r"\b(?:with|plus|and|together with|followed by|alone)\b"
)

# When what Or parts stands together.
_BOTH = re.compile(
    r"\bboth (?:of (?:them|these|the) )?(?:the )?(?:codes |categories )?(?:are|must be|should be|can be|may be)"
    r"(?: then)? (?:recorded|assigned|used|coded|needed|required|given|taken|reported|added)\b"
    r"(?=[^.;]*\b(?:if|when|where)\b)",
    re.IGNORECASE,
)

REMARK = Meaning((), "remark")


def _spoken(text: str) -> str:
    """A sentence with "it" for each code, so that a phrase reaches across one ("leave Y53.2 out")."""
    for spot in reversed(spots(text)):
        text = f"{text[: spot.start]}it{text[spot.end :]}"
    return text


def _covers(spoken: str, source: Source) -> bool:
    """Whether one clause denies that something is coded and another says that a code is enough ("it" for the code)."""
    clauses = re.split(r"[;:]|,? (?:since|because|as)\b|, ", spoken)
    denying = [c for c in clauses if source.phrases.find("not", c)]
    enough = [c for c in clauses if source.phrases.find("enough", c) and re.search(r"\bit\b", c)]
    conditional = any(source.phrases.find(kind, spoken) for kind in ("condition", "may", "only"))
    return bool(enough and denying) and not conditional and not any(c in denying for c in enough)


def _is_of_fallback(stretch: Stretch, source: Source) -> bool:
    """Whether all that is denied is that a detail is known ("Y53.9 is for imaging that is not recorded")."""
    words = condition_of(stretch, source)
    if words is None or not source.phrases.find("fallback", words.text):
        return False
    start, end = words.span()
    hits = (stretch.span(hit.start(), hit.end()) for hit in source.phrases.all("not", stretch.text))
    return all(start <= at and stop <= end for at, stop in hits)


def _is_within(selector: Selector, known: Sequence[Selector]) -> bool:
    """Whether a code is one of a listed category or range, and not listed itself."""
    return selector not in known and not isinstance(selector, Category)


def _narrower(stretch: Stretch, side: Side, told: Sequence[Selector], source: Source) -> Meaning | None:
    """Codes that a sentence names of a category which the one before it named: they are what is meant by it.

    None where a code only serves a detail that is not known, or for a sentence that names none.
    """
    if source.phrases.find("fallback", stretch.text) or _FALLBACK.search(stretch.text):
        return None
    wide = [k for k in told if isinstance(k, Category)]
    own = [
        s for s in spots(stretch.text)
        if s.kind == "code" and (x := selector_of(s, side.scheme)) is not None
        and any(source.same_codes(x, k) for k in wide)
    ]  # fmt: skip
    if not own:
        return None
    if len(own) == 1 or len({s.printed[:3] for s in own}) > 1:
        return Meaning((), "unclear", "a code of a listed category")
    parts = [expression_of(stretch, ([s], []), side.scheme, source, s.end) for s in own]
    choice = OneOf(tuple(p for p in parts if p is not None), citation=source.cite(stretch))
    return Meaning((Effect("specify", side, stretch, choice, plain=False),))


def tells_order(text: str, source: Source) -> bool:
    """Whether a sentence tells what a listed code is for by its place alone ("the second code is for ...")."""
    patterns = source.phrases.patterns
    rest = patterns["ordinal"].sub(" # ", text)
    return rest != text and not any(patterns[kind].search(rest) for kind in ("risk", "not", "may"))


def about_listed(
    stretch: Stretch,
    side: Side,
    mentions: tuple[Selector, ...],
    told: Sequence[Selector],
    source: Source,
    known: Sequence[Selector] = (),
) -> Meaning:
    """A sentence about codes that are listed already, with those of them that it puts into one record."""
    meaning = _of_listed(stretch, side, mentions, told, source, known)
    remark = not meaning.effects and meaning.status == "remark"
    if len(set(mentions)) == 1 or not (remark or all(e.kind in {"order", "label", "beside"} for e in meaning.effects)):
        return meaning
    made = pairs(stretch, side, source)
    return replace(meaning, effects=(*meaning.effects, *made)) if made else meaning


def _of_listed(
    stretch: Stretch,
    side: Side,
    mentions: tuple[Selector, ...],
    told: Sequence[Selector],
    source: Source,
    known: Sequence[Selector] = (),
) -> Meaning:
    """A sentence about codes that are listed already: it may make one conditional, deny one.

    Or tie them to conditions.
    """
    text, phrases = REASON.sub(" ", stretch.text), source.phrases
    if (beside := asked_beside(stretch, side, mentions, source)) is not None:
        return beside
    if len(set(mentions)) == len("AB") and (both := _BOTH.search(stretch.text)):
        words = condition_of(stretch.part(both.start(), len(stretch.text)), source)
        if words is not None:
            return Meaning((Effect("both", side, stretch, None, mentions, without_note(words), plain=False),))
    if len(mentions) == 1 and phrases.find("not.besides", text) is not None and not phrases.find("only", text):
        return REMARK  # what the code does not hold
    if len(mentions) == 1 and _NOT_BESIDE.fullmatch(stretch.text, 0, spots(stretch.text)[0].start):
        return REMARK  # what is not recorded with it
    if all(m in known for m in mentions) and (case := case_alone(stretch, source)) is not None:
        return Meaning((Effect("restrict", side, stretch, None, mentions, case, plain=False),))
    fallback = _FALLBACK.search(text) is not None and not all(m in known for m in mentions)
    if not fallback and _PLACED.search(text) and source.phrases.find("not", text) is None:
        return REMARK  # where in the record it stands
    if phrases.find("only", text) and not fallback:
        words = condition_of(stretch, source)
        if words is not None and (len(set(mentions)) == 1 or _EACH_ONLY.match(stretch.text)):
            return Meaning((Effect("restrict", side, stretch, None, mentions, without_note(words), plain=False),))
        return Meaning((), "unclear", "what it restricts")
    if not fallback and (case := _but_for(stretch, mentions, known, source)) is not None:
        return Meaning((Effect("restrict", side, stretch, None, mentions, case, plain=False),))
    if _ONE_OF_WIDE.search(text) and all(not isinstance(m, One) and m in known for m in mentions):
        return REMARK  # a category is one code anyway
    if not fallback and _SOLE.search(text):
        return Meaning((), "unclear", "what it restricts")
    spoken = _spoken(text)
    if fallback:  # what a note does not give is denied of the note
        spoken = phrases.patterns["fallback"].sub(" ", spoken)
    idle = ("alone", "alone.first", "comprised")
    if phrases.find("not", spoken) and any(phrases.find(kind, spoken) for kind in idle):
        return REMARK
    if _covers(spoken, source):
        return Meaning((Effect("covers", side, stretch, None, mentions),))
    if phrases.find("not", spoken) and not _is_of_fallback(stretch, source):
        words = condition_of(stretch, source)
        if words is None and all(_is_within(m, known) for m in mentions):
            return Meaning((), "excluded")  # of a listed category, which stays
        if words is not None and len(set(mentions)) == 1 and not phrases.find("fallback", words.text):
            case = denied_in(stretch, words, source)
            return Meaning((Effect("restrict", side, stretch, None, mentions, case, plain=False),))
        return Meaning((Effect("exclude", side, stretch, None, mentions),))
    if phrases.find("prefer", text) and len(set(mentions)) == 1:
        return Meaning((Effect("rank", side, stretch, None, mentions),))
    if len(set(mentions)) == 1 and (base := _SUPPLEMENTS.match(text)) is not None:
        node = expression_of(stretch, ([spots(text)[0]], []), side.scheme, source, len(text)) if base else None
        return Meaning((Effect("beside", side, stretch, node),))
    if (hit := phrases.find("beside", text)) is not None and len(set(mentions)) > 1:
        before = [s for s in spots(text) if s.end <= hit.start()]
        added = tuple(x for s in before if (x := selector_of(s, side.scheme)) is not None)
        if added and not phrases.find("condition.no-beside", text):
            return Meaning((Effect("beside", side, stretch, None, added),))
    if (narrow := _narrower(stretch, side, told, source)) is not None:
        return narrow
    if _NONE_THERE.search(text):
        return Meaning((), "unclear", "when a listed code is left out")
    if len(set(mentions)) > 1 and _COMBINED.match(text) and phrases.verb(text) is None:
        return Meaning((), "unclear", "how listed codes go together")
    printed = {str(k) for k in known}
    narrower = any(m not in known and f"{m}.-" not in printed for m in mentions)
    added = re.search(r"\b(?:also|too|as well|in addition|additionally)\b", text, re.IGNORECASE)
    if narrower and added and not phrases.find("fallback", text):
        return Meaning((), "unclear", "a code of a listed category, added")
    facts = source.lexicon.named_in(text)
    if len({facet for facet, _ in facts}) < len(facts):
        return Meaning((Effect("label", side, stretch, None, mentions),))
    risk = phrases.find("risk", _THINGS.sub(" ", PURPOSE.sub(" ", spoken)))
    if len(set(mentions)) > 1 and (apart := re.search(r"\bnot (?:to|with|for|after|behind)\b", text)):
        return Meaning((), "unclear", f'"{apart[0]}"')
    if tells_order(spoken, source) and not narrower:
        return Meaning((Effect("order", side, stretch, None, mentions),))
    if risk and not phrases.find("fallback", text):
        return Meaning((), "unclear", f'"{risk[0]}"')
    if spares(spoken, source):
        return Meaning((), "unclear", "whether a listed code is always recorded")
    return REMARK


# Several codes, each in the one case ("A and B are only assigned where").
_EACH_ONLY = re.compile(
    r"(?:notes?\s*:\s*)?(?:the )?(?:codes? )?[A-Z]\d\d\.[\d-](?:(?:, (?:and )?| and )[A-Z]\d\d\.[\d-])+"
    r" are (?:only|just) (?:assigned|recorded|used|added|required|needed|coded) (?:if|when|where|once)\b"
    r"(?![^.;]*\b(?:both|respectively|or)\b)",
    re.IGNORECASE,
)


def _but_for(
    stretch: Stretch, mentions: Sequence[Selector], known: Sequence[Selector], source: Source
) -> Stretch | None:
    """The case that a sentence excepts for its one listed code ("is recorded unless the operation is open").

    None where the case speaks of codes and their titles: it tells when such a code is needed at all.
    """
    phrases = source.phrases
    found = spots(stretch.text)
    hit = phrases.find("except", stretch.text)
    if hit is None or len(found) != 1 or not all(m in known for m in mentions):
        return None
    begin, stop = hit.start(), len(stretch.text.rstrip(" ."))
    if begin < found[0].start:  # "Unless the operation is open, A is recorded"
        comma = stretch.text.find(",", begin)
        stop = comma if 0 < comma < found[0].start else stop
    case, rest = stretch.part(begin, stop), f"{stretch.text[:begin]} {stretch.text[stop:]}"
    odd = any(phrases.find(kind, rest) for kind in ("not", "may", "only", "condition", "instead", "except"))
    if odd or begin > stop or not phrases.find("record", rest) or re.search(r"[,;]", case.text):
        return None
    return None if phrases.find("recording", case.text) or spots(case.text) or _TITLE.search(case.text) else case


_TITLE = re.compile(r"\b(?:titles?|already|index|classif\w+|another|other)\b", re.IGNORECASE)

# When something is done, in words that restrict: no code.
_RESTRICTED = re.compile(
    r"\b(?:only (?:if|when|where|for|in|on|to|after|once)|unless|is only|are only|except\w*)\b",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"(?:note\s*:\s*)?(?:this|that|it|both|these|those|they|each|either|all|none|one|former|latter"
    r"|the (?:former|latter|others?|same|rest|(?:first|second|third|last)"
    r"(?! (?:stage|operation|procedure|session|step|part|visit|treatment|half)\b)))\b",
    re.IGNORECASE,
)


def tells_when_done(text: str, source: Source) -> bool:
    """Whether a sentence without codes only restricts when something is done ("the second stage follows only if")."""
    phrases = source.phrases
    if any(phrases.find(kind, text) for kind in ("recording", "anaphor", "instead", "must", "may")):
        return False
    if phrases.find("risk", _RESTRICTED.sub(" ", text)) or _NO_SUBJECT.match(text):
        return False
    return re.search(r"\b[a-z]+(?:s|ed|en|ne|t)\b", _RESTRICTED.sub(" ", text)) is not None


# A disease that is looked for, not a code ("to exclude a growth").
_RULED_OUT = re.compile(
    r"\b(?:to|can|must|should|helps?|cannot|have|has) (?:help )?exclude[sd]?\b"
    r"(?! (?:it|this|that|these|those|them|(?:the |any |a )?(?:\w+ )?(?:codes?|categor(?:y|ies)|entry|entries))\b)",
    re.IGNORECASE,
)


# "Symptom codes are not required in addition to A1".
_NOT_BESIDE = re.compile(
    r"(?:(?:please )?notes?\s*:\s*)?(?:(?!\b(?:if|when|where|unless|only|it|this|they|these|those)\b)[^.;:,])+? "
    r"(?:(?:is|are|should|need|must|do|does) not|never) (?:need to )?(?:be )?"
    r"(?:coded|required|recorded|needed|assigned|added|used|reported|necessary)(?: separately)? "
    r"(?:in addition to|as well as|alongside|on top of|besides?) (?:the )?(?:codes? )?['\"]?",
    re.IGNORECASE,
)
# What each of the codes says already.
_TOLD_BY_BOTH = re.compile(
    r"\b(?:implicit|implied|included|inherent|covered|contained|integral|understood|told) (?:in|by|within|to) "
    r"(?:both|each|either|all)(?: of)?(?: the| these)?(?: two| three)? codes?\b",
    re.IGNORECASE,
)


def risk_in(text: str, source: Source) -> str:
    """The word of a sentence without codes that could change what is listed; empty where there is none."""
    hit = source.phrases.find("risk", _TOLD_BY_BOTH.sub(" ", _RULED_OUT.sub(" ", text)))
    return hit[0] if hit is not None else ""


def spares(text: str, source: Source) -> bool:
    """Whether a sentence says that something hangs on a code, or that others will do without it in some case."""
    if source.phrases.find("spare", text) is not None:
        return True
    if source.phrases.find("fallback", text) is not None:
        return False
    case = re.search(r"\b(?:without|unless|(?:if|when|where|with|for) (?:there (?:is|was) )?no(?:ne|t)?)\b", text, re.I)
    return case is not None and any(source.phrases.find(kind, text) is not None for kind in ("enough", "alone"))


# Of headed lists which are no alternatives.
_ALL_PARTS = re.compile(
    r"\b(?:both|all|each|every one)(?: of)?(?: the| these| those)?(?: two| three| four)?"
    r" (?:parts|blocks|lists|sets|groups|headings|components|elements)"
    r"\b[^.;,]*\b(?:recorded|coded|needed|required|assigned|used|taken|together)\b",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"(?:that|this|it|they|these|those)(?: (?:operation|procedure|examination|codes?))?"
    r" (?:is|are|belongs?|has|have)\b[^.;]*"
    r"\b(?:not (?:coded|recorded|assigned|added|entered|repeated)|(?:another|a different|a separate) record)",
    re.IGNORECASE,
)
# What takes back that the code before it is for some cases only.
_ALWAYS = re.compile(
    r"\b(?:site|side|laterality|level|method|approach|code|one|it)\b[^.;]*"
    r"\b(?:must|has to|needs to|is to) (?:always )?be "
    r"(?:given|recorded|stated|shown|coded|added|present)\b[^.;]*\b(?:every|each|all|always|any)\b",
    re.IGNORECASE,
)


def said_of_before(stretch: Stretch, side: Side, before: Effect | None, source: Source) -> Meaning | None:
    """What a sentence without codes says of the lists above, or of the addition of the sentence before; None of none.

    So that all headed lists go together, that the addition is for another record, or that it is for every one.
    """
    text = stretch.text
    if (at_once := all_listed(stretch, side, source)) is not None:
        return at_once
    if _ALL_PARTS.search(text):
        return Meaning((Effect("together", side, stretch),))
    if before is not None and before.kind == "add" and _TAKEN_BACK.match(text):
        return Meaning((), "unclear", "what is not recorded here")
    if before is not None and isinstance(before.expression, When | Optional) and _ALWAYS.search(text):
        return Meaning((), "unclear", "what is always recorded")
    return None
