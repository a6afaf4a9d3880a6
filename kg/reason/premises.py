"""The premises of a certificate: what is believed of a side, and from which its claims are proved.

The recommendation as codes and facts under `all` and `one`, with the words cited; the rules that play a part, as
patterns (`kg.reason.patterns`) and with the selectors that they take away from combinations and put into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, assert_never

from kg.citation import Origin
from kg.codes import One, Selector, covers, overlap
from kg.errors import KgError
from kg.expression.notation import write_citation
from kg.reason.applied import Applied
from kg.reason.breaking import Rule, Seen
from kg.reason.change import Adjusted, Effect
from kg.reason.holding import Holding
from kg.reason.paths import Choice, Every, Fact, Leaf, Tree, tree_of
from kg.reason.patterns import Lettered, Stands, pattern_of
from kg.reason.prepared import Prepared
from kg.reason.record import Record
from kg.reason.standard import Kind, Mode, Standard
from kg.reason.verdict import SideVerdict

Json = dict[str, Any]
LAST_DAY = "9999-12-31"
_FALLS = (Kind.NEVER_ASSIGNED, Kind.CODES_VALUE, Kind.NOT_WHEN_STATED)


@dataclass(frozen=True)
class Premises:
    """One side of a recommendation and of a record, with the verdict on it. `applied` is None where what is printed
    counts. `used`, by rule, is filled while claims are made: what it takes away, puts and bars (rules out).
    """

    ready: Prepared
    found: SideVerdict
    record: Record
    applied: Applied
    as_printed: bool
    used: dict[str, dict[str, set[str]]]

    @cached_property
    def tree(self) -> Tree:
        """The expression as codes and facts under `all` and `one`."""
        return tree_of(self.ready.e)

    @cached_property
    def matters(self) -> tuple[Standard, ...]:
        """The rules that may change a combination."""
        return self.ready.rules.matters(self.ready.e) if self.ready.rules is not None else ()

    @cached_property
    def may_fall(self) -> frozenset[Selector]:
        """The selectors that a rule may take away, or put another in the place of."""
        return frozenset(s for rule in self.matters for s in self._taken(rule))

    def _taken(self, s: Standard) -> set[Selector]:
        named = {leaf.pick.selector for leaf in _leaves(self.tree)} if s.kind in _FALLS else set[Selector]()
        return {x for x in named if any(overlap(x, y, self.ready.chapters) for y in s.subject)}

    def fits(self, slot: Iterable[Selector]) -> frozenset[int]:
        """The entries at or below one of some selectors."""
        told = enumerate(self.found.codes)
        return frozenset(j for j, code in told if any(covers(s, code, self.ready.chapters) for s in slot))

    def changed_by(self, adjusted: Adjusted | None) -> list[str]:
        """The rules that changed a combination; what they did is noted."""
        changes = [c for c in adjusted.changes if c.effect is not Effect.ORDERED] if adjusted else []
        for change in changes:
            used = self.used.setdefault(change.rule, {"takes": set(), "puts": set(), "bars": set()})
            used["bars" if change.effect is Effect.RULED_OUT else "takes"].update(map(str, change.was))
            used["puts"].update(map(str, change.now))
        return list(dict.fromkeys(c.rule for c in changes))

    # ---- as JSON values

    def expression(self) -> Json:
        """The expression, with its words."""
        return self._written(self.tree)

    def _written(self, t: Tree) -> Json:
        match t:
            case Leaf(pick):
                leads = pick.selector in self.ready.leading
                return {"code": str(pick.selector), "leads": leads, "title": pick.title, **_cited(pick.citation)}
            case Fact(condition, holds):
                told: Json = {"fact": [*condition.fact, holds], "words": condition.words}
                return {**told, **_cited(condition.citation)}
            case Every(parts, unnamed):
                told = {"all": [self._written(part) for part in parts]}
                return {**told, "unnamed": unnamed.words, **_cited(unnamed.citation)} if unnamed else told
            case Choice(number, branches):
                return {"choice": number, "one": [self._written(branch) for branch in branches]}
            case _:
                assert_never(t)

    def rules(self) -> list[Json]:
        """The rules that play a part, in their order: those that change combinations, and those on the codes."""
        if self.as_printed:
            return []
        standards, scheme = self.applied.standards, self.found.side.scheme
        about = {id(r) for r in standards.about(self.found.codes, self.record.date or self.applied.day)}
        ids = {s.id for s in self.matters}
        every = (r for r in standards.rules if r.standard.scheme is scheme)
        return [self._rule(r) for r in every if id(r) in about or r.standard.id in ids]

    def _rule(self, rule: Rule) -> Json:
        s = rule.standard
        used = self.used.get(s.id, {"takes": set(), "puts": set(), "bars": set()})
        takes, puts = used["takes"], used["puts"]
        if s.id in {m.id for m in self.matters}:
            takes = takes | set(map(str, self._taken(s)))
            puts = puts | {str(x) for x in (*s.object, *s.instead, *(c for _, c in s.codings))}
        return {
            "id": s.id,
            "standard": s.standard,
            "side": self.found.side.value,
            "kind": s.kind.value,
            "level": s.level.value,
            "words": s.text or s.label,
            "from": s.valid_from.isoformat() if s.valid_from else "",
            "until": s.valid_to.isoformat() if s.valid_to else LAST_DAY,
            "when": list(s.when) if s.when else None,
            "unless": list(map(str, s.unless)),
            **self._pattern(rule),
            "takes": sorted(takes),
            "puts": sorted(puts),
            "bars": sorted(used["bars"]),
        }

    def _pattern(self, rule: Rule) -> Json:
        s = rule.standard
        match pattern_of(rule, self._seen):
            case Lettered(pattern, letters):
                self._verify(s, pattern, letters)
                return {"pattern": pattern, "letters": letters}
            case Stands(pattern, run, wanted, spelt):
                groups = {"subject": _slots(s.subject, s.subject_mode), "object": _slots(s.object, s.object_mode)}
                return {**groups, "pattern": pattern, "run": run, "wanted": wanted, "spelt": spelt}
            case None:
                raise KgError("KG-E0310", f"the rule {s.id} has too many codes to be told as a pattern")

    @cached_property
    def _seen(self) -> Seen:
        codes, classification = self.found.codes, self.applied.classification
        titles = {code: classification.title(One(code.bare)) for code in codes}
        every = frozenset(range(len(codes)))
        return Seen(codes, every, self.ready.chapters, self.record.context, titles.get, self.applied.stated)

    def _verify(self, s: Standard, pattern: str, letters: str) -> None:
        """Refuse a pattern that says otherwise than the rule: where a code is two things to it at once."""
        if s.when is not None and self.record.context.holds(*s.when) is not True:
            return
        if self.fits(s.unless):
            return
        told = next((b.entries for b in self.found.broken if b.rule == s.id and b.side is not None), None)
        mine = frozenset(self.ready.named(Holding(self.found.codes, self.ready.chapters))) | self.found.explained()
        among = mine if told is None else told
        text = "".join(x if i in among else x.lower() for i, x in enumerate(letters))
        if bool(re.search(pattern, text)) is (told is None):
            raise KgError("KG-E0310", f"codes of the record are two things at once to the rule {s.id}")


def _leaves(t: Tree) -> Iterator[Leaf]:
    if isinstance(t, Leaf):
        yield t
    for part in t.branches if isinstance(t, Choice) else t.parts if isinstance(t, Every) else ():
        yield from _leaves(part)


def _slots(selectors: Sequence[Selector], mode: Mode) -> list[list[str]]:
    if mode is Mode.ALL:
        return [[str(s)] for s in selectors]
    return [list(map(str, selectors))] if selectors else []


def _cited(citation: Origin | None) -> Json:
    return {"citation": write_citation(citation)} if citation else {}
