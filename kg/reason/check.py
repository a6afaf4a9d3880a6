"""A record against a recommendation: the verdict of each side, and why (the design's section 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from kg.citation import Origin
from kg.codes import Chapters, Classification, Code, Selector, covers, may_lead
from kg.expression.combination import Combination, Combinations, combinations
from kg.expression.condition import NOTHING_KNOWN, Condition, Context
from kg.expression.nodes import Expression, OneOf, When, children, picks, walk
from kg.expression.recommendation import Recommendation, Side
from kg.reason.matching import match
from kg.reason.record import Record
from kg.reason.verdict import Broken, GuidanceVerdict, Match, Reason, SideVerdict, Verdict

_NEAREST = 10  # combinations told as nearest; more alternatives of the same distance help nobody
_MET = 1000  # combinations met, among which the widest is looked for
_TRIED = 20_000  # combinations of one distance that are tried where selectors compete for entries


def check(recommendation: Recommendation, record: Record, classification: Classification) -> GuidanceVerdict:
    """The verdict on a record against the reading in use of one recommendation, as printed."""
    sides = [
        check_side(recommendation.side(side), record.side(side), side, record.context, classification) for side in Side
    ]
    return GuidanceVerdict(recommendation.id, recommendation.title, sides[0], sides[1])


def check_all(
    recommendations: Iterable[Recommendation],
    record: Record,
    classification: Classification,
    *,
    everything: bool = False,
) -> list[GuidanceVerdict]:
    """The verdicts on a record against all guidances that apply, best first.

    Valid before incomplete before contradicted, more selectors matched before fewer, then by id. An incomplete one is
    set aside when a valid one explains every code that it matched; `everything` keeps those, and the guidances that
    do not apply.
    """
    found = [check(r, record, classification) for r in recommendations]
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
    e: Expression | None, codes: Sequence[Code], side: Side, context: Context, classification: Classification
) -> SideVerdict:
    """The verdict on the codes of one side."""
    codes = tuple(codes)
    if e is None:
        return SideVerdict(
            side, Verdict.NOT_GIVEN, codes, why=(Reason(f"The guidance says nothing on the {side} side."),)
        )
    if not codes:
        return SideVerdict(side, Verdict.NOT_GIVEN, codes, why=(Reason(f"The record gives no {side} code."),))
    chapters = classification.chapters
    everything = combinations(e, Context(facets=context.facets))
    leading = principal(e, side, chapters)
    if not any(covers(s, code, chapters) for s in leading for code in codes):
        told = ", ".join(map(str, leading))
        words = f"No code of the record is one of {told}." if told else f"The guidance names no {side} code."
        why = Reason(words, tuple(p.citation for p in picks(e) if p.citation))
        return SideVerdict(side, Verdict.NOT_APPLICABLE, codes, why=(why,))
    known = combinations(e, context) if context.facts else everything
    met = list(islice(_met(known, codes, chapters), _MET))
    best = max(met, key=lambda m: len(m.pairs), default=None)
    broken = list(_exclusive_variants(e, codes, context, chapters))
    if broken:
        why = tuple(Reason(b.why, b.origins) for b in broken)
        return SideVerdict(side, Verdict.CONTRADICTED, codes, best, broken=tuple(broken), why=why)
    if best is not None:
        return SideVerdict(side, Verdict.VALID, codes, best, why=(_valid(best, codes),))
    nearest = _nearest(known, codes, chapters)
    ruled_out = _ruled_out(e, everything, known, codes, context, chapters)
    if ruled_out is not None:
        return SideVerdict(
            side, Verdict.CONTRADICTED, codes, None, nearest, (ruled_out,), (Reason(ruled_out.why, ruled_out.origins),)
        )
    return SideVerdict(
        side, Verdict.INCOMPLETE, codes, None, nearest, why=tuple(_incomplete(m, codes) for m in nearest)
    )


def _held(combination: Combination, codes: Sequence[Code], chapters: Chapters) -> Match:
    found = match(combination.selectors, codes, chapters)
    return Match(combination, found.pairs, tuple(combination.selectors[i] for i in found.missing))


def _cheapest(known: Combinations, codes: Sequence[Code], chapters: Chapters) -> Iterator[tuple[int, Combination]]:
    """The combinations by how many of their selectors no code of the record matches, in rank order among equals.

    That number is never more than the selectors missing from the best assignment: a lower bound that needs no
    assignment.
    """
    return known.cheapest(lambda s: 0 if any(covers(s, code, chapters) for code in codes) else 1)


def _met(known: Combinations, codes: Sequence[Code], chapters: Chapters) -> Iterator[Match]:
    """The combinations that are met, in rank order."""
    for bound, combination in _cheapest(known, codes, chapters):
        if bound:
            return
        held = _held(combination, codes, chapters)
        if not held.missing:
            yield held


def _nearest(known: Combinations, codes: Sequence[Code], chapters: Chapters) -> tuple[Match, ...]:
    """The combinations with fewest missing selectors, of these those that leave fewest codes unmatched, by rank; at
    most `_NEAREST`.
    """
    found: list[Match] = []
    least: int | None = None
    for tried, (bound, combination) in enumerate(_cheapest(known, codes, chapters)):
        if least is not None and (bound > least or tried > _TRIED):
            break
        held = _held(combination, codes, chapters)
        if least is None or len(held.missing) < least:
            least, found = len(held.missing), []
        if len(held.missing) == least:
            found.append(held)
    most = max((len(m.pairs) for m in found), default=0)
    return tuple([m for m in found if len(m.pairs) == most][:_NEAREST])


def _exclusive_variants(
    e: Expression, codes: tuple[Code, ...], context: Context, chapters: Chapters
) -> Iterator[Broken]:
    """Pairs of exclusive variants that the record meets both, where neither's codes contain the other's."""
    for node, known in _live(e, context):
        if not (isinstance(node, OneOf) and node.has_variants):
            continue
        met: list[tuple[When, frozenset[int]]] = []
        for branch in node.branches:
            inner = _under(known, branch.condition) if isinstance(branch, When) else None
            if not isinstance(branch, When) or inner is None:
                continue
            held = max(
                islice(_met(combinations(branch.then, inner), codes, chapters), _MET),
                key=lambda m: len(m.pairs),
                default=None,
            )
            if held is not None and held.pairs:
                entries = {
                    i for i, c in enumerate(codes) if any(covers(s, c, chapters) for s in held.combination.selectors)
                }
                met.append((branch, frozenset(entries)))
        for i, (one, mine) in enumerate(met):
            for other, theirs in met[i + 1 :]:
                if not (mine <= theirs or theirs <= mine):
                    told = tuple(codes[j] for j in sorted(mine | theirs))
                    why = (
                        f"The record has the codes of two variants that exclude each other: {_words(one.condition)}"
                        f" ({_list(codes, mine)}) and {_words(other.condition)} ({_list(codes, theirs)})."
                    )
                    yield Broken("exclusive-variants", told, why, _origins([one.condition, other.condition]))


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
    e: Expression,
    everything: Combinations,
    known: Combinations,
    codes: tuple[Code, ...],
    context: Context,
    chapters: Chapters,
) -> Broken | None:
    """Why the context leaves nothing valid, or rules out all that is met; None if it does neither."""
    if not context.facts:
        return None
    if known.count == 0:
        failed = [n.condition for n in walk(e) if isinstance(n, When) and context.holds(*n.condition.fact) is False]
        words = "; ".join(dict.fromkeys(_words(c) for c in failed))
        return Broken(
            "no-variant-left",
            codes,
            f"Nothing is valid: what is known rules out every variant ({words}).",
            _origins(failed),
        )
    met = next(_met(everything, codes, chapters), None)
    if met is None:
        return None
    against = [
        c
        for ground in met.combination.grounds
        for c, holds in [*((c, True) for c in ground.holds), *((c, False) for c in ground.fails)]
        if context.holds(*c.fact) is (not holds)
    ]
    words = "; ".join(dict.fromkeys(f"{_words(c)} is {'true' if context.holds(*c.fact) else 'false'}" for c in against))
    told = tuple(codes[j] for _, j in met.pairs)
    return Broken(
        "condition-false",
        told,
        f"The codes say {met.combination.notation}, which what is known rules out: {words}.",
        _origins(against),
    )


def _words(c: Condition) -> str:
    return f'"{c.words}"' if c.words else str(c)


def _origins(found: Sequence[Condition]) -> tuple[Origin, ...]:
    return tuple(dict.fromkeys(c.citation for c in found if c.citation))


def _list(codes: Sequence[Code], entries: Iterable[int]) -> str:
    return ", ".join(str(codes[i]) for i in sorted(entries))


def _valid(met: Match, codes: Sequence[Code]) -> Reason:
    steps = _steps(met, codes)
    return Reason(f"The codes are one of the combinations: {met.combination.notation}.", (), steps)


def _incomplete(near: Match, codes: Sequence[Code]) -> Reason:
    missing = ", ".join(map(str, near.missing))
    return Reason(f"Missing {missing} for {near.combination.notation}.", (), _steps(near, codes))


def _steps(held: Match, codes: Sequence[Code]) -> tuple[Reason, ...]:
    """One step for each selector of a combination: the code it has, or that it has none; then what it rests on and
    leaves open.
    """
    entry = dict(held.pairs)
    steps: list[Reason] = []
    for i, pick in enumerate(held.combination.picks):
        title = f" {pick.title}" if pick.title else ""
        has = f"{codes[entry[i]]} is there" if i in entry else "no code of the record is left for it"
        steps.append(Reason(f"{pick.selector}{title}: {has}.", (pick.citation,) if pick.citation else ()))
    for c, holds in held.combination.conditions:
        steps.append(Reason(f"It rests on {_words(c)} being {'true' if holds else 'false'}.", _origins([c])))
    steps += [
        Reason(
            f'The text also calls for codes that it does not name: "{u.words}".', (u.citation,) if u.citation else ()
        )
        for u in held.combination.unnamed
    ]
    return tuple(steps)


__all__ = ["NOTHING_KNOWN", "check", "check_all", "check_side", "principal"]
