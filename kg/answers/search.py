"""Concepts, codes and guidances by words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.answers.elsewhere import Elsewhere
    from kg.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first (at most so many of each system); and the words that were read as others."""

    items: list[dict[str, Any]]
    read_as: list[tuple[str, tuple[str, ...]]]


def search(workspace: Workspace, text: str, limit: int = 20, system: str | None = None) -> Found:
    """Concepts, codes and guidances by words; with `system`, of one system alone ("guidance" is one).

    Raises:
        KgError: KG-E0411 for what is no system; KG-E0414 or KG-E0415 for a mistyped identifier, where no release is
            loaded that could hold it.
    """
    from kg.answers.given import system_of

    wanted = system and ("guidance" if system.lower() == "guidance" else system_of(system))
    read_as: list[tuple[str, tuple[str, ...]]] = []
    found = _found(workspace, text, limit, read_as)
    return Found([each for each in found if wanted in (None, "", each["system"])], read_as)


def _found(
    workspace: Workspace, text: str, limit: int, read_as: list[tuple[str, tuple[str, ...]]]
) -> Iterator[dict[str, Any]]:
    """What is named by the text itself, then what has its words: guidances, concepts, codes."""
    from kg.answers.elsewhere import codes_elsewhere
    from kg.answers.guidances import status
    from kg.codes import Code, One, Scheme, SctId
    from kg.terminology.search import words_of

    wanted, named_guidance = words_of(text), workspace.named(text)
    for id, recommendation in workspace.recommendations.items() if wanted else ():
        have = words_of(f"{id} {recommendation.title}")
        if recommendation is named_guidance or all(any(word.startswith(each) for word in have) for each in wanted):
            yield _item(id, "guidance", recommendation.title, status(recommendation))
    known = workspace.classification
    named = False
    for scheme in Scheme:
        try:
            code = Code.parse(text, scheme).bare
        except KgError:
            continue
        if known.exists(code):
            named = True
            yield _item(str(code), str(scheme), known.title(One(code)), "in use")
            continue
        for other in codes_elsewhere(workspace, One(code)):
            if other.code.key == code.key:  # not what divides it
                named = True
                yield _no_more(other)
    for each in _category(workspace, text, limit):
        named = True
        yield each
    if named:
        return  # a code in print is no word
    yield from _concepts(workspace, text, limit, read_as)
    for scheme in Scheme:
        yield from islice(_codes(workspace, text, scheme, limit, read_as), limit)
    if text.strip().isdigit() and not workspace.release.snomed_editions:
        SctId.parse(text)  # a mistyped identifier is told as such


def _item(id: str, system: str, title: str | None, status: str, **more: object) -> dict[str, Any]:
    return {"id": id, "system": system, "title": title, "status": status, **more}


def _note(told: Iterable[tuple[str, tuple[str, ...]]], read_as: list[tuple[str, tuple[str, ...]]]) -> None:
    """Add what the words of a question were read as in one system, where nothing was told of them before."""
    read_as += [each for each in told if each[1] and each[0] not in {word for word, _ in read_as}]


def _no_more(found: Elsewhere) -> dict[str, Any]:
    """A code that is not in use, with the edition that has it."""
    more = {"edition": found.edition} if found.edition else {}
    return _item(str(found.code), str(found.code.scheme), found.title, "not in use", **more)


def _concepts(
    workspace: Workspace, text: str, limit: int, read_as: list[tuple[str, tuple[str, ...]]]
) -> Iterator[dict[str, Any]]:
    from kg.answers.elsewhere import has_word

    if not workspace.release.snomed_editions:
        return
    edition = workspace.release.snomed()
    if text.strip().isdigit() and (at := edition.find(int(text))) >= 0:
        concept = edition.concept(edition.id_of(at))
        yield _item(str(concept.id), "SNOMED CT", concept.term, "active" if concept.active else "inactive")
        return
    answer = edition.search.find(text, limit, lambda word: has_word(workspace, word))
    _note(answer.read_as, read_as)
    for hit in answer.hits:
        concept = edition.concept(edition.id_of(hit.owner))
        found = edition.term_row(hit.term)
        more = {} if found == concept.term else {"found": found}
        yield _item(str(concept.id), "SNOMED CT", concept.term, "active" if concept.active else "inactive", **more)


def _category(workspace: Workspace, text: str, limit: int) -> Iterator[dict[str, Any]]:
    """The category that a text names, as `J12` or `Y53.-`, and its codes, in each classification that has it."""
    from kg.answers.elsewhere import codes_elsewhere
    from kg.codes import Category, One, Scheme

    found = re.fullmatch(r"\s*([A-Za-z]\d\d)(?:\.-?|-)?\s*", text)
    if found is None:
        return
    known = workspace.classification
    for scheme in Scheme:
        category = Category(scheme, found[1].upper())
        codes = [code for code in known.codes_under(category) if len(code.key) > 3]
        gone = [each for each in codes_elsewhere(workspace, category) if len(each.code.key) > 3]
        if codes:
            yield _item(str(category), str(scheme), workspace.title(category) or None, "category")
        for code in codes[: limit - 1]:
            yield _item(str(code), str(scheme), known.title(One(code)), "in use")
        yield from map(_no_more, gone[: max(0, limit - 1 - len(codes))])


def _codes(
    workspace: Workspace, text: str, scheme: Any, limit: int, read_as: list[tuple[str, tuple[str, ...]]]
) -> Iterator[dict[str, Any]]:
    """Codes and categories of the edition in use whose title has the words, then codes that are in use no more; without
    an edition, codes of the open list.
    """
    from kg.answers.elsewhere import found_elsewhere, has_word
    from kg.codes import Category, One
    from kg.terminology import OpenCodes
    from kg.terminology.code_edition import ReleasedCodes, code_of

    known = workspace.classification
    edition = known.edition(scheme) if isinstance(known, ReleasedCodes) else None
    if edition is None:
        for code in OpenCodes().find(text, scheme, limit):
            yield _item(str(code), str(scheme), known.title(One(code)), "in use")
        return
    answer = edition.search.find(text, limit, lambda word: has_word(workspace, word))
    _note(answer.read_as, read_as)
    for hit in answer.hits:
        key = edition.keys[hit.owner]
        status = "in use" if edition.is_code(key) else "category"
        id = str(code_of(scheme, key)) if status == "in use" or len(key) > 3 else str(Category(scheme, key))
        yield _item(id, str(scheme), edition.title(key), status)
    yield from map(_no_more, found_elsewhere(workspace, text, scheme, limit))
