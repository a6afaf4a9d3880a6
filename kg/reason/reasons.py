"""The reasons of a verdict on one side, step by step: each code, each condition, each change by a standard."""

from __future__ import annotations

from collections.abc import Sequence

from kg.citation import Origin
from kg.codes import Code
from kg.expression.condition import Condition
from kg.reason.verdict import Match, Reason


def valid(met: Match, codes: Sequence[Code]) -> Reason:
    """Why a side is valid: the combination that is met."""
    steps = _steps(met, codes)
    return Reason(f"The codes are one of the combinations: {met.combination.notation}.", (), steps)


def incomplete(near: Match, codes: Sequence[Code]) -> Reason:
    """Why a side is incomplete: what a nearest combination lacks."""
    missing = ", ".join(map(str, near.missing))
    return Reason(f"Missing {missing} for {near.combination.notation}.", (), _steps(near, codes))


def _steps(held: Match, codes: Sequence[Code]) -> tuple[Reason, ...]:
    """One step for each selector of a combination: the code it has, or that it has none; then what it rests on and
    leaves open; between them what the standards changed.
    """
    entry = dict(held.pairs)
    steps: list[Reason] = []
    for i, pick in enumerate(held.combination.picks):
        title = f" {pick.title}" if pick.title else ""
        has = f"{codes[entry[i]]} is there" if i in entry else "no code of the record is left for it"
        steps.append(Reason(f"{pick.selector}{title}: {has}.", (pick.citation,) if pick.citation else ()))
    steps += [Reason(f"{change.words}.", (change.origin,)) for change in held.changes]
    for c, holds in held.combination.conditions:
        steps.append(Reason(f"It rests on {words_of(c)} being {'true' if holds else 'false'}.", origins_of([c])))
    steps += [
        Reason(
            f'The text also calls for codes that it does not name: "{u.words}".', (u.citation,) if u.citation else ()
        )
        for u in held.combination.unnamed
    ]
    return tuple(steps)


def words_of(c: Condition) -> str:
    """A condition in the document's words, else as facet and value."""
    return f'"{c.words}"' if c.words else str(c)


def origins_of(found: Sequence[Condition]) -> tuple[Origin, ...]:
    """The places of the words of conditions, each once."""
    return tuple(dict.fromkeys(c.citation for c in found if c.citation))
