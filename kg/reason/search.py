"""The smallest plans that mend one side: a search by increasing size that leaves out only what cannot help.

A *plan* is a set of edits without places: each entry of the record is removed, replaced, moved or left, and codes are
added. Any sequence of k edits comes to such a plan of k edits at most, with an arrangement of what it adds and moves.
The search is a bounded one (Downey and Fellows): where a plan does not do yet, some fault is named, and every plan that
contains it and does must have an edit that touches this fault. All edits that can are tried:

- a code is missing: some code must come that a combination has (by matroid augmentation one that brings it nearer);
- a rule is broken in which order plays no part: one of the codes that break it goes, or a code comes that lifts it;
- anything else: all edits.

Codes are tried by kind (`kg.reason.alphabet`): those that nobody names only to prove that nothing smaller does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.codes import Code
from kg.reason.aim import Aim, Codes
from kg.reason.alphabet import Alphabet, KindOfCode
from kg.reason.breaking import Rule
from kg.reason.standard import Kind

ADD, REPLACE, MOVE, REMOVE = range(4)

PlanEdit = tuple[int, int, int]
"""An action, the entry that it is done to (from 0; -1 for none), and the number of the kind of code put in (or -1)."""
Plan = tuple[PlanEdit, ...]

_WITHOUT_ORDER = frozenset(
    {
        Kind.NEVER_ASSIGNED,
        Kind.NOT_WITH,
        Kind.REQUIRES_WITH,
        Kind.REQUIRES_CHARACTER,
        Kind.CHARACTER_NOT,
        Kind.CODES_VALUE,
    }
)
_MOST_PLANS = 200  # plans of the smallest size that are collected


class TooMuchError(Exception):
    """The search would take more steps than it is given."""


@dataclass(frozen=True, slots=True)
class Token:
    """An entry of a record under repair: `entry` is its place in the record as it was (from 0), `edit` the number of
    the plan's edit that put it there; -1 for none.
    """

    code: Code
    entry: int = -1
    edit: int = -1


Tokens = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a plan does: an arrangement that is what is aimed at; else the fault that was found (a missing code; a
    rule, with the entries that break it; anything else).
    """

    arrangement: Tokens | None = None
    short: bool = False
    rule: Rule | None = None
    entries: frozenset[int] = frozenset()


class Search:
    """Plans for the codes of one side, tried by size; `steps` plans and sequences are looked at before it gives up."""

    def __init__(self, aim: Aim, codes: Codes, alphabet: Alphabet, steps: int) -> None:
        self._aim, self._codes, self._alphabet = aim, codes, alphabet
        self._steps = steps
        self._outcomes: dict[Plan, Outcome] = {}
        self._wanted = frozenset(k.number for k in alphabet.everything if aim.is_wanted(k.code))

    def plans(self, size: int, *, named: bool) -> Iterator[tuple[Plan, Tokens]]:
        """The plans of exactly this size that do, given that no smaller one does; with kinds of codes that are named,
        or with all.

        Raises:
            TooMuchError: after more steps than are given.
        """
        kinds = self._alphabet.named if named else self._alphabet.everything
        seen: set[Plan] = set()
        found = 0
        stack: list[tuple[Plan, int]] = [((), size)]
        while stack and found < _MOST_PLANS:
            plan, left = stack.pop()
            if plan in seen:
                continue
            seen.add(plan)
            self._step()
            if self._short(plan) > left:
                continue
            outcome = self._outcome(plan)
            if outcome.arrangement is not None:
                found += 1
                yield plan, outcome.arrangement
            elif left:
                stack += [(tuple(sorted((*plan, e))), left - 1) for e in reversed([*self._edits(plan, outcome, kinds)])]

    def _step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise TooMuchError

    def _kind(self, number: int) -> Code:
        return self._alphabet.everything[number].code

    def _tokens(self, plan: Plan) -> tuple[list[Token], list[tuple[int, Token]]]:
        """The entries that stay where they are, and those to be placed, each with the entry that it was (-1: added)."""
        stay = {i: Token(code, i) for i, code in enumerate(self._codes)}
        placed: list[tuple[int, Token]] = []
        for n, (action, i, kind) in enumerate(plan):
            match action:
                case 0:  # ADD
                    placed.append((-1, Token(self._kind(kind), -1, n)))
                case 1:  # REPLACE
                    stay[i] = Token(self._kind(kind), i, n)
                case 2:  # MOVE
                    placed.append((i, Token(stay.pop(i).code, i, n)))
                case _:  # REMOVE
                    del stay[i]
        return list(stay.values()), placed

    def _short(self, plan: Plan) -> int:
        stay, placed = self._tokens(plan)
        return self._aim.short(tuple(t.code for t in (*stay, *(t for _, t in placed))))

    def _outcome(self, plan: Plan) -> Outcome:
        found = self._outcomes.get(plan)
        if found is None:
            found = self._outcomes[plan] = self._tried(plan)
        return found

    def _tried(self, plan: Plan) -> Outcome:
        stay, placed = self._tokens(plan)
        if self._short(plan):
            return Outcome(short=True)
        first = True
        for tokens in self._arrangements(stay, placed):
            self._step()
            codes = tuple(t.code for t in tokens)
            broken = self._aim.broken(codes)
            if broken is None:
                # What else can stand against it does not depend on the order.
                return Outcome(tokens) if self._aim.settled(codes) else Outcome()
            rule, places = broken
            if first and rule.standard.kind in _WITHOUT_ORDER:
                return Outcome(rule=rule, entries=frozenset(tokens[i].entry for i in places if tokens[i].edit < 0))
            first = False
        return Outcome()

    def _arrangements(self, stay: Sequence[Token], placed: Sequence[tuple[int, Token]]) -> Iterator[Tokens]:
        """Every order in which the entries that stay keep theirs: added codes behind the last that is wanted, moved
        ones near to where they were, before the others.
        """
        stack: list[tuple[Tokens, int]] = [(tuple(stay), 0)]
        while stack:
            tokens, n = stack.pop()
            if n == len(placed):
                yield tokens
                continue
            origin, token = placed[n]
            if origin < 0:
                near = max((j for j, t in enumerate(tokens, 1) if self._aim.is_wanted(t.code)), default=len(tokens))
            else:
                near = sum(0 <= t.entry < origin for t in tokens)
            gaps = sorted(range(len(tokens) + 1), key=lambda gap: (abs(gap - near), -gap), reverse=True)
            stack += [((*tokens[:gap], token, *tokens[gap:]), n + 1) for gap in gaps]

    def _edits(self, plan: Plan, outcome: Outcome, kinds: Sequence[KindOfCode]) -> Iterator[PlanEdit]:
        """The edits one of which every plan that contains this one and does must have, besides."""
        edited = {i for _, i, _ in plan}
        free = [i for i in range(len(self._codes)) if i not in edited]
        rule = outcome.rule
        if outcome.short:
            coming = [k for k in kinds if k.number in self._wanted]
            going: list[int] = []
        elif rule is not None:
            lifts = (*rule.unless, *(rule.object if rule.standard.kind is Kind.REQUIRES_WITH else ()))
            coming = [k for k in kinds if any(slot.holds(k.code) for slot in lifts)]
            going = [i for i in free if i in outcome.entries]
        else:
            coming, going = list(kinds), free
        yield from ((ADD, -1, k.number) for k in coming)
        for i in free:
            put = kinds if rule is not None and i in going else coming
            yield from ((REPLACE, i, k.number) for k in put if k.code != self._codes[i])
        if rule is None and not outcome.short:
            yield from ((MOVE, i, -1) for i in free)
        yield from ((REMOVE, i, -1) for i in going)


__all__ = [
    "ADD",
    "MOVE",
    "REMOVE",
    "REPLACE",
    "Outcome",
    "Plan",
    "PlanEdit",
    "Search",
    "Token",
    "Tokens",
    "TooMuchError",
]
