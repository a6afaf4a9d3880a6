"""A record against a recommendation: the verdict of each side, and why (the design's section 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

from kg.codes import Classification, Code, covers
from kg.expression.combination import Combinations
from kg.expression.condition import Condition, Context
from kg.expression.nodes import Expression, OneOf, When, picks, walk
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.change import Effect
from kg.reason.holding import Holding, Known
from kg.reason.in_force import InForce
from kg.reason.inferred import Inferred
from kg.reason.inferring import Inferring
from kg.reason.prepared import Kept, Prepared, prepare
from kg.reason.reasons import incomplete, origins_of, valid, words_of
from kg.reason.record import Record
from kg.reason.standard import Level
from kg.reason.verdict import Broken, GuidanceVerdict, Match, Reason, SideVerdict, Verdict

_TOLD = 10  # combinations of which it is told why none is left
_LOOKED_AT = 100  # combinations that are met, among which one that the context leaves possible is looked for
_LEVELS = {Level.WARN: "Warning", Level.NOTE: "Note", Level.BREAK: "Contradicted", Level.OFF: "Off"}


def check(
    recommendation: Recommendation,
    record: Record,
    classification: Classification,
    applied: Applied | None = None,
    kept: Kept | None = None,
    inferring: Inferring | None = None,
) -> GuidanceVerdict:
    """The verdict on a record against the reading in use of one recommendation: as the standards have it on the
    record's day, or as printed where none are applied. `kept`, made for the same standards, spares a second record the
    work of the first. With `inferring`, the codes and concepts of the record decide conditions of which nothing is
    given.
    """
    sides: list[SideVerdict] = []
    for side in Side:
        context, inferred = record.context, tuple[Inferred, ...]()
        if inferring is not None and record.side(side):
            context, inferred = inferring.context(recommendation, side, record)
        if kept is not None:
            ready = kept.side(recommendation, side, context, record.date)
        else:
            ready = prepare(recommendation, side, context, record.date, classification, applied)
        found = check_ready(ready, record.side(side), side)
        if inferred and found.verdict is not Verdict.NOT_APPLICABLE:
            found = replace(found, inferred=inferred, why=(*found.why, *(Reason(i.sentence) for i in inferred)))
        if applied and ready is not None and found.verdict not in (Verdict.NOT_GIVEN, Verdict.NOT_APPLICABLE):
            found = _with_standards(found, ready, record, applied)
        sides.append(found)
    return GuidanceVerdict(recommendation.id, recommendation.title, sides[0], sides[1])


def _with_standards(found: SideVerdict, ready: Prepared, record: Record, applied: Applied) -> SideVerdict:
    """The verdict with the rules that the codes of the guidance break; one that contradicts makes it contradicted."""
    told = tuple(applied.broken_here(record, found.side, own_places(found, ready)))
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


def own_places(found: SideVerdict, ready: Prepared) -> frozenset[int]:
    """The places of the codes of a guidance: those that its text names, and those of the combination that was met or
    nearly so, which may have codes that a standard asks for.
    """
    return found.explained() | ready.named(Holding(found.codes, ready.chapters))


def check_all(
    recommendations: Iterable[Recommendation],
    record: Record,
    classification: Classification,
    applied: Applied | None = None,
    *,
    everything: bool = False,
    kept: Kept | None = None,
    inferring: Inferring | None = None,
) -> list[GuidanceVerdict]:
    """The verdicts on a record against all guidances that apply, best first. Of many guidances it is enough to give
    those that `kg.reason.candidates` finds.

    Valid before incomplete before contradicted, more selectors matched before fewer, then by id. An incomplete one is
    set aside when a valid one explains every code that it matched; `everything` keeps those, and the guidances that
    do not apply.
    """
    found = [check(r, record, classification, applied, kept, inferring) for r in recommendations]
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
    ready = Prepared(e, side, context, classification, force) if e is not None else None
    return check_ready(ready, tuple(codes), side)


def check_ready(ready: Prepared | None, codes: tuple[Code, ...], side: Side, *, explained: bool = True) -> SideVerdict:
    """The verdict on the codes of a side that was made ready, before the rules that the codes may break. Without
    `explained` nothing is told of why it is valid or incomplete, or does not apply.
    """
    if ready is None:
        return SideVerdict(
            side, Verdict.NOT_GIVEN, codes, why=(Reason(f"The guidance says nothing on the {side} side."),)
        )
    if not codes:
        return SideVerdict(side, Verdict.NOT_GIVEN, codes, why=(Reason(f"The record gives no {side} code."),))
    holding = Holding(codes, ready.chapters)
    if not ready.applies(holding):
        if not explained:
            return SideVerdict(side, Verdict.NOT_APPLICABLE, codes)
        told = ", ".join(map(str, ready.leading if ready.leads(holding) else ready.printed_leading))
        words = f"No code of the record is one of {told}." if told else f"The guidance names no {side} code."
        why = Reason(words, tuple(p.citation for p in picks(ready.e) if p.citation))
        return SideVerdict(side, Verdict.NOT_APPLICABLE, codes, why=(why,))
    best = holding.widest(ready.known)
    broken = tuple(_exclusive_variants(ready, holding)) if len(codes) > 1 and ready.rivals else ()
    if broken:
        why = tuple(Reason(b.why, b.origins) for b in broken)
        return SideVerdict(side, Verdict.CONTRADICTED, codes, best, broken=broken, why=why)
    if best is not None:
        return SideVerdict(side, Verdict.VALID, codes, best, why=(valid(best, codes),) if explained else ())
    nearest = holding.nearest(ready.known)
    ruled_out = _ruled_out(ready, holding)
    if ruled_out is None and ready.rules is not None and not nearest:
        ruled_out = _nothing_in_force(ready.known.combinations, codes, ready.rules)
    if ruled_out is not None:
        return SideVerdict(
            side, Verdict.CONTRADICTED, codes, None, nearest, (ruled_out,), (Reason(ruled_out.why, ruled_out.origins),)
        )
    why = tuple(incomplete(m, codes) for m in nearest) if explained else ()
    return SideVerdict(side, Verdict.INCOMPLETE, codes, None, nearest, why=why)


def _nothing_in_force(known: Combinations, codes: tuple[Code, ...], rules: InForce) -> Broken:
    """That the standards leave no combination, with what each took away."""
    adjusted = [rules.of(c) for c in known.first(_TOLD)]
    changes = dict.fromkeys(c for a in adjusted for c in a.changes if c.effect in (Effect.RULED_OUT, Effect.SUPERSEDED))
    words = "; ".join(change.words for change in changes)
    origins = tuple(dict.fromkeys(change.origin for change in changes))
    return Broken("no-combination-in-force", codes, f"Nothing is valid: {words}.", origins)


@dataclass(frozen=True, slots=True)
class Variant:
    """An exclusive variant that a record meets, and the entries of its combination."""

    branch: When
    known: Known
    held: Match
    entries: frozenset[int]


def rival_variants(ready: Prepared, holding: Holding) -> Iterator[tuple[OneOf, Variant, Variant]]:
    """Pairs of exclusive variants that the record meets both, where neither's codes contain the other's."""
    if len(holding.codes) < 2:
        return  # of both it would be the one code
    for node, choice in ready.rivals:
        met: list[Variant] = []
        for n, (branch, known) in enumerate(choice):
            if not met and n == len(choice) - 1:
                break  # the last one alone is no pair
            held = holding.widest(known)
            if held is not None and held.pairs:
                named = held.combination.selectors
                entries = (i for i, c in enumerate(holding.codes) if any(covers(s, c, holding.chapters) for s in named))
                met.append(Variant(branch, known, held, frozenset(entries)))
        for one, other in combinations(met, 2):
            if not (one.entries <= other.entries or other.entries <= one.entries):
                yield node, one, other


def _exclusive_variants(ready: Prepared, holding: Holding) -> Iterator[Broken]:
    codes = holding.codes
    for _, one, other in rival_variants(ready, holding):
        told = tuple(codes[j] for j in sorted(one.entries | other.entries))
        mine, theirs = one.branch.condition, other.branch.condition
        why = (
            f"The record has the codes of two variants that exclude each other: {words_of(mine)}"
            f" ({_list(codes, one.entries)}) and {words_of(theirs)} ({_list(codes, other.entries)})."
        )
        yield Broken("exclusive-variants", told, why, origins_of([mine, theirs]))


def _ruled_out(ready: Prepared, holding: Holding) -> Broken | None:
    """Why the context leaves nothing valid, or rules out all that is met; None if it does neither."""
    codes, context = holding.codes, ready.context
    if ready.known.combinations.count == 0:
        return _nothing_left(ready.e, codes, context)
    if not context.facts:
        return None
    found = ruled_out_by_context(ready, holding)
    if not found:
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


def ruled_out_by_context(ready: Prepared, holding: Holding) -> list[tuple[Match, list[Condition]]]:
    """The combinations that are met with nothing known, each with the conditions that what is known rules out; none if
    one of them is not ruled out.
    """
    # What the codes say by themselves, without what the standards ask for because of the context. Where that is all
    # that is missing, nothing that is met is ruled out.
    looked_at = _LOOKED_AT if ready.rules is not None else 1
    found = [(m, _against(m, ready.context)) for m in islice(holding.met(ready.free), looked_at)]
    return found if all(against for _, against in found) else []


def _nothing_left(e: Expression, codes: tuple[Code, ...], context: Context) -> Broken:
    """That no combination exists: what is known rules out every variant, or the text's own conditions exclude each
    other.
    """
    told = [n.condition for n in walk(e) if isinstance(n, When)]
    failed = [c for c in told if context.holds(*c.fact) is False]
    why = "what is known rules out every variant" if failed else "the conditions of the text exclude each other"
    words = "; ".join(dict.fromkeys(words_of(c) for c in failed or told))
    return Broken("no-variant-left", codes, f"Nothing is valid: {why} ({words}).", origins_of(failed or told))


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


__all__ = [
    "check",
    "check_all",
    "check_ready",
    "check_side",
    "own_places",
    "rival_variants",
    "ruled_out_by_context",
]
