"""A list of lines to what it means under its lead-in: all of them, one of them, each at will."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.citation import Citation
from kg.codes import One, Selector
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, When, all_of, one_of, picks
from kg.expression.recommendation import Side
from kg.guidance.page.source import Source
from kg.guidance.parts.cases import REVERSE
from kg.guidance.parts.contrasts import all_exclude
from kg.guidance.parts.devices import are_of_one_device
from kg.guidance.parts.grammar import Choice, Lines
from kg.guidance.parts.items import Item, alternatives_of
from kg.guidance.parts.leads import Lead

# "One code", "a laterality code": not more than one of the lines below.
_COUNTED = re.compile(
    r"(?:(?!\b(?:codes?|each|every|per|both)\b).)*\b(?:an?|one|single)\s+(?:[\w-]+\s+){0,2}code\b"
    r"(?:(?!\b(?:codes?|each|every|per|both)\b).)*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Lists:
    """Reads the lists of one side; `of_two`: their heading names two things, so that each has its code."""

    source: Source
    side: Side
    of_two: bool = False

    def read(self, lines: Lines, lead: Lead | None) -> Expression | None:
        """What a list means under its lead-in."""
        choices, *others = lines.combinations
        asks = lead is not None and lead.one
        if others:
            for item in (item for c in lines.combinations for choice in c for item in choice.items if item.both):
                self.source.warn("KG-W0202", "and/or between whole lists is read as a choice of one", item.stretch)
            if _is_of_last(lines.combinations):
                at = lines.combinations[-1][1].items[0].stretch
                self.source.warn("KG-W0202", "not said whether Plus is of the last alternative or of each", at)
            shared = [_under_case(self.together(c)) for c in lines.combinations]
            return one_of([x for x in shared if x is not None], citation=self._cited(lines))
        if lead is not None and lead.any:
            if not lead.optional:
                self.source.warn("KG-W0202", "one or more: each line is read as an addition", lead.stretch)
            singly = [x for c in choices if (x := self.together((c,))) is not None]
            return flat([Optional(x, self.source.cite(lead.stretch)) for x in singly])
        if lead is not None and lead.named and not any(len(c.items) > 1 for c in choices):
            own = [c for c in choices if self._within(c, lead)]
            if own and len(own) < len(choices):
                made = [
                    x
                    for x in (self._one(tuple(own), lines), self.together(tuple(c for c in choices if c not in own)))
                    if x is not None
                ]
                return flat(made)
        if lead is not None and lead.single and not asks and len(choices) > 1 and self._are_rivals(choices):
            if _COUNTED.fullmatch(lead.stretch.text) is None:
                self.source.warn("KG-W0202", "the code, over several lines: read as a choice of one", lead.stretch)
            return self._one(choices, lines)
        if asks and len(choices) == 1 and len(choices[0].items) == 1:
            return alternatives_of(choices[0].items[0])
        if asks and not any(len(c.items) > 1 for c in _until_plus(choices)):
            return self._one(choices, lines)
        if asks and lead is not None and len(choices) > 1:
            pool = self._pool(_until_plus(choices), lead)
            if sum(len(c.items) for c in pool) > 1:
                # "one of": A, B Or C is a choice of all three
                chosen = self._one(tuple(Choice((item,)) for c in pool for item in c.items), lines)
                return flat([x for x in (chosen, self.together(choices[len(pool) :])) if x is not None])
            self.source.warn("KG-W0202", "one line is asked for: these are read as going together", lead.stretch)
        if not asks and (cases := self._cases(choices)):
            rest = self.together(choices[cases:]) if cases < len(choices) else None
            return flat([x for x in (self._one(choices[:cases], lines), rest) if x is not None])
        self._doubt(choices, lead)
        made = self.together(choices)
        return replace(made, sequenced=True) if lead and lead.ordered and isinstance(made, AllOf) else made

    def _pool(self, choices: tuple[Choice, ...], lead: Lead) -> tuple[Choice, ...]:
        """The lines at the head of a list that are its alternatives: those that the lead-in names, its main codes, or
        codes of one chapter; none where more of their kind stand behind others.
        """
        alike: list[bool]
        if lead.named and self._within(choices[0], lead):
            alike = [self._within(c, lead) for c in choices]
        elif self._item_leads(choices[0]):
            alike = [self._item_leads(c) for c in choices]
        else:
            kinds = [{_kind(p.selector) for item in c.items for p in picks(item.expression)} for c in choices]
            alike = [own == kinds[0] for own in kinds]
        return choices[: sum(alike)] if alike == sorted(alike, reverse=True) else ()

    def _cases(self, choices: tuple[Choice, ...]) -> int:
        """How many lines at the head of a list are its main codes, each for a case that excludes those of the others.

        "A1 (first visit)", "B1 (second visit)". 0 for other lists.
        """
        own = [c.items[0] for c in choices if self._item_leads(c)]
        told = [item.expression.condition for item in own if isinstance(item.expression, When)]
        first = len(own) if all(self._item_leads(c) and len(c.items) == 1 for c in choices[: len(own)]) else 0
        if self.side is not Side.PROCEDURE or len(told) < len("AB") or len(told) < len(own):
            return 0
        if any(c.after_plus for c in choices[:first]):
            return 0
        facts = [c.fact for c in told]
        apart = len({facet for facet, _ in facts}) == 1 and facts[0][0] != "stated" and len(set(facts)) == len(facts)
        return first if apart or all_exclude([c.words for c in told]) else 0

    def _doubt(self, choices: tuple[Choice, ...], lead: Lead | None) -> None:
        """Ask where lines without a connective look like alternatives: codes of one category, or only main codes under
        a lead-in that does not say how many are taken.
        """
        main = [c.items[0] for c in choices if self._item_leads(c)]
        reverse = [x for x in main if isinstance(x.expression, When) and REVERSE.search(x.expression.condition.words)]
        if self.side is Side.PROCEDURE and reverse and len(reverse) < len(main):
            self.source.warn(
                "KG-W0202", "not said whether this code takes the place of the one above", reverse[0].stretch
            )
        choices = tuple(c for c in choices if not isinstance(c.items[0].expression, When | Optional))
        if self.of_two:
            return  # the heading names two things
        single = [c.items[0] for c in choices if len(c.items) == 1 and not c.after_plus]
        if len(single) < 2 or len(single) < len(choices) or (lead is not None and lead.all):
            return
        heads = [picks(item.expression)[0].selector for item in single]
        heads = [x for i, x in enumerate(heads) if not any(are_of_one_device(x, y, self.source) for y in heads[:i])]
        alike = len({str(head)[:3] for head in heads}) < len(heads)
        main = all(item.leads for item in single) and all(map(self.source.is_operation, heads))
        if alike or (lead is not None and main and len(heads) > 1 and self.side is Side.PROCEDURE):
            self.source.warn(
                "KG-W0202", "not said whether these lines go together: they are read so", single[1].stretch
            )

    def _one(self, choices: tuple[Choice, ...], lines: Lines) -> Expression | None:
        """A choice of one line; what follows a Plus goes with each.

        So do lines that cannot lead behind lines that do.
        """
        before = list(_until_plus(choices))
        rest = list(choices[len(before) :])
        if len(before) > 2 and self._item_leads(before[0]):
            trailing = [c for c in before if not self._item_leads(c)]
            if trailing and before[-len(trailing) :] == trailing and len(before) - len(trailing) > 1:
                before, rest = before[: -len(trailing)], [*trailing, *rest]
        branches = [x for c in before if (x := self.together((c,))) is not None]
        choice = one_of(branches, citation=self._cited(lines))
        return flat([x for x in (choice, self.together(tuple(rest)) if rest else None) if x is not None])

    def together(self, choices: tuple[Choice, ...]) -> Expression | None:
        """All lines, those that Or joins as a choice."""
        parts: list[Expression] = []
        for choice in choices:
            branches: list[Expression] = []
            for item in choice.items:
                # An Or between lines joins what an "or" inside a line offers.
                branches += (
                    item.expression.branches
                    if isinstance(item.expression, OneOf) and len(choice.items) > 1
                    else [item.expression]
                )
            if any(item.both for item in choice.items):
                both = all_of([item.expression for item in choice.items], citation=self._of_items(choice.items))
                branches += [both] if both is not None else []
            joined = one_of(branches, citation=self._of_items(choice.items) if len(choice.items) > 1 else None)
            if joined is not None:
                parts.append(joined)
        return flat(parts)

    def _within(self, choice: Choice, lead: Lead) -> bool:
        return all(
            self.source.same_codes(p.selector, n)
            for item in choice.items
            for p in picks(item.expression)
            for n in lead.named[:1]
        ) or any(
            self.source.same_codes(p.selector, n)
            for item in choice.items
            for p in picks(item.expression)
            for n in lead.named
        )

    def _are_rivals(self, choices: Sequence[Choice]) -> bool:
        """Whether lines can only be alternatives where one code is asked for: main codes, sites, or of one category."""
        names = [pick.selector for c in choices for item in c.items for pick in picks(item.expression)]
        of_one = len({str(x)[:3] for x in names}) == 1 and len(set(names)) == len(names)
        leading = [self._item_leads(c) for c in choices]
        main = sum(leading) > 1 and leading == sorted(leading, reverse=True)
        sites = self.side is Side.PROCEDURE and all(_kind(x) == "Z" for x in names)
        return main or ((of_one or sites) and all(isinstance(x, One) for x in names))

    def _item_leads(self, choice: Choice) -> bool:
        return all(item.leads for item in choice.items)

    def _cited(self, lines: Lines) -> Citation:
        return self._of_items([item for c in lines.combinations for choice in c for item in choice.items])

    def _of_items(self, items: Sequence[Item]) -> Citation:
        return self.source.document.citation(
            self.source.guidance, items[0].stretch.span()[0], items[-1].stretch.span()[1]
        )


def _is_of_last(combinations: Sequence[tuple[Choice, ...]]) -> bool:
    """Whether only the last of several combinations has a Plus, behind its main code: "A, B Or C Plus D"."""
    *others, last = combinations
    if any(choice.after_plus for own in others for choice in own) or all(len(own) == 1 for own in others):
        return False
    rest = last[1:]
    return bool(rest) and rest[0].after_plus and not any(item.leads for choice in rest for item in choice.items)


def _kind(selector: Selector) -> str:
    """The chapter of a code; codes of the side are none of those of the site."""
    printed = str(selector)
    return "Z94" if printed.startswith("Z94") else printed[0]


def _until_plus(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    for i, choice in enumerate(choices):
        if choice.after_plus and i:
            return choices[:i]
    return choices


def flat(parts: Sequence[Expression]) -> Expression | None:
    """All parts together, conjunctions among them opened."""
    opened: list[Expression] = []
    for part in parts:
        opened += part.parts if isinstance(part, AllOf) and not part.sequenced else [part]
    return all_of(opened)


def _under_case(e: Expression | None) -> Expression | None:
    """A combination in the case that stands before its first code ("or, if the joint is inflamed,"): that of all."""
    match e:
        case AllOf(parts=(When(condition, then) as first, *rest)):
            own = picks(then)
            at, code = condition.citation, own[0].citation if own else None
            if isinstance(at, Citation) and isinstance(code, Citation) and at.start < code.start:
                return replace(first, then=replace(e, parts=(then, *rest)))
            return e
        case _:
            return e
