"""What guidances share of OPCS-4 and ICD-10: selectors as concepts and classes, what lies above, known codes below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from pyoxigraph import Quad

from kg.codes import Category, Chapter, Classification, Code, One, Range, Selector
from kg.codes.selector import within
from kg.graph import iris
from kg.graph.quads import Quads
from kg.graph.vocabulary import Class, Other, Property

_KINDS = {One: Class.CODE, Category: Class.CATEGORY, Range: Class.RANGE, Chapter: Class.CHAPTER}
_NO_TITLES: Mapping[Selector, str] = MappingProxyType({})


def encode_selectors(
    selectors: Iterable[Selector],
    classification: Classification,
    printed: Mapping[Selector, str] = _NO_TITLES,
    is_gone: Callable[[Selector], bool] = lambda _: False,
) -> list[Quad]:
    """The quads of the shared graph, sorted: each selector, what is above it, and every known code at or below it.

    A selector that the classification knows no title of is called as in `printed` (titles printed in guidances), if
    there; one that `is_gone` is deprecated. A range has as `kg:member` the known categories that lie in it whole, and
    the known codes of those that do not. Growth: linear in the codes below; a chapter brings its thousand codes once.
    """
    quads = Quads(iris.CLASSIFICATIONS_GRAPH)
    wanted = sorted({_bare(s) for s in selectors}, key=_order)
    titles = {_bare(s): title for s, title in sorted(printed.items(), key=lambda pair: str(pair[0])) if title}
    for scheme in sorted({s.scheme for s in wanted}):
        quads.add(iris.SCHEMES[scheme], Other.TYPE, Other.SKOS_SCHEME)
        quads.add(iris.SCHEMES[scheme], Other.PREF_LABEL, scheme.value)
    for selector in filter(is_gone, wanted):
        quads.add(iris.selector_iri(selector), Other.DEPRECATED, True)
    done: set[Selector] = set()
    for selector in wanted:
        for one in (selector, *map(One, classification.codes_under(selector))):
            _with_all_above(one, classification, titles, quads, done)
        if isinstance(selector, Range):
            for member in members(selector, classification):
                quads.add(iris.selector_iri(selector), Property.MEMBER, iris.selector_iri(member))
                quads.add(iris.selector_iri(member), Other.SUB_CLASS_OF, iris.selector_iri(selector))
    return quads.sorted()


def _with_all_above(
    selector: Selector,
    classification: Classification,
    titles: Mapping[Selector, str],
    quads: Quads,
    done: set[Selector],
) -> None:
    """Describe a selector and what is above it, as far as that is not done."""
    pending = [selector]
    while pending:
        at = pending.pop()
        if at in done:
            continue
        done.add(at)
        it = iris.selector_iri(at)
        quads.add(it, Other.TYPE, Other.SKOS_CONCEPT, Other.OWL_CLASS, Class.SELECTOR, _KINDS[type(at)])
        quads.add(it, Other.NOTATION, iris.notation(at))
        quads.add(it, Other.PREF_LABEL, classification.title(at) or titles.get(at))
        quads.add(it, Other.IN_SCHEME, iris.SCHEMES[at.scheme])
        above = above_of(at, classification)
        for wider in above:
            quads.add(it, Other.BROADER, iris.selector_iri(wider))
            quads.add(it, Other.SUB_CLASS_OF, iris.selector_iri(wider))
        if not above:
            quads.add(it, Other.TOP_CONCEPT_OF, iris.SCHEMES[at.scheme])
        pending += above


def _bare(selector: Selector) -> Selector:
    return One(selector.code.bare) if isinstance(selector, One) else selector


def _order(selector: Selector) -> str:
    return iris.selector_iri(selector).value


def above_of(selector: Selector, classification: Classification) -> list[Selector]:
    """The next wider selector, as a list of one, or of none for a chapter or a range over several chapters.

    A code is below its category, a code of five characters below that of four, a category below its chapter: an O
    category of OPCS-4 below the chapter that it continues.
    """
    scheme, chapters = selector.scheme, classification.chapters
    match selector:
        case One(code):
            if len(code.key) > 4 and code.key[3] != "X":
                return [One(Code(scheme, code.text[:5]))]
            return [Category(scheme, code.category)]
        case Category(letters=letters):
            return [Chapter(scheme, chapters.chapter_of(scheme, letters))]
        case Range(first=first, last=last):
            one, other = chapters.chapter_of(scheme, first[:3]), chapters.chapter_of(scheme, last[:3])
            return [Chapter(scheme, one)] if one == other and within(selector, [Chapter(scheme, one)], chapters) else []
        case Chapter():
            return []


def members(selector: Range, classification: Classification) -> Iterator[Selector]:
    """The known categories that lie whole in a range, and the known codes of those that do not, in order."""
    seen: set[Selector] = set()
    for code in classification.codes_under(selector):
        category = Category(code.scheme, code.category)
        member = category if within(category, [selector], classification.chapters) else One(code)
        if member not in seen:
            seen.add(member)
            yield member
