"""What stands directly above and below a code or concept, with titles: a listing in parts, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.codes import SctId, Selector
    from kg.terminology.snomed import SnomedEdition
    from kg.workspace import Workspace


def relatives(workspace: Workspace, system: str, id: str, offset: int = 0, limit: int = 50) -> dict[str, Any]:
    """`parents` and, from `offset` on, `children` of a code, category, chapter or concept, each with `id`, `title` and
    `status`; `total` counts the children. Of what no release and no list knows, there are none.

    Raises:
        KgError: that of an id that is none of its system.
    """
    from kg.codes import Scheme, SctId, parse_selector

    if system == "SNOMED CT":
        if not workspace.release.snomed_editions:
            return _told([], [], 0, offset)
        edition = workspace.release.snomed()
        return _of_concept(edition, SctId.parse(id), offset, limit)
    return _of_selector(workspace, parse_selector(id, Scheme.named(system)), offset, limit)


def _told(parents: list[dict[str, Any]], children: list[dict[str, Any]], total: int, offset: int) -> dict[str, Any]:
    return {"parents": parents, "children": children, "total": total, "offset": offset}


def _of_concept(edition: SnomedEdition, concept: SctId, offset: int, limit: int) -> dict[str, Any]:
    if concept not in edition:
        return _told([], [], 0, offset)
    below = edition.children(concept)
    children = _concepts(edition, below[offset : offset + limit])
    return _told(_concepts(edition, edition.parents(concept)), children, len(below), offset)


def _concepts(edition: SnomedEdition, ids: Sequence[SctId]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(id),
            "title": edition.term(id),
            "status": "active" if edition.is_active(id) else "inactive",
            "children": len(edition.children(id)),
        }
        for id in ids
    ]


def _of_selector(workspace: Workspace, selector: Selector, offset: int, limit: int) -> dict[str, Any]:
    from kg.codes import Category, Chapter, One

    known = workspace.classification
    match selector:
        case One(code):
            category = Category(selector.scheme, code.category)
            above: list[Selector] = [category] if str(category) != str(selector) and len(code.key) > 3 else []
            chapter = known.chapters.chapter_of(selector.scheme, code.category)
            above.append(Chapter(selector.scheme, chapter))
            below: list[Selector] = []
        case Category(letters=letters):
            above = [Chapter(selector.scheme, known.chapters.chapter_of(selector.scheme, letters))]
            below = [One(code) for code in known.codes_under(selector)]
        case Chapter():
            above = []
            below = _categories(workspace, selector)
        case _:
            above = []
            below = [One(code) for code in known.codes_under(selector)]
    part = list(islice(below, offset, offset + limit))
    return _told(_selectors(workspace, above), _selectors(workspace, part), len(below), offset)


def _categories(workspace: Workspace, chapter: Selector) -> list[Selector]:
    """The categories of a chapter in order; one that is a code itself as that."""
    from kg.codes import Category, One

    codes = list(workspace.classification.codes_under(chapter))
    whole = {code.category: code for code in codes if len(code.key) == 3}
    names = dict.fromkeys(code.category for code in codes)
    return [One(whole[name]) if name in whole else Category(chapter.scheme, name) for name in names]


def _selectors(workspace: Workspace, selectors: Iterable[Selector]) -> list[dict[str, Any]]:
    from kg.codes import One

    known = workspace.classification
    return [
        {
            "id": str(s),
            "title": workspace.title(s) or None,
            "status": ("in use" if known.exists(s.code) else "not in use") if isinstance(s, One) else None,
        }
        for s in selectors
    ]
