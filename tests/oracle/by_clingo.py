"""What a recommendation means, told a third time: as an answer set program, from the design's text.

A way through the expression is an answer set: nodes that are active, leaves taken, conditions that it rests on. Each
leaf that is taken is then given an entry of its own. Of two exclusive variants two ways are looked for at once, each in
a world of its own. The program shares no evaluation with the evaluator nor with brute force: which codes a selector
covers, and which selectors may lead, is read from their texts here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import clingo

from kg.codes import Chapters, Code, Scheme, Selector
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, conditions
from tests.oracle.brute_force import Verdict
from tests.oracle.naive_rules import matches

_RULES = """
#external under_context. #external matched. #external rivals. #external counted.

world(0) :- not rivals.
world(1;2) :- rivals.
active(0,0) :- world(0).

active(W,C) :- active(W,N), part(N,C).
1 { active(W,B) : branch(N,B) } 1 :- active(W,N), choice(N).
{ active(W,C) } :- active(W,N), optional(N,C).

% When, as a label: its condition holds. Elsewhere: it holds and the content is active, or it fails.
1 { rests(W,C,t) ; rests(W,C,f) } 1 :- active(W,N), when(N,C,_).
active(W,T) :- active(W,N), when(N,C,T), rests(W,C,t).
rests(W,C,t) :- active(W,N), labelled(N,C,_).
active(W,T) :- active(W,N), labelled(N,_,T).

:- rests(W,C,t), rests(W,C,f).
:- rests(W,C,t), rests(W,D,t), excludes(C,D).
:- rests(W,C,t), rests(W,D,f), implies(C,D).

given(W,C) :- given(C), world(W).
true(W,D) :- given(W,C), implies(C,D).
false(W,D) :- given(W,C), excludes(C,D).
false(W,D) :- denied(C), implies(D,C), world(W).
:- under_context, rests(W,C,t), false(W,C).
:- under_context, rests(W,C,f), true(W,C).

taken(W,N) :- active(W,N), leaf(N).
1 { has(W,L,E) : fits(L,E) } 1 :- taken(W,L), matched.
{ has(W,L,E) : fits(L,E) } 1 :- taken(W,L), counted.
:- has(W,L,E), has(W,K,E), L < K.

% Two variants of one choice that are met, where neither's codes contain the other's. What stands above them holds.
1 { pair(A,B) : variant(N,A), variant(N,B), A < B } 1 :- rivals.
active(1,A) :- pair(A,_).
active(2,B) :- pair(_,B).
given(W,C) :- pair(A,_), above(A,C), world(W).
rests(W,C,t) :- pair(A,_), above(A,C), world(W).
below(W,E) :- taken(W,L), fits(L,E), rivals.
own(1) :- below(1,E), not below(2,E).
own(2) :- below(2,E), not below(1,E).
:- rivals, not own(1).
:- rivals, not own(2).
lacks(L) :- taken(0,L), not has(0,L,E) : fits(L,E); counted.
:- counted, allowed(N), #count { L : lacks(L) } > N.

#show taken/2.
"""


class Asp:
    """The answer set program of one expression, a context and the entries of a side."""

    def __init__(self, e: Expression, entries: tuple[Code, ...], context: Context, chapters: Chapters) -> None:
        self._leaves: dict[int, Pick] = {}
        self._labels: list[bool] = []
        self._conditions = {c.fact: n for n, c in enumerate([*conditions(e), *(Condition(*f) for f in context.facts)])}
        facts = [*self._node(e, labelled=False, above=())]
        self._entries, self._chapters = entries, chapters
        for number, leaf in self._leaves.items():
            facts += [
                f"fits({number},{j})." for j, code in enumerate(entries) if _covers(leaf.selector, code, chapters)
            ]
        for one, n in self._conditions.items():
            facts += [
                f"implies({n},{m})."
                for other, m in self._conditions.items()
                if one[0] == other[0]
                and (one == other or (one[0] != "stated" and context.facets.implies(*one, other[1])))
            ]
            facts += [
                f"excludes({n},{m})."
                for other, m in self._conditions.items()
                if one[0] == other[0] and context.facets.excludes(*one, other[1])
            ]
        facts += [f"{'given' if holds else 'denied'}({self._conditions[f]})." for f, holds in context.facts.items()]
        facts += [f"#external allowed({n})." for n in range(len(self._leaves) + 1)]
        self._control = clingo.Control(["--warn=none", "--project=show"])
        self._control.add("base", [], _RULES + "\n".join(facts))
        self._control.ground([("base", [])])

    def _node(self, e: Expression, *, labelled: bool, above: tuple[int, ...]) -> Iterator[str]:
        number = len(self._labels)
        self._labels.append(labelled)
        if isinstance(e, Pick):
            self._leaves[number] = e
            yield f"leaf({number})."
        elif isinstance(e, AllOf | OneOf):
            for child in e.parts if isinstance(e, AllOf) else e.branches:
                below = len(self._labels)
                yield f"{'part' if isinstance(e, AllOf) else 'branch'}({number},{below})."
                if isinstance(e, OneOf) and all(isinstance(branch, When) for branch in e.branches):
                    yield f"variant({number},{below})."
                    yield from (f"above({below},{c})." for c in above)
                yield from self._node(child, labelled=isinstance(e, OneOf), above=above)
            if isinstance(e, OneOf):
                yield f"choice({number})."
        elif isinstance(e, Optional):
            yield f"optional({number},{len(self._labels)})."
            yield from self._node(e.content, labelled=False, above=above)
        elif isinstance(e, When):
            condition = self._conditions[e.condition.fact]
            yield f"{'labelled' if labelled else 'when'}({number},{condition},{len(self._labels)})."
            yield from self._node(e.then, labelled=False, above=(*above, condition))
        else:
            assert isinstance(e, Unnamed)

    def _is(self, *asked: str, allowed: int | None = None) -> bool:
        self._set(*asked)
        for n in range(len(self._leaves) + 1):
            self._control.assign_external(clingo.Function("allowed", [clingo.Number(n)]), n == allowed)
        return bool(self._control.solve().satisfiable)

    def _set(self, *asked: str) -> None:
        for name in ("under_context", "matched", "rivals", "counted"):
            self._control.assign_external(clingo.Function(name), name in asked)

    def combinations(self) -> set[tuple[str, ...]]:
        """The distinct combinations under the context, each as its sorted selectors in print."""
        self._set("under_context")
        self._control.configuration.solve.models = 0  # type: ignore[union-attr]
        found: set[tuple[str, ...]] = set()
        with self._control.solve(yield_=True) as models:  # type: ignore[union-attr]
            for model in models:
                taken = (self._leaves[symbol.arguments[1].number] for symbol in model.symbols(shown=True))
                found.add(tuple(sorted(str(pick.selector) for pick in taken)))
        self._control.configuration.solve.models = 1  # type: ignore[union-attr]
        return found

    def verdict(self) -> Verdict:
        """The verdict of the side, without standards."""
        if not self._entries:
            return Verdict.NOT_GIVEN
        named = {leaf.selector for leaf in self._leaves.values()}
        leading = {s for s in named if _may_lead(s, self._chapters)} or named
        if not any(_covers(s, code, self._chapters) for s in leading for code in self._entries):
            return Verdict.NOT_APPLICABLE
        if not self._is("under_context") or self._is("under_context", "matched", "rivals"):
            return Verdict.CONTRADICTED
        if self._is("under_context", "matched"):
            return Verdict.VALID
        return Verdict.CONTRADICTED if self._is("matched") else Verdict.INCOMPLETE

    def missing(self) -> int:
        """The fewest selectors of a combination under the context that have no entry."""
        every = range(len(self._leaves) + 1)
        return next(n for n in every if self._is("under_context", "counted", allowed=n))


def _covers(selector: Selector, code: Code, chapters: Chapters) -> bool:
    text = str(selector)
    return _in_chapter(text, str(code), chapters) if len(text) == 1 else matches(text, str(code))


def _in_chapter(letter: str, code: str, chapters: Chapters) -> bool:
    return code[0] == letter or (chapters.overflow.get(code[:3]) == letter)


def _may_lead(selector: Selector, chapters: Chapters) -> bool:
    return selector.scheme is Scheme.ICD10 or _leads(str(selector), tuple(chapters.overflow.items()))


@cache
def _leads(text: str, overflow: tuple[tuple[str, str], ...]) -> bool:
    """Whether some code at or below a selector is of no subsidiary chapter."""
    chapters = Chapters(dict(overflow))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    codes = (Code(Scheme.OPCS4, f"{x}{n:02}.{y}") for x in letters for n in range(100) for y in range(10))
    main = (code for code in codes if chapters.overflow.get(code.category, code.category[0]) not in ("Y", "Z"))
    return any(_in_chapter(text, str(code), chapters) if len(text) == 1 else matches(text, str(code)) for code in main)
