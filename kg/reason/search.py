"""The smallest plans that mend one side: a search by increasing size that leaves out only what cannot help.

A *plan* is a set of edits without places: each entry of the record is removed, replaced, moved or left, and codes are
added. Any sequence of k edits comes to such a plan of k edits at most, with an arrangement of what it adds and moves.
The search is a bounded one (Downey and Fellows): where a plan does not do yet, some fault is named, and every plan that
contains it and does must have an edit that touches this fault. All edits that can are tried:

- a code is missing: some code must come that a combination has (by matroid augmentation one that brings it nearer);
- a rule is broken in which order plays no part: one of the codes that break it goes, or a code comes that lifts it;
- the codes that stay break a rule on the first place or on an order, wherever the others are put: one of them goes or
  moves, or a code comes or moves that can stand before it, or that is one of the order;
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
_OF_AN_ORDER = frozenset({Kind.IN_SEQUENCE, Kind.NOT_BEFORE})
"""Kinds by which codes that the rule does not name play no part, wherever they stand (for single subject codes)."""

_WANTING = frozenset(
    {
        Kind.REQUIRES_WITH,
        Kind.DIRECTLY_FOLLOWED_BY,
        Kind.DIRECTLY_AFTER,
        Kind.ADJACENT_TO,
        Kind.FOLLOWS,
        Kind.IN_SEQUENCE,
        Kind.REQUIRED_UNLESS_STATED,
    }
)
"""Kinds that a code of the object, or what may stand between, can help to keep."""
_SIDE_BY_SIDE = frozenset(
    {Kind.DIRECTLY_FOLLOWED_BY, Kind.DIRECTLY_AFTER, Kind.ADJACENT_TO, Kind.FOLLOWS, Kind.FIRST_OR_SECOND}
)
"""Kinds that a code of which they say nothing can be in the way of."""
_NOT_SIDE_BY_SIDE = frozenset({Kind.NOT_DIRECTLY_FOLLOWED_BY, Kind.PRIMARY_NOT_FOLLOWED_BY})
"""Kinds that a code of which they say nothing can keep apart."""
_BY_TITLE = frozenset({Kind.FOLLOWS, Kind.REQUIRED_UNLESS_STATED})
"""Kinds that a title can help to keep."""

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
    rule, with the entries that break it, `ordered` if these can be mended by an order; anything else).
    """

    arrangement: Tokens | None = None
    short: bool = False
    rule: Rule | None = None
    entries: frozenset[int] = frozenset()
    ordered: bool = False


class Search:
    """Plans for the codes of one side, tried by size; `steps` plans and sequences are looked at before it gives up."""

    def __init__(self, aim: Aim, codes: Codes, alphabet: Alphabet, steps: int) -> None:
        self._aim, self._codes, self._alphabet = aim, codes, alphabet
        self._steps = steps
        self._outcomes: dict[Plan, Outcome] = {}
        self._wanted = frozenset(k.number for k in alphabet.everything if aim.is_wanted(k.code))
        self._named, self._every = self._useful(alphabet.named), self._useful(alphabet.everything)
        self._idle = self._found_idle()
        self._alike = self._idle if self._stand_alike() else frozenset[int]()

    def _stand_alike(self) -> bool:
        """Whether it is all the same before or behind which of several idle codes a code stands, the first place aside:
        no rule at hand forbids codes side by side, or asks what the title of the operation before says.
        """
        told = [*self._codes, *(k.code for k in self._every)]
        for rule in self._alphabet.rules:
            if rule.standard.kind in _NOT_SIDE_BY_SIDE and any(s.holds(c) for s in rule.subject for c in told):
                return False
        kinds = [self._alphabet.kind_of(code) for code in told if not self._aim.chapters.is_subsidiary(code)]
        return all(kind is not None and self._alphabet.is_plain(kind) for kind in kinds)

    def _found_idle(self) -> frozenset[int]:
        """The entries that stand in nothing's way: no combination and no rule names them, and no rule at hand asks for
        codes side by side. To take one out mends nothing; to put a code in its place does no more than to add it.
        """
        rules, told = self._alphabet.rules, [*self._codes, *(k.code for k in self._every)]
        for rule in rules:
            apart = rule.standard.kind in _SIDE_BY_SIDE or len(rule.subject) > 1
            if apart and any(slot.holds(code) for slot in rule.subject for code in told):
                return frozenset()
        slots = [
            slot
            for r in rules
            for slot in (*r.subject, *r.object, *r.unless, *r.across, *r.otherwise, *(x for _, x in r.codings))
        ]
        titles = any(r.standard.kind in _BY_TITLE or r.standard.kind is Kind.NOT_WHEN_STATED for r in rules)
        found: set[int] = set()
        for i, code in enumerate(self._codes):
            kind = self._alphabet.kind_of(code) if titles else None
            plain = not titles or (kind is not None and self._alphabet.is_plain(kind))
            if plain and not code.mark and not self._aim.is_wanted(code) and not any(x.holds(code) for x in slots):
                found.add(i)
        return frozenset(found)

    def _useful(self, kinds: Sequence[KindOfCode]) -> list[KindOfCode]:
        """The kinds that are tried: those that a combination or a rule can want somewhere, and of the others one of
        which no rule speaks and no title is known: where a code only stands in something's way, that one does as well.
        """
        rules = self._alphabet.rules
        wanting = [slot for r in rules for slot in r.unless]
        wanting += [slot for r in rules if r.standard.kind in _WANTING for slot in (*r.object, *r.across)]
        wanting += [slot for r in rules if r.standard.kind is Kind.IN_SEQUENCE for slot in r.subject]
        titles = any(r.standard.kind in _BY_TITLE for r in rules)
        idle = next((k for k in self._alphabet.everything if self._is_idle(k)), None)
        if idle is None:
            return list(kinds)
        return [
            k
            for k in kinds
            if k is idle
            or k.number in self._wanted
            or any(slot.holds(k.code) for slot in wanting)
            or (titles and self._aim.title(k.code) is not None and not self._alphabet.is_plain(k))
        ]

    def _is_idle(self, k: KindOfCode) -> bool:
        return self._aim.title(k.code) is None and not self._alphabet.is_spoken_of(k)

    def plans(self, size: int, *, named: bool) -> Iterator[tuple[Plan, Tokens]]:
        """The plans of exactly this size that do, given that no smaller one does; with kinds of codes that are named,
        or with all.

        Raises:
            TooMuchError: after more steps than are given.
        """
        kinds = self._named if named else self._every
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
        if (fault := self._lasting(stay, [t for _, t in placed])) is not None:
            return fault
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

    def _lasting(self, stay: Sequence[Token], placed: Sequence[Token]) -> Outcome | None:
        """A rule on the first place or on an order that the codes that stay break, wherever those placed are put."""
        codes = tuple(t.code for t in stay)
        found = self._aim.broken(codes) if stay else None
        if found is None:
            return None
        rule, places = found
        kind, single = rule.standard.kind, len(rule.subject) == 1
        if any(slot.holds(t.code) for slot in rule.unless for t in placed):
            return None
        if kind is Kind.NEVER_PRIMARY and single:
            if all(rule.subject[0].holds(t.code) for t in placed):
                return Outcome(rule=rule, entries=_untouched(stay[:1]), ordered=True)
        elif kind in _OF_AN_ORDER and single:
            named = (*rule.subject, *rule.object)
            if not any(slot.holds(t.code) for slot in named for t in placed):
                own = [t for t in stay if any(slot.holds(t.code) for slot in named)]
                mine = own if kind is Kind.IN_SEQUENCE else [stay[i] for i in places]
                return Outcome(rule=rule, entries=_untouched(mine), ordered=True)
        return None

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
            open_ = [g for g in range(len(tokens) + 1) if g < 2 or not self._is_alike(tokens[g - 1])]
            gaps = sorted(open_, key=lambda gap: (abs(gap - near), -gap), reverse=True)
            stack += [((*tokens[:gap], token, *tokens[gap:]), n + 1) for gap in gaps]

    def _is_alike(self, token: Token) -> bool:
        return token.edit < 0 and token.entry in self._alike

    def _edits(self, plan: Plan, outcome: Outcome, kinds: Sequence[KindOfCode]) -> Iterator[PlanEdit]:
        """The edits one of which every plan that contains this one and does must have, besides."""
        edited = {i for _, i, _ in plan}
        free = [i for i in range(len(self._codes)) if i not in edited]
        rule = outcome.rule
        if outcome.short:
            coming = [k for k in kinds if k.number in self._wanted]
            going: list[int] = []
        elif rule is not None and outcome.ordered:
            yield from self._ordering(rule, outcome.entries, free, kinds)
            return
        elif rule is not None:
            lifts = (*rule.unless, *(rule.object if rule.standard.kind is Kind.REQUIRES_WITH else ()))
            coming = [k for k in kinds if any(slot.holds(k.code) for slot in lifts)]
            going = [i for i in free if i in outcome.entries]
        else:
            coming, going = list(kinds), [i for i in free if i not in self._idle]
        yield from ((ADD, -1, k.number) for k in coming)
        for i in (i for i in free if i not in self._idle):
            put = kinds if rule is not None and i in going else coming
            yield from ((REPLACE, i, k.number) for k in put if k.code != self._codes[i])
        if rule is None and not outcome.short:
            yield from ((MOVE, i, -1) for i in free)
        yield from ((REMOVE, i, -1) for i in going)

    def _ordering(
        self, rule: Rule, entries: frozenset[int], free: Sequence[int], kinds: Sequence[KindOfCode]
    ) -> Iterator[PlanEdit]:
        """The edits that can mend a rule on the first place or on an order, which the codes at some entries break."""
        leading = rule.standard.kind is Kind.NEVER_PRIMARY
        lifts = rule.unless if leading or rule.standard.kind is Kind.NOT_BEFORE else (*rule.unless, *rule.object)
        named = (*lifts, *rule.subject) if rule.standard.kind is Kind.IN_SEQUENCE else lifts
        coming = [k for k in kinds if any(slot.holds(k.code) for slot in named)]
        before = [k for k in kinds if not rule.subject[0].holds(k.code)] if leading else []
        yield from ((ADD, -1, k.number) for k in dict.fromkeys([*coming, *before]))
        for i in (i for i in free if i not in self._idle):
            put = kinds if i in entries else coming
            yield from ((REPLACE, i, k.number) for k in put if k.code != self._codes[i])
        for i in free:
            if i in entries or (leading and not rule.subject[0].holds(self._codes[i])):
                yield (MOVE, i, -1)
        yield from ((REMOVE, i, -1) for i in free if i in entries)


def _untouched(tokens: Sequence[Token]) -> frozenset[int]:
    """The entries of tokens that no edit has touched."""
    return frozenset(t.entry for t in tokens if t.edit < 0)


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
