"""The words of a condition as a heading and as a clause, such that they are read as that condition again."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.expression.condition import STATED, Condition
from kg.facets import Lexicon
from kg.rendering.plan import unsayable
from kg.rendering.wordings import Wordings, capital

CHOSEN = re.compile(r"(.+) chosen")
_CODE = re.compile(r"\b[A-Z]\d\d(?:\.\d)?\b")


def words_of(condition: Condition, lexicon: Lexicon) -> str:
    """The words of a condition: as printed if they state it, else the shortest ones that state its value.

    Raises:
        KgError: KG-E0307 if no words are known for it.
    """
    words = " ".join(condition.words.split()).strip(" .,:;()")
    fact = None if condition.facet == STATED else condition.fact
    if condition.facet == STATED and not words:
        words = condition.value.replace("-", " ")
    read = lexicon.fact(words)
    if fact is None and read is not None:
        raise unsayable(f'the condition "{words}" would be read as {read[0]}={read[1]}')
    if read != fact:
        known = [phrase for phrase, of in lexicon.words.items() if of == fact and lexicon.fact(phrase) == fact]
        if not known:
            raise unsayable(f'no words are known by which "{condition}" is recognised')
        words = min(known, key=lambda phrase: (len(phrase), phrase))
    if _CODE.search(words):
        raise unsayable(f'the words of the condition "{words}" name a code')
    return words


def heading(condition: Condition, lexicon: Lexicon, wordings: Wordings) -> str:
    """The heading of the variant under a condition."""
    words = words_of(condition, lexicon)
    if re.search(r"[;\"\n]|\.(?:\s|$)", words) or words.count("(") != words.count(")"):
        raise unsayable(f'"{words}" would not be taken for one heading')
    said = {word.lower() for word in re.findall(r"[A-Za-z]+", words)}
    if refused := sorted(said & set(wordings.all("condition.refused"))):
        raise unsayable(f'a heading with the word "{refused[0]}" would be taken for a sentence over a list')
    return f"{capital(words)}:"


def clause(condition: Condition, lexicon: Lexicon, wordings: Wordings) -> str:
    """The condition as a clause that begins with a small letter: `if clips are used`, `in case of open operation`."""
    words = words_of(condition, lexicon)
    if re.search(r"[,;:()\"\n]|\.(?:\s|$)|\s-\s", words):
        raise unsayable(f'the clause "{words}" would end before its last word')
    small = words if words[1:2].isupper() or words[1:2].isdigit() else words[:1].lower() + words[1:]
    opened = any(small == cue or small.startswith(f"{cue} ") for cue in wordings.all("condition.clause"))
    made = small if opened else wordings.say("condition.frame", words=small)
    if lexicon.fact(made) != (None if condition.facet == STATED else condition.fact):
        raise unsayable(f'the condition "{made}" would be read as another one')
    return made


def check_headings(conditions: Sequence[Condition], lexicon: Lexicon) -> None:
    """Refuse variants whose headings together would be told apart by another facet, or not at all."""
    words = [words_of(condition, lexicon) for condition in conditions]
    for facet in lexicon.order:
        values = [lexicon.value_in(facet, text) for text in words]
        if len(words) > 1 and None not in values and len(set(values)) == len(values):
            if all(c.fact == (facet, value) for c, value in zip(conditions, values, strict=True)):
                return
            raise unsayable(f"the headings of the variants differ in {facet}, their conditions in something else")
    facts = [c.fact for c in conditions]
    if len(set(facts)) < len(facts):
        raise unsayable("two variants under one condition")
