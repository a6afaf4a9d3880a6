"""The tree of one side to its expression: lists, variants, and what sentences add."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kg.citation import Citation
from kg.codes import One, Selector
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Unnamed, When, all_of, one_of, picks
from kg.expression.recommendation import Side
from kg.guidance.bound import only_named
from kg.guidance.cases import names_all, stands_over
from kg.guidance.effects import Effect
from kg.guidance.grammar import Body, Choice, Lines, Segment, SideTree
from kg.guidance.items import Item, alternatives_of
from kg.guidance.labelled import shared_behind_labels
from kg.guidance.leads import Head, Lead
from kg.guidance.paragraph import is_note
from kg.guidance.source import Source

# "One code", "a laterality code": not more than one of the lines below.
_COUNTED = re.compile(
    r"(?:(?!\b(?:codes?|each|every|per|both)\b).)*\b(?:an?|one|single)\s+(?:[\w-]+\s+){0,2}code\b"
    r"(?:(?!\b(?:codes?|each|every|per|both)\b).)*",
    re.IGNORECASE,
)

_IN_ITS_PLACE = "not said whether this list takes the place of the one above"


@dataclass(slots=True)
class Assembler:
    """Builds one side. `later` are the effects that are applied to the finished side (kg.guidance.apply)."""

    source: Source
    side: Side
    later: list[Effect] = field(default_factory=list)
    of_two: bool = False
    cases: list[object] = field(default_factory=list[object])

    def build(self, tree: SideTree) -> Expression | None:
        """The expression of a side; None where nothing is listed."""
        parts = [self._body(tree.body, None)]
        for opener, body in tree.stages:
            made = self._body(body, opener)
            if (
                made is not None
                and not isinstance(made, When)
                and only_named(opener.stretch.text, parts[0], self.source)
            ):
                made = When(self.source.condition(opener.stretch), made, self.source.cite(opener.stretch))
            parts.append(made)
        return _flat([part for part in parts if part is not None])

    def _body(self, body: Body, opener: Lead | None) -> Expression | None:
        lead = body.segments[-1].lead if body.segments and body.segments[-1].lines is None else None
        body, shared = shared_behind_labels(body, self.source)
        base, late = self._segments(body.segments, opener)
        if base is not None and body.variants:
            base, late = self._with_own(base, late)
        if not body.variants:
            self.later += late
            return self._wrapped(base, opener)
        made: list[tuple[Head, Expression]] = []
        for i, variant in enumerate(body.variants):
            self.of_two = re.search(r"\b(?:and|both)\b", variant.head.stretch.text, re.IGNORECASE) is not None
            content, effects = self._segments(variant.segments, None)
            self.of_two = False
            last = i == len(body.variants) - 1
            kept = [e for e in effects if not last or e.bound or content is None]
            late += [e for e in effects if e not in kept]
            content = self._with(content, kept)
            if content is not None:
                made.append((variant.head, content))
            elif not variant.head.part and not stands_over(body.variants[i:], self.source.lexicon):
                self.source.unclear(variant.head.stretch, "a heading without codes")
        self.later += late
        whole = self._variants(base, made, lead or opener, opener) if made else base
        return _flat([part for part in (whole, self._all(shared) if shared else None) if part is not None])

    def _with_own(self, base: Expression, late: Sequence[Effect]) -> tuple[Expression | None, list[Effect]]:
        """The list above all headings with the sentences between it and them that add to it; and the other effects."""
        own = [e for e in late if e.kind == "add" and e.plain and not e.mentions and not is_note(e.stretch.text)]
        own = [e for e in own if self.source.phrases.find("lead.refers-back", e.stretch.text) is None]
        parts = [e.expression for e in own if e.expression is not None]
        return _flat([base, *parts]), [e for e in late if e not in own]

    def _with(self, content: Expression | None, effects: Sequence[Effect]) -> Expression | None:
        """What stands in a variant with the sentences in it that add; others are applied later."""
        parts = [content] if content is not None else []
        for effect in effects:
            if effect.kind == "add" and effect.expression is not None:
                parts.append(effect.expression)
            else:
                self.later.append(effect)
        return _flat(parts)

    def _variants(
        self, base: Expression | None, made: list[tuple[Head, Expression]], lead: Lead | None, opener: Lead | None
    ) -> Expression | None:
        """Variants as alternatives, additions, or parts that headings only introduce."""
        conditions = self.conditions([head for head, _ in made])
        if lead is not None and (
            lead.each or (opener is not None and opener.plus and not lead.one and all(h.conditional for h, _ in made))
        ):
            parts = [self._when(c, x, h) for c, (h, x) in zip(conditions, made, strict=True)]
            return _flat([*([base] if base else []), *parts])
        if lead is not None and lead.one and len(made) > 1:
            branches = [self._when(c, x, h) for c, (h, x) in zip(conditions, made, strict=True)]
            choice = one_of(branches, citation=self._around(made))
            return self._wrapped(_flat([x for x in (base, choice) if x is not None]), lead)
        branches: list[Expression] = []
        beside: list[Expression] = []
        always = any(head.always for head, _ in made) and sum(self._leads(x) for h, x in made if not h.always) < len(
            "AB"
        )
        for condition, (head, content) in zip(conditions, made, strict=True):
            leads = self._leads(content) or (self.side is Side.DIAGNOSIS and isinstance(content, Unnamed))
            named = self.source.phrases.find("condition", head.stretch.text) is not None
            if (named or not leads) and names_all(head, [other for other, _ in made], self.source.lexicon):
                beside.append(self._when(condition, content, head) if named else content)
            elif head.always or (always and not head.part and not head.other):
                beside.append(content if head.always else self._when(condition, content, head))
            elif head.part and not head.other:
                beside.append(content)  # a step of one operation
            elif head.other:
                branches.append(self._when(condition, content, head))
            elif head.conditional and (head.adds or not leads or isinstance(content, Unnamed)):
                beside.append(self._when(condition, content, head))
            elif head.adds or (not leads and base is not None) or (not leads and any(self._leads(x) for _, x in made)):
                beside.append(self._part(condition, content, head))
            else:
                branches.append(self._when(condition, content, head))
        labels = [head for head, content in made if not head.conditional and not head.adds and not self._leads(content)]
        if len(labels) > 1 and len({c.facet for c, (h, _) in zip(conditions, made, strict=True) if h in labels}) == 1:
            where = labels[1].stretch
            self.source.warn("KG-W0202", "not said whether one of these lists is always recorded", where)
        if base is not None and branches and self._leads(base):
            self._doubt_heads(made)
            if self.side is Side.DIAGNOSIS and len(branches) == 1 and not any(head.other for head, _ in made):
                if not all(str(pick.selector).startswith("Z") for pick in picks(branches[0])):
                    over = made[-1][0].stretch
                    self.source.warn("KG-W0202", "a condition over a diagnosis: read as an addition", over)
                return _flat([base, *branches, *beside])
            choice: Expression | None = OneOf((base, *branches), citation=self._around(made))
            return _flat([x for x in (choice, *beside) if x is not None])
        if len(branches) == 1 and isinstance(branches[0], When) and base is None:
            branches = [branches[0].then]  # a heading without a second variant introduces its list
        choice = one_of(branches, citation=self._around(made)) if branches else None
        return _flat([x for x in (base, choice, *beside) if x is not None])

    def _doubt_heads(self, made: Sequence[tuple[Head, Expression]]) -> None:
        """Ask where a heading behind an unheaded list may only introduce its own: no condition, no way of doing it."""
        title = {word[:6] for word in re.findall(r"[a-z]{4,}", self.source.title.lower())}
        for head, content in made:
            first = re.findall(r"[a-z]{4,}", head.stretch.text.lower())[:1]
            named = bool(first) and first[0][:6] in title
            known = (
                named
                or head.other
                or head.opens
                or head.conditional
                or bool(self.source.lexicon.named_in(head.stretch.text))
            )
            if not known and self._leads(content):
                self.source.warn("KG-W0202", _IN_ITS_PLACE, head.stretch)

    def _part(self, condition: Condition, content: Expression, head: Head) -> Expression:
        """What stands under a heading beside the main codes: always there, or under the heading as its condition."""
        stated = bool(self.source.lexicon.named_in(head.stretch.text))
        if head.part:
            return content
        if not (head.opens or stated or self.source.phrases.find("condition.concurrent", head.stretch.text)):
            self.source.warn("KG-W0202", "not said whether this heading is a condition: it is read so", head.stretch)
        return self._when(condition, content, head)

    def _around(self, made: Sequence[tuple[Head, Expression]]) -> Citation:
        first, last = made[0][0].stretch, made[-1][0].stretch
        return self.source.document.citation(self.source.guidance, first.span()[0], last.span()[1])

    def conditions(self, heads: Sequence[Head]) -> list[Condition]:
        """The conditions of variant headings: of the facet in which they differ, if there is one."""
        lexicon = self.source.lexicon
        stated = [dict(lexicon.stated_in(head.stretch.text)) for head in heads]
        plain = [self.source.condition(head.stretch) for head in heads]
        for facet in lexicon.order:
            values = [facts.get(facet) for facts in stated]
            if len(heads) > 1 and None not in values and len(set(values)) == len(values):
                return [
                    Condition(facet, str(value), head.stretch.text, self.source.cite(head.stretch))
                    for value, head in zip(values, heads, strict=True)
                ]
        facts = [c.fact for c in plain]
        return [c if facts.count(c.fact) == 1 else Condition.stated(c.words, c.citation) for c in plain]

    def _when(self, condition: Condition, content: Expression, head: Head) -> When:
        return When(condition, content, self.source.cite(head.stretch))

    def _wrapped(self, e: Expression | None, lead: Lead | None) -> Expression | None:
        """The list of a lead-in that offers it, or asks for it in one case."""
        if e is None or lead is None or lead.any:
            return e
        if lead.condition is not None:
            return When(self.source.condition(lead.condition), e, self.source.cite(lead.stretch))
        if lead.optional and isinstance(e, AllOf) and not lead.all:
            self.source.warn(
                "KG-W0202", "not said whether these lines are added together or each by itself", lead.stretch
            )
        return Optional(e, self.source.cite(lead.stretch)) if lead.optional else e

    def _leads(self, e: Expression) -> bool:
        return any(self.source.leads(pick.selector) for pick in picks(e))

    # ---- lists

    def _segments(self, segments: Sequence[Segment], opener: Lead | None) -> tuple[Expression | None, list[Effect]]:
        """What lists say together, required sentences in their place; and the effects for later."""
        parts: list[Expression] = []
        late: list[Effect] = []
        for i, segment in enumerate(segments):
            lead = segment.lead if segment.lead is not None else (opener if i == 0 else None)
            if segment.effect is not None:
                late.append(segment.effect)
            if segment.lines is not None:
                made = self._lines(segment.lines, lead)
                own = segment.lead
                if own is not None and (own.plus or own.optional or parts):
                    made = self._wrapped(made, own)
                rival = made is not None and self._leads(made) and any(map(self._leads, parts))
                if own is not None and made is not None and rival and not own.plus:
                    parts = self._another(parts, made, own)
                elif made is not None:
                    parts.append(made)
        return _flat(parts), late

    def _another(self, before: Sequence[Expression], made: Expression, lead: Lead) -> list[Expression]:
        """Main codes under a lead-in behind main codes: of another case if it tells one, else with those, in doubt."""
        if lead.case is None:
            if not lead.part:
                self.source.warn("KG-W0202", _IN_ITS_PLACE, lead.stretch)
            return [*before, made]
        content = made.then if isinstance(made, When) and lead.condition is not None else made
        other = When(self.source.condition(lead.case), content, self.source.cite(lead.stretch))
        match before:
            case [OneOf((*_, When(citation=told)) as branches)] if told in self.cases:
                made_of = (*branches, other)
            case _:
                made_of = tuple(x for x in (_flat(before), other) if x is not None)
        self.cases.append(other.citation)
        return [OneOf(made_of, citation=self.source.cite(lead.stretch))]

    def _lines(self, lines: Lines, lead: Lead | None) -> Expression | None:
        choices, *others = lines.combinations
        asks = lead is not None and lead.one
        if others:
            for item in (item for c in lines.combinations for choice in c for item in choice.items if item.both):
                self.source.warn("KG-W0202", "and/or between whole lists is read as a choice of one", item.stretch)
            shared = [self._all(c) for c in lines.combinations]
            return one_of([x for x in shared if x is not None], citation=self._cited(lines))
        if lead is not None and lead.any:
            if not lead.optional:
                self.source.warn("KG-W0202", "one or more: each line is read as an addition", lead.stretch)
            singly = [x for c in choices if (x := self._all((c,))) is not None]
            return _flat([Optional(x, self.source.cite(lead.stretch)) for x in singly])
        if lead is not None and lead.named and not any(len(c.items) > 1 for c in choices):
            own = [c for c in choices if self._within(c, lead)]
            if own and len(own) < len(choices):
                made = [
                    x
                    for x in (self._one(tuple(own), lines), self._all(tuple(c for c in choices if c not in own)))
                    if x is not None
                ]
                return _flat(made)
        if lead is not None and lead.single and not asks and len(choices) > 1 and self._are_rivals(choices):
            if _COUNTED.fullmatch(lead.stretch.text) is None:
                self.source.warn("KG-W0202", "the code, over several lines: read as a choice of one", lead.stretch)
            return self._one(choices, lines)
        if asks and len(choices) == 1 and len(choices[0].items) == 1:
            return alternatives_of(choices[0].items[0])
        if asks and not any(len(c.items) > 1 for c in _until_plus(choices)):
            return self._one(choices, lines)
        if asks and len(choices) > 1:
            before = _until_plus(choices)
            if any(len(c.items) > 1 for c in before) and len(before) > 1:
                singles = [c for c in before if len(c.items) == 1]
                if all(self._item_leads(c) for c in singles):
                    # "one of": A, B Or C is a choice of all three
                    flat = tuple(item for c in before for item in c.items)
                    return self._one((*[Choice((item,)) for item in flat], *choices[len(before) :]), lines)
        self._doubt(choices, lead)
        made = self._all(choices)
        return replace(made, sequenced=True) if lead and lead.ordered and isinstance(made, AllOf) else made

    def _doubt(self, choices: tuple[Choice, ...], lead: Lead | None) -> None:
        """Ask where lines without a connective look like alternatives: codes of one category, or only main codes under
        a lead-in that does not say how many are taken.
        """
        choices = tuple(c for c in choices if not isinstance(c.items[0].expression, When | Optional))
        if self.of_two:
            return  # the heading names two things
        single = [c.items[0] for c in choices if len(c.items) == 1 and not c.after_plus]
        if len(single) < 2 or len(single) < len(choices) or (lead is not None and lead.all):
            return
        heads = [str(picks(item.expression)[0].selector)[:3] for item in single]
        alike = len(set(heads)) < len(heads)
        if alike or (lead is not None and all(item.leads and heads[i][0] not in "UX" for i, item in enumerate(single))
                     and self.side is Side.PROCEDURE):  # fmt: skip
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
        branches = [x for c in before if (x := self._all((c,))) is not None]
        choice = one_of(branches, citation=self._cited(lines))
        return _flat([x for x in (choice, self._all(tuple(rest)) if rest else None) if x is not None])

    def _all(self, choices: tuple[Choice, ...]) -> Expression | None:
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
        return _flat(parts)

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
        """Whether lines can only be alternatives where one code is asked for: main codes, or all of a category."""
        names = [pick.selector for c in choices for item in c.items for pick in picks(item.expression)]
        of_one = len({str(x)[:3] for x in names}) == 1 and len(set(names)) == len(names)
        leading = [self._item_leads(c) for c in choices]
        main = sum(leading) > 1 and leading == sorted(leading, reverse=True)
        return main or (of_one and all(isinstance(x, One) for x in names))

    def _item_leads(self, choice: Choice) -> bool:
        return all(item.leads for item in choice.items)

    def _cited(self, lines: Lines) -> Citation:
        return self._of_items([item for c in lines.combinations for choice in c for item in choice.items])

    def _of_items(self, items: Sequence[Item]) -> Citation:
        return self.source.document.citation(
            self.source.guidance, items[0].stretch.span()[0], items[-1].stretch.span()[1]
        )


def _until_plus(choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    for i, choice in enumerate(choices):
        if choice.after_plus and i:
            return choices[:i]
    return choices


def _flat(parts: Sequence[Expression]) -> Expression | None:
    """All parts together, conjunctions among them opened."""
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, AllOf) and not part.sequenced else [part]
    return all_of(flat)


def contains(e: Expression, selector: Selector, source: Source) -> bool:
    """Whether an expression names a code of the selector."""
    return any(source.same_codes(pick.selector, selector) for pick in picks(e))
