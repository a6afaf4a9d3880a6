"""The SPARQL page: named queries with blanks to fill in, an editor, answers as tables and to take away."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlencode

from kg.errors import KgError
from kg.graph import iris, vocabulary
from kg.graph.queries import ad_hoc, fill, library, named
from kg.serve.pages import links
from kg.serve.pages.asking import Asking
from kg.serve.pages.picture import Picture, drawn
from kg.serve.pages.request import Data, Page, Reply, Request
from kg.serve.pages.triples import Shown, Statement, triples_of

_ROWS = 200
_BYTES = 48_000  # of a table that is shown
_LONGEST_LINK = 6_000
_CELL = 300
_DRAWN = 30  # triples of a picture
_LABELS = ("skos:prefLabel", "dcterms:title", "rdfs:label")
_ROW_FORMATS = {"csv": "CSV", "tsv": "TSV", "json": "JSON", "xml": "XML"}
_GRAPH_FORMATS = {
    "turtle": "Turtle",
    "ntriples": "N-Triples",
    "jsonld": "JSON-LD",
    "rdfxml": "RDF/XML",
    "trig": "TriG",
}
_PARAMETER = "p."
_START = """SELECT ?guidance ?title WHERE {
  GRAPH ?g {
    ?it a kg:Guidance ; dcterms:identifier ?guidance ; dcterms:title ?title .
  }
}
ORDER BY ?guidance
LIMIT 20"""
_KEYWORDS = (
    "SELECT DISTINCT WHERE GRAPH OPTIONAL UNION MINUS FILTER BIND VALUES CONSTRUCT ASK DESCRIBE ORDER BY GROUP LIMIT "
    "OFFSET HAVING COUNT SUM MIN MAX SAMPLE GROUP_CONCAT EXISTS NOT IN AS STR LANG DATATYPE BOUND COALESCE IF CONTAINS "
    "STRSTARTS STRENDS STRAFTER STRBEFORE LCASE UCASE REGEX REPLACE CONCAT isIRI isLiteral DESC ASC PREFIX FROM NAMED"
)


@dataclass(slots=True)
class Table:
    """An answer to be shown: rows of terms, triples, or yes and no; and how much of it there is."""

    names: tuple[str, ...] = ()
    rows: list[list[Shown | None]] = field(default_factory=list)
    triples: list[Statement] = field(default_factory=list)
    boolean: bool | None = None
    total: int = 0
    formats: tuple[tuple[str, str, str], ...] = ()


async def questions(asking: Asking, asked: Request) -> Reply:
    """`/query`: `name` and its `p.…` ask a named query, `query` one's own; `terms=1` tells what completes a word."""
    if asked.flag("terms"):
        return Data(_terms(), "application/json", ((b"cache-control", b"public, max-age=3600"),))
    text, name = asked.values.get("query", ("",))[-1].replace("\r\n", "\n"), asked.text("name")
    chosen = named(name) if name else None
    fault: KgError | None = None
    table: Table | None = None
    values = {
        key.removeprefix(_PARAMETER): tuple(filter(None, (one.strip() for one in told)))
        for key, told in asked.values.items()
        if key.startswith(_PARAMETER)
    }
    try:
        if chosen and (values or asked.flag("run") or not [p for p in chosen.parameters if not p.optional]):
            text = fill(chosen, {key: told for key, told in values.items() if told}).text
            table = await _answer(asking, text)
        elif not chosen and text.strip():
            ad_hoc(text, "query")
            table = await _answer(asking, text)
    except KgError as refused:
        if refused.kind.http == 429:
            raise
        fault = refused
    if chosen and not text:
        text = chosen.text
    return Page(
        "query.html",
        {
            "queries": library() if asking.is_store else (),
            "chosen": chosen,
            "values": {key: told[0] if told else "" for key, told in values.items()},
            "text": text or (_START if asking.is_store else "SELECT * WHERE {\n  ?s ?p ?o\n}\nLIMIT 20"),
            "asked": bool(table or fault),
            "table": table,
            "fault": fault,
            "picture": _picture(table.triples) if table else None,
            "prefixes": iris.PREFIXES if asking.is_store else asking.release.data.prefixes,
            "seconds": asking.release.pool.limits.seconds,
        },
        fault.kind.http if fault and fault.kind.http < 500 else 200,
    )


async def _answer(asking: Asking, text: str) -> Table:
    """The answer, as much of it as is shown. Rows come as lines, so that the rest of a long answer need not be read."""
    answer = await asking.answer(text, "text/tab-separated-values", "application/n-triples")
    body: bytes = answer.body
    if answer.media == "application/n-triples":
        found = Table(triples=triples_of(body, _ROWS), total=body.count(b"\n"))
        found.formats = _formats(text, _GRAPH_FORMATS)
        return found
    if body.strip() in (b"true", b"false"):
        return Table(boolean=body.strip() == b"true", formats=_formats(text, {"json": "JSON", "xml": "XML"}))
    head, *lines = body[:_BYTES].split(b"\n", _ROWS + 1)
    total = body.count(b"\n") - 1
    whole = lines[: min(_ROWS, len(lines) - 1 if len(lines) <= _ROWS else _ROWS, total)]
    names = tuple(name.lstrip("?") for name in head.decode().split("\t")) if head else ()
    rows = [[_term(cell) for cell in line.decode().split("\t")] for line in whole]
    return Table(names, rows, total=total, formats=_formats(text, _ROW_FORMATS))


def _picture(triples: Sequence[Statement]) -> Picture | None:
    """The thing that most triples are about, with what they say of it; None of an answer that speaks of no things."""
    ties = [t for t in triples if t.object.kind == "iri" and t.predicate.short != "rdf:type"]
    count = Counter(term.value for t in ties for term in (t.subject, t.object))
    if not count:
        return None
    centre = max(count, key=lambda iri: (count[iri], iri))
    mine = [t for t in ties if centre in (t.subject.value, t.object.value)][:_DRAWN]
    labels = {t.subject.value: t.object.value for t in triples if t.predicate.short in _LABELS}
    terms = dict.fromkeys((centre, *(term.value for t in mine for term in (t.subject, t.object))))
    return drawn(
        {
            "centre": centre,
            "cut": len(mine) < len(ties),
            "nodes": [{"iri": iri, "notation": links.short(iri), "label": labels.get(iri)} for iri in terms],
            "edges": [
                {"from": t.subject.value, "relation": t.predicate.short, "to": t.object.value, "graphs": []}
                for t in mine
            ],
        }
    )


def _formats(text: str, names: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """Where the whole answer can be had: format, its name, and its address (empty for a query too long for one)."""
    long = len(text) > _LONGEST_LINK
    return tuple(
        (form, name, "" if long else f"/sparql?{urlencode({'query': text, 'format': form})}")
        for form, name in names.items()
    )


_TERM = re.compile(r'<(?P<iri>[^>]*)>|"(?P<text>(?:[^"\\]|\\.)*)"(?:@(?P<lang>[\w-]+)|\^\^<(?P<type>[^>]*)>)?')
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r", '\\"': '"', "\\\\": "\\"}


def _term(cell: str) -> Shown | None:
    """A term of a line: its value, cut where it is long."""
    if not cell:
        return None
    found = _TERM.fullmatch(cell)
    if found is None:
        return Shown(cell, cell[:_CELL], None, "")
    if (iri := found["iri"]) is not None:
        return Shown(iri, links.short(iri), links.page_of_iri(iri), "iri")
    text = re.sub(r"\\.", lambda escape: _ESCAPES.get(escape[0], escape[0]), found["text"])
    kind = found["lang"] or (links.short(found["type"]) if found["type"] else "")
    return Shown(text, text if len(text) <= _CELL else f"{text[:_CELL]}…", None, kind)


@cache
def _terms() -> bytes:
    """What the editor can complete: keywords, prefixes, and the terms of the vocabulary."""
    found: set[str] = set()
    for group in (vocabulary.Class, vocabulary.Property, vocabulary.Individual, vocabulary.Other):
        found |= {links.short(term.value) for term in _members(group)}
    told = [
        *({"word": word, "kind": "keyword"} for word in _KEYWORDS.split()),
        *({"word": f"{prefix}:", "kind": "prefix"} for prefix in iris.PREFIXES),
        *({"word": word, "kind": "term"} for word in sorted(found) if ":" in word and "/" not in word),
    ]
    return json.dumps(told).encode()


def _members(group: Any) -> list[Any]:
    return [value for name, value in vars(group).items() if not name.startswith("_") and hasattr(value, "value")]
