"""What a note says of alternatives: which facet tells them apart, which go with others, when two stand together."""

from __future__ import annotations

from dataclasses import replace

from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, all_of, one_of, picks
from kg.facets import plain
from kg.guidance.lists.rebuilt import rebuilt, with_it
from kg.guidance.page.source import Source
from kg.guidance.sentences.effects import Effect


def beside(e: Expression, effect: Effect, source: Source) -> Expression:
    """Cases that a note says go with the list and do not take its place ("one of these is added to L27.1").

    Those with the codes that it names; where it names none of theirs ("these codes are supplementary to S06.5"), all
    but the list with its code (`effect.expression`).
    """
    base_of = picks(effect.expression)

    def is_added(node: Expression) -> bool:
        own = picks(node)
        if base_of:
            return bool(own) and not any(p.selector == b.selector for p in own for b in base_of)
        return bool(own) and all(any(source.same_codes(p.selector, m) for m in effect.mentions) for p in own)

    def change(node: Expression) -> Expression:
        if not isinstance(node, OneOf):
            return node
        cases = [b for b in node.branches if isinstance(b, When) and is_added(b)]
        base = [b for b in node.branches if not any(b is c for c in cases)]
        if not cases or len(base) != 1 or isinstance(base[0], When):
            return node
        cite = source.cite(effect.stretch)
        added = Optional(OneOf(tuple(cases), citation=cite), cite) if len(cases) > 1 else cases[0]
        return with_it(base[0], added)

    return rebuilt(e, change)


def in_one_record(e: Expression) -> Expression:
    """The lists under headings together, where a note says that all of them are recorded."""

    def change(node: Expression) -> Expression:
        match node:
            case OneOf(branches) if len(branches) > 1 and all(isinstance(b, When) for b in branches):
                parts = [b.then for b in branches if isinstance(b, When)]
                return (
                    all_of([x for part in parts for x in (part.parts if isinstance(part, AllOf) else (part,))]) or node
                )
            case _:
                return node

    match e:
        case AllOf(parts):
            return all_of([change(part) for part in parts]) or e
        case _:
            return change(e)


def in_place_of(e: Expression, effect: Effect) -> Expression | None:
    """Two listed codes of which a note says that one takes the place of the other in a case, as a choice.

    None where they do not stand together in one list.
    """
    other = effect.expression.then if isinstance(effect.expression, When) else None
    done = False

    def change(node: Expression) -> Expression:
        nonlocal done
        own = [p for p in node.parts if isinstance(p, Pick)] if isinstance(node, AllOf) else []
        pair = [p for p in own if p.selector in effect.mentions]
        if not isinstance(node, AllOf) or not isinstance(effect.expression, When) or len(pair) != len("AB"):
            return node
        kept = next((p for p in pair if isinstance(other, Pick) and p.selector != other.selector), None)
        new = next((p for p in pair if p is not kept), None)
        if kept is None or new is None:
            return node
        done = True
        choice = OneOf((kept, replace(effect.expression, then=new)), citation=effect.expression.citation)
        parts = [choice if p is pair[0] else p for p in node.parts if p is not pair[1]]
        return all_of(parts) or node

    changed = rebuilt(e, change)
    return changed if done else None


def in_place_of_all(e: Expression | None, effect: Effect, source: Source) -> Expression | None:
    """An alternative to several codes of one list, all of which it takes the place of."""
    other, cite, done = effect.expression, source.cite(effect.stretch), 0

    def is_gone(part: Expression) -> bool:
        own = picks(part)
        return isinstance(part, Pick | OneOf) and bool(own) and all(p.selector in effect.mentions for p in own)

    def change(node: Expression) -> Expression:
        nonlocal done
        gone = [part for part in node.parts if is_gone(part)] if isinstance(node, AllOf) else []
        named = {p.selector for part in gone for p in picks(part)}
        if not isinstance(node, AllOf) or other is None or not all(m in named for m in effect.mentions):
            return node
        done += 1
        choice = OneOf((AllOf(tuple(gone), citation=cite), other), citation=cite)
        return all_of([choice if p is gone[0] else p for p in node.parts if p is gone[0] or p not in gone]) or node

    changed = rebuilt(e, change) if e is not None else None
    if done != 1:
        source.unclear(effect.stretch, "what it replaces")
        return e
    return changed


def both(e: Expression, effect: Effect, source: Source) -> Expression:
    """A choice that names two codes, with both as one more alternative, in the case that a note tells."""
    cite = source.cite(effect.stretch)
    done = False

    def change(node: Expression) -> Expression:
        nonlocal done
        own = [b.then if isinstance(b, When) else b for b in node.branches] if isinstance(node, OneOf) else []
        named = [b for b in own if isinstance(b, Pick) and b.selector in effect.mentions]
        if not isinstance(node, OneOf) or len(named) != len(set(effect.mentions)) or effect.condition is None:
            return node
        done = True
        pair = When(source.condition(effect.condition), AllOf(tuple(named), citation=cite), cite)
        return replace(node, branches=(*node.branches, pair))

    changed = rebuilt(e, change)
    if not done:
        source.unclear(effect.stretch, "when both are recorded")
    return changed


def labelled(e: Expression | None, effect: Effect, source: Source) -> Expression | None:
    """Alternatives under the values of a facet that a note names, where each branch shows its own by code or title."""
    if e is None:
        return None
    lexicon = source.lexicon
    stated = lexicon.named_in(effect.stretch.text)
    citation = source.cite(effect.stretch)
    for facet in lexicon.order:
        values = [value for name, value in stated if name == facet]
        if len(values) < 2:
            continue

        def change(node: Expression, facet: str = facet, values: list[str] = values) -> Expression:
            if not isinstance(node, OneOf):
                return node
            found: list[list[Expression]] = [[] for _ in values]
            for branch in node.branches:
                if not isinstance(branch, Pick):
                    return node
                shown = {
                    v for f, v in (*lexicon.stated_by(branch.selector), *lexicon.stated_in(branch.title)) if f == facet
                }
                if len(shown & set(values)) != 1:
                    return node
                found[values.index((shown & set(values)).pop())].append(branch)
            if not all(found):
                return node
            order = sorted(range(len(values)), key=lambda i: node.branches.index(found[i][0]))
            return OneOf(tuple(
                When(
                    Condition(facet, values[i], _words(effect, facet, values[i], source), citation),
                    _choice(found[i], node),
                    citation,
                )
                for i in order
            ), node.ranked, node.citation)  # fmt: skip

        e = rebuilt(e, change)
    return e


def _choice(branches: list[Expression], node: OneOf) -> Expression:
    return one_of(branches, citation=node.citation) or node


def _words(effect: Effect, facet: str, value: str, source: Source) -> str:
    """The words of a note that name a value, as printed."""
    text = effect.stretch.text
    phrases = sorted((p for p, fact in source.lexicon.words.items() if fact == (facet, value)), key=len, reverse=True)
    for phrase in phrases:
        if phrase in plain(text):
            return phrase
    return value
