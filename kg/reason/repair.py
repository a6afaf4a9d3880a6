"""The smallest repairs of a record against a guidance: edits after which the guidance's verdict is valid and no rule
that contradicts is broken, proved by checking the record again; no smaller number of edits does.

Each side is mended by itself, since no rule speaks of both. A side that the guidance judges stays judged: a repair does
not take away the codes by which the guidance applies (docs/decisions.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from math import prod

from kg.codes import Category, Classification, Code, One, Selector, within
from kg.expression.recommendation import Recommendation, Side
from kg.reason.aim import MOST_WAYS, Aim, Codes
from kg.reason.alphabet import Alphabet, KindOfCode, keys_of
from kg.reason.applied import Applied
from kg.reason.check import check
from kg.reason.edits import DRASTIC, Action, Edit, Repair, Repairs, repaired, sentence
from kg.reason.inferring import Inferring, informed
from kg.reason.prepared import Kept
from kg.reason.record import Record
from kg.reason.search import ADD, MOVE, REMOVE, REPLACE, Plan, PlanEdit, Search, Token, Tokens, TooMuchError
from kg.reason.standard import Kind
from kg.reason.verdict import GuidanceVerdict, SideVerdict, Verdict

MOST_EDITS = 3
"""Edits of one side that are looked at where a record lacks no more codes than that."""
_MOST_MISSING = 6  # missing codes that are looked at: as many edits
_STEPS = 4000  # sequences of codes that one side may take
_TOLD = 10  # repairs told
_CHOICES = 300  # choices of codes for which one repair with selectors is tried
_KNOWN = 1000  # known codes of a selector that are looked at
_LISTED = 12  # codes of a category that are told as not to be chosen


_ASKING = frozenset(
    {Kind.REQUIRES_WITH, Kind.DIRECTLY_FOLLOWED_BY, Kind.DIRECTLY_AFTER, Kind.ADJACENT_TO, Kind.FOLLOWS}
)


class _NoneFoundError(Exception):
    """Why no repair is told."""


class Repairer:
    """Repairs of records against guidances. What does not depend on a record's codes is kept from record to record."""

    def __init__(self, classification: Classification, applied: Applied | None) -> None:
        self._classification, self._applied = classification, applied
        self._kept = Kept(classification, applied)
        self._aims: dict[tuple[object, ...], Aim] = {}
        self._alphabets: dict[tuple[object, ...], Alphabet] = {}

    def repairs(
        self,
        recommendation: Recommendation,
        record: Record,
        found: GuidanceVerdict,
        inferring: Inferring | None = None,
    ) -> Repairs:
        """The smallest repairs of a record for the verdict that `check` has found, best first: those that keep most of
        the record's codes in the combination that is then met, leave fewest of the guidance's codes out of it, then by
        its rank, then the less drastic.

        Empty for a record that needs none, and, with the reason, where none is told. Bounded: at most some thousand
        sequences of codes are looked at. With `inferring` (with which the verdict was found) each repair is told only
        if the record is valid by what its codes say after it: an edit can change what is inferred.
        """
        if inferring is None or found.verdict in (Verdict.VALID, Verdict.NOT_APPLICABLE):
            return self._repairs(recommendation, informed(record, found), found)
        return self._reinferred(recommendation, record, found, inferring)

    def _reinferred(
        self, recommendation: Recommendation, record: Record, found: GuidanceVerdict, inferring: Inferring
    ) -> Repairs:
        """The repairs that do under what is inferred now, those that do under nothing inferred, and codes removed that
        say something: of those that do in truth the smallest.
        """
        said = informed(record, found)
        first = self._repairs(recommendation, said, found)
        looked_at = [*first.best, *_without_sources(record, found)]
        if said is not record:
            plain = check(recommendation, record, self._classification, self._applied, self._kept)
            looked_at += self._repairs(recommendation, record, plain).best
        do = [r for r in dict.fromkeys(looked_at) if self._does(r, recommendation, record, inferring)]
        least = min((len(r.edits) for r in do), default=0)
        best = [r for r in do if len(r.edits) == least][:_TOLD]
        if not best:
            reason = "each repair that was found changes what is inferred from the codes"
            return Repairs(reason=reason if first.best else first.reason or reason)
        return Repairs(tuple(best), first.found if list(first.best) == best else len(best))

    def _does(self, repair: Repair, recommendation: Recommendation, record: Record, inferring: Inferring) -> bool:
        """Whether a record is valid after a repair by what is inferred then, and breaks no rule."""
        after = repaired(record, repair)
        found = check(recommendation, after, self._classification, self._applied, self._kept, inferring)
        broken = self._applied.broken(after) if self._applied else []
        return found.verdict is Verdict.VALID and not any(b.contradicts for b in broken)

    def _repairs(self, recommendation: Recommendation, record: Record, found: GuidanceVerdict) -> Repairs:
        if found.verdict is Verdict.NOT_APPLICABLE:
            return Repairs(reason="the guidance does not apply")
        sides: list[list[Repair]] = []
        for side in found.sides:
            key, aim = self._aim(recommendation, record, side)
            if side.codes and not (aim.is_whole and aim.reached(side.codes)):
                try:
                    sides.append(_of_side(aim, side.codes, self._alphabet(key, aim, side.codes)))
                except _NoneFoundError as why:
                    return Repairs(reason=f"{side.side}: {why}")
        if not sides:
            return Repairs()
        best = sorted(map(_joined, islice(product(*sides), _CHOICES)), key=_order)[:_TOLD]
        for repair in best:
            self._prove(repair, recommendation, record)
        return Repairs(tuple(best), prod(map(len, sides)))

    def _aim(self, recommendation: Recommendation, record: Record, side: SideVerdict) -> tuple[tuple[object, ...], Aim]:
        judged = side.verdict in (Verdict.VALID, Verdict.INCOMPLETE, Verdict.CONTRADICTED)
        known = tuple(sorted(record.context.facts.items()))
        key = (recommendation.id, side.side, known, record.date, judged)
        aim = self._aims.get(key)
        if aim is None or aim.e is not recommendation.side(side.side):
            of_day = (record.context, record.date, self._classification, self._applied)
            aim = self._aims[key] = Aim(recommendation, side.side, *of_day, judged=judged)
        aim.forget()
        return key, aim

    def _alphabet(self, key: tuple[object, ...], aim: Aim, codes: Codes) -> Alphabet:
        """The kinds of codes that matter: named are those of the combinations, and those that rules on codes at hand
        ask for.
        """
        selectors = aim.selectors
        known = aim.known(selectors, _KNOWN)
        near = [r for s in selectors for r in aim.near(s)]
        rules = list({id(r): r for r in (*near, *(r for code in codes for r in aim.about(code)))}.values())
        key = (id(aim), *(r.standard.id for r in rules))
        if key not in self._alphabets:
            asked = [s for r in rules for s in (*r.standard.object, *r.standard.unless)]
            named = list(dict.fromkeys([*selectors, *asked]))
            pool = [*known, *aim.known(asked, _KNOWN)]
            self._alphabets[key] = Alphabet(
                aim.side.scheme, named, pool, rules, aim.chapters, aim.title, aim.stated, aim.about
            )
        return self._alphabets[key]

    def _prove(self, repair: Repair, recommendation: Recommendation, record: Record) -> None:
        """Check the record once more, as repaired: a defect of this program, never of the record, would stop it."""
        after = repaired(record, repair)
        found = check(recommendation, after, self._classification, self._applied, self._kept)
        if found.verdict is not Verdict.VALID or (
            self._applied and any(b.contradicts for b in self._applied.broken(after))
        ):
            raise AssertionError(f"{record.id}: {sentence(repair)} does not repair it for {recommendation.id}")


def _without_sources(record: Record, found: GuidanceVerdict) -> Iterator[Repair]:
    """Each code removed that something was inferred from."""
    sources = {told.source for side in found.sides for told in side.inferred}
    for n, code in enumerate(record.procedures, 1):
        if str(code) in sources:
            yield Repair((Edit(Action.REMOVE, Side.PROCEDURE, n, code),))


def _joined(sides: Sequence[Repair]) -> Repair:
    edits = tuple(e for r in sides for e in r.edits)
    return Repair(edits, sum(r.rank for r in sides), sum(r.kept for r in sides), sum(r.left for r in sides))


def _order(repair: Repair) -> tuple[int, int, int, list[int], list[tuple[int, str]]]:
    drastic = sorted((DRASTIC[e.action] for e in repair.edits), reverse=True)
    return -repair.kept, repair.left, repair.rank, drastic, [(e.at, str(e.selector or "")) for e in repair.edits]


def _of_side(aim: Aim, codes: Codes, alphabet: Alphabet) -> list[Repair]:
    """The smallest repairs of one side."""
    if not aim.is_whole:
        raise _NoneFoundError(f"the guidance has more than {MOST_WAYS} combinations")
    if aim.judged and not aim.ways:
        raise _NoneFoundError("no combination is valid under what is known")
    least = max(1, aim.short(codes))
    if least > _MOST_MISSING:
        raise _NoneFoundError(f"{least} codes are missing")
    search = Search(aim, codes, alphabet, _STEPS)
    most = max(least, MOST_EDITS)
    try:
        for size in range(least, most + 1):
            if plans := list(search.plans(size, named=True)):
                return sorted(_Telling(aim, codes, alphabet).told(plans), key=_order)
            if next(search.plans(size, named=False), None) is not None:
                edits = "one edit would" if size == 1 else f"{size} edits would"
                raise _NoneFoundError(f"{edits} do, with a code that neither the guidance nor a broken rule names")
    except TooMuchError:
        raise _NoneFoundError("there are too many ways to change it to prove one the smallest") from None
    raise _NoneFoundError(f"more than {most} edits are needed")


@dataclass(frozen=True, slots=True)
class _Put:
    """What an edit puts in: any code of a selector but those excluded; and the kinds of these codes."""

    selector: Selector
    excluded: tuple[Selector, ...]
    kinds: list[KindOfCode]


class _Telling:
    """Plans told as repairs: where any code of a selector does, the selector is named."""

    def __init__(self, aim: Aim, codes: Codes, alphabet: Alphabet) -> None:
        self._aim, self._codes, self._alphabet = aim, codes, alphabet
        # A rule that is broken asks for a code where the record has none of its object.
        broken = aim.broken(codes)
        asked = broken[0].object if broken and broken[0].standard.kind in _ASKING else ()
        self._blamed = frozenset(broken[1] if broken else ())
        # What breaks the rule is not what it asks for, whatever its chapter (Z94 without its site).
        others = [code for n, code in enumerate(codes) if n not in self._blamed]
        self._asked_slots = [slot for slot in asked if not any(slot.holds(code) for code in others)]

    def told(self, plans: Sequence[tuple[Plan, Tokens]]) -> list[Repair]:
        """The repairs; each plan is one of the choices of one of them, and two that lead to one record are one. Those
        that put in codes that nothing asks for, or an operation that the guidance does not name, are told only where
        there are no others.
        """
        called = [each for each in plans if self._is_called_for(each[1])] or plans
        called = [each for each in called if not self._adds_operation(each[1])] or called
        # Where two ways to move lead to one record, the codes that break the rule are moved.
        called = sorted(called, key=lambda each: sum(a == MOVE and i not in self._blamed for a, i, _ in each[0]))
        done: dict[Plan, None] = {}
        results: set[tuple[Code, ...]] = set()
        found: list[Repair] = []
        for plan, tokens in called:
            result = tuple(t.code for t in tokens)
            if plan in done or result in results:
                continue
            results.add(result)
            kept, rank, has = self._met(tokens)
            put = self._put(plan, tokens, has)
            left = sum(j not in has and self._aim.names(t.code) for j, t in enumerate(tokens))
            found.append(Repair(tuple(self._edits(plan, tokens, put)), rank, kept, left))
            kinds = [
                [(a, i, k.number) for k in put[n].kinds] if n in put else [(a, i, kind)]
                for n, (a, i, kind) in enumerate(plan)
            ]
            done |= dict.fromkeys(tuple(sorted(each)) for each in product(*kinds))
        return found

    def _met(self, tokens: Tokens) -> tuple[int, int, dict[int, Selector]]:
        own = [j for j, t in enumerate(tokens) if not self._is_new(t)]
        return self._aim.met(tuple(t.code for t in tokens), own)

    def _is_new(self, token: Token) -> bool:
        return token.edit >= 0 and (token.entry < 0 or token.code != self._codes[token.entry])

    def _is_called_for(self, tokens: Tokens) -> bool:
        """Whether each code put in is one without which the side would not be valid, or one that a rule that the record
        breaks asks for where the record has none such.
        """
        codes = tuple(t.code for t in tokens)
        for j, token in enumerate(tokens):
            rest = (*codes[:j], *codes[j + 1 :])
            if not self._is_new(token) or self._aim.short(rest) or not self._aim.settled(rest):
                continue
            if not any(slot.holds(token.code) for slot in self._asked_slots):
                return False
        return True

    def _adds_operation(self, tokens: Tokens) -> bool:
        """Whether a code put in is of an operation that the guidance does not name: nobody has recorded it."""
        put = (t.code for t in tokens if self._is_new(t))
        return self._aim.side is Side.PROCEDURE and any(
            not self._aim.chapters.is_subsidiary(code) and not self._aim.names(code) for code in put
        )

    def _put(self, plan: Plan, tokens: Tokens, has: Mapping[int, Selector]) -> dict[int, _Put]:
        """What each edit puts in; `has`: the selector of the combination met that each entry has."""
        alone: dict[int, _Put] = {}
        codes: dict[int, Code] = {}
        wide: dict[int, Selector] = {}
        for j, token in enumerate(tokens):
            if token.edit < 0 or plan[token.edit][0] == MOVE:
                continue
            kind = self._alphabet.everything[plan[token.edit][2]]
            codes[token.edit] = token.code
            alone[token.edit] = _Put(One(token.code), (), [kind])
            wide[token.edit] = has.get(j) or self._asked_for(token.code)
        everyone = {n: self._alphabet.below(s) for n, s in wide.items()}
        fit = self._fitting(plan, tokens, everyone)
        if fit is None:
            return alone
        found = dict(alone)
        for n, s in wide.items():
            category = Category(s.scheme, codes[n].category)
            for wider in (s, category) if within(category, [s], self._aim.chapters) else (s,):
                # An edit of which neither can be told in short keeps its one code: the others hold for it too.
                if (told := self._choice(wider, fit[n], everyone[n])) is not None:
                    found[n] = told
                    break
        return found

    def _asked_for(self, code: Code) -> Selector:
        """The first selector of a rule that asks for a code of this kind, if all rules on its codes were looked at."""
        asked = (s for r in self._alphabet.rules for s in (*r.standard.object, *r.standard.unless))
        looked_at = set(map(id, self._alphabet.rules))
        below = (s for s in asked if self._aim.covers(s, code))
        return next((s for s in below if all(id(r) in looked_at for r in self._aim.near(s))), One(code))

    def _fitting(
        self, plan: Plan, tokens: Tokens, everyone: Mapping[int, list[KindOfCode]]
    ) -> dict[int, list[KindOfCode]] | None:
        """For each edit the kinds of which every choice together does; None where there are too many to try."""
        fit = {n: list(kinds) for n, kinds in everyone.items()}
        own = {n: plan[n][2] for n in fit}
        if not fit or prod(map(len, fit.values())) > _CHOICES:
            return None
        while True:
            blame: dict[tuple[int, int], int] = {}
            for choice in product(*fit.values()):
                put = {n: kind.code for n, kind in zip(fit, choice, strict=True)}
                if not self._aim.reached(tuple(put.get(t.edit, t.code) for t in tokens)):
                    for n, kind in zip(fit, choice, strict=True):
                        if kind.number != own[n]:
                            blame[n, kind.number] = blame.get((n, kind.number), 0) + 1
            if not blame:
                return fit
            n, number = max(blame, key=lambda each: (blame[each], each))
            fit[n] = [k for k in fit[n] if k.number != number]

    def _choice(self, s: Selector, fit: list[KindOfCode], everyone: list[KindOfCode]) -> _Put | None:
        """A selector with those of its codes excluded that are not of the fitting kinds; None if these cannot be told
        in short. `everyone`: the kinds of the selector or of a wider one.
        """
        if len(fit) == len(everyone):
            return _Put(s, (), fit)
        numbers = {k.number for k in fit}
        # A category need not begin or end where the kinds' pieces do: each of its codes is asked.
        out = None if isinstance(s, Category) else self._alphabet.pieces(s, numbers)
        if isinstance(s, Category):
            out, inside, fitting = list[Selector](), dict[int, KindOfCode](), list[Code]()
            for key in keys_of(s.letters, s.scheme):
                code = Code(s.scheme, key if len(key) == 3 else f"{key[:3]}.{key[3:]}")
                kind = self._alphabet.kind_of(code)
                if kind is not None and kind.number in numbers:
                    inside[kind.number] = kind
                    fitting.append(code)
                elif len(key) == 3:
                    return None  # to exclude the bare category would exclude all below it
                elif not any(self._aim.covers(x, code) for x in out):
                    out.append(One(code))
            fit = list(inside.values())
            if any(self._aim.covers(x, code) for x in out for code in fitting):
                return None
        return _Put(s, tuple(out), fit) if out is not None and len(out) <= _LISTED else None

    def _edits(self, plan: Plan, tokens: Tokens, put: Mapping[int, _Put]) -> Iterator[Edit]:
        side = self._aim.side
        place = {t.edit: at for at, t in enumerate(tokens, 1) if t.edit >= 0}
        for n, (action, i, _) in enumerate(plan):
            was = self._codes[i] if i >= 0 else None
            selector, excluded = (put[n].selector, put[n].excluded) if n in put else (None, ())
            if action == ADD:
                yield Edit(Action.ADD, side, place[n], None, selector, excluded, example=self._kind(plan[n]))
            elif action == REPLACE:
                yield Edit(Action.REPLACE, side, i + 1, was, selector, excluded, example=self._kind(plan[n]))
            elif action == MOVE:
                yield Edit(Action.MOVE, side, place[n], was, origin=i + 1)
            elif action == REMOVE:
                yield Edit(Action.REMOVE, side, i + 1, was)

    def _kind(self, edit: PlanEdit) -> Code:
        return self._alphabet.everything[edit[2]].code
