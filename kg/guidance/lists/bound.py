"""Codes under a case that is one of the variants of the same side: they belong to that variant, and need no case of it.

"Plus, for stage 2 only: Y71.1", "Y71.1 is added for stage 2", "Y71.1 (stage 2 only)" under the heading "Stage 2".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.citation import Citation
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Unnamed, When, all_of, picks
from kg.expression.recommendation import Side
from kg.facets import plain
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.parts.cases import WAYS
from kg.guidance.parts.conditions import without_note
from kg.guidance.parts.sides import said_in
from kg.guidance.sentences.effects import Effect

# Words that only lead to the name of a variant or stand behind it.
_AROUND = re.compile(
    r"(?:\s+|\b(?:for|at|in|on|of|to|during|with|if|when|where|the|an?|is|are|was|were|it|this|only|just|alone|has|have|been|be"
    r"|done|used|performed|carried|out|undertaken|chosen|taken|made|approach(?:es)?|operations?|procedures?|stages?|route"
    r"|technique|methods?|cases?|patients?|records?|surgery|treatment|access|variant|way|also|then|and|plus|codes?|group"
    r"|addition|additional|further|following)\b)*"
)
# A heading without what leads to it, and without what explains it ("Stage 1 (the lead is put in)").
_BARE = re.compile(r"^(?:for|if|in|with|at|the|a|an)\s+|\s*[(,:].*$|\s+-\s.*$", re.IGNORECASE)
# Words of a case that is not one variant's alone.
_OF_ALL = re.compile(
    r"\b(?:may or may not|whether|regardless|irrespective|either|both|not|no|without)\b", re.IGNORECASE
)
# Whose record a variant is, and of whom a sentence speaks without saying which of them it is.
_WHOSE = re.compile(
    r"(?:(?:for|on|of|in|if|when|codes?|records?|entry|episode|admission|the|an?|this|live|living|deceased|one|patient"
    r"|is|belongs|to|maternal) )*"
    r"(?:donors?|recipients?|person|patient|mother|woman|baby|infant|newborn|child|f(?:o)?etus|twin|partner|sibling"
    r"|parent|relative|giver|receiver|individual|(?:one|party|somebody|someone) who)\b",
    re.IGNORECASE,
)
_SOMEBODY = re.compile(
    r"\b(?:someone|somebody|anyone|anybody|whoever|(?:those|he|she|any|one) (?:who|whose|with|on|still|already)"
    r"|(?:an?|any|the|this|each) (?:person|patient|individual|man|woman)|patients|people|persons|individuals)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(r"(?:notes?\s*:\s*)?(?:at|in|for|with|during|on)\s[^,;:]*,", re.IGNORECASE)


def settled(e: Expression, source: Source) -> Expression:
    """The expression with each code under the case of one variant in that variant, without the case."""
    match e:
        case AllOf(parts):
            return _placed(replace(e, parts=tuple(settled(part, source) for part in parts)), source)
        case OneOf(branches):
            told = [_case(branch, source) for branch in branches]
            made = [
                replace(b, then=_opened(b.then, i, told, source)) if isinstance(b, When) and told[i] is not None else b
                for i, b in enumerate(branches)
            ]
            return replace(e, branches=tuple(made))
        case _:
            return e


def _placed(e: AllOf, source: Source) -> Expression:
    """The conjunction with its conditional parts in the variant that they name, where it is the only one."""
    parts = list(e.parts)
    for part in e.parts:
        if not isinstance(part, When):
            continue
        for i, choice in enumerate(parts):
            if not isinstance(choice, OneOf):
                continue
            told = [_case(branch, source) for branch in choice.branches]
            if sum(case is not None for case in told) < len("AB"):
                continue
            at = variant_named(part.condition.words, told, source)
            own = choice.branches[at] if at is not None else None
            if isinstance(own, When):
                joined = all_of([*_parts(own.then), *_parts(part.then)]) or own.then
                branches = (*choice.branches[:at], replace(own, then=joined), *choice.branches[(at or 0) + 1 :])
                parts[i] = replace(choice, branches=branches)
                parts = [p for p in parts if p is not part]
                break
    return all_of(parts) or e if len(parts) < len(e.parts) else e


def _opened(e: Expression, at: int, told: Sequence[Condition | None], source: Source) -> Expression:
    """What stands in a variant without conditions that only name the variant."""
    match e:
        case When(condition, then) if variant_named(condition.words, told, source) == at:
            return then
        case AllOf(parts):
            below = [x for part in parts for x in _parts(_opened(part, at, told, source))]
            return replace(e, parts=tuple(below))
        case _:
            return e


def _parts(e: Expression) -> tuple[Expression, ...]:
    return e.parts if isinstance(e, AllOf) and not e.sequenced else (e,)


def _case(branch: Expression, source: Source) -> Condition | None:
    return branch.condition if isinstance(branch, When) and _is_headed(branch, source) else None


def variant_named(words: str, told: Sequence[Condition | None], source: Source, *, within: bool = False) -> int | None:
    """Which of the variants under these cases words name and say nothing else, or, `within` a sentence, whatever else.

    None where they name none, more than one or all of them, or deny one.
    """
    if _OF_ALL.search(words):
        return None
    said = f" {_singular(words)} "
    found: list[int] = []
    for i, case in enumerate(told):
        if case is None:
            continue
        rest = said
        for phrase in _names_of(i, told, source, short=not within):
            rest = rest.replace(f" {phrase} ", "  ")
        if rest != said and (within or _AROUND.fullmatch(rest)):
            found.append(i)
    return found[0] if len(found) == 1 else None


def _names_of(at: int, told: Sequence[Condition | None], source: Source, *, short: bool = False) -> list[str]:
    """The words that name a variant and no other: those of its heading, also a `short` one, and of the facts that only
    it states. A heading of several values ("open or laparoscopic") is not named by one of them.
    """
    facts = [set(source.lexicon.stated_in(case.words)) if case is not None else set[tuple[str, str]]() for case in told]
    named = (source.lexicon.named_in(case.words) for i, case in enumerate(told) if case is not None and i != at)
    facets = [facet for facet, _ in facts[at]]
    own = {fact for fact in facts[at] - set().union(*named) if facets.count(fact[0]) == 1}
    case = told[at]
    heads = [_head(case)] if case is not None else []
    names = [head for head in heads if " " in head or short or len(head) > len("open")]
    names += _leading(heads[0], [_head(c) for i, c in enumerate(told) if c is not None and i != at]) if heads else []
    names += [phrase for phrase, fact in source.lexicon.words.items() if fact in own]
    return sorted({_singular(re.sub(r"^(?:the|an?) ", "", name)) for name in names}, key=len, reverse=True)


def _singular(words: str) -> str:
    """Words without what makes no other case of them: capitals, marks, the plural ("female patients")."""
    return _PLURAL.sub("", _MEN.sub("man", plain(words).replace("children", "child")))


_MEN = re.compile(r"(?<=\b)men\b|(?<=\bwo)men\b")
_PLURAL = re.compile(r"(?<=[a-z]{3}[a-rt-z])s\b")


def _leading(head: str, others: Sequence[str]) -> list[str]:
    """The noun that a heading begins with ("conversion" of "Conversion to a total replacement"), if no other has it."""
    noun = re.match(r"([a-z]{6,}) (?:to|of|with|from|by|into|for)\b", head)
    return [noun[1]] if noun is not None and not any(noun[1] in other.split() for other in others) else []


def spoken_of(choice: OneOf, effect: Effect, source: Source) -> int | None:
    """Which of the variants of a choice a sentence names by its case ("if a flap is made at stage 1"); None for none.

    None too where it names more than one, or says that it is for each of them. A person is asked where it only states
    what a heading does, in other words, or names some of the variants and not which it is for.
    """
    told = [_case(branch, source) for branch in choice.branches]
    text = without_note(effect.stretch).text
    case = effect.expression.condition.words if isinstance(effect.expression, When) else ""
    if sum(one is not None for one in told) < len("AB") or effect.bound:
        return None
    if source.phrases.find("lead.refers-back", text):
        return None
    if (at := variant_named(case, told, source)) is not None:
        return at
    opening = _OPENING.match(effect.stretch.text)
    words = f"{opening[0] if opening is not None else ''} {case}"
    if effect.earlier is not None and not source.phrases.find("lead.refers-back", effect.earlier.text):
        words = without_note(effect.earlier).text
    at = variant_named(words, told, source, within=True)
    if at is None and case:
        at = _done_in(case, told)
    if at is None and not case:
        words = said_in(effect.stretch, source)
        at = variant_named(words, told, source, within=True)
        said = f" {_singular(words)} "
        named = [i for i in range(len(told)) if any(f" {name} " in said for name in _names_of(i, told, source))]
        of_thing = at is not None and effect.side is Side.DIAGNOSIS and isinstance(effect.expression, Unnamed)
        if of_thing or (at is None and 0 < len(named) < len(told)):
            source.warn("KG-W0202", "not said for which of the variants this is", effect.stretch)
    if at is None:
        of_persons = all(one is not None and _WHOSE.match(one.words) for one in told)
        if of_persons and (case or _SOMEBODY.search(said_in(effect.stretch, source))):
            source.warn("KG-W0202", "not said which of the persons this is for", effect.stretch)
        return None
    names = "|".join(map(re.escape, _names_of(at, told, source)))
    led = rf" (?:at|in|for|during|with|to) (?:the |an? )?(?:{names}) |^ (?:note )?(?:the |an? )?(?:{names}) "
    led += rf"| (?:if|when|where) (?:the |an? )?(?:{names}) (?:is|was|are|were|has been) "
    if not re.search(led, f" {_singular(words)} "):
        source.warn("KG-W0202", "not said whether this is for one of the variants: it is read so", effect.stretch)
    return at


def _done_in(words: str, told: Sequence[Condition | None]) -> int | None:
    """Which of the variants is headed by the noun of what a case says is done ("if the ring is removed": "Removal")."""
    found: list[int] = []
    for i, case in enumerate(told):
        noun = _DEED.match(_head(case)) if case is not None else None
        if noun is not None and re.search(rf"\b(?:is|are|was|were|be|been) (?:\w+ )?{noun[1]}\w*ed\b", words.lower()):
            found.append(i)
    return found[0] if len(found) == 1 else None


_DEED = re.compile(r"([a-z]{4,}?)(?:al|ion|ation|ment|e?ing)\b")


def _head(case: Condition) -> str:
    """The words of a heading that name its case."""
    words = _BARE.sub("", _BARE.sub("", case.words))
    return " ".join(re.findall(r"[a-z0-9]+", words.lower()))


def _is_headed(branch: When, source: Source) -> bool:
    """Whether the case of a branch is printed as a heading over it, and not told in a sentence."""
    cite = branch.condition.citation
    if not isinstance(cite, Citation):
        return False
    return _APART.match(source.document.text[cite.end :]) is not None


_APART = re.compile(r"[ \t*_)\]]*(?::|\||\s[-\u2013\u2014]\s|\s\s|\t|\r?\n|$)")


def only_named(stretch: Stretch, e: Expression | None, source: Source) -> Stretch | None:
    """The words over a list that only name one of the variants that stand above it, or say last that it is for one
    alone; None where none do.
    """
    choices = [part for part in (e.parts if isinstance(e, AllOf) else (e,)) if isinstance(part, OneOf)]
    told = [[_case(branch, source) for branch in choice.branches] for choice in choices]
    alone = _ALONE.search(stretch.text)
    words = stretch if alone is None else stretch.part(alone.start(), alone.end())
    return words if any(variant_named(words.text, own, source) is not None for own in told) else None


_ALONE = re.compile(
    r"\b(?:for|in|at|on|during|with) (?:(?!\b(?:for|in|at|on|during|with)\b)[^,;:])*(?:only|alone)(?=\W*$)",
    re.IGNORECASE,
)


# What is of the one or the other way: not what is only used in it.
_OF_RECORD = re.compile(
    r"\b(?:approach|route|technique|method|operation|procedure|treatment|surgery|access|cases?|patients?)\b",
    re.IGNORECASE,
)


def left_for(choice: OneOf, effect: Effect, source: Source) -> int | None:
    """The one alternative for which the case of an addition leaves room, where the others' cases exclude it; else None.

    "If a stent is left at an endoscopic treatment", where another code is for the percutaneous route. A person is
    asked where the titles of that alternative do not tell its case.
    """
    own = effect.expression.condition.words if isinstance(effect.expression, When) else ""
    facts = [fact for fact in source.lexicon.stated_in(own) if fact[0] in WAYS]
    cases = [b.condition.words if isinstance(b, When) else "" for b in choice.branches]
    out = [any(source.lexicon.value_in(facet, case) not in {None, value} for facet, value in facts) for case in cases]
    if not any(out) or out.count(False) != 1 or _OF_ALL.search(own) or not _OF_RECORD.search(own):
        return None
    at = out.index(False)
    said = " ".join((cases[at], *(pick.title for pick in picks(choice.branches[at]))))
    if not set(facts) & set(source.lexicon.stated_in(said)):
        source.warn("KG-W0202", "not said whether this is for one of the variants: it is read so", effect.stretch)
    return at
