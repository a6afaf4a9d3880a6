"""What a recommendation means, told a third time: as an answer set program, from the design's text.

A way through the expression is an answer set: nodes that are active, leaves taken, conditions that it rests on. Each
leaf that is taken is then given an entry of its own. The program shares no evaluation with the evaluator nor with brute
force; which codes a selector covers it is told.
"""

from __future__ import annotations

from collections.abc import Iterator

import clingo

from kg.codes import Chapters, Code, covers
from kg.expression.condition import Condition, Context
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, conditions
from tests.oracle.brute_force import Verdict, principal

_RULES = """
#external under_context. #external matched.

active(C) :- active(N), part(N,C).
1 { active(B) : branch(N,B) } 1 :- active(N), choice(N).
{ active(C) } :- active(N), optional(N,C).

% When, as a label: its condition holds. Elsewhere: it holds and the content is active, or it fails.
1 { rests(C,t) ; rests(C,f) } 1 :- active(N), when(N,C,_).
active(T) :- active(N), when(N,C,T), rests(C,t).
rests(C,t) :- active(N), labelled(N,C,_).
active(T) :- active(N), labelled(N,_,T).

:- rests(C,t), rests(C,f).
:- rests(C,t), rests(D,t), excludes(C,D).
:- rests(C,t), rests(D,f), implies(C,D).

true(D) :- given(C), implies(C,D).
false(D) :- given(C), excludes(C,D).
false(D) :- denied(C), implies(D,C).
:- under_context, rests(C,t), false(C).
:- under_context, rests(C,f), true(C).

taken(N) :- active(N), leaf(N).
1 { has(L,E) : fits(L,E) } 1 :- taken(L), matched.
:- has(L,E), has(K,E), L < K.

#show taken/1.
"""


class Asp:
    """The answer set program of one expression, a context and the entries of a side."""

    def __init__(self, e: Expression, entries: tuple[Code, ...], context: Context, chapters: Chapters) -> None:
        self._leaves: dict[int, Pick] = {}
        self._labels: list[bool] = []
        self._conditions = {c.fact: n for n, c in enumerate([*conditions(e), *(Condition(*f) for f in context.facts)])}
        facts = [*self._node(e, labelled=False), "active(0)."]
        self._entries, self._chapters = entries, chapters
        for number, leaf in self._leaves.items():
            facts += [f"fits({number},{j})." for j, code in enumerate(entries) if covers(leaf.selector, code, chapters)]
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
        self._control = clingo.Control(["--warn=none", "--project=show"])
        self._control.add("base", [], _RULES + "\n".join(facts))
        self._control.ground([("base", [])])

    def _node(self, e: Expression, *, labelled: bool) -> Iterator[str]:
        number = len(self._labels)
        self._labels.append(labelled)
        if isinstance(e, Pick):
            self._leaves[number] = e
            yield f"leaf({number})."
        elif isinstance(e, AllOf | OneOf):
            for child in e.parts if isinstance(e, AllOf) else e.branches:
                yield f"{'part' if isinstance(e, AllOf) else 'branch'}({number},{len(self._labels)})."
                yield from self._node(child, labelled=isinstance(e, OneOf))
            if isinstance(e, OneOf):
                yield f"choice({number})."
        elif isinstance(e, Optional):
            yield f"optional({number},{len(self._labels)})."
            yield from self._node(e.content, labelled=False)
        elif isinstance(e, When):
            condition = self._conditions[e.condition.fact]
            yield f"{'labelled' if labelled else 'when'}({number},{condition},{len(self._labels)})."
            yield from self._node(e.then, labelled=False)
        else:
            assert isinstance(e, Unnamed)

    def _is(self, *, under_context: bool, matched: bool) -> bool:
        self._set(under_context, matched)
        return bool(self._control.solve().satisfiable)

    def _set(self, under_context: bool, matched: bool) -> None:
        self._control.assign_external(clingo.Function("under_context"), under_context)
        self._control.assign_external(clingo.Function("matched"), matched)

    def combinations(self) -> set[tuple[str, ...]]:
        """The distinct combinations under the context, each as its sorted selectors in print."""
        self._set(True, False)
        self._control.configuration.solve.models = 0  # type: ignore[union-attr]
        found: set[tuple[str, ...]] = set()
        with self._control.solve(yield_=True) as models:  # type: ignore[union-attr]
            for model in models:
                taken = (self._leaves[symbol.arguments[0].number] for symbol in model.symbols(shown=True))
                found.add(tuple(sorted(str(pick.selector) for pick in taken)))
        self._control.configuration.solve.models = 1  # type: ignore[union-attr]
        return found

    def verdict(self, *, rivals: bool) -> Verdict:
        """The verdict of the side, without standards; whether two exclusive variants are both met is told."""
        if not self._entries:
            return Verdict.NOT_GIVEN
        leading = principal((leaf.selector for leaf in self._leaves.values()), self._chapters)
        if not any(covers(s, code, self._chapters) for s in leading for code in self._entries):
            return Verdict.NOT_APPLICABLE
        if rivals or not self._is(under_context=True, matched=False):
            return Verdict.CONTRADICTED
        if self._is(under_context=True, matched=True):
            return Verdict.VALID
        return Verdict.CONTRADICTED if self._is(under_context=False, matched=True) else Verdict.INCOMPLETE
