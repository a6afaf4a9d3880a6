"""Questions about a side that is read: what a person should look at although every word was understood."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kg.citation import Citation
from kg.codes import Category, Chapter, One
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, When, picks, walk
from kg.expression.recommendation import Side, Warning
from kg.guidance.page.prose import Stretch
from kg.guidance.page.source import Source
from kg.guidance.page.spots import selector_of, spots
from kg.guidance.page.titles import known_end, titles_of
from kg.guidance.parts.devices import are_of_one_device
from kg.guidance.parts.purposes import is_site


def doubt_doubles(e: Expression, side: Side, source: Source) -> None:
    """Ask where a code is twice in one conjunction, or two codes of one category are: alternatives read as both?"""
    named = [n.then for n in walk(e) if isinstance(n, When) and _TWO.search(n.condition.words)]
    for node in walk(e):
        if isinstance(node, OneOf):
            _doubt_lone(node, source)
        if not isinstance(node, AllOf) or any(node is n for n in named):
            continue
        seen: dict[str, Pick] = {}
        _doubt_again(node, source)
        _doubt_stages(node, source)
        _doubt_named(node, source)
        _doubt_side(node, source)
        for part in node.parts:
            if not isinstance(part, Pick) or not isinstance(part.selector, One | Category):
                continue
            before = seen.setdefault(str(part.selector)[:3], part)
            rival = side is Side.DIAGNOSIS or source.leads(part.selector) or before.selector == part.selector
            rival = rival or _exclude(before, part, source) or _is_unspecified(before) is not _is_unspecified(part)
            if (
                before is part
                or not rival
                or not isinstance(part.citation, Citation)
                or _is_added(before, part, source)
                or are_of_one_device(before.selector, part.selector, source)
            ):
                continue
            message = f'"{before.selector}" and "{part.selector}" in one record: not said whether one is chosen'
            source.warnings.append(Warning("KG-W0202", message, part.citation.start, part.citation.end))
            source.review = True


def _doubt_again(e: AllOf, source: Source) -> None:
    """Ask where a code that is always recorded is recorded in a case too, or twice in the same case."""
    seen = {(p.selector, "") for p in e.parts if isinstance(p, Pick)}
    for part in e.parts:
        if not isinstance(part, When) or not isinstance(part.then, Pick) or not isinstance(part.citation, Citation):
            continue
        own = part.then.selector, part.condition.words.lower()
        if (own[0], "") in seen or own in seen:
            what = f'"{own[0]}" is recorded already, in every case or in this one'
            source.note("KG-W0202", what, part.citation.start, part.citation.end)
        seen.add(own)


def _doubt_lone(e: OneOf, source: Source) -> None:
    """Ask where a dagger code stands alone beside one with its asterisk: that may be for each of them."""
    marks = [[p.selector.code.mark for p in picks(b) if isinstance(p.selector, One)] for b in e.branches]
    for own, branch in zip(marks, e.branches, strict=True):
        at = branch.citation
        if own == ["D"] and ["D", "A"] in marks and isinstance(at, Citation):
            source.note("KG-W0202", "a dagger code without the asterisk of the other: read so", at.start, at.end)


def _doubt_stages(e: AllOf, source: Source) -> None:
    """Ask where the first stage of an operation and a later one are in one record, which is of one stage."""
    own = [[str(p.selector)[:5] for p in _always(part)] for part in e.parts]
    first = next((n for n, named in enumerate(own) if "Y70.3" in named), None)
    later = next((n for n, named in enumerate(own) if any(x in {"Y71.1", "Y71"} for x in named)), None)
    if first is not None and later not in {None, first} and isinstance(at := e.parts[first].citation, Citation):
        source.note("KG-W0202", "the first stage and a later one in one record", at.start, at.end)


def _always(e: Expression) -> list[Pick]:
    """The codes of a part that stand together, in its case or without one."""
    match e:
        case Pick():
            return [e]
        case AllOf(parts):
            return [pick for part in parts for pick in _always(part)]
        case When(_, then):
            return _always(then)
        case _:
            return []


def _doubt_named(e: AllOf, source: Source) -> None:
    """Ask where a category or chapter stands beside a choice of its codes: they may be the list that it names. Codes of
    the side go with a site code.
    """
    wide = [part for part in e.parts if isinstance(part, Pick) and not isinstance(part.selector, One)]
    sites = [p for p in e.parts if isinstance(p, Pick) and isinstance(p.selector, One) and is_site(p)]
    for part in wide:
        if isinstance(part.selector, Chapter) and len(sites) > 1 and isinstance(part.citation, Citation):
            what = f'not said whether "{part.selector}" names the sites listed or goes with them'
            source.note("KG-W0202", what, part.citation.start, part.citation.end)
    for choice in (part for part in e.parts if wide and isinstance(part, OneOf)):
        own = [p.selector for p in picks(choice)]
        if all(str(x).startswith("Z94") for x in own):
            continue
        for part in wide:
            within = all(x != part.selector and source.same_codes(x, part.selector) for x in own)
            if within and isinstance(part.citation, Citation):
                what = (
                    f'not said whether the choice is of "{part.selector}" or goes with it: it is read as going with it'
                )
                source.note("KG-W0202", what, part.citation.start, part.citation.end)


def _doubt_side(e: AllOf, source: Source) -> None:
    """Ask where a side is added in a case to another one that is always recorded: no operation is on both."""
    always = [p.selector for p in e.parts if isinstance(p, Pick) and isinstance(p.selector, One)]
    always = [x for x in always if str(x).startswith("Z94")]
    for part in e.parts if always else ():
        added = picks(part.then) if isinstance(part, When) else []
        other = [p for p in added if str(p.selector).startswith("Z94") and p.selector not in always]
        if other and isinstance(part.citation, Citation):
            what = f'not said whether "{other[0].selector}" takes the place of "{always[0]}"'
            source.note("KG-W0202", what, part.citation.start, part.citation.end)


def _is_unspecified(pick: Pick) -> bool:
    """Whether a code is for what is not specified: it stands with no other of its category."""
    return isinstance(pick.selector, One) and str(pick.selector).endswith(".9")


def _exclude(one: Pick, other: Pick, source: Source) -> bool:
    """Whether the titles of two codes state values of one facet that no event has both of."""
    said = [dict(source.lexicon.stated_in(" / ".join((p.title, *titles_of(p.selector))))) for p in (one, other)]
    excludes = source.lexicon.facets.excludes
    return any(f in said[1] and excludes(f, value, said[1][f]) for f, value in said[0].items())


# The name of a case in which two things are done or found.
_TWO = re.compile(r"\b(?:and|both|bilateral|double)\b", re.IGNORECASE)
# A connective that says that both are recorded: a line between them, or the word before the second.
_BOTH = re.compile(
    r"\n\W*(?:plus|and|with|together with|followed by|in addition)\b[^\n]*\n"
    r"|\b(?:plus|and(?: ?/ ?or)?|with|followed by)\W*$",
    re.IGNORECASE,
)


def _is_added(first: Pick, second: Pick, source: Source) -> bool:
    """Whether the words between two codes say that the second is recorded with the first."""
    if not isinstance(first.citation, Citation) or not isinstance(second.citation, Citation):
        return False
    gap = source.document.text[first.citation.end : second.citation.start]
    return first.selector != second.selector and _BOTH.search(gap) is not None


def report_unlike(sides: Sequence[Expression | None], source: Source) -> None:
    """Report a choice between a main code and one that only follows a main code: alternatives are of one kind."""
    for node in (node for e in sides for node in (walk(e) if e is not None else ())):
        if not isinstance(node, OneOf) or not isinstance(node.citation, Citation):
            continue
        kinds = {any(source.leads(pick.selector) for pick in picks(b)) for b in node.branches if picks(b)}
        sites = {all(str(pick.selector)[0] in "ZO" for pick in picks(b)) for b in node.branches if picks(b)}
        if len(kinds) > 1 or (len(sites) > 1 and kinds == {False}):
            what = (
                "a main code and one that only follows another" if len(kinds) > 1 else "a site and a code that is none"
            )
            message = f"{what} are read as alternatives"
            source.warnings.append(Warning("KG-W0212", message, node.citation.start, node.citation.end))
            source.review = True


def report_stated(e: Expression | None, source: Source) -> None:
    """Ask where a code goes with each of several main codes, and the title of some of them says what it says."""
    for node in walk(e) if e is not None else ():
        if not isinstance(node, AllOf):
            continue
        branches = [p.branches for p in node.parts if isinstance(p, OneOf)]
        choices = [[b.then if isinstance(b, When) else b for b in own] for own in branches]
        mains = [own for own in choices if all(isinstance(b, Pick) and source.leads(b.selector) for b in own)]
        for part in (p for p in node.parts if isinstance(p, Pick) and isinstance(p.selector, One)):
            if not "Y" < str(part.selector) < "Y50":
                continue
            method = _telling(part)
            said = [[bool(method & _telling(b)) for b in own if isinstance(b, Pick)] for own in mains]
            if any(any(own) and not all(own) for own in said) and isinstance(part.citation, Citation):
                message = f'"{part.selector}" goes with each main code, and the title of one of them says it already'
                source.note("KG-W0202", message, part.citation.start, part.citation.end)


# Words of titles that tell no method.
_PLAIN = frozenset(("other", "specif", "organ", "approa", "contro", "operat", "using", "lesion", "image", "method"))


def _telling(pick: Pick) -> frozenset[str]:
    known = titles_of(pick.selector) if isinstance(pick.selector, One) else []
    words = re.findall(r"[a-z]{5,}", " ".join((pick.title, *known)).lower())
    return frozenset(w[:6] for w in words) - _PLAIN


def report_offered(e: Expression | None, source: Source) -> None:
    """Report a main code at will with codes beside it that only follow a main code: they would stand alone."""
    parts = e.parts if isinstance(e, AllOf) else ()
    offered = [p for p in parts if isinstance(p, Optional) and any(source.leads(x.selector) for x in picks(p))]
    firm = [p for p in parts if not isinstance(p, Optional)]
    if offered and firm and not any(source.leads(x.selector) for p in firm for x in picks(p)):
        cite = offered[0].citation
        if isinstance(cite, Citation):
            message = "the only main code is at will, what follows it is not"
            source.warnings.append(Warning("KG-W0212", message, cite.start, cite.end))
            source.review = True


def report_conditional(e: Expression | None, source: Source) -> None:
    """Ask where every main code of a side, or of an alternative with others, stands under a condition that is no
    variant: without it nothing would be recorded.
    """
    if isinstance(e, When) and source.phrases.opens("event.thing", e.condition.words):
        return  # "removal of the gall bladder is recorded with A": the operation itself
    choices = [node.branches for node in walk(e) if isinstance(node, OneOf)] if e is not None else []
    whole = [e, *(branch for branches in choices for branch in branches if isinstance(branch, AllOf))]
    for node in (node for node in whole if node is not None):
        parts = node.parts if isinstance(node, AllOf) else (node,)
        main = [p for p in parts if any(source.leads(x.selector) for x in picks(p))]
        # A case that opens an alternative labels it whole.
        told = main[:1] if node is not e and main and parts[0] is main[0] else main
        if told and all(isinstance(p, When) for p in told) and isinstance(cite := told[0].citation, Citation):
            source.note("KG-W0212", "the main code is recorded in one case only", cite.start, cite.end)


def report_rivals(
    procedure: Expression | None, diagnosis: Expression | None, remarks: Sequence[tuple[Side, Stretch]], source: Source
) -> None:
    """Ask where main codes, or diagnoses, are read as one record and a remark about them may part them."""
    for side, e in ((Side.PROCEDURE, procedure), (Side.DIAGNOSIS, diagnosis)):
        for node in walk(e) if e is not None else ():
            if not isinstance(node, AllOf):
                continue
            own = [p.selector for p in node.parts if isinstance(p, Pick)]
            rivals = [x for x in own if side is Side.DIAGNOSIS or source.is_operation(x)]
            if len(rivals) < 2:
                continue
            told = [p for p in node.parts if isinstance(p, Pick) and p.selector in rivals and _has_more(p, source)]
            if len(told) > 1 and isinstance(told[1].citation, Citation):
                place = told[1].citation.start, told[1].citation.end
                message = "these lines say more than their titles: not said whether one is chosen"
                source.warnings.append(Warning("KG-W0202", message, *place))
                source.review = True
                return
            for stretch in (x for at, x in remarks if at is side and source.cite(x) != node.citation):
                said = [x for s in spots(stretch.text) if (x := selector_of(s, side.scheme)) is not None]
                about = any(source.same_codes(x, r) for x in said for r in rivals)
                idle = any(source.phrases.find(kind, stretch.text) for kind in ("remark", "boilerplate", "fallback"))
                placed = source.phrases.find("position", stretch.text) is not None
                idle = idle or (placed and source.phrases.find("condition", stretch.text) is None)
                if (about or not said) and not idle and source.phrases.find("rival", stretch.text):
                    source.warn("KG-W0202", "a remark may make a choice of codes that are read together", stretch)
                    return


def _has_more(pick: Pick, source: Source) -> bool:
    """Whether words stand behind a known title on its line ("... NEC for small glands")."""
    if not isinstance(pick.citation, Citation) or not known_end(pick.selector, f" {pick.title}"):
        return False
    rest = source.document.text[pick.citation.end :].partition("\n")[0]
    rest = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", rest)
    return re.search(r"(?!and\b|plus\b|with\b)[a-z]{3,}", rest) is not None and not spots(rest)


_NEXT_SENTENCE = re.compile(r"^\W*[.;]|[a-z)]\. [A-Z]")
_LONG = 3  # words of a title that no case names by chance


def report_broad(e: Expression, source: Source) -> None:
    """Ask where what was taken for a case holds the title of a code that it is not for, or the end of a sentence.

    In a choice the clauses of its codes part it as well.
    """
    titles = {p.title.lower() for p in picks(e) if len(p.title.split()) >= _LONG}
    chosen = {id(branch) for node in walk(e) if isinstance(node, OneOf) for branch in node.branches}
    for node in (node for node in walk(e) if isinstance(node, When) and id(node) not in chosen):
        words = node.condition.words
        if source.phrases.find("condition.concurrent", words) or source.phrases.opens("otherwise", words):
            continue
        others = titles - {p.title.lower() for p in picks(node.then)}
        if any(title in words.lower() for title in others) or _NEXT_SENTENCE.search(words):
            cite = node.condition.citation
            if isinstance(cite, Citation):
                message = f'"{words}" is read as a case and holds more than one'
                source.note("KG-W0219", message, cite.start, cite.end)
