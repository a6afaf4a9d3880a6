"""Codes that are not in use today and are known all the same: to another loaded edition, or to the open list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.codes import Code, Scheme, Selector
    from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A code that is not in use; its title where it is known, and the newest edition that has it (None: the open
    list alone does).
    """

    code: Code
    title: str | None
    edition: str | None


def codes_elsewhere(workspace: Workspace, selector: Selector) -> Iterator[Elsewhere]:
    """The codes of a selector that are not in use today, each once: of the newest edition first, then in order."""
    known, chapters = workspace.classification, workspace.classification.chapters
    editions = reversed(workspace.release.code_editions(selector.scheme))
    found = (
        (code, each.title(code.key), each.edition.title)
        for each in editions
        for code in each.codes_under(selector, chapters)
    )
    return _each_once(workspace, [*found, *_listed(known.is_complete(selector.scheme), selector)])


def found_elsewhere(workspace: Workspace, text: str, scheme: Scheme, limit: int) -> Iterator[Elsewhere]:
    """The codes that are not in use today whose title has all words of a text, none of them read as another."""
    from kg.codes import One
    from kg.terminology import OpenCodes
    from kg.terminology.code_edition import code_of

    found: list[tuple[Code, str | None, str | None]] = []
    editions = workspace.release.code_editions(scheme)
    for each in reversed(editions):
        hits = each.search.find(text, limit, lambda _: True).hits
        keys = [key for key in (each.keys[hit.owner] for hit in hits) if each.is_code(key)]
        found += [(code_of(scheme, key), each.title(key), each.edition.title) for key in keys]
    if editions:
        found += [(code, OpenCodes().title(One(code)), None) for code in OpenCodes().find(text, scheme, limit)]
    return _each_once(workspace, found)


def is_known(workspace: Workspace, selector: Selector) -> bool:
    """Whether a code of a selector is known, in use or not."""
    here = any(True for _ in workspace.classification.codes_under(selector))
    return here or any(True for _ in codes_elsewhere(workspace, selector))


def has_word(workspace: Workspace, word: str) -> bool:
    """Whether a title or term of any system has a word, or one that begins with it: it is no slip of the pen then."""
    from kg.codes import Scheme
    from kg.terminology import OpenCodes
    from kg.terminology.search import words_of

    if workspace.release.snomed_editions and workspace.release.snomed().search.has(word):
        return True
    if any(each.search.has(word) for scheme in Scheme for each in workspace.release.code_editions(scheme)):
        return True
    if any(OpenCodes().find(word, scheme, 1) for scheme in Scheme):
        return True
    return any(have.startswith(word) for r in workspace.recommendations.values() for have in words_of(r.title))


def _listed(is_complete: bool, selector: Selector) -> Iterator[tuple[Code, str | None, str | None]]:
    """The codes of the open list, where an edition answers in its place."""
    from kg.codes import One
    from kg.terminology import OpenCodes

    for code in OpenCodes().codes_under(selector) if is_complete else ():
        yield code, OpenCodes().title(One(code)), None


def _each_once(workspace: Workspace, found: list[tuple[Code, str | None, str | None]]) -> Iterator[Elsewhere]:
    seen: set[str] = set()
    for code, title, edition in found:
        if code.key not in seen and not workspace.classification.exists(code):
            seen.add(code.key)
            yield Elsewhere(code, title, edition)
