"""Lines that are each recorded in a case of their own: one of them, where a record has one such code and no other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.citation import Citation
from kg.codes import One, Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, all_of, picks
from kg.expression.recommendation import Side
from kg.guidance.page.source import Source
from kg.guidance.sentences.effects import are_exclusive, names

_REST = re.compile(r"\b(?:others?|otherwise|remaining|rest|else)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|no|neither|none|without|un\w+ed)\b", re.IGNORECASE)


def only_cases(e: Expression, side: Side, source: Source) -> Expression:
    """The expression with main codes that all stand in a case of their own as a choice; so the codes of a side.

    Without a question where the cases tell that no two of them hold at a time.
    """
    match e:
        case OneOf(branches):
            return replace(e, branches=tuple(only_cases(branch, side, source) for branch in branches))
        case When(then=AllOf() as then):
            return replace(e, then=only_cases(then, side, source))
        case When() if side is Side.PROCEDURE:
            return _of_last(e, source)
        case AllOf() if side is Side.DIAGNOSIS:
            e = _of_unknown(e, source)
            return _of_diseases(e, source) if isinstance(e, AllOf) else e
        case AllOf():
            e = _of_past(e, source)
            e = _beside_siblings(e, source) if isinstance(e, AllOf) else e
        case _:
            return e
    if not isinstance(e, AllOf):
        return e
    cases = [part for part in e.parts if isinstance(part, When)]
    mains = [part for part in cases if side is Side.PROCEDURE and names(part) and source.leads(names(part)[0])]
    firm = [p for p in e.parts if not isinstance(p, When) and any(source.leads(x.selector) for x in picks(p))]
    if len(mains) > 1 and not firm:
        e = _chosen(e, mains, source)
    elif mains and not firm and isinstance(e, AllOf) and e.parts[0] is mains[0]:
        e = replace(e, parts=tuple(_of_last(mains[0], source) if p is mains[0] else p for p in e.parts))
    sides = [part for part in cases if picks(part) and all(str(p.selector).startswith("Z94") for p in picks(part))]
    return _chosen(e, sides, source, known=True) if len(sides) > 1 and isinstance(e, AllOf) else e


def _of_last(e: When, source: Source) -> Expression:
    """The only main codes of a side with the case that stands behind them ("A or B if the lesion is large") as that of
    the last: one of them is recorded in every case.
    """
    at = e.condition.citation
    if not isinstance(e.then, OneOf) or not isinstance(at, Citation):
        return e
    *others, last = e.then.branches
    lead = all(isinstance(b, Pick) and source.leads(b.selector) for b in e.then.branches)
    if not lead or last.citation is None or not isinstance(last.citation, Citation) or at.start < last.citation.start:
        return e
    return replace(e.then, branches=(*others, replace(e, then=last)))


def _of_unknown(e: AllOf, source: Source) -> Expression:
    """A list of diagnoses with the disease for the case that a detail is not known as an alternative to the others.

    Where several go together it may take the place of one of them only, so that a person is asked.
    """
    plain: list[Expression] = [x for x in e.parts if not isinstance(x, When | Optional | Unnamed)]
    firm = [part for part in plain if _is_disease(part) or _marks(part) == ["A"]]
    told = [part for part in e.parts if isinstance(part, When) and _is_disease(part) and _is_unknown(part, source)]
    rest = [part for part in e.parts if isinstance(part, When) and _is_sign(part) and not any(part is x for x in told)]
    if firm and rest and isinstance(at := rest[0].citation, Citation):
        source.note("KG-W0202", "not said whether this takes the place of the disease that is denied", at.start, at.end)
    told = [*told, *rest]
    if not firm or not told:
        return e
    several = len(firm) > 1 and [mark for part in firm for mark in _marks(part)] != ["D", "A"]
    if several and isinstance(at := told[0].citation, Citation):
        source.note("KG-W0202", "not said which diagnosis this takes the place of", at.start, at.end)
    base = all_of(firm) or firm[0]
    known = base.branches if isinstance(base, OneOf) else (base,)
    choice = OneOf((*known, *told), citation=told[0].citation)
    parts = [choice if p is firm[0] else p for p in e.parts if p is firm[0] or not any(p is x for x in (*firm, *told))]
    return all_of(parts) or e


def _beside_siblings(e: AllOf, source: Source) -> Expression:
    """A list with the code for the case that a detail is not known as an alternative to its siblings in it."""
    told = [part for part in e.parts if isinstance(part, When) and isinstance(part.then, Pick)]
    for case in (part for part in told if _is_unknown(part, source)):
        category = str(picks(case)[0].selector)[:3]
        like = [
            part for part in e.parts
            if part not in told and (own := picks(part)) and all(_is_of(x.selector, category) for x in own)
        ]  # fmt: skip
        if len(like) != 1 or not isinstance(like[0], Pick | OneOf) or not isinstance(e, AllOf):
            continue
        known = like[0].branches if isinstance(like[0], OneOf) else (like[0],)
        choice = OneOf((*known, case), citation=like[0].citation)
        made = all_of([choice if part is like[0] else part for part in e.parts if part is not case])
        if not isinstance(made, AllOf):
            return made or e
        e = replace(made, sequenced=e.sequenced)
    return e


def _is_of(selector: Selector, category: str) -> bool:
    """Whether a single code is of a category."""
    return isinstance(selector, One) and str(selector)[:3] == category


def _of_diseases(e: AllOf, source: Source) -> Expression:
    """Diagnoses that all stand in a case of their own, none of them told as a further one: one of them.

    Without a question where each is only said to be of a disease or of the patients with it.
    """
    told = [part for part in e.parts if isinstance(part, When) and _is_disease(part)]
    others = [part for part in e.parts if not any(part is x for x in told)]
    if len(told) < len("AB") or any(_is_disease(part) for part in others):
        return e
    quotes = [" ".join(x.citation.quote.split()) if isinstance(x.citation, Citation) else "" for x in told]
    further = [_FURTHER.search(_BESIDE_IT.sub(" ", quote)) is not None for quote in quotes]
    if any(further):  # what the document treats, and what is recorded besides
        first = told[0]
        alone = not further[0] and all(further[1:]) and _OF_DISEASE.match(first.condition.words) is not None
        return (
            replace(e, parts=tuple(p.then if p is first else p for p in e.parts if isinstance(p, When)))
            if (alone and len(told) == len(e.parts))
            else e
        )
    if len({str(x)[:3] for part in told for x in names(part)[:1]}) < len(told):
        return _chosen(e, told, source)
    return _chosen(e, told, source, known=all(_OF_DISEASE.match(part.condition.words) for part in told))


_FURTHER = re.compile(
    r"\b(?:also|too|as well|in addition|additional(?:ly)?|further|subsidiary|supplementary|besides|followed"
    r"|(?:second|secondary) (?:codes?|position|place|diagnosis|field)|plus|both)\b",
    re.IGNORECASE,
)
# What is recorded besides a disease and has no code here ("and the cause is coded as well").
_BESIDE_IT = re.compile(
    r",? and (?:the|its|an?|any) (?:(?![A-Z]\d\d)[^.;:])*?(?:is|are|must be|should be|has to be) (?:also )?"
    r"(?:coded|recorded|assigned|added)\b[^.;:]*\.?$",
    re.IGNORECASE,
)
_OF_DISEASE = re.compile(r"(?:for|in) (?!the\b)|(?:an? |any )?(?:patients?|those) (?:with|who|in)\b", re.IGNORECASE)


def _of_past(e: AllOf, source: Source) -> Expression:
    """A list of operations with a main code of earlier records as an alternative to the one right before or behind it.

    Without a question where that is the only main code of the others, and of its chapter.
    """
    firm = [p for p in e.parts if isinstance(p, Pick | OneOf) and any(source.leads(x.selector) for x in picks(p))]
    past = [p for p in e.parts if isinstance(p, When) and _is_past_main(p, source)]
    if not firm or not past:
        return e
    parts, at = [*e.parts], next(i for i, p in enumerate(e.parts) if p is past[0])
    near = min((i for i, p in enumerate(parts) if any(p is f for f in firm)), key=lambda i: (abs(at - i), i))
    known = parts[near]
    alike = {str(x)[0] for p in (known, *past) for x in names(p)[:1]}
    cite = past[0].citation
    if (len(firm) > 1 or len(alike) > 1) and isinstance(cite, Citation):
        source.note("KG-W0202", "not said which code this took the place of in earlier records", cite.start, cite.end)
    branches = known.branches if isinstance(known, OneOf) else (known,)
    parts[near] = OneOf((*branches, *past), citation=past[0].citation)
    made = all_of([p for p in parts if not any(p is x for x in past)])
    return replace(made, sequenced=e.sequenced) if isinstance(made, AllOf) else made or e


def _is_past_main(case: When, source: Source) -> bool:
    words = case.condition.words
    past = any(source.phrases.find(kind, words) for kind in ("past", "past.records"))
    first = names(case)[:1]
    return past and bool(first) and source.leads(first[0]) and str(first[0])[0] not in "UX"


def _is_unknown(case: When, source: Source) -> bool:
    words = case.condition.words
    added = isinstance(case.citation, Citation) and _ADDED.search(case.citation.quote) is not None
    return not added and source.phrases.find("fallback", words) is not None and _WITHOUT.search(words) is None


def _is_sign(case: When) -> bool:
    """Whether a sign or finding is recorded where something is denied ("if the biopsy shows no cancer")."""
    added = isinstance(case.citation, Citation) and _ADDED.search(case.citation.quote) is not None
    signs = all(str(pick.selector).startswith("R") for pick in picks(case))
    denied = _NEGATED.search(case.condition.words) or _NORMAL.search(case.condition.words)
    return signs and not added and denied is not None


_NORMAL = re.compile(r"\b(?:normal|negative|benign|clear|excluded|ruled out)\b", re.IGNORECASE)
_ADDED = re.compile(r"\b(?:added|also|in addition|additionally|as well|too)\b", re.IGNORECASE)
# What is not there is known.
_WITHOUT = re.compile(r"\b(?:absence|lack|without|unspecified)\b", re.IGNORECASE)


def _is_disease(e: Expression) -> bool:
    """Whether its first code may be the diagnosis of a record: none of circumstances, causes or manifestations."""
    first = next(iter(picks(e)), None)
    return first is not None and str(first.selector)[0] not in "UVWXYZ" and _marks(e)[:1] != ["A"]


def _marks(e: Expression) -> list[str]:
    """The marks of its codes: D of a dagger, A of an asterisk."""
    return [p.selector.code.mark for p in picks(e) if isinstance(p.selector, One)]


def _chosen(e: AllOf, cases: Sequence[When], source: Source, *, known: bool = False) -> Expression:
    first, last = cases[0].citation, cases[-1].citation
    if not (known or are_exclusive(cases) or _part_all(cases)) and isinstance(last, Citation):
        what = "each of these main codes stands in a case of its own: they are read as alternatives"
        source.note("KG-W0202", what, last.start, last.end)
    whole = first
    if isinstance(first, Citation) and isinstance(last, Citation) and first.start < last.end:
        whole = source.document.citation(source.guidance, first.start, last.end)
    choice = OneOf(tuple(cases), citation=whole)
    parts = [choice if p is cases[0] else p for p in e.parts if p is cases[0] or not any(p is c for c in cases)]
    made = all_of(parts)
    return replace(made, sequenced=e.sequenced) if isinstance(made, AllOf) else made or e


def _part_all(cases: Sequence[When]) -> bool:
    """Whether the last case is what the others leave ("both parts cemented", "neither is"; "for the remaining")."""
    words = [case.condition.words for case in cases]
    if _REST.search(words[-1]):
        return True
    return len(cases) == len("AB") and _NEGATED.search(words[1]) is not None and _NEGATED.search(words[0]) is None
