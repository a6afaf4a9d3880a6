"""Labelled codes under a lead-in that adds: each is an addition of its own ("Further codes are needed for:")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.guidance.page.source import Source
from kg.guidance.parts.leads import Head, Lead
from kg.guidance.sentences.row import Row

# The lead-in speaks of several codes, or of a code for each thing that the labels name.
_SEVERAL = re.compile(
    r"\b(?:codes|entries|categories|additions|procedures|operations|interventions"
    r"|following (?:are|may|must|should|can))\b",
    re.IGNORECASE,
)
_EACH = re.compile(r"\bfor\W*$")
_CASE = re.compile(r"(?:if|when|where|for|in|with|without|unless|at|on|under|by)\b", re.IGNORECASE)


def each_added(rows: Sequence[Row], source: Source) -> list[Row]:
    """The rows with the labels below such a lead-in as headings that add, where they name operations and no cases."""
    made = list(rows)
    for i, row in enumerate(rows):
        lead = row.value
        if (
            not isinstance(lead, Lead)
            or not lead.plus
            or lead.one
            or not ((several := _SEVERAL.search(row.stretch.text)) or _EACH.search(row.stretch.text))
        ):
            continue
        if not any(before.kind in {"item", "effect"} and before.side is row.side for before in rows[:i]):
            continue
        end = i + 1
        beside = source.phrases.find("condition.concurrent", row.stretch.text) is not None
        while end < len(rows) and (rows[end].kind in {"item", "or", "plus"} or _is_label(rows[end], beside=beside)):
            end += 1
        heads = [at for at in range(i + 1, end) if rows[at].kind == "head"]
        if len(heads) < (1 if beside else len("AB")) or heads[0] != i + 1:
            continue
        words = [rows[at].stretch.text for at in heads]
        facets = [facet for text in words for facet, _ in source.lexicon.named_in(text) if facet != "operation"]
        if facets or any(_CASE.match(text) for text in words):
            continue  # values of one thing: one of them is chosen
        if several is None:
            source.warn("KG-W0202", "not said whether one of these codes is added or each of them", row.stretch)
        for at in heads:
            head = rows[at].value
            if isinstance(head, Head):
                made[at] = replace(rows[at], value=replace(head, adds=True, opens=True, conditional=True))
        made[i] = replace(row, kind="gone")
    return [row for row in made if row.kind != "gone"]


def _is_label(row: Row, *, beside: bool) -> bool:
    """Whether a row labels codes: before a colon on their line, or on a line of its own where the lead-in speaks of
    what is done `beside` the operation.
    """
    return isinstance(row.value, Head) and (row.value.run_in or beside)
