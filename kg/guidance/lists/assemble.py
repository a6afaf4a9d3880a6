"""The tree of one side to its expression: lists, variants, and what sentences add."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kg.citation import Citation
from kg.codes import Selector
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When, one_of, picks
from kg.expression.recommendation import Side
from kg.guidance.lists.bound import only_named
from kg.guidance.lists.labelled import shared_behind_labels
from kg.guidance.lists.no_variants import beside_variants
from kg.guidance.lists.persons import of_other_persons
from kg.guidance.lists.rebuilt import rebuilt
from kg.guidance.lists.stages import in_its_case, stages
from kg.guidance.lists.under_lead import Lists, flat
from kg.guidance.page.paragraph import is_note
from kg.guidance.page.source import Source
from kg.guidance.parts.cases import is_besides, is_reverse, naming_all, of_one_category, stands_over
from kg.guidance.parts.grammar import Body, Segment, SideTree, Variant
from kg.guidance.parts.leads import Head, Lead
from kg.guidance.sentences.effects import Effect, is_unknown

# The case of a step ("Step 2 - side, if one is treated").
_IN_CASE = re.compile(r"[,(-] ?(?:but )?(?:only )?(?:if|unless)\b", re.IGNORECASE)
# Two things that are done at once.
_TWO = re.compile(r"\b(?:both|all|and)\b", re.IGNORECASE)
# A label that restricts its code adds it to those above, if there are any ("Electrodes only: A09.5").
_ONLY = re.compile(r"\bonly\W*$", re.IGNORECASE)
_IN_ITS_PLACE = "not said whether this list takes the place of the one above"


@dataclass(slots=True)
class Assembler:
    """Builds one side. `later` are the effects that are applied to the finished side (kg.guidance.lists.apply)."""

    source: Source
    side: Side
    later: list[Effect] = field(default_factory=list)
    of_two: bool = False
    cases: list[object] = field(default_factory=list[object])

    def build(self, tree: SideTree) -> Expression | None:
        """The expression of a side; None where nothing is listed."""
        parts = [self._body(tree.body, None, [opener for opener, _ in tree.stages])]
        for opener, body in (stage for opened in tree.stages for stage in stages(*opened)):
            made = self._body(body, opener)
            named = only_named(opener.stretch, parts[0], self.source)
            if made is not None and not isinstance(made, When) and named is not None:
                made = When(self.source.condition(named), made, self.source.cite(opener.stretch))
            parts.append(made)
        return flat([part for part in parts if part is not None])

    def _body(self, body: Body, opener: Lead | None, behind: Sequence[Lead] = ()) -> Expression | None:
        lead = body.segments[-1].lead if body.segments and body.segments[-1].lines is None else None
        body, shared = shared_behind_labels(body, behind, self.source)
        base, late = self._segments(body.segments, opener)
        if base is not None and body.variants:
            base, late = self._with_own(base, late)
            if opener is not None and opener.condition is not None:  # the headings stand behind its list, not in it
                base, opener = self._wrapped(base, opener), replace(opener, condition=None)
        if not body.variants:
            self.later += late
            return self._wrapped(base, opener)
        made: list[tuple[Head, Expression]] = []
        each = len(body.variants) > 1 and all(_has_own(variant) for variant in body.variants)
        for i, variant in enumerate(body.variants):
            self.of_two = re.search(r"\b(?:and|both)\b", variant.head.stretch.text, re.IGNORECASE) is not None
            content, effects = self._segments(variant.segments, None)
            self.of_two = False
            last = i == len(body.variants) - 1 and not each
            own = _leading(variant.segments)
            told = [e for e in effects if e.kind == "instead" and is_unknown(e, self.source)]  # of codes listed here
            kept = [e for e in effects if not last or e.bound or content is None or e in own or e in told]
            late += [e for e in effects if e not in kept]
            content = self._with(content, kept)
            if content is not None:
                made.append((variant.head, content))
            elif not variant.head.part and not stands_over(body.variants[i:], self.source.lexicon):
                self.source.unclear(variant.head.stretch, "a heading without codes")
        self.later += late
        made = self._in_each(made)
        whole = self._variants(base, made, lead or opener, opener) if made else base
        return flat([part for part in (whole, self._lists().together(shared) if shared else None) if part is not None])

    def _in_each(self, made: Sequence[tuple[Head, Expression]]) -> list[tuple[Head, Expression]]:
        """The variants with the cases that stand under each of them again ("If a biopsy is taken:") put into them. One
        that stands under a single one of them and not behind all is asked about.
        """
        said = [head.stretch.text.casefold() for head, _ in made]
        found: list[tuple[Head, Expression]] = []
        for i, (head, content) in enumerate(made):
            besides = not self._leads(content) or (head.adds and said.count(said[i]) > 1)
            inner = i and head.conditional and besides and self._leads(made[i - 1][1])
            if inner and said.count(said[i]) > 1:
                case = self._when(self.source.condition(head.stretch), content, head)
                above, own = found[-1]
                found[-1] = above, flat([own, case]) or own
                continue
            if inner and not head.adds and any(self._leads(x) and not h.other for h, x in made[i + 1 :]):
                self.source.warn("KG-W0202", "not said whether this case is of the heading above alone", head.stretch)
            found.append((head, content))
        return found

    def _with_own(self, base: Expression, late: Sequence[Effect]) -> tuple[Expression | None, list[Effect]]:
        """The list above all headings with the sentences between it and them that add to it; and the other effects."""
        own = [e for e in late if e.kind == "add" and not e.mentions and not is_note(e.stretch.text)]
        own = [e for e in own if self.source.phrases.find("lead.refers-back", e.stretch.text) is None]
        parts = [e.expression for e in own if e.expression is not None]
        return flat([base, *parts]), [e for e in late if e not in own]

    def _with(self, content: Expression | None, effects: Sequence[Effect]) -> Expression | None:
        """What stands in a variant with the sentences in it that add; others are applied later."""
        parts = [content] if content is not None else []
        for effect in effects:
            if effect.kind == "add" and effect.expression is not None:
                parts.append(effect.expression)
            elif (made := self._beside_like(parts, effect)) is not None:
                parts = [made]
            else:
                self.later.append(effect)
        return flat(parts)

    def _beside_like(self, parts: Sequence[Expression], effect: Effect) -> Expression | None:
        """What stands in a variant with the code that a sentence in it offers for an unknown detail in its choice."""
        content, other = flat(parts), effect.expression
        if effect.kind != "instead" or content is None or other is None or not is_unknown(effect, self.source):
            return None
        own = [m for m in effect.mentions if contains(content, m, self.source)]

        def change(node: Expression) -> Expression:
            whole = isinstance(node, OneOf) and all(isinstance(b, Pick) and b.selector in own for b in node.branches)
            return replace(node, branches=(*node.branches, other)) if isinstance(node, OneOf) and whole else node

        made = rebuilt(content, change)
        return made if made != content else None

    def _of_whole(
        self, head: Head, content: Expression, made: Sequence[tuple[Head, Expression]], above: Expression | None
    ) -> Head:
        """The heading of what is done in the same operation: it tells a whole record where it lists again the main code
        of another variant ("First stage", "Second stage", "If both are done at the same operation"), or is the first of
        the headings, above which nothing stands, or names two things of which another heading has one.
        """
        at_once = self.source.phrases.find("event.same", text := head.stretch.text)
        if not at_once or self.source.phrases.find(
            "head.adds", f"{text[: at_once.start() - 3]}{text[at_once.end() :]}"
        ):
            return head
        main = {p.selector for p in picks(content) if self.source.leads(p.selector)}
        others = [(at, other) for at, (h, other) in enumerate(made) if h is not head]
        told = any(p.selector in main for _, other in others for p in picks(other))
        of_all = made[0][0] is head or _TWO.search(text[: at_once.start()]) is not None
        if not told and main and above is None and of_all:
            told = any(made[at][0].conditional and self._leads(other) for at, other in others)
        return replace(head, adds=False, other=True) if told else head

    def _variants(
        self, base: Expression | None, made: list[tuple[Head, Expression]], lead: Lead | None, opener: Lead | None
    ) -> Expression | None:
        """Variants as alternatives, additions, or parts that headings only introduce."""
        made, parts = beside_variants(made, self.side, self.source)
        if parts:
            inner = self._variants(base, made, lead, opener) if made else base
            return flat([x for x in (inner, *parts) if x is not None])
        if base is None and len(made) > 1 and all(head.run_in and self._leads(x) for head, x in made):
            made = [(replace(head, adds=False) if _ONLY.search(head.stretch.text) else head, x) for head, x in made]
        made = [(self._of_whole(head, x, made, base), x) for head, x in made]
        conditions = self.conditions([head for head, _ in made])
        if self.side is Side.DIAGNOSIS and of_one_category([x for _, x in made]) and not any(h.other for h, _ in made):
            cases = [self._when(c, x, h) for c, (h, x) in zip(conditions, made, strict=True)]
            choice = OneOf(tuple(cases), citation=self._around(made))
            return self._wrapped(flat([x for x in (base, choice) if x is not None]), lead)
        if lead is not None and (
            lead.each
            or self._are_concurrent(lead)
            or (opener is not None and opener.plus and not lead.one and all(h.conditional for h, _ in made))
        ):
            parts = [self._when(c, x, h) for c, (h, x) in zip(conditions, made, strict=True)]
            return flat([*([base] if base else []), *parts])
        if lead is not None and lead.one and len(made) > 1:
            branches = [self._when(c, x, h) for c, (h, x) in zip(conditions, made, strict=True)]
            told = [h.adds and not self.source.phrases.find("head.adds", h.stretch.text) for h, _ in made]
            # "In addition, if ..." behind the choice
            chosen = next((i for i, opened in enumerate(told) if opened and i > 1), len(made))
            choice = self._wrapped(one_of(branches[:chosen], citation=self._around(made[:chosen])), lead)
            return flat([x for x in (base, choice, *branches[chosen:]) if x is not None])
        branches: list[Expression] = []
        beside: list[Expression] = []
        always = any(head.always for head, _ in made) and sum(self._leads(x) for h, x in made if not h.always) < len(
            "AB"
        )
        over_all = naming_all([head for head, _ in made], self.source.lexicon)
        for at, (condition, (head, content)) in enumerate(zip(conditions, made, strict=True)):
            leads = self._leads(content) or isinstance(content, Unnamed)
            named = self.source.phrases.find("condition", head.stretch.text) is not None
            if (named or not leads) and at in over_all:
                beside.append(self._when(condition, content, head) if named else content)
            elif head.always or (always and not head.part and not head.other):
                beside.append(content if head.always else self._when(condition, content, head))
            elif head.part and not head.other:  # a step of one operation, or of some
                in_case = _IN_CASE.search(head.stretch.text) is not None
                beside.append(self._when(condition, content, head) if in_case else content)
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
            persons = any(c.facet == "person" for c in conditions)
            alone = self.side is Side.DIAGNOSIS and len(branches) == 1 and not any(head.other for head, _ in made)
            persons = persons or (alone and is_reverse(made[-1][0], branches[0], self.source.title))
            if alone and not persons:
                at_will = self.source.phrases.whole("optional", made[-1][0].stretch.text)
                if at_will or is_besides(made[-1][0], base, branches[0]):
                    if self.source.lexicon.value_in("operation", made[-1][0].stretch.text) and not made[-1][0].adds:
                        self.source.warn("KG-W0202", _IN_ITS_PLACE, made[-1][0].stretch)
                    return flat([base, *branches, *beside])
                over = made[-1][0].stretch
                self.source.warn("KG-W0202", "a condition over a diagnosis: read as an alternative", over)
            if self.side is Side.DIAGNOSIS and not any(head.other for head, _ in made) and not (alone and persons):
                over = made[-1][0].stretch
                self.source.warn("KG-W0202", "not said whether these go with the diagnosis above the headings", over)
            choice: Expression | None = OneOf((base, *branches), citation=self._around(made))
            return flat([x for x in (choice, *beside) if x is not None])
        if len(branches) == 1 and base is None and made[0][0].conditional and (told := self._told()) is not None:
            if not is_besides(made[0][0], told, branches[0]):
                self.source.warn("KG-W0202", _IN_ITS_PLACE, made[0][0].stretch)
            return flat([told, *branches, *beside])
        if base is None and branches and (others := of_other_persons([h for h, _ in made], self.later, self.source)):
            self.later = [e for e in self.later if e not in others]
            branches = [*branches, *(e.expression for e in others if e.expression is not None)]
            branches.sort(key=lambda b: b.citation.start if isinstance(b.citation, Citation) else 0)
        if len(branches) == 1 and isinstance(branches[0], When) and base is None:
            branches = [branches[0].then]  # a heading without a second variant introduces its list
        choice = one_of(branches, citation=self._around(made)) if branches else None
        return flat([x for x in (base, choice, *beside) if x is not None])

    def _are_concurrent(self, lead: Lead) -> bool:
        """Whether a lead-in adds what is done besides, each with its code ("Codes for concurrent procedures:")."""
        concurrent = self.source.phrases.find("condition.concurrent", lead.stretch.text) is not None
        return concurrent and lead.plus and not lead.one

    def _told(self) -> Expression | None:
        """What sentences above a heading have told already, where a main code is among it: taken from the effects."""
        own = [e for e in self.later if e.kind == "add" and e.plain and not e.mentions and e.expression is not None]
        told = flat([e.expression for e in own if e.expression is not None])
        if told is None or not self._leads(told):
            return None
        self.later = [e for e in self.later if e not in own]
        return told

    def _doubt_heads(self, made: Sequence[tuple[Head, Expression]]) -> None:
        """Ask where a heading behind an unheaded list may only introduce its own: no condition, no way of doing it.

        And where its condition may be that of something done beside.
        """
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
            at_once = head.conditional and self.source.phrases.find("event.same", head.stretch.text)
            known = known and not (at_once and not head.other)
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
        plain = [self.source.condition(head.stretch) for head in heads]
        for facet in lexicon.order:
            values = [lexicon.value_in(facet, head.stretch.text) for head in heads]
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
        if lead.optional and isinstance(e, AllOf) and not lead.all and not all(isinstance(x, When) for x in e.parts):
            self.source.warn(
                "KG-W0202", "not said whether these lines are added together or each by itself", lead.stretch
            )
        return Optional(e, self.source.cite(lead.stretch)) if lead.optional else e

    def _lists(self) -> Lists:
        return Lists(self.source, self.side, self.of_two)

    def _leads(self, e: Expression) -> bool:
        return any(self.source.leads(pick.selector) for pick in picks(e))

    def _segments(self, segments: Sequence[Segment], opener: Lead | None) -> tuple[Expression | None, list[Effect]]:
        """What lists say together, required sentences in their place; and the effects for later."""
        parts: list[Expression] = []
        late: list[Effect] = []
        for i, segment in enumerate(segments):
            lead = segment.lead if segment.lead is not None else (opener if i == 0 else None)
            if segment.effect is not None:
                late.append(segment.effect)
            if segment.lines is not None:
                made = self._lists().read(segment.lines, lead)
                own = segment.lead
                if own is not None and (own.plus or own.optional or parts):
                    made = self._wrapped(made, own)
                rival = made is not None and self._leads(made) and any(map(self._leads, parts))
                if own is not None and made is not None and rival and not own.plus:
                    parts = self._another(parts, made, own)
                elif made is not None:
                    parts.append(in_its_case(made, own, self.source) if parts else made)
        return flat(parts), late

    def _another(self, before: Sequence[Expression], made: Expression, lead: Lead) -> list[Expression]:
        """Main codes under a lead-in behind main codes: of another case if it tells one, else with those, in doubt."""
        if lead.case is None:
            if not lead.part:
                self.source.warn("KG-W0202", _IN_ITS_PLACE, lead.stretch)
            return [*before, made]
        if isinstance(made, When) and self.source.phrases.find("head.adds", lead.stretch.text):
            return [*before, made]  # what is done at the same operation
        if is_note(lead.stretch.text):
            self.source.warn("KG-W0202", _IN_ITS_PLACE, lead.stretch)
        content = made.then if isinstance(made, When) and lead.condition is not None else made
        other = When(self.source.condition(lead.case), content, self.source.cite(lead.stretch))
        match before:
            case [OneOf((*_, When(citation=told)) as branches)] if told in self.cases:
                made_of = (*branches, other)
            case _:
                made_of = tuple(x for x in (flat(before), other) if x is not None)
        self.cases.append(other.citation)
        return [OneOf(made_of, citation=self.source.cite(lead.stretch))]


def _has_own(variant: Variant) -> bool:
    """Whether a sentence under a heading adds codes in a case, and does not speak of other headings too."""
    effects = [segment.effect for segment in variant.segments if segment.effect is not None]
    return any(
        e.kind == "add" and isinstance(e.expression, When) and not e.mentions and not is_note(e.stretch.text)
        and re.search(r"\b(?:both|each|either|all|every|any)\b", e.stretch.text, re.IGNORECASE) is None
        for e in effects
    )  # fmt: skip


def _leading(segments: Sequence[Segment]) -> list[Effect]:
    """The sentences that add codes above the last list under a heading, so that they are of its case."""
    end = max((i for i, segment in enumerate(segments) if segment.lines is not None), default=-1)
    own = [segment.effect for segment in segments[: end + 1] if segment.effect is not None]
    return [e for e in own if e.kind == "add" and e.plain and not is_note(e.stretch.text)]


def contains(e: Expression, selector: Selector, source: Source) -> bool:
    """Whether an expression names a code of the selector."""
    return any(source.same_codes(pick.selector, selector) for pick in picks(e))
