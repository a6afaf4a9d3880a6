"""Certificates: a verdict with everything that a separate program needs to prove it again
(`tools/certificates/check.py`, which shares no code with this one).

A certificate brings its premises (`kg.reason.premises`) and, for each side, claims with their witnesses: the choices
that make a combination and a place for each of its selectors; for what is not met, cases with a set of entries (Hall
1935) at each end that more selectors of every combination need than it has members; the codes that break a rule.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from kg.codes import Selector
from kg.errors import KgError
from kg.expression.combination import Combination
from kg.expression.condition import Context, Facets
from kg.expression.nodes import conditions
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.change import Adjusted, Effect
from kg.reason.check import rival_variants, ruled_out_by_context
from kg.reason.holding import Holding, Known
from kg.reason.matching import match_fits
from kg.reason.paths import Choices, Tree, choices_of, least_sum, open_choice, ways
from kg.reason.premises import LAST_DAY, Premises
from kg.reason.prepared import prepare
from kg.reason.record import Record
from kg.reason.verdict import GuidanceVerdict, Match, SideVerdict, Verdict

Json = dict[str, Any]
_MOST_CASES = 2000  # cases of a proof that nothing is met, and combinations among which one is looked for
_IMPOSSIBLE = 500_000  # more codes than are missing of any combination that can be


def certificate(
    recommendation: Recommendation,
    record: Record,
    applied: Applied,
    found: GuidanceVerdict,
    said: Context | None = None,
    *,
    as_printed: bool = False,
) -> Json:
    """The certificate of the verdict of `check` on a record, as JSON values. `said`: what is known with what was
    inferred (`informed`), if anything was.

    Raises:
        KgError: KG-E0310 where a proof would have too many cases, or a code is two things at once to a rule.
    """
    said = said or record.context
    expressions: Json = {}
    claims: Json = {}
    rules: list[Json] = []
    for s in found.sides:
        side, claims[s.side.value] = s.side.value, {"verdict": s.verdict.value}
        of_day = (record.date, applied.classification, None if as_printed else applied)
        ready = prepare(recommendation, s.side, said, *of_day)
        premises = Premises(ready, s, record, applied, as_printed, {}) if ready is not None else None
        expressions[side] = premises.expression() if premises is not None else None
        if premises is not None and s.verdict not in (Verdict.NOT_GIVEN, Verdict.NOT_APPLICABLE):
            claims[side] |= _Claims(premises).of(s)
            rules += premises.rules()
    day = record.date or applied.day
    overflow = dict(sorted(applied.classification.chapters.overflow.items()))
    told: Json = {
        "guidance": found.guidance,
        "verdict": found.verdict.value,
        "expression": expressions,
        "record": {
            **{side.value: [str(c) for c in record.side(side)] for side in Side},
            "known": _facts(record.context),
            "said": _facts(said),
            "day": day.isoformat() if day else LAST_DAY,
        },
        "facets": _facets(record.context.facets, recommendation, said),
        "overflow": {Side.PROCEDURE.value: overflow, Side.DIAGNOSIS.value: {}},
        "rules": rules,
        "sides": claims,
    }
    return {**told, "seal": seal(told)}


def seal(certificate: Json) -> str:
    """The digest of a certificate without its seal."""
    plain = {k: v for k, v in certificate.items() if k != "seal"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _facts(context: Context) -> list[list[str | bool]]:
    return [[*fact, holds] for fact, holds in sorted(context.facts.items())]


def _facets(facets: Facets, recommendation: Recommendation, context: Context) -> Json:
    """The values of the facets that are spoken of, each with the wider ones that it implies."""
    said = {c.facet for side in Side for c in conditions(recommendation.side(side))} | {f for f, _ in context.facts}
    known = {f: facets.values[f] for f in sorted({*said, "image-control"}) if f in facets.values}
    return {f: {v: [w for w in facets.wider(f, v) if w != v] for v in values} for f, values in known.items()}


class _Claims:
    """The claims on one side, with their witnesses."""

    def __init__(self, premises: Premises) -> None:
        self._premises, self._ready, self._tree = premises, premises.ready, premises.tree
        self._context = premises.ready.context
        self._cases = 0

    def of(self, found: SideVerdict) -> Json:
        """What is claimed of a verdict."""
        ready, holding = self._ready, Holding(found.codes, self._ready.chapters)
        own = [b.rule for b in found.broken if b.side is None]
        best = found.met or (found.nearest[0] if found.nearest else None)
        claim: Json = {"best": self._combination(self._tree, ready.known, best, self._context) if best else None}
        if "exclusive-variants" in own:
            claim["variants"] = self._variants(holding)
        elif found.met is None:
            least = len(best.missing) if best else _IMPOSSIBLE
            if "condition-false" in own:
                held, _ = ruled_out_by_context(ready, holding)[0]
                free = Context(facets=self._context.facets)
                claim["ruled_out"] = self._combination(self._tree, ready.free, held, free)
                least = 1
            claim["lacks"] = self._lacks({}, least, self._tried(best))
        words = {s.id: s.text or s.label for s in self._premises.applied.standards.standards}
        told = [b for b in found.broken if b.side is not None]
        claim["broken"] = [
            {"rule": b.rule, "level": b.level.value, "words": words[b.rule], "at": list(b.entries)}
            | {"codes": [str(c) for c in b.codes]}
            for b in told
        ]
        return claim

    def _variants(self, holding: Holding) -> list[Any]:
        """Two exclusive variants that are met: the number of their choice, and of each its branch and combination."""
        node, *both = next(rival_variants(self._ready, holding))
        choice = next(c for c in choices_of(self._tree) if c.source is node)
        told: list[Any] = []
        for variant in both:
            n = next(i for i, branch in enumerate(node.branches) if branch is variant.branch)
            told.append([n, self._combination(choice.branches[n], variant.known, variant.held, self._context)])
        return [int(choice.number), told]

    def _combination(self, tree: Tree, known: Known, held: Match, context: Context) -> Json:
        """A combination with the choices that make it, the rules that changed it, and a place for each selector."""
        selectors, place = held.combination.selectors, dict(held.pairs)
        for printed, adjusted in _printed(known, held.combination):
            wanted = Counter(printed.selectors)
            for d in ways(tree, context, wanted):
                if Counter(d.selectors) == wanted:
                    by, slots = self._premises.changed_by(adjusted), [[str(s)] for s in selectors]
                    places = [place.get(i) for i in range(len(selectors))]
                    return {"choices": d.choices, "by": by, "slots": slots, "places": places}
        raise KgError("KG-E0310", f"no way to {held.combination.notation} was found among {_MOST_CASES} combinations")

    def _tried(self, best: Match | None) -> list[frozenset[int]]:
        """Sets of entries that may show at once that every combination lacks codes."""
        tight = [self._tight([[s] for s in best.combination.selectors])] if best else []
        return list(dict.fromkeys([frozenset[int](), *tight]))

    def _tight(self, slots: Sequence[Sequence[Selector]]) -> frozenset[int]:
        """The entries that more slots need than there are: those on alternating paths from the slots without any."""
        fits = [self._premises.fits(slot) for slot in slots]
        found = match_fits([sorted(fit) for fit in fits], len(self._premises.found.codes))
        holder = {j: i for i, j in found.pairs}
        stack, seen, near = list(found.missing), set(found.missing), set[int]()
        while stack:
            for j in fits[stack.pop()] - near:
                near.add(j)
                if holder[j] not in seen:
                    seen.add(holder[j])
                    stack.append(holder[j])
        return frozenset(near)

    def _lacks(self, made: Choices, least: int, tried: Sequence[frozenset[int]]) -> Json:
        """The proof that every combination that takes the choices made lacks so many codes."""
        self._cases += 1
        if self._cases > _MOST_CASES:
            raise KgError("KG-E0310", f"a proof that nothing is met would have more than {_MOST_CASES} cases")
        for entries in tried:

            def leaf(s: Selector, entries: frozenset[int] = entries) -> int:
                return int(s not in self._premises.may_fall and self._premises.fits([s]) <= entries)

            if least_sum(self._tree, made, self._context, leaf)[0] - len(entries) >= least:
                return {"entries": sorted(entries)}
        if (choice := open_choice(self._tree, made)) is not None:
            branches = range(len(choice.branches))
            cases = [self._lacks({**made, choice.number: n}, least, tried) for n in branches]
            return {"choice": int(choice.number), "cases": cases}
        return self._end(next(ways(self._tree, self._context, None, made)).selectors)

    def _end(self, selectors: Sequence[Selector]) -> Json:
        """The entries that more selectors of one combination need than there are."""
        known = self._ready.known
        printed = known.combinations.of(selectors)
        adjusted = known.force.of(printed) if known.force is not None and printed is not None else None
        slots: list[list[Selector]] | None = [[s] for s in (adjusted.selectors if adjusted else selectors)]
        if adjusted is not None:
            slots += map(list, adjusted.choices)
            if any(c.effect is Effect.RULED_OUT for c in adjusted.changes):
                slots = None
        told = [[str(s) for s in slot] for slot in slots] if slots is not None else None
        by = self._premises.changed_by(adjusted)
        return {"entries": sorted(self._tight(slots or [])), "by": by, "slots": told}


def _printed(known: Known, wanted: Combination) -> Iterator[tuple[Combination, Adjusted | None]]:
    """The printed combinations of which a combination in force comes."""
    target = Counter(wanted.selectors)
    if known.force is None:
        if (same := known.combinations.of(wanted.selectors)) is not None:
            yield same, None
        return
    for printed in islice(known.combinations, _MOST_CASES):
        adjusted = known.force.of(printed)
        if any(Counter(way.selectors) == target for way in adjusted.ways()):
            yield printed, adjusted
