"""The conditions in the rules and advice texts of maps: sex, age at onset, and what facets recognise.

`IFA 445518008 | Age at onset of clinical finding | <= 28.0 days` is a bound on the age; clauses are joined with AND.
The UK's rows have no rule; an advice `IF FEMALE CHOOSE N94.6` gives one of theirs a condition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from kg.expression.condition import Condition, Facets
from kg.reason.map_combinations import AGE, AgeBound, Literal, days_of

SEX = Facets(MappingProxyType({"sex": MappingProxyType({"female": None, "male": None})}))
"""The facet of sex, which guidances do not have."""
Recognise = Callable[[str], Condition]
"""The condition of some words (`kg.facets.Lexicon.condition`)."""

_SEXES: Mapping[int, str] = MappingProxyType({248152002: "female", 248153007: "male"})
_ALWAYS = re.compile(r"(OTHERWISE\s+)?TRUE", re.IGNORECASE)
_AND = re.compile(r"\s+AND\s+(?=IFA\b)", re.IGNORECASE)
_UNIT = r"(days?|weeks?|months?|years?)"
_CLAUSE = re.compile(
    rf"IFA\s+(\d+)\s*(?:\|([^|]*)\|)?\s*(?:(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*{_UNIT})?\s*", re.IGNORECASE
)
_CHOOSE = re.compile(r"\bIF\s+(.+?)\s+CHOOSE\b", re.IGNORECASE)
_TAG = re.compile(r"\s*\([^()]*\)\s*$")
_WOMEN = re.compile(r"\b(?:female|wom[ae]n|girl)s?\b", re.IGNORECASE)
_MEN = re.compile(r"\b(?:male|m[ae]n|boy)s?\b", re.IGNORECASE)
_BOUNDS = (
    (re.compile(rf"\b(?:under|below|before|less than|younger than)\s+(\d+(?:\.\d+)?)\s*{_UNIT}", re.IGNORECASE), "<"),
    (re.compile(rf"\b(?:at least|from)\s+(\d+(?:\.\d+)?)\s*{_UNIT}", re.IGNORECASE), ">="),
    (re.compile(rf"\b(\d+(?:\.\d+)?)\s*{_UNIT}\s+(?:and|or)\s+(?:over|older|above)\b", re.IGNORECASE), ">="),
    (re.compile(rf"\b(?:over|above|after|more than|older than)\s+(\d+(?:\.\d+)?)\s*{_UNIT}", re.IGNORECASE), ">"),
)


def read_rule(rule: str, advice: str, recognise: Recognise) -> tuple[Literal, ...]:
    """The conditions of a row, all of which hold where it is used; none where it always can be.

    >>> read_rule("", "IF FEMALE CHOOSE N94.6", Condition.stated)[0].fact
    ('sex', 'female')
    """
    plain = rule.strip()
    if not plain:
        found = _CHOOSE.search(advice)
        return _in_words(found[1], recognise) if found else ()
    if _ALWAYS.fullmatch(plain):
        return ()
    return tuple(dict.fromkeys(x for clause in _AND.split(plain) for x in _clause(clause, recognise)))


def read_age(text: str) -> float | None:
    """An age in days, as `40` (years), `10 days` or `2 months`; None if it is no age."""
    found = re.fullmatch(rf"\s*(\d+(?:\.\d+)?)\s*{_UNIT}?\s*", text, re.IGNORECASE)
    return days_of(float(found[1]), found[2] or "years") if found else None


def _clause(clause: str, recognise: Recognise) -> tuple[Literal, ...]:
    found = _CLAUSE.fullmatch(clause.strip())
    if found is None:
        return (Condition.stated(clause),)  # words that are no rule are kept as they stand
    number, term, sign, amount, unit = found.groups()
    words = _TAG.sub("", term or number).strip()
    if int(number) in _SEXES:
        return (Condition("sex", _SEXES[int(number)], words),)
    if sign and re.match(r"(?:current )?(?:chronological )?age\b", words, re.IGNORECASE):
        return (_bound(sign, amount, unit, words),)
    if sign:
        return (Condition.stated(f"{words} {sign} {amount} {unit}"),)
    return (recognise(words),)


def _in_words(words: str, recognise: Recognise) -> tuple[Literal, ...]:
    """The conditions that the words of an advice state."""
    found: list[Literal] = []
    if _WOMEN.search(words):
        found.append(Condition("sex", "female", words))
    elif _MEN.search(words):
        found.append(Condition("sex", "male", words))
    for pattern, sign in _BOUNDS:
        if hit := pattern.search(words):
            found.append(_bound(sign, hit[1], hit[2], words))
            break
    return tuple(found) or (recognise(words.lower()),)


def _bound(sign: str, amount: str, unit: str, words: str) -> AgeBound:
    number = float(amount)
    return AgeBound(Condition(AGE, f"{sign}{number:g} {unit.lower()}", words), sign, days_of(number, unit))
