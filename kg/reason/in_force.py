"""What the standards make of a printed combination on a day: what was printed, what holds now, and each change with
its standard.

A combination is never changed in silence: codes that are no longer assigned are left out and told, a category is
narrowed to the code of the method that is known, an order that a standard fixes is given. A combination that cannot
be (its code is one for another method than the known one) stays, marked as not holding.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from itertools import pairwise

from kg.codes import Category, Classification, Code, One, Range, Selector, covers, may_lead, overlap, within
from kg.codes.selector import spans
from kg.expression.combination import Combination
from kg.expression.condition import NOTHING_KNOWN, Context
from kg.expression.nodes import Expression, Pick, conditions, picks
from kg.expression.recommendation import Recommendation, Side
from kg.reason.adjusting import ADJUSTING, Adjusting
from kg.reason.applying import Standards
from kg.reason.breaking import Fact, may_be_coded, stated_values, states_nothing
from kg.reason.change import Adjusted, Change, Effect, Work
from kg.reason.standard import Kind, Mode, Standard


def stated_by_concepts(
    recommendation: Recommendation, side: Side, stated: Callable[[str], Sequence[Fact]]
) -> tuple[Fact, ...]:
    """The facts that every SNOMED CT concept listed for a side states by its term; none if it lists none."""
    terms = [set(stated(mention.term)) for mention in recommendation.concepts if mention.side is side]
    return tuple(sorted(set[Fact].intersection(*terms))) if terms else ()


class InForce:
    """The standards in force on a day, with what is known, ready to adjust combinations of one guidance.

    Only national standards change what is valid; packs of rules warn or contradict, they do not rewrite.

    Args:
        standards: the rules, at the levels of the local switches; a rule at the level `note` is not applied.
        classification: for titles and chapters.
        day: None for the rules that have not ended.
        context: what is known of the care event.
        facts: what the guidance's own concepts state. It narrows a category to a code where the context leaves that
            open; it neither asks for a code nor rules one out that the text offers.
        stated: the facts that a title states (`Lexicon.stated_in`).
        kept: what does not depend on the guidance, kept between guidances of one set of standards.
    """

    def __init__(
        self,
        standards: Standards,
        classification: Classification,
        *,
        day: datetime.date | None = None,
        context: Context = NOTHING_KNOWN,
        facts: Iterable[Fact] = (),
        stated: Callable[[str], Sequence[Fact]] = states_nothing,
        kept: Adjusting | None = None,
    ) -> None:
        self._classification, self._chapters = classification, classification.chapters
        self._context, self._facts, self._stated = context, tuple(facts), stated
        kept = Adjusting() if kept is None else kept
        self._all, self._rules = kept.on(day, standards)
        self._known_near = kept.near

    def under(self, context: Context) -> InForce:
        """The same rules, where something else is known."""
        found = copy(self)
        found._context = context
        return found

    def matters(self, e: Expression) -> tuple[Standard, ...]:
        """The rules that may change a combination of an expression; none means that what is printed is in force. A rule
        may be among them that changes none.
        """
        named = list(dict.fromkeys(pick.selector for pick in picks(e)))
        open_ = [c.fact for c in conditions(e) if self._context.holds(*c.fact) is not False]
        found: list[Standard] = []
        near = self._near(named)
        for rule in self._rules if near else ():
            if rule.id in near and self._may_apply(rule, named, open_):
                found.append(rule)
                added = (*rule.instead, *(rule.object if rule.kind is not Kind.IN_SEQUENCE else ()))
                named += added
                near |= self._near(added)
        return tuple(found)

    def _may_apply(self, rule: Standard, named: Sequence[Selector], open_: Sequence[Fact]) -> bool:
        """Whether a rule that is near may change something."""
        holds = True if rule.when is None else self._context.holds(*rule.when)
        if holds is False or (holds is None and rule.when and all(facet != rule.when[0] for facet, _ in open_)):
            return False
        if rule.kind is Kind.CODES_VALUE:
            known = _known(rule, _with(self._context, [(*fact, True) for fact in self._facts]))
            return bool(known) or any(facet == rule.facet for facet, _ in open_)
        if rule.kind is Kind.NOT_WHEN_STATED:
            return any(self._values(s, rule) for s in named if isinstance(s, One) and may_lead(s, self._chapters))
        return True

    def leaf_by_leaf(self, e: Expression, rules: Sequence[Standard]) -> bool:
        """Whether what `rules` (those that matter) make of a combination is what they make of each selector by itself,
        whatever stands beside it. The order of codes is left aside.
        """
        named, facets = [pick.selector for pick in picks(e)], {c.facet for c in conditions(e)}
        for rule in rules:
            alone = rule.when is None or rule.when[0] not in facets
            match rule.kind:
                case Kind.IN_SEQUENCE:
                    pass
                case Kind.NEVER_ASSIGNED:
                    if not alone or any(self._touches(s, rule.unless) for s in named):
                        return False
                case Kind.CODES_VALUE:
                    if not alone or rule.facet in facets:
                        return False
                case _:
                    return False
        return True

    def is_idle(self, e: Expression, rules: Sequence[Standard]) -> bool:
        """Whether nothing of an expression plays a part in what `rules` make of any combination that it is part of."""
        facets = {c.facet for c in conditions(e)}
        for rule in (r for r in rules if r.kind is not Kind.IN_SEQUENCE):
            if facets & {rule.facet, rule.when[0] if rule.when else ""}:
                return False
            coded = [s for _, s in rule.codings] + ([rule.otherwise] if rule.otherwise else [])
            about = (*rule.subject, *rule.object, *rule.unless, *rule.instead, *coded)
            for s in {pick.selector for pick in picks(e)}:
                if self._touches(s, about) or (rule.facet and self._values(s, rule) != ()):
                    return False
        return True

    def alone(self, s: Selector) -> tuple[Selector, ...] | None:
        """What is in force in place of one selector, whatever stands beside it: itself, another, nothing (it fell
        away); None where it is ruled out.
        """
        work = Work([Pick(s)], self._context, self._classification)
        self._apply(work, (Kind.NEVER_ASSIGNED, Kind.CODES_VALUE))
        return tuple(work.selectors) if work.holds else None

    def least(self, s: Selector, codes: Sequence[Code]) -> int:
        """How many codes are surely missing for a selector: 1 if no code matches what it is in force, 0 if one does
        or it may fall away. A lower bound, for `Combinations.cheapest`.
        """
        return 0 if any(covers(s, code, self._chapters) for code in codes) or self.may_fall(s) else 1

    def may_fall(self, s: Selector) -> bool:
        """Whether a standard may take a selector away, or put another in its place."""
        falls = (Kind.NEVER_ASSIGNED, Kind.NOT_WHEN_STATED, Kind.CODES_VALUE)
        near = self._near((s,))
        return bool(near) and any(r.kind in falls and r.id in near for r in self._rules)

    def of(self, combination: Combination) -> Adjusted:
        """A combination with what the standards make of it. Linear in its selectors and the national rules."""
        context = _with(self._context, [(*c.fact, holds) for c, holds in combination.conditions])
        printed = combination.picks or tuple(Pick(s) for s in combination.selectors)
        work = Work(list(printed), context, self._classification)
        self._apply(work, ADJUSTING)
        holds = work.holds and bool(work.selectors or not combination.selectors)
        return Adjusted(combination, tuple(work.picks), tuple(work.changes), tuple(work.choices), holds)

    def _apply(self, work: Work, kinds: Sequence[Kind]) -> None:
        how = {
            Kind.NEVER_ASSIGNED: self._supersede,
            Kind.REQUIRES_WITH: self._require,
            Kind.REQUIRED_UNLESS_STATED: self._require_method,
            Kind.CODES_VALUE: self._narrow,
            Kind.NOT_WHEN_STATED: self._drop_stated,
            Kind.IN_SEQUENCE: self._order,
        }
        near, changed = self._near(work.selectors), 0
        for rule in self._rules if near else ():
            if rule.id not in near or rule.kind not in kinds:
                continue
            if rule.when is None or work.context.holds(*rule.when) is True:
                how[rule.kind](rule, work)
                if len(work.changes) > changed:
                    near, changed = self._near(work.selectors), len(work.changes)

    def _near(self, selectors: Iterable[Selector]) -> frozenset[str]:
        """The ids of the rules whose subject has codes in common with one of the selectors."""
        for s in selectors:
            if s not in self._known_near:
                own = spans(s, self._chapters)
                rules = (r for r in self._all if r.standard.scheme is s.scheme)  # of any day, since it is kept
                self._known_near[s] = frozenset(r.standard.id for r in rules if any(x.touches(own) for x in r.subject))
        return frozenset[str]().union(*(self._known_near[s] for s in selectors))

    def all(self, printed: Iterable[Combination]) -> Iterator[Adjusted]:
        """The combinations that are valid in force, in rank order of the printed ones, each multiset once (the first in
        rank stands for all). Lazy; memory grows with what has been read.
        """
        seen: set[tuple[str, ...]] = set()
        for combination in printed:
            adjusted = self.of(combination)
            key = tuple(sorted(str(s) for s in adjusted.selectors))
            if adjusted.holds and key not in seen:
                seen.add(key)
                yield adjusted

    def _touches(self, s: Selector, others: Iterable[Selector]) -> bool:
        return any(overlap(s, x, self._chapters) for x in others)

    def _supersede(self, rule: Standard, work: Work) -> None:
        if rule.subject_mode is Mode.ALL or self._any_touches(work, rule.unless):
            return
        for i, s in reversed(list(enumerate(work.selectors))):
            if not self._touches(s, rule.subject):
                continue
            if within(s, rule.subject, self._chapters):
                now = _instead(s, rule)
            elif (rest := self._rest(s, rule)) is not None:
                now = (rest,)
            else:
                continue
            work.replace(i, now)
            work.tell(Effect.SUPERSEDED, rule, (s,), now)

    def _any_touches(self, work: Work, selectors: Sequence[Selector]) -> bool:
        return any(self._touches(s, selectors) for s in work.selectors)

    def _rest(self, s: Selector, rule: Standard) -> Selector | None:
        """What is left of a range of categories whose first or last categories are no longer assigned; else None."""
        if not isinstance(s, Range) or "." in s.first + s.last:
            return None
        gone = [Range(s.scheme, lo[:3], hi[:3]) for x in rule.subject for lo, hi in spans(x, self._chapters)]
        left = [
            category
            for category in _categories(s)
            if not within(category, gone, self._chapters) and not self._touches_partly(category, rule)
        ]
        if not left or any(b != _next(a) for a, b in pairwise(left)):
            return None
        return left[0] if len(left) == 1 else Range(s.scheme, left[0].letters, left[-1].letters)

    def _touches_partly(self, category: Category, rule: Standard) -> bool:
        return self._touches(category, rule.subject) and not within(category, rule.subject, self._chapters)

    def _require(self, rule: Standard, work: Work) -> None:
        if not any(within(s, rule.subject, self._chapters) for s in work.selectors):
            return
        absent = tuple(o for o in rule.object if not any(overlap(s, o, self._chapters) for s in work.selectors))
        if rule.object_mode is Mode.ANY and len(absent) < len(rule.object):
            return
        if rule.object_mode is Mode.ALL or len(absent) == 1:
            work.add(absent, rule)
            if absent:
                work.tell(Effect.REQUIRED, rule, (), absent)
        else:
            work.choices.append(absent)
            work.tell(Effect.REQUIRED, rule, (), absent, one_of=True)

    def _require_method(self, rule: Standard, work: Work) -> None:
        main = [s for s in work.selectors if may_lead(s, self._chapters) and within(s, rule.subject, self._chapters)]
        wide = rule.when[1] if rule.when else ""
        stated = [self._values(s, rule) for s in work.selectors]
        if (
            not main
            or self._any_touches(work, rule.object)
            or any(v is None for v in (self._values(s, rule) for s in main))
        ):
            return
        if any(value != wide for values in stated for value in values or ()):
            return
        methods = (
            s
            for r in self._rules
            if r.kind is Kind.CODES_VALUE and r.facet == rule.facet
            for s in _known(r, work.context)
        )
        if method := next(methods, None):
            work.add((method,), rule)
            work.tell(Effect.REQUIRED, rule, (), (method,))
        else:
            work.choices.append(rule.object)
            work.tell(Effect.REQUIRED, rule, (), rule.object, one_of=True)

    def _values(self, s: Selector, rule: Standard) -> tuple[str, ...] | None:
        return stated_values(self._classification.title(s), rule, self._stated)

    def _narrow(self, rule: Standard, work: Work) -> None:
        known = _known(rule, _with(work.context, [(*fact, True) for fact in self._facts]))
        if not known:
            return
        for i, s in enumerate(work.selectors):
            if not within(s, rule.subject, self._chapters) or s in known:
                continue
            inside = [k for k in known if within(k, [s], self._chapters)]
            if s == rule.otherwise:
                inside = known
            if inside:
                work.replace(i, inside[:1])
                work.tell(Effect.NARROWED, rule, (s,), inside[:1])
                continue
            left = self._left(s, rule, work.context)
            if left == ():
                work.holds = False
                work.tell(Effect.RULED_OUT, rule, (s,), ())
            elif left is not None and _known(rule, work.context) and self._is_part(left, s):
                work.replace(i, left)
                work.tell(Effect.NARROWED, rule, (s,), left)

    def _is_part(self, left: Sequence[Selector], s: Selector) -> bool:
        return len(left) == 1 and left[0] != s and within(left[0], [s], self._chapters)

    def _left(self, s: Selector, rule: Standard, context: Context) -> tuple[Selector, ...] | None:
        """The codes of a selector for values that may be the right ones by what is known; None for a single code of
        which the rule tells no value.
        """
        codings = [(value, coded) for value, coded in rule.codings if overlap(coded, s, self._chapters)]
        if isinstance(s, One) and not codings:
            return None
        return tuple(dict.fromkeys(coded for value, coded in codings if may_be_coded(rule, value, context)))

    def _drop_stated(self, rule: Standard, work: Work) -> None:
        stated = {
            value
            for s in work.selectors
            if isinstance(s, One) and may_lead(s, self._chapters)
            for value in self._values(s, rule) or ()
        }
        methods = [coded for value, coded in rule.codings if value in stated]
        for s in list(work.selectors):
            if not methods or not within(s, rule.subject, self._chapters):
                continue
            if s == rule.otherwise or any(within(m, [s], self._chapters) for m in methods):
                work.replace(work.selectors.index(s), ())
                work.tell(Effect.STATED, rule, (s,), ())

    def _order(self, rule: Standard, work: Work) -> None:
        if not any(within(s, rule.subject, self._chapters) for s in work.selectors):
            return
        place = {
            i: next(n for n, member in enumerate(rule.object) if within(s, [member], self._chapters))
            for i, s in enumerate(work.selectors)
            if any(within(s, [member], self._chapters) for member in rule.object)
        }
        was = [work.picks[i] for i in place]
        now = [work.picks[i] for i in sorted(place, key=lambda i: (place[i], i))]
        for i, pick in zip(place, now, strict=True):
            work.picks[i] = pick
        if was != now:
            work.tell(Effect.ORDERED, rule, (p.selector for p in was), (p.selector for p in now))


def _with(context: Context, facts: Iterable[tuple[str, str, bool]]) -> Context:
    """The context with further facts, where it leaves them open."""
    for facet, value, holds in facts:
        if context.holds(facet, value) is None:
            context = Context({**context.facts, (facet, value): holds}, context.facets)
    return context


def _known(rule: Standard, context: Context) -> list[Selector]:
    """The codes of the values that are known to hold, without those of values that a narrower one implies."""
    held = [(value, coded) for value, coded in rule.codings if context.holds(rule.facet, value)]
    return [
        coded
        for value, coded in held
        if not any(other != value and context.facets.implies(rule.facet, other, value) for other, _ in held)
    ]


def _instead(s: Selector, rule: Standard) -> tuple[Selector, ...]:
    """What holds in place of one code: the code of `instead` with the same fourth character."""
    if not isinstance(s, One):
        return ()
    return tuple(x for x in rule.instead if isinstance(x, One) and x.code.key[3:] == s.code.key[3:])[:1]


def _categories(s: Range) -> list[Category]:
    letter, first, last = s.first[0], int(s.first[1:]), int(s.last[1:])
    return [Category(s.scheme, f"{letter}{n:02}") for n in range(first, last + 1)] if s.last[0] == letter else []


def _next(category: Category) -> Category:
    return Category(category.scheme, f"{category.letters[0]}{int(category.letters[1:]) + 1:02}")


def in_force(
    combination: Combination,
    standards: Standards,
    classification: Classification,
    *,
    day: datetime.date | None = None,
    context: Context = NOTHING_KNOWN,
    facts: Iterable[Fact] = (),
    stated: Callable[[str], Sequence[Fact]] = states_nothing,
) -> Adjusted:
    """One combination as printed and in force; for many of one guidance make an `InForce` once."""
    return InForce(standards, classification, day=day, context=context, facts=facts, stated=stated).of(combination)


__all__ = ["ADJUSTING", "Adjusted", "Change", "Effect", "InForce", "in_force", "stated_by_concepts"]
