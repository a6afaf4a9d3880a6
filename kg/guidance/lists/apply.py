"""What sentences do to a finished side: add, restrict, deny, tie to conditions, offer in place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.citation import Citation
from kg.codes import Selector, mark_of
from kg.expression import chosen as on_choice
from kg.expression.condition import Condition
from kg.expression.nodes import (
    AllOf,
    Expression,
    OneOf,
    Pick,
    When,
    all_of,
    children,
    picks,
    walk,
)
from kg.expression.recommendation import Side
from kg.guidance.lists.assemble import contains
from kg.guidance.lists.at_once import all_at_once, paired
from kg.guidance.lists.bound import left_for, spoken_of
from kg.guidance.lists.choices import beside, both, in_one_record, in_place_of, in_place_of_all, labelled
from kg.guidance.lists.rebuilt import rebuilt, with_it
from kg.guidance.lists.together import principal, stand_together
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.parts.sides import said_in
from kg.guidance.parts.stems import stems
from kg.guidance.sentences.effects import Effect, is_unknown
from kg.guidance.sentences.restricted import case_alone

_ONLY_IF = re.compile(
    r"\bonly (?:if|when|where)\b"
    r"|\bonly (?:be )?(?:recorded|assigned|added|used|coded|included|reported|needed|required) (?:if|when|where)\b",
    re.IGNORECASE,
)

_OPENS = frozenset({"if", "when", "where", "wherever", "whenever", "once"})


# What is recorded besides, also where it could stand first.
_BESIDES = re.compile(
    r"\b(?:in addition|additionally|as well|too|also|besides|supplementary|concurrent\w*|concomitant\w*)\b"
    r"|\b(?:is|are|be|being) (?:added|appended|attached|joined)\b",
    re.IGNORECASE,
)


def apply(e: Expression | None, effects: Sequence[Effect], source: Source) -> Expression | None:
    """The side with all effects applied, in print order."""
    e, effects = _variants_in_sentences(e, effects, source)
    for effect in effects:
        match effect.kind:
            case "add":
                e = _added(e, effect, source)
            case "restrict":
                e = _restricted(e, effect, source)
            case "instead":
                e = _instead(e, effect, source)
            case "instead.all":
                e = in_place_of_all(e, effect, source)
            case "label":
                e = labelled(e, effect, source)
            case "rank":
                e = _ranked(e, effect, source)
            case "other":
                if e is not None and effect.expression is not None:
                    e = OneOf((e, effect.expression), citation=source.cite(effect.stretch))
            case "both":
                e = both(e, effect, source) if e is not None else e
            case "beside":
                e = beside(e, effect, source) if e is not None else e
            case "specify":
                e = _specified(e, effect, source) if e is not None else e
            case "together":
                if e is not None:
                    e = in_one_record(e) if effect.condition is None else all_at_once(e, effect, source)
            case "pair":
                e = paired(e, effect, source) if e is not None else e
            case "order":
                made = in_place_of(e, effect) if e is not None else None
                if made is not None:
                    e = made
                elif e is not None and not _is_chosen(e, effect.mentions, source):
                    source.unclear(effect.stretch, "which code is meant")
            case "covers":
                main = [x for p in picks(e) if source.leads(x := p.selector) and x not in effect.mentions]
                if e is not None and any(stand_together(e, (*effect.mentions, x), source) for x in main):
                    source.unclear(effect.stretch, "which code is enough")
            case "exclude":
                if e is not None and stand_together(e, effect.mentions, source):
                    source.unclear(effect.stretch, "a listed code that is denied")
            case _:
                raise AssertionError(effect.kind)
    return principal(e, source)


def _goes_beside(said: str, source: Source) -> bool:
    return _BESIDES.search(said) is not None or source.phrases.find("event.same", said) is not None


def _variants_in_sentences(
    e: Expression | None, effects: Sequence[Effect], source: Source
) -> tuple[Expression | None, list[Effect]]:
    """Sentences that each give a main code under a condition, where nothing else may lead: alternatives."""

    def leads(node: Expression | None) -> bool:
        return any(source.leads(p.selector) for p in picks(node))

    own = [f for f in effects if f.kind == "add" and isinstance(f.expression, When) and leads(f.expression)]
    own = [f for f in own if not _goes_beside(said_in(f.stretch, source), source)]
    others = [f for f in effects if f not in own]
    if (
        len(own) < 2
        or leads(e)
        or any(f.kind == "add" and leads(f.expression) and not isinstance(f.expression, When) for f in others)
        or own[0].side is Side.DIAGNOSIS
    ):
        return e, list(effects)
    branches = tuple(f.expression for f in own if f.expression is not None)
    choice = OneOf(branches, citation=source.cite(own[0].stretch))
    return (choice if e is None else with_it(e, choice)), others


def _added(e: Expression | None, effect: Effect, source: Source) -> Expression | None:
    """An addition: to the variant whose code the sentence names, under the chosen code of a choice.

    Or to the whole side.
    """
    addition = effect.expression
    if addition is None or e is None:
        return addition if e is None else e
    parts: list[Expression] = list(e.parts) if isinstance(e, AllOf) else [e]
    for i, part in enumerate(parts):
        if not isinstance(part, OneOf):
            continue
        # What the sentence names and only some branches have.
        holding = {m: _holding(part.branches, m, source) for m in effect.mentions}
        telling = [m for m in effect.mentions if 0 < len(holding[m]) < len(part.branches)]
        chosen = sorted({j for m in telling for j in holding[m]})
        if not telling or len(chosen) == len(part.branches):
            continue
        simple = all(isinstance(b, Pick) for b in part.branches)
        if simple:
            case = addition if isinstance(addition, When) else None
            if case is None and not effect.plain and not isinstance(addition, OneOf):
                break
            frame = source.phrases.patterns["frame"]
            rest = case.condition.words if case is not None else ""
            if all(frame.fullmatch(w) or w in _OPENS for w in re.findall(r"[a-z]+", rest.lower())):
                rest = ""  # "a record that carries J12.4": nothing but the code is asked for
            words = on_choice.chosen([str(m) for m in dict.fromkeys(telling)], rest)
            condition = Condition.stated(words, source.cite(effect.stretch))
            return with_it(e, When(condition, case.then if case else addition, source.cite(effect.stretch)))
        branches = [_inside(b, addition) if j in chosen else b for j, b in enumerate(part.branches)]
        parts[i] = OneOf(tuple(branches), part.ranked, part.citation)
        return all_of(parts)
    for i, part in enumerate(parts):
        if not isinstance(part, OneOf):
            continue
        own = spoken_of(part, effect, source)
        if (own := left_for(part, effect, source) if own is None else own) is not None:
            parts[i] = replace(part, branches=tuple(
                _inside(b, addition) if j == own else b for j, b in enumerate(part.branches)
            ))  # fmt: skip
            return all_of(parts)
    return with_it(e, addition)


def _holding(branches: Sequence[Expression], selector: Selector, source: Source) -> list[int]:
    """Which branches name a selector: just as it is printed, or else a code of it."""
    same = [j for j, b in enumerate(branches) if any(p.selector == selector for p in picks(b))]
    return same or [j for j, b in enumerate(branches) if contains(b, selector, source)]


def _inside(branch: Expression, addition: Expression) -> Expression:
    if isinstance(branch, When):
        return When(branch.condition, with_it(branch.then, addition), branch.citation)
    return with_it(branch, addition)


def cited(e: Expression, source: Source) -> Expression:
    """The expression with a citation on every node: where none is known.

    Of the words from its first part to its last.
    """

    def change(node: Expression) -> Expression:
        if node.citation is not None:
            return node
        below = [c.citation for c in children(node) if isinstance(c.citation, Citation)]
        if not below:
            return node
        around = source.document.citation(source.guidance, min(c.start for c in below), max(c.end for c in below))
        return replace(node, citation=around)

    return rebuilt(e, change)


def _restricted(e: Expression | None, effect: Effect, source: Source) -> Expression | None:
    """Listed codes under the condition of a note; a branch of a choice only gets it as its label."""
    for wanted in dict.fromkeys(effect.mentions):
        e = _restricted_one(e, wanted, effect, source)
    if e is not None and len(effect.mentions) > 1 and any(_has_several(n, effect.mentions, source) for n in walk(e)):
        source.warn("KG-W0202", "a note may make a listed code conditional: it is read so", effect.stretch)
    return e


def _has_several(node: Expression, wanted: Sequence[Selector], source: Source) -> bool:
    """Whether a combination has several of some codes, each in a case: not said whether they come together."""
    own = [p.then for p in node.parts if isinstance(p, When)] if isinstance(node, AllOf) else []
    return sum(isinstance(x, Pick) and any(source.same_codes(x.selector, w) for w in wanted) for x in own) > 1


def _is_for_case(e: Expression, wanted: Selector, case: str, source: Source) -> bool:
    """Whether a code is listed only under headings of which the case speaks that a note restricts it to."""
    told = stems(case, letters=5, but=("only", "used", "assigned", "recorded", "needed", "required", "added"))
    labels = [b for n in walk(e) if isinstance(n, OneOf) for b in n.branches if isinstance(b, When)]
    own = [b for b in labels if contains(b, wanted, source)]
    every = sum(source.same_codes(p.selector, wanted) for p in picks(e))
    within = sum(source.same_codes(p.selector, wanted) for b in own for p in picks(b))
    return (
        bool(own) and within == every and all(told <= stems(b.condition.words, letters=5) for b in own) and bool(told)
    )


def _restricted_one(e: Expression | None, wanted: Selector, effect: Effect, source: Source) -> Expression | None:
    if e is None or effect.condition is None or _is_for_case(e, wanted, effect.condition.text, source):
        return e
    condition = source.condition(effect.condition)
    citation = source.cite(effect.stretch)

    def change(node: Expression) -> Expression:
        hit = isinstance(node, Pick) and source.same_codes(node.selector, wanted)
        return When(condition, node, citation) if hit else node

    inside_choice = any(
        isinstance(node, OneOf)
        and any(isinstance(b, Pick) and source.same_codes(b.selector, wanted) for b in node.branches)
        for node in walk(e)
    )
    # "Y53.4 is recorded only if": nothing else can be meant of a code that follows another.
    main = [p for p in picks(e) if source.leads(p.selector) and not source.same_codes(p.selector, wanted)]
    told = case_alone(effect.stretch, source) is not None
    told = told or (source.phrases.opens("except", effect.condition.text) is not None and not source.leads(wanted))
    sure = (told or _ONLY_IF.search(effect.stretch.text)) and (main or not source.leads(wanted))
    known = source.phrases.find("known", effect.condition.text) is not None and (main or not source.leads(wanted))
    if not inside_choice and not ((sure or known) and source.phrases.find("not", effect.stretch.text) is None):
        source.warn("KG-W0202", "a note may make a listed code conditional: it is read so", effect.stretch)
    return rebuilt(e, change)


def _instead(e: Expression | None, effect: Effect, source: Source) -> Expression | None:
    """An alternative to the codes that a sentence names."""
    other = effect.expression
    if e is None or other is None:
        return e
    if (
        len(effect.mentions) > 1
        and isinstance(e, OneOf)
        and all(any(contains(b, m, source) for m in effect.mentions) for b in e.branches)
    ):  # the whole side is the choice
        return replace(e, branches=(*e.branches, other))
    if isinstance(e, When) and isinstance(other, When) and effect.mentions and all(map(source.leads, effect.mentions)):
        return OneOf((e, other), citation=source.cite(effect.stretch))  # all that stands above is of a case of its own
    if (within := _in_variant(e, effect, source)) is not None:
        return within
    inner = other.then if isinstance(other, When) else other
    offered = inner.selector if isinstance(inner, Pick) else None
    done, unknown = False, is_unknown(effect, source)

    def is_like(node: Expression) -> bool:
        return (
            isinstance(node, Pick)
            and node.selector != offered
            and any(source.same_codes(node.selector, m) for m in effect.mentions)
        )

    def change(node: Expression) -> Expression:
        nonlocal done
        if (
            len(effect.mentions) > 1
            and isinstance(node, OneOf)
            and (all(isinstance(b, Pick) for b in node.branches) if unknown else all(is_like(b) for b in node.branches))
        ):
            if not all(contains(node, m, source) for m in effect.mentions):
                return node
            done = True
            return OneOf((*node.branches, other), node.ranked, node.citation)
        if len(effect.mentions) > 1:
            return node
        match node:
            case When(then=OneOf((Pick() as first, *_) as pair), condition=condition, citation=cite) if (
                done and pair[-1] is other and is_like(first) and source.leads(first.selector)
            ):
                return OneOf((When(condition, first, cite), other), citation=source.cite(effect.stretch))
            case _:
                pass
        if is_like(node):
            done = True
            return OneOf((node, other), citation=source.cite(effect.stretch))
        return node

    changed = rebuilt(e, change)
    if not done:
        source.unclear(effect.stretch, "what it replaces")
        return changed
    beside = [p for p in picks(e) if not any(source.same_codes(p.selector, m) for m in effect.mentions)]
    qualifies = offered is not None and not source.leads(offered)
    detail = qualifies or (unknown and not any(source.leads(p.selector) for p in beside))
    named = [x for spot in spots(effect.stretch.text) if (x := selector_of(spot, effect.side.scheme)) is not None]
    told = detail or source.phrases.find("instead.listed", effect.stretch.text)
    told = told or all(any(source.same_codes(p.selector, x) for x in named) for p in beside)
    told = told or (mark_of(offered) == "D" and all(mark_of(p.selector) == "A" for p in beside))
    if len(effect.mentions) > 1 and beside and not told:
        what = "not said whether what goes with the codes that it replaces goes with this code too"
        source.warn("KG-W0202", what, effect.stretch)
    return changed


def _in_variant(e: Expression, effect: Effect, source: Source) -> Expression | None:
    """The expression with a code replaced in the one variant that a sentence speaks of, where others have it too."""
    parts = e.parts if isinstance(e, AllOf) else (e,)
    for i, part in enumerate(parts):
        branches = part.branches if isinstance(part, OneOf) else ()
        having = [j for j, b in enumerate(branches) if any(contains(b, m, source) for m in effect.mentions)]
        if not isinstance(part, OneOf) or len(having) < len("AB"):
            continue
        own = spoken_of(part, effect, source)
        if own is not None and own in having and (changed := _instead(branches[own], effect, source)) is not None:
            choice = replace(part, branches=(*branches[:own], changed, *branches[own + 1 :]))
            return replace(e, parts=(*parts[:i], choice, *parts[i + 1 :])) if isinstance(e, AllOf) else choice
    return None


def _specified(e: Expression, effect: Effect, source: Source) -> Expression:
    """A category as the choice of those of its codes that a sentence names."""
    choice = effect.expression
    if choice is None:
        return e
    wanted = picks(choice)[0].selector

    def change(node: Expression) -> Expression:
        hit = isinstance(node, Pick) and node.selector != wanted and source.same_codes(node.selector, wanted)
        return choice if hit else node

    return rebuilt(e, change)


def _ranked(e: Expression | None, effect: Effect, source: Source) -> Expression | None:
    """The one choice of a side as a preference, where what is preferred is its first branch."""
    choices = [node for node in walk(e) if isinstance(node, OneOf)] if e is not None else []
    wanted = effect.mentions[:1]
    if len(choices) != 1 or e is None or (wanted and not contains(choices[0].branches[0], wanted[0], source)):
        source.unclear(effect.stretch, "what it prefers")
        return e
    return rebuilt(e, lambda node: replace(node, ranked=True) if isinstance(node, OneOf) else node)


def _is_chosen(e: Expression, mentions: Sequence[Selector], source: Source) -> bool:
    """Whether a sentence that says when a listed code is taken speaks of one of alternatives.

    So the codes are that it names, or, where it names none, the first of the side.
    """
    if mentions:
        choices = (node.branches for node in walk(e) if isinstance(node, OneOf))
        return any(any(contains(b, m, source) for m in mentions for b in branches) for branches in choices)
    while isinstance(e, AllOf):
        e = e.parts[0]
    return isinstance(e, OneOf)
