"""A record against a recommendation: the verdict of each side, and why (the design's section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from kg.codes import Chapters, Classification, Code, Selector, covers, may_lead
from kg.expression.combination import Combinations, combinations
from kg.expression.condition import Condition, Context
from kg.expression.nodes import Expression, OneOf, When, children, picks, walk
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.change import Effect
from kg.reason.holding import Holding
from kg.reason.in_force import InForce
from kg.reason.reasons import incomplete, origins_of, valid, words_of
from kg.reason.record import Record
from kg.reason.standard import Level
from kg.reason.verdict import Broken, GuidanceVerdict, Match, Reason, SideVerdict, Verdict

_TOLD = 10  # combinations of which it is told why none is left
_LOOKED_AT = 100  # combinations that are met, among which one that the context leaves possible is looked for
_LEVELS = {Level.WARN: "Warning", Level.NOTE: "Note", Level.BREAK: "Contradicted", Level.OFF: "Off"}


def check(
    recommendation: Recommendation, record: Record, classification: Classification, applied: Applied | None = None
) -> GuidanceVerdict:
    """The verdict on a record against the reading in use of one recommendation: as the standards have it on the
    record's day, or as printed where none are applied.
    """
    sides: list[SideVerdict] = []
    for side in Side:
        force = partial(applied.force, recommendation, side, record.context, record.date) if applied else None
        e, codes = recommendation.side(side), record.side(side)
        found = check_side(e, codes, side, record.context, classification, force)
        if applied and e is not None and found.verdict not in (Verdict.NOT_GIVEN, Verdict.NOT_APPLICABLE):
            found = _with_standards(found, e, record, applied)
        sides.append(found)
    return GuidanceVerdict(recommendation.id, recommendation.title, sides[0], sides[1])


def _with_standards(found: SideVerdict, e: Expression, record: Record, applied: Applied) -> SideVerdict:
    """The verdict with the rules that the codes of the guidance break; one that contradicts makes it contradicted.

    The codes of a guidance are those that its text names, and those of the combination that was met or nearly so, which
    may have codes that a standard asks for.
    """
    chapters = applied.classification.chapters
    named = dict.fromkeys(pick.selector for pick in picks(e))
    mine = {i for i, code in enumerate(found.codes) if any(covers(s, code, chapters) for s in named)}
    told = tuple(applied.broken_here(record, found.side, mine | found.explained()))
    if not told:
        return found
    contradicts = any(b.contradicts for b in told)
    # What decides the verdict stands first; what only warns, last.
    first = tuple(Reason(b.why, b.origins) for b in told if b.contradicts)
    last = tuple(Reason(f"{_LEVELS[b.level]}: {b.why}", b.origins) for b in told if not b.contradicts)
    return replace(
        found,
        verdict=Verdict.CONTRADICTED if contradicts else found.verdict,
        broken=(*found.broken, *told),
        why=(*first, *found.why, *last),
    )


def check_all(
    recommendations: Iterable[Recommendation],
    record: Record,
    classification: Classification,
    applied: Applied | None = None,
    *,
    everything: bool = False,
) -> list[GuidanceVerdict]:
    """The verdicts on a record against all guidances that apply, best first.

    Valid before incomplete before contradicted, more selectors matched before fewer, then by id. An incomplete one is
    set aside when a valid one explains every code that it matched; `everything` keeps those, and the guidances that
    do not apply.
    """
    found = [check(r, record, classification, applied) for r in recommendations]
    if not everything:
        found = [v for v in found if v.verdict is not Verdict.NOT_APPLICABLE]
        valid = [v for v in found if v.verdict is Verdict.VALID]
        found = [v for v in found if v.verdict is not Verdict.INCOMPLETE or not any(_explains(w, v) for w in valid)]
    order = {
        v: i for i, v in enumerate((Verdict.VALID, Verdict.INCOMPLETE, Verdict.CONTRADICTED, Verdict.NOT_APPLICABLE))
    }
    return sorted(found, key=lambda v: (order[v.verdict], -sum(s.matched for s in v.sides), v.guidance))


def _explains(wider: GuidanceVerdict, other: GuidanceVerdict) -> bool:
    return all(o.explained() <= w.explained() for w, o in zip(wider.sides, other.sides, strict=True))


def principal(e: Expression, side: Side, chapters: Chapters) -> tuple[Selector, ...]:
    """The selectors that may lead a record, in print order; all of them on a diagnosis side, or where none may lead."""
    named = tuple(dict.fromkeys(pick.selector for pick in picks(e)))
    leading = tuple(s for s in named if may_lead(s, chapters)) if side is Side.PROCEDURE else named
    return leading or named


def check_side(
    e: Expression | None,
    codes: Sequence[Code],
    side: Side,
    context: Context,
    classification: Classification,
    force: Callable[[], InForce] | None = None,
) -> SideVerdict:
    """The verdict on the codes of one side, against the combinations as printed or, with `force`, as they are in
    force. It is asked for only where the guidance applies, as most do not.
    """
    codes = tuple(codes)
    if e is None:
        return SideVerdict(
            side, Verdict.NOT_GIVEN, codes, why=(Reason(f"The guidance says nothing on the {side} side."),)
        )
    if not codes:
        return SideVerdict(side, Verdict.NOT_GIVEN, codes, why=(Reason(f"The record gives no {side} code."),))
    chapters = classification.chapters
    leading = principal(e, side, chapters)
    rules = None
    if force is not None and any(covers(s, code, chapters) for s in leading for code in codes):
        rules = force()
        rules = rules if rules.matters(e) else None
    if rules is not None:
        # A code that is no longer assigned leads nothing; where nothing else led, the guidance still speaks of it.
        leading = tuple(s for s in leading if rules.alone(s) != ()) or leading
    if not any(covers(s, code, chapters) for s in leading for code in codes):
        told = ", ".join(map(str, leading))
        words = f"No code of the record is one of {told}." if told else f"The guidance names no {side} code."
        why = Reason(words, tuple(p.citation for p in picks(e) if p.citation))
        return SideVerdict(side, Verdict.NOT_APPLICABLE, codes, why=(why,))
    everything = combinations(e, Context(facets=context.facets))
    known = combinations(e, context) if context.facts else everything
    holding = Holding(codes, chapters, rules)
    best = holding.widest(known)
    broken = tuple(_exclusive_variants(e, context, holding))
    if broken:
        why = tuple(Reason(b.why, b.origins) for b in broken)
        return SideVerdict(side, Verdict.CONTRADICTED, codes, best, broken=broken, why=why)
    if best is not None:
        return SideVerdict(side, Verdict.VALID, codes, best, why=(valid(best, codes),))
    nearest = holding.nearest(known)
    ruled_out = _ruled_out(e, everything, known, context, holding)
    if ruled_out is None and rules is not None and not nearest:
        ruled_out = _nothing_in_force(known, codes, rules)
    if ruled_out is not None:
        return SideVerdict(
            side, Verdict.CONTRADICTED, codes, None, nearest, (ruled_out,), (Reason(ruled_out.why, ruled_out.origins),)
        )
    return SideVerdict(side, Verdict.INCOMPLETE, codes, None, nearest, why=tuple(incomplete(m, codes) for m in nearest))


def _nothing_in_force(known: Combinations, codes: tuple[Code, ...], rules: InForce) -> Broken:
    """That the standards leave no combination, with what each took away."""
    adjusted = [rules.of(c) for c in known.first(_TOLD)]
    changes = dict.fromkeys(c for a in adjusted for c in a.changes if c.effect in (Effect.RULED_OUT, Effect.SUPERSEDED))
    words = "; ".join(change.words for change in changes)
    origins = tuple(dict.fromkeys(change.origin for change in changes))
    return Broken("no-combination-in-force", codes, f"Nothing is valid: {words}.", origins)


def _exclusive_variants(e: Expression, context: Context, holding: Holding) -> Iterator[Broken]:
    """Pairs of exclusive variants that the record meets both, where neither's codes contain the other's."""
    codes = holding.codes
    for node, known in _live(e, context):
        if not (isinstance(node, OneOf) and node.has_variants):
            continue
        met: list[tuple[When, frozenset[int]]] = []
        for branch in node.branches:
            inner = _under(known, branch.condition) if isinstance(branch, When) else None
            if not isinstance(branch, When) or inner is None:
                continue
            held = holding.under(inner).widest(combinations(branch.then, inner))
            if held is not None and held.pairs:
                named = held.combination.selectors
                entries = {i for i, c in enumerate(codes) if any(covers(s, c, holding.chapters) for s in named)}
                met.append((branch, frozenset(entries)))
        for i, (one, mine) in enumerate(met):
            for other, theirs in met[i + 1 :]:
                if not (mine <= theirs or theirs <= mine):
                    told = tuple(codes[j] for j in sorted(mine | theirs))
                    why = (
                        f"The record has the codes of two variants that exclude each other: {words_of(one.condition)}"
                        f" ({_list(codes, mine)}) and {words_of(other.condition)} ({_list(codes, theirs)})."
                    )
                    yield Broken("exclusive-variants", told, why, origins_of([one.condition, other.condition]))


def _live(e: Expression, context: Context) -> Iterator[tuple[Expression, Context]]:
    """The nodes that the context leaves open, each with what is known where it stands: the conditions above it hold."""
    yield e, context
    if isinstance(e, When):
        inner = _under(context, e.condition)
        if inner is not None:
            yield from _live(e.then, inner)
        return
    for child in children(e):
        yield from _live(child, context)


def _under(context: Context, condition: Condition) -> Context | None:
    """What is known where a condition holds; None where it cannot."""
    truth = context.holds(*condition.fact)
    if truth is None:
        return Context({**context.facts, condition.fact: True}, context.facets)
    return context if truth else None


def _ruled_out(
    e: Expression, everything: Combinations, known: Combinations, context: Context, holding: Holding
) -> Broken | None:
    """Why the context leaves nothing valid, or rules out all that is met; None if it does neither."""
    codes = holding.codes
    if not context.facts:
        return None
    if known.count == 0:
        failed = [n.condition for n in walk(e) if isinstance(n, When) and context.holds(*n.condition.fact) is False]
        words = "; ".join(dict.fromkeys(words_of(c) for c in failed))
        return Broken(
            "no-variant-left",
            codes,
            f"Nothing is valid: what is known rules out every variant ({words}).",
            origins_of(failed),
        )
    # What the codes say by themselves, without what the standards ask for because of the context. Where that is all
    # that is missing, nothing that is met is ruled out.
    free = holding.under(Context(facets=context.facets))
    found = [(m, _against(m, context)) for m in islice(free.met(everything), _LOOKED_AT if holding.force else 1)]
    if not found or any(not against for _, against in found):
        return None
    met, against = found[0]
    words = "; ".join(
        dict.fromkeys(f"{words_of(c)} is {'true' if context.holds(*c.fact) else 'false'}" for c in against)
    )
    told = tuple(codes[j] for _, j in met.pairs)
    return Broken(
        "condition-false",
        told,
        f"The codes say {met.combination.notation}, which what is known rules out: {words}.",
        origins_of(against),
    )


def _against(met: Match, context: Context) -> list[Condition]:
    """The conditions that a combination rests on and that the context says are otherwise."""
    return [
        c
        for ground in met.combination.grounds
        for c, holds in [*((c, True) for c in ground.holds), *((c, False) for c in ground.fails)]
        if context.holds(*c.fact) is (not holds)
    ]


def _list(codes: Sequence[Code], entries: Iterable[int]) -> str:
    return ", ".join(str(codes[i]) for i in sorted(entries))


__all__ = ["check", "check_all", "check_side", "principal"]
