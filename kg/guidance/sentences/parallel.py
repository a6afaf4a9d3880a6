"""Main codes that one sentence gives to cases told in the same way ("For a graft, A; for a stent, B").

Read here where every word is a code, its title, its case, or what joins these; other sentences are read as any are
(kg.guidance.additions).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from kg.codes import One, Selector
from kg.expression.nodes import OneOf, Pick, When
from kg.expression.recommendation import Side
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import Spot, selector_of, spots
from kg.guidance.parts.conditions import without_note
from kg.guidance.parts.contrasts import all_exclude
from kg.guidance.parts.titled import ends_of_titles, title_of
from kg.guidance.sentences.effects import kind_of

_DONE = (
    r"(?: (?:is|should be|must be|is to be) (?:recorded|used|assigned|coded|taken|chosen|reported|given|entered"
    r"|selected)"
    r"| applies)?"
)
_HAS = (
    r"(?: (?:is|are)(?: (?:coded|recorded|classified|assigned)(?: (?:as|to|with|by|under))?)?| has| have| takes?| gets?"
    r"| (?:to|as|under|by))"
)
_JOIN = r"[;,.]?\s*(?:(?:and|but|while|whereas)\s+)?"
_OPENER = r"(?P<{0}>(?:for|in|with|on|after|under|during|at|if|when|where)\b)"
_LED = re.compile(
    rf"(?P<join>{_DONE}{_JOIN})(?:{_OPENER.format('open')} (?P<case>[^;:]+?)(?:[,:]| -)?"
    rf"|(?P<name>[^;:,]+?)(?P<has>:| -|{_HAS}))\s*",
    re.IGNORECASE,
)
_TO = (["to"], ["as"], ["under"], ["by"])
_ENDS = re.compile(rf"{_DONE}[.;,]?", re.IGNORECASE)
_BEHIND = re.compile(
    rf"{_DONE},?\s+{_OPENER.format('open')} (?P<case>[^;:]+?)(?P<join>[;,](?: (?:and|but|while|whereas))?| (?:and"
    rf"|but|while|whereas)|[.]?$)"
    r"\s*",
    re.IGNORECASE,
)
_CLAUSE = frozenset({"if", "when", "where"})
# Words that no case of this kind has: it speaks of all, of a code, or of what is done besides.
_NO_CASE = re.compile(
    r"\b(?:both|each|every|either|neither|none|not|no|never|only(?! (?:an?|one|part|some|half)\b)|also|too|as well"
    r"|addition|additional\w*|further|besides"
    r"|or|unless|may|can|must|should|codes?|categor\w+|chapters?|records?|recorded|coded|assigned|following|above|below"
    r"|first|second|third|last|others?|rest|instead|note|icd\S*|opcs\S*|site|side|position|same|this|that|these|those"
    r"|example|instance|concurrent\w*|past|earlier|previous\w*|until|before|past)\b",
    re.IGNORECASE,
)
_DEFINITE = re.compile(r"(?:the|its|their|his|her|all|any)\b", re.IGNORECASE)
_FOR = re.compile(
    r"\s(?:(?:for|if|when|where)\s"
    r"|in (?=(?:children|adults|women|men|males|females|infants|neonates|patients|those)\b))",
    re.IGNORECASE,
)
_THAT = re.compile(r"(?<=[a-z]) that (?=(?:is|are|was|were|has|have)\b)")
_WHICH = re.compile(r"\b(?:that|which|who) .*$")  # of the case, of which it says no more
_FEWEST = 2


def parallel(stretch: Stretch, side: Side, known: Sequence[Selector], source: Source) -> OneOf | None:
    """The choice of main codes that a sentence or line gives to cases, each to its own; None for others.

    None too where another main code is `known`, as they may go with it. A person is asked where neither the codes, of
    one category, nor the words of the cases say that these exclude each other.
    """
    bare = without_note(stretch)
    bare = bare.part(0, len(bare.text.rstrip(" .")))
    found = spots(bare.text)
    own = [selector_of(spot, side.scheme) for spot in found]
    of_disease = side is Side.DIAGNOSIS
    if len(found) < _FEWEST or not all(x is not None and (of_disease or _is_main(x, source)) for x in own):
        return None
    if any((of_disease or source.leads(k)) and k not in own for k in known) or len(set(own)) < len(own):
        return None
    cases = [] if of_disease else _led(bare, found, source)
    offered = _offered(bare, found, source)
    cases = cases or _behind(bare, found, side, source) or offered
    alike = len({kind_of(x) if of_disease else str(x)[:3] for x in own if x is not None}) == 1
    if not cases:
        in_turn = _classified(bare, found, source)
        cases = in_turn if alike or all_exclude([case.text for case in in_turn]) else []
    if not cases or len({case.text.lower() for case in cases}) < len(cases):
        return None
    clauses = {case.text.split()[0].lower() for case in cases} & _CLAUSE
    if clauses and not alike:
        return None
    told = alike or cases is offered
    if not told and not all_exclude([case.text for case in cases]) and not _one_facet(cases, source):
        source.warn("KG-W0202", "a code for each of several cases: they are read as alternatives", stretch)
    branches: list[When] = []
    for i, (spot, case) in enumerate(zip(found, cases, strict=True)):
        selector = own[i]
        end = found[i + 1].start if i + 1 < len(found) else len(bare.text)
        title, stop = title_of(bare, spot, end, source)
        if selector is not None:
            pick = Pick(selector, title, source.cite(bare, spot.start, max(stop, spot.end)))
            branches.append(When(source.condition(case), pick, source.cite(case)))
    return OneOf(tuple(branches), citation=source.cite(bare))


def _is_main(selector: Selector, source: Source) -> bool:
    """Whether a code is a main code that stands with no other as a rule."""
    return isinstance(selector, One) and source.is_operation(selector)


def _one_facet(cases: Sequence[Stretch], source: Source) -> bool:
    """Whether the cases are different values of one facet."""
    facts = [source.condition(case).fact for case in cases]
    return len({facet for facet, _ in facts}) == 1 and facts[0][0] != "stated" and len(set(facts)) == len(facts)


def _led(stretch: Stretch, found: Sequence[Spot], source: Source) -> list[Stretch]:
    """The cases that stand before their codes; none where a word is left over or they are not told alike."""
    ends = ends_of_titles(stretch, found, len(stretch.text), source)
    if _ENDS.fullmatch(stretch.text[ends[-1] :]) is None:
        return []
    made: list[Stretch] = []
    how: set[str] = set()
    for begin, spot in zip([0, *ends], found, strict=False):
        hit = _LED.fullmatch(stretch.text, begin, spot.start)
        if hit is None or (begin and not hit["join"].strip()):
            return []
        name = "case" if hit["case"] else "name"
        verb = (hit["open"] or hit["has"] or "").lower().split()
        how.add(" ".join(verb[-1:] if verb[-1:] in _TO else verb))  # "a stent is coded to A and a graft to B"
        if begin == 0 and len(verb) == 1 and verb in _TO and not hit["open"]:
            return []
        if not _is_case(hit[name], hit["open"], source):
            return []
        made.append(stretch.part(hit.start("open" if hit["open"] else name), hit.end(name)))
    return made if len(how) == 1 else []


_IS_CODED = r" (?:is|are|should be|must be) (?:coded|classified|assigned|recorded|indexed)"
_BY = r" (?P<by>to|with|as|under|by) (?:the )?(?:code )?['\"(]*"
_CODED = re.compile(
    rf"(?:(?:in|under) (?:OPCS|ICD)\S*,? )?(?P<case>[^;:]+?){_IS_CODED}(?: (?:in|under|using) (?:OPCS|ICD)\S*)?{_BY}",
    re.I,
)
_AND_CODED = re.compile(
    rf"[\s,;)]*(?:(?:and|but|while|whereas)\s+)?(?P<case>[^;:]+?)(?:{_IS_CODED})?{_BY}", re.IGNORECASE
)


def _classified(stretch: Stretch, found: Sequence[Spot], source: Source) -> list[Stretch]:
    """The cases of a sentence that classifies each in turn ("a first graft is coded to A and a later one to B")."""
    ends = ends_of_titles(stretch, found, len(stretch.text), source)
    if _ENDS.fullmatch(stretch.text[ends[-1] :].lstrip(")")) is None:
        return []
    made: list[Stretch] = []
    how: set[str] = set()
    for begin, spot in zip([0, *ends], found, strict=False):
        hit = (_AND_CODED if begin else _CODED).fullmatch(stretch.text, begin, spot.start)
        if hit is None or _NO_CASE.search(hit["case"]) or source.phrases.verb(hit["case"]) is not None:
            return []
        how.add(hit["by"].lower())
        made.append(stretch.part(*hit.span("case")))
    return made if len(how) == 1 else []


def _behind(stretch: Stretch, found: Sequence[Spot], side: Side, source: Source) -> list[Stretch]:
    """The cases that stand behind their codes ("A for a graft; B for a stent")."""
    if found[0].start != 0:
        return []
    ends = ends_of_titles(stretch, found, len(stretch.text), source)
    if side is Side.DIAGNOSIS:  # whose titles are not known: up to the last word that may open a case
        opened = [[hit.start() for hit in _FOR.finditer(stretch.text, spot.end, end)] for spot, end in
                  zip(found, [*(spot.start for spot in found[1:]), len(stretch.text)], strict=True)]  # fmt: skip
        ends = [at[-1] if at else end for at, end in zip(opened, ends, strict=True)]
    made: list[Stretch] = []
    how: set[str] = set()
    for end, stop in zip(ends, [*(spot.start for spot in found[1:]), len(stretch.text)], strict=True):
        hit = _BEHIND.fullmatch(stretch.text, end, stop)
        if hit is None or not _is_case(hit["case"], hit["open"], source):
            return []
        how.add(hit["open"].lower())
        made.append(stretch.part(hit.start("open"), hit.end("case")))
    return made if len(how) == 1 else []


def _offered(stretch: Stretch, found: Sequence[Spot], source: Source) -> list[Stretch]:
    """What each of several codes is of, where "or" joins their names ("either a tear, A, or a strain, B")."""
    head, named = _HEAD.fullmatch(stretch.text, 0, found[0].start), _NAMED
    if head is None:
        head, named = _HEAD_TO.fullmatch(stretch.text, 0, found[0].start), _NAMED_TO
    stop = title_of(stretch, found[-1], len(stretch.text), source)[1]
    if head is None or _TAIL.fullmatch(stretch.text, stop) is None:
        return []
    made = [stretch.part(*head.span("name"))]
    for before, after in pairwise(found):
        hit = named.fullmatch(stretch.text, before.end, after.start)
        if hit is None or (after is found[-1] and not hit["or"]):
            return []
        made.append(stretch.part(*hit.span("name")))
    said = [head.groupdict().get("head", ""), *(name.text for name in made)]
    kinds = ("not", "condition", "instead")
    if any(source.phrases.find(kind, words) for words in said for kind in kinds) or _BESIDES.search(" ".join(said)):
        return []
    return made if not any(source.phrases.verb(name.text) for name in made) else []


_NAME = (
    r"(?P<name>(?:an? |the |another )?(?:[A-Z][a-z]+'s? )?"
    r"(?:(?!(?:or|and|if|when|where|for|with|is|are|was)\b)[a-z][a-z'-]*\s+){0,7}[a-z'-]+)"
)
_AT = r"(?:,|:| -|\s?\()\s*['\"]?"
_HEAD = re.compile(
    r"(?P<head>[A-Z][^;.,]*?\b(?:is|are|be|have|has|one of|either)\b(?:(?: [a-z]+)?(?: one of| either|:))*) "
    rf"{_NAME}{_AT}"
)
_NAMED = re.compile(rf"[^;]*(?:[,)]| -|(?= or ))\s*(?P<or>or (?:else )?)?{_NAME}{_AT}")
# "A lesion is classified to A, a tear to B or a strain to C".
_TO_CODE = r"\s(?:(?:is|are) (?:coded|classified|recorded|assigned) )?(?:to|as|under|by)\s['\"]?"
_HEAD_TO = re.compile(
    r"(?P<name>(?!(?:This|That|These|It|They|The (?:procedure|operation|diagnosis|code))\b)[A-Z][^;:,.]*?) (?:is|are) "
    r"(?:coded|classified|recorded|assigned) (?:to|as|under|by)\s['\"]?"
)
_NAMED_TO = re.compile(rf"[^;]*(?:,|(?= or ))\s*(?P<or>or (?:else )?)?{_NAME}{_TO_CODE}")
_BESIDES = re.compile(
    r"\b(?:also|too|besides?|added|add|addition\w*|further|follow\w*|codes?|coded|recorded|assigned|same)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(r"[\s,)]*(?:(?:as|whichever|depending|according) [a-z -]+)?\W*")


def _is_case(words: str, opener: str | None, source: Source) -> bool:
    """Whether words are a case of a kind: no part of the operation ("for the stone"), and nothing about codes."""
    clause = opener is not None and opener.lower() in _CLAUSE
    if _NO_CASE.search(_THAT.sub(" which ", words)) or (not clause and _DEFINITE.match(words)):
        return False
    return clause or source.phrases.verb(_WHICH.sub("", words)) is None
