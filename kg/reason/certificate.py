"""Certificates: a verdict with everything that a separate program needs to prove it again (`tools/certificates`, which
shares no code with this one).

A certificate brings its premises (recommendation with the words cited, record, the rules that play a part, what titles
state) and, for each side, claims: the choices in the expression that make a combination, what the standards change of
it, the assignment of its selectors to entries; for what is not met, a tree of cases with a set of entries (Hall 1935)
at each leaf that more selectors of every combination need than it has members.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from kg.codes import One, Selector, covers, overlap
from kg.errors import KgError
from kg.expression.combination import Combination, Combinations, combinations
from kg.expression.condition import Context, Facets
from kg.expression.nodes import Expression, conditions
from kg.expression.notation import write_expression
from kg.expression.recommendation import Recommendation, Side
from kg.reason.applied import Applied
from kg.reason.breaking import has_word, stated_values
from kg.reason.change import Adjusted, Change, Effect
from kg.reason.in_force import ADJUSTING, InForce
from kg.reason.matching import match
from kg.reason.paths import Choices, Derivation, assumed, can_be, least_sum, open_choice, ways
from kg.reason.record import Record
from kg.reason.standard import Authority, Kind, Level, Standard
from kg.reason.verdict import GuidanceVerdict, Match, SideVerdict, Verdict

Json = dict[str, Any]
_MOST_CASES = 2000  # cases of a proof that nothing is met
_FALLS = (Kind.NEVER_ASSIGNED, Kind.CODES_VALUE, Kind.NOT_WHEN_STATED)
_NEVER = 10**6


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
        KgError: KG-E0310 where a proof would have too many cases, or the verdict rests on variants that exclude each
            other, which certificates do not cover.
    """
    said = said or record.context
    sides = {s.side: _SideProof(recommendation, record, applied, s, said, as_printed=as_printed) for s in found.sides}
    told: Json = {
        "guidance": found.guidance,
        "verdict": found.verdict.value,
        "recommendation": {side.value: write_expression(recommendation.side(side)) for side in Side},
        "record": {
            **{f"{side.value}": [str(c) for c in record.side(side)] for side in Side},
            "known": _facts(record.context),
            "said": _facts(said),
            "date": record.date.isoformat() if record.date else None,
        },
        "facets": _facets(record.context.facets, recommendation, said),
        "overflow": dict(sorted(applied.classification.chapters.overflow.items())),
        "rules": [rule for side in Side for rule in sides[side].rules],
        "sides": {side.value: sides[side].claim() for side in Side},
    }
    return {**told, "seal": seal(told)}


def seal(certificate: Json) -> str:
    """The digest of a certificate without its seal."""
    plain = {k: v for k, v in certificate.items() if k != "seal"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _facts(context: Context) -> list[list[str | bool]]:
    return [[*fact, holds] for fact, holds in sorted(context.facts.items())]


def _facets(facets: Facets, recommendation: Recommendation, context: Context) -> Json:
    """The facets with the value that each value implies, which what is said and known can speak of."""
    said = {c.facet for side in Side for c in conditions(recommendation.side(side))} | {f for f, _ in context.facts}
    return {f: dict(facets.values[f]) for f in sorted({*said, "image-control"}) if f in facets.values}


class _SideProof:
    """The claims on one side and the rules that they rest on."""

    def __init__(
        self,
        recommendation: Recommendation,
        record: Record,
        applied: Applied,
        found: SideVerdict,
        context: Context,
        *,
        as_printed: bool,
    ) -> None:
        self._found, self._context, self._applied = found, context, applied
        self._chapters = applied.classification.chapters
        self._e = recommendation.side(found.side)
        self._force: InForce | None = None
        self._day = record.date or applied.day
        if self._e is not None and not as_printed:
            self._force = applied.force(recommendation, found.side, context, record.date)
        self._matters: tuple[Standard, ...] = ()
        if self._force and self._e is not None:
            self._matters = self._force.matters(self._e)
        self._as_printed = as_printed
        self._cases = 0

    @cached_property
    def rules(self) -> list[Json]:
        """The rules that play a part, in their order: those that change combinations, and those on the codes."""
        if self._e is None or not self._found.codes or self._as_printed:
            return []
        about = {id(r.standard) for r in self._applied.standards.about(self._found.codes, self._day)}
        ids = {s.id for s in self._matters}
        rules = self._applied.standards.standards
        return [self._rule(s) for s in rules if (id(s) in about or s.id in ids) and s.scheme is self._found.side.scheme]

    def _rule(self, s: Standard) -> Json:
        def told(selectors: Iterable[Selector]) -> list[str]:
            return [str(x) for x in selectors]

        titles = {str(c): self._applied.classification.title(One(c.bare)) for c in self._found.codes}
        stated = {text: stated_values(title, s, self._applied.stated) for text, title in titles.items()}
        return {
            "id": s.id,
            "standard": s.standard,
            "side": self._found.side.value,
            "kind": s.kind.value,
            "level": s.level.value,
            "adjusts": s.authority is Authority.NATIONAL
            and s.kind in ADJUSTING
            and s.level in (Level.WARN, Level.BREAK)
            and any(s.id == m.id for m in self._matters),
            "subject": told(s.subject),
            "object": told(s.object),
            "unless": told(s.unless),
            "across": told(s.across),
            "optional": told(s.optional),
            "instead": told(s.instead),
            "subject_mode": s.subject_mode.value,
            "object_mode": s.object_mode.value,
            "figure": s.figure,
            "character": list(s.character) if s.character else None,
            "when": list(s.when) if s.when else None,
            "facet": s.facet,
            "codings": [[value, str(c)] for value, c in s.codings],
            "otherwise": str(s.otherwise) if s.otherwise else None,
            "values": {text: None if v is None else list(v) for text, v in stated.items()} if s.facet else {},
            "worded": [text for text, t in titles.items() if t is None or has_word(t, s.words)] if s.words else [],
        }

    def claim(self) -> Json:
        """The claims on the side."""
        found, e = self._found, self._e
        if e is None or found.verdict in (Verdict.NOT_GIVEN, Verdict.NOT_APPLICABLE):
            return {"verdict": found.verdict.value}
        own = [b.rule for b in found.broken if b.side is None]
        if "exclusive-variants" in own:
            raise KgError("KG-E0310", "a verdict that rests on variants that exclude each other has no certificate")
        told = [[b.rule, b.level.value] for b in found.broken if b.side is not None]
        base = "valid" if found.met else "contradicted" if own else "incomplete"
        claim: Json = {"verdict": found.verdict.value, "base": base, "broken": told}
        known = combinations(e, self._context)
        best = found.met or (found.nearest[0] if base == "incomplete" and found.nearest else None)
        claim["best"] = self._combination(best, known, self._context) if best else None
        claim["ruled_out"] = None
        if "condition-false" in own:
            free = Context(facets=self._context.facets)
            claim["ruled_out"] = self._ruled_out(combinations(e, free), free)
        least = len(best.missing) if best else 1 if claim["ruled_out"] else _NEVER // 2
        claim["proof"] = None if found.met else self._lacks(e, {}, known, least, self._tried(best))
        return claim

    # ---- what is met

    def _combination(self, held: Match, known: Combinations, context: Context) -> Json:
        """A combination with its choices, what was changed of it, and the assignment."""
        for printed, adjusted in self._printed(known, held.combination):
            for d in self._derivations(printed, context):
                told = {"changes": _changes(adjusted), "selectors": [str(s) for s in held.combination.selectors]}
                pairs = match(held.combination.selectors, self._found.codes, self._chapters).pairs
                return {"choices": d.choices, **told, "pairs": [list(pair) for pair in pairs]}
        raise KgError("KG-E0310", f"no way to {held.combination.notation} was found among {_MOST_CASES} combinations")

    def _printed(self, known: Combinations, wanted: Combination) -> Iterator[tuple[Combination, Adjusted | None]]:
        """The printed combinations of which a combination in force comes."""
        target = Counter(wanted.selectors)
        if not self._matters or self._force is None:
            if (same := known.of(wanted.selectors)) is not None:
                yield same, None
            return
        force = self._force.under(known.context)
        for n, printed in enumerate(known):
            if n > _MOST_CASES:
                return
            adjusted = force.of(printed)
            if any(Counter(way.selectors) == target for way in adjusted.ways()):
                yield printed, adjusted

    def _derivations(self, printed: Combination, context: Context) -> Iterator[Derivation]:
        if self._e is not None:
            wanted = Counter(printed.selectors)
            for d in ways(self._e, 0, context, wanted):
                if Counter(d.selectors) == wanted and can_be(assumed(self._e, 0, d.choices, context), context.facets):
                    yield d

    def _ruled_out(self, everything: Combinations, free: Context) -> Json:
        """The combination that is met, and that what is known rules out."""
        force = self._force.under(free) if self._force and self._matters else None
        for n, printed in enumerate(everything):
            if n > _MOST_CASES:
                break
            adjusted = force.of(printed) if force else None
            for way in adjusted.ways() if adjusted else [printed]:
                pairs = match(way.selectors, self._found.codes, self._chapters)
                for d in self._derivations(printed, free) if pairs.is_whole else ():
                    told = {"changes": _changes(adjusted), "selectors": [str(s) for s in way.selectors]}
                    return {"choices": d.choices, **told, "pairs": [list(pair) for pair in pairs.pairs]}
        raise KgError("KG-E0310", f"what is ruled out was not found among {_MOST_CASES} combinations")

    # ---- what is not met

    def _tried(self, best: Match | None) -> list[frozenset[int]]:
        """Sets of entries that may show at once that every combination lacks codes."""
        found = [frozenset[int]()]
        if best:
            found.append(self._tight(best.combination.selectors)[0])
        return list(dict.fromkeys(found))

    def _tight(self, selectors: Sequence[Selector]) -> tuple[frozenset[int], int]:
        """The entries that more selectors need than there are (those on alternating paths from the missing ones), and
        how many too many.
        """
        fits = [self._fits(s) for s in selectors]
        found = match(selectors, self._found.codes, self._chapters)
        holder = {j: i for i, j in found.pairs}
        stack, seen, near = list(found.missing), set(found.missing), set[int]()
        while stack:
            for j in fits[stack.pop()] - near:
                near.add(j)
                if holder[j] not in seen:
                    seen.add(holder[j])
                    stack.append(holder[j])
        return frozenset(near), len(found.missing)

    def _fits(self, s: Selector) -> frozenset[int]:
        return frozenset(j for j, code in enumerate(self._found.codes) if covers(s, code, self._chapters))

    def _lacks(
        self, e: Expression, made: Choices, known: Combinations, least: int, tried: Sequence[frozenset[int]]
    ) -> Json:
        """The proof that every combination that takes the choices made lacks so many codes."""
        self._cases += 1
        if self._cases > _MOST_CASES:
            raise KgError("KG-E0310", f"a proof that nothing is met would have more than {_MOST_CASES} cases")
        context = known.context
        if not can_be(assumed(e, 0, made, context), context.facets):
            return {"entries": []}
        for entries in tried:
            falls = [x for s in self._matters if s.kind in _FALLS for x in s.subject]

            def leaf(s: Selector, entries: frozenset[int] = entries, falls: Sequence[Selector] = falls) -> int:
                return int(not any(overlap(s, x, self._chapters) for x in falls) and self._fits(s) <= entries)

            if least_sum(e, 0, made, context, leaf) - len(entries) >= least:
                return {"entries": sorted(entries)}
        node = open_choice(e, 0, made, context)
        if node is not None:
            number, count = node
            cases = [self._lacks(e, {**made, str(number): n}, known, least, tried) for n in range(count)]
            return {"node": number, "cases": cases}
        d = next(ways(e, 0, context, None, made=made))
        if (printed := known.of(d.selectors)) is None:
            return {"entries": []}
        adjusted = self._force.under(context).of(printed) if self._force and self._matters else None
        told = [
            {"selectors": [str(s) for s in w.selectors], "entries": sorted(self._tight(w.selectors)[0])}
            for w in (adjusted.ways() if adjusted else [printed])
        ]
        return {"changes": _changes(adjusted), "ways": told}


def _changes(adjusted: Adjusted | None) -> list[Json]:
    return [_change(c) for c in adjusted.changes if c.effect is not Effect.ORDERED] if adjusted else []


def _change(c: Change) -> Json:
    return {
        "effect": c.effect.value,
        "rule": c.rule,
        "was": [str(s) for s in c.was],
        "now": [str(s) for s in c.now],
        "one_of": c.one_of,
    }
