"""What a sentence does to the codes that are listed, and when what it adds is an alternative to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.codes import Selector
from kg.expression.condition import Condition
from kg.expression.nodes import Expression, OneOf, When, picks
from kg.expression.recommendation import Side
from kg.facets import plain
from kg.guidance.prose import Stretch
from kg.guidance.source import Source


@dataclass(frozen=True, slots=True)
class Effect:
    """What a sentence does. `add`: its expression goes with what is listed; `instead`.

    It is an alternative to `mentions`;
    `restrict`: the listed `mentions` hold under `condition` only; `exclude`: it denies `mentions`; `label`: it ties
    them to a condition.

    `mentions` are listed selectors that the sentence speaks of; `plain`: no condition of the sentence's own.
    """

    kind: str
    side: Side
    stretch: Stretch
    expression: Expression | None = None
    mentions: tuple[Selector, ...] = ()
    condition: Stretch | None = None
    plain: bool = True
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Meaning:
    """The effects of a sentence, and what it was taken for: read, remark or unclear (with `why`)."""

    effects: tuple[Effect, ...] = ()
    status: str = "read"
    why: str = ""


def as_alternative(made: Meaning, stretch: Stretch, side: Side, known: Sequence[Selector], source: Source) -> Meaning:
    """A main code under a condition that says how or on whom is an alternative to the listed ones.

    One for an unknown detail, to its like.
    """
    effect = made.effects[0]
    node = effect.expression
    if not isinstance(node, When) or side is Side.DIAGNOSIS or not known:
        return made
    own = names(node)
    if effect.condition is not None and source.phrases.find("fallback", effect.condition.text):
        like = tuple(k for k in dict.fromkeys(known) if str(k)[0] == str(own[0])[0])
        if not like:
            return made
        source.warn("KG-W0202", "a code for an unknown detail: read as an alternative to those of its chapter", stretch)
        return Meaning((replace(effect, kind="instead", mentions=like),))
    if source.leads(own[0]) and str(own[0])[0] not in "UX" and any(source.leads(k) for k in known):
        if node.condition.facet in {"approach", "stage", "person", "operation", "side"}:
            source.warn(
                "KG-W0202",
                "a main code for another way of doing it: read as an alternative to the listed ones",
                stretch,
            )
            return Meaning((replace(effect, kind="other"),))
        source.warn(
            "KG-W0202",
            "not said whether this code goes with the others or takes their place: it is read as going with them",
            stretch,
        )
    return made


def only_qualifies(meaning: Meaning, known: Sequence[Selector], source: Source) -> bool:
    """Whether all that is added qualifies a listed main code, which the sentence names."""
    return all(e.mentions and not any(source.leads(x) for x in names(e.expression)) for e in meaning.effects)


def contrasted(effects: list[Effect], stretch: Stretch, source: Source) -> list[Effect]:
    """Codes that one sentence gives to the values of a facet.

    In order ("A for an open operation and B for a laparoscopic one").
    """
    stated = source.lexicon.stated_in(stretch.text)
    for facet in source.lexicon.order[:-1]:
        values = sorted(
            (v for f, v in stated if f == facet), key=lambda v: _first_place(stretch.text, facet, v, source)
        )
        if len(values) < 2:
            continue
        if len(values) != len(effects):
            source.warn("KG-W0202", f"not said which code is for which {facet}", stretch)
            return effects
        branches = [
            When(Condition(facet, v, stretch.text, source.cite(stretch)), e.expression, e.expression.citation)
            for v, e in zip(values, effects, strict=True)
            if e.expression is not None
        ]
        return [replace(effects[0], expression=OneOf(tuple(branches), citation=source.cite(stretch)), plain=False)]
    return effects


def _first_place(text: str, facet: str, value: str, source: Source) -> int:
    """Where a value of a facet is first named."""
    low = plain(text)
    return min(
        (
            at
            for phrase, fact in source.lexicon.words.items()
            if fact == (facet, value) and (at := low.find(phrase)) >= 0
        ),
        default=0,
    )


def names(e: Expression | None) -> list[Selector]:
    """The selectors that an expression names, in print order."""
    return [pick.selector for pick in picks(e)]
