"""One document, whole: taken apart, read, decided on. Runs in a room (`kg.guidance.readers.bounded`), or here."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kg.errors import KgError
from kg.expression.recommendation import Recommendation
from kg.folder.outcome import Excerpt, as_json, fault_as_json
from kg.guidance import readers
from kg.guidance.decided import apply_decision, refuse_slips, told_by_decision
from kg.guidance.decisions import Decided, read_decided
from kg.guidance.page.document import Document
from kg.guidance.reading import read_bytes, recommendation_of
from kg.terminology.in_use import OpenCodes

_SAMPLE = b"IPG1 A title\n\nOPCS-4 code(s):\nJ12.8 Other therapeutic percutaneous operations on liver\n"
OURS = frozenset({"KG-E0104", "KG-E0105", "KG-E0201", "KG-E0205"})
"""Faults that no correction makes up for: they are of this machine, not of the document."""

_ANEW = frozenset({"KG-E0213", "KG-E0214"})


def load(_name: str) -> None:
    """Have at hand what reading needs, for all documents that follow."""
    for reader in (readers.pdf, readers.docx, readers.html):
        with contextlib.suppress(KgError):  # a library that is missing is told of the document that needs it
            reader.load("")
    read_bytes(_SAMPLE, "sample.txt", OpenCodes())


def tell(data: bytes, head: Mapping[str, Any]) -> dict[str, Any]:
    """The outcome of a document as JSON; `head` has its `name`, and the text of its `decision` and `source` of that."""
    decided = read_decided(head["decision"], head["source"]) if head.get("decision") else None
    name = str(head["name"])
    try:
        document = readers.read(data, name)
        r = recommendation_of(document, OpenCodes())
    except KgError as fault:
        if decided is None or fault.id in OURS or decided.decision.verb != "correction":
            return {**fault_as_json(fault), "anew": fault.id in _ANEW}
        made = told_by_decision(fault, decided, name)
        return {**as_json(made, (None,) * len(made.warnings)), "anew": fault.id in _ANEW}
    misfit = None
    if decided is not None:
        try:
            refuse_slips(head["decision"], head["source"], _named_then(r, decided, document), document)
            r = apply_decision(r, decided, document)
        except KgError as fault:
            misfit = fault
    told = as_json(r, tuple(Excerpt.of(warning, document) for warning in r.warnings))
    return told if misfit is None else {**told, "misfit": fault_as_json(misfit)["failed"]}


def _named_then(r: Recommendation, decided: Decided, document: Document) -> Recommendation:
    """The recommendation as it is read under the name that the document had when it was decided on, where that is
    another: the id may be that of the file.
    """
    if document.name == decided.document or r.id == decided.guidance:
        return r
    return recommendation_of(replace(document, name=decided.document), OpenCodes())
