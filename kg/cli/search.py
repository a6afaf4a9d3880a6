"""`kg search`: concepts, codes and guidances by words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.options import examples, store_option
from kg.cli.output import chosen, data_options, say, write_items
from kg.errors import KgError

if TYPE_CHECKING:
    from kg.workspace import Workspace

_COLUMNS = ("id", "system", "title", "status")


@click.command(epilog=examples("kg search liver resection", "kg search hepat metast --system ICD-10", "kg search j128"))
@click.argument("words", nargs=-1, required=True)
@click.option("--system", help='Only "SNOMED CT", OPCS-4, ICD-10 or guidance.')
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="So many of each system.")
@store_option
@data_options("table", "json", "jsonl", "csv")
def command(
    words: tuple[str, ...], system: str | None, limit: int, store: Path, form: str | None, output: Path | None
) -> None:
    """Find concepts, codes and guidances by words.

    WORDS can be beginnings of words, and misspelt; a code in any printed form or an identifier finds itself. Every word
    must be in one term or title. The best come first.
    """
    from kg.workspace import open_workspace

    text = " ".join(words)
    with open_workspace(store) as workspace:
        found = _found(workspace, text, limit)
        if system is not None:
            plain = system.replace("-", "").replace(" ", "").lower()
            found = (each for each in found if each["system"].replace("-", "").replace(" ", "").lower() == plain)
        items = list(found)
    write_items(items, chosen(form, output), output, _COLUMNS, lambda each: [[each[name] for name in _COLUMNS]])
    if not items:
        say(f'nothing has the words "{text}"')
        raise click.exceptions.Exit(1)


def _found(workspace: Workspace, text: str, limit: int) -> Iterator[dict[str, Any]]:
    """What is named by the text itself, then what has its words: guidances, concepts, codes."""
    from kg.codes import Code, One, Scheme, SctId
    from kg.terminology.search import words_of

    wanted = words_of(text)
    for id, recommendation in workspace.recommendations.items():
        have = words_of(f"{id} {recommendation.title}")
        if all(any(word.startswith(each) for word in have) for each in wanted):
            yield _item(id, "guidance", recommendation.title, "review" if recommendation.review else "read")
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
    if named:
        return  # a code in print is no word
    yield from _concepts(workspace, text, limit)
    for scheme in Scheme:
        yield from _codes(workspace, text, scheme, limit)
    if text.strip().isdigit() and not workspace.release.snomed_editions:
        SctId.parse(text)  # a mistyped identifier is told as such


def _item(id: str, system: str, title: str | None, status: str, **more: object) -> dict[str, Any]:
    return {"id": id, "system": system, "title": title, "status": status, **more}


def _concepts(workspace: Workspace, text: str, limit: int) -> Iterator[dict[str, Any]]:
    if not workspace.release.snomed_editions:
        return
    edition = workspace.release.snomed()
    if text.strip().isdigit() and (at := edition.find(int(text))) >= 0:
        concept = edition.concept(edition.id_of(at))
        yield _item(str(concept.id), "SNOMED CT", concept.term, "active" if concept.active else "inactive")
        return
    answer = edition.search.find(text, limit)
    _tell_read_as(answer.read_as)
    for hit in answer.hits:
        concept = edition.concept(edition.id_of(hit.owner))
        found = edition.term_row(hit.term)
        more = {} if found == concept.term else {"found": found}
        yield _item(str(concept.id), "SNOMED CT", concept.term, "active" if concept.active else "inactive", **more)


def _codes(workspace: Workspace, text: str, scheme: Any, limit: int) -> Iterator[dict[str, Any]]:
    """Codes and categories of the edition in use whose title has the words."""
    from kg.codes import Category
    from kg.terminology.code_edition import ReleasedCodes, code_of

    known = workspace.classification
    edition = known.edition(scheme) if isinstance(known, ReleasedCodes) else None
    if edition is None:
        return
    answer = edition.search.find(text, limit)
    for hit in answer.hits:
        key = edition.keys[hit.owner]
        status = "in use" if edition.is_code(key) else "category"
        id = str(code_of(scheme, key)) if status == "in use" or len(key) > 3 else str(Category(scheme, key))
        yield _item(id, str(scheme), edition.title(key), status)


def _tell_read_as(read_as: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    for word, others in read_as:
        if others:
            say(f'"{word}" was read as {", ".join(others)}')
