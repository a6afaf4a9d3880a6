"""A guidance document to its recommendation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from kg.codes import Classification, Selector
from kg.errors import KgError, Place
from kg.expression.nodes import Expression
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.facets import load_lexicon
from kg.guidance import handwritten, readers
from kg.guidance.account import report_denied, report_left_out, report_unused
from kg.guidance.alike import report_alike
from kg.guidance.asked import (
    doubt_doubles,
    report_broad,
    report_conditional,
    report_offered,
    report_rivals,
    report_stated,
    report_unlike,
)
from kg.guidance.compare import compare
from kg.guidance.lists.adding import under_adding
from kg.guidance.lists.apply import apply, cited
from kg.guidance.lists.assemble import Assembler
from kg.guidance.lists.at_will import without_will
from kg.guidance.lists.bound import settled
from kg.guidance.lists.each_added import each_added
from kg.guidance.lists.for_all import for_all, of_all_above
from kg.guidance.lists.only_cases import only_cases
from kg.guidance.lists.rows import Reader
from kg.guidance.lists.scopes import doubts, ordered, tokens
from kg.guidance.lists.structure import report_structure
from kg.guidance.lists.variants import paired
from kg.guidance.oddities import report_odd
from kg.guidance.page import concepts
from kg.guidance.page.document import Document
from kg.guidance.page.layout import Layout, another, is_foreign, layout
from kg.guidance.page.paragraph import Paragraph
from kg.guidance.page.paragraphs import LONGEST, joined, paragraphs
from kg.guidance.page.phrases import load_phrases
from kg.guidance.page.source import Source
from kg.guidance.parts.grammar import parse_side
from kg.guidance.parts.leads import Head, Lead, is_lead
from kg.guidance.readers.taken import too_much
from kg.guidance.second import report_unlikely
from kg.guidance.sentences.effects import Effect
from kg.guidance.sentences.frames import report_openers
from kg.guidance.sentences.previous import report_times
from kg.guidance.sentences.row import Row

Readings = list[tuple[Expression | None, str]]
"""The readings of one side, best first, each with its reason."""

_MOST_LINES = 2_000  # of the coding part: the longest known has a hundred
_LOST = frozenset({"KG-W0209", "KG-W0210"})  # what the format's reader could not take over as it is


def read_file(path: Path, classification: Classification | None = None) -> Recommendation:
    """The recommendation of a document (text, Markdown) or of one written by hand (JSON, YAML).

    Raises:
        KgError: KG-E0201 (missing), KG-E0205 (cannot be read), or as `read_bytes`.
    """
    data = bytes_of(path)
    try:
        return read_bytes(data, path.name, classification)
    except KgError as fault:
        if fault.where and fault.where.source == path.name:
            raise fault.at(replace(fault.where, source=str(path))) from None
        raise


LARGEST_FILE = 256 * 2**20
"""Bytes: a guidance with pictures has ten million or fewer."""


def bytes_of(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        KgError: KG-E0201 (missing), KG-E0205 (cannot be read), KG-E0214 (larger than any document).
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise too_much(str(path), f"It has more than {LARGEST_FILE // 2**20} MB.")
        return data
    except FileNotFoundError:
        raise KgError("KG-E0201", "no such file", where=Place(str(path))) from None
    except IsADirectoryError:
        raise KgError("KG-E0205", "a folder, not a file", where=Place(str(path))) from None
    except (OSError, ValueError) as fault:
        reason = (getattr(fault, "strerror", None) or str(fault)).lower()
        raise KgError("KG-E0205", f"the file cannot be read: {reason}", where=Place(str(path))) from None


def read_bytes(data: bytes, name: str, classification: Classification | None = None) -> Recommendation:
    """The recommendation in the bytes of a file; `name` tells JSON and YAML apart from documents.

    And is kept as the source.

    Raises:
        KgError: KG-E0202 (empty), KG-E0203 (not text), KG-E0204 (no recommendation), KG-E0208 (unknown kind),
        KG-E0301, KG-E0302.
    """
    return recommendation_of(readers.read(data, name), classification)


def recommendation_of(document: Document, classification: Classification | None = None) -> Recommendation:
    """The recommendation of a file as its reader took it apart: a document, or JSON or YAML by its name.

    Raises:
        KgError: KG-E0204, KG-E0208, KG-E0214 (nested too deeply), KG-E0301, KG-E0302.
    """
    name = document.name
    if len(document.text) > readers.text.LARGEST:
        raise readers.text.too_long(name)
    form = handwritten.SUFFIXES.get(PurePath(name).suffix.lower())
    if form is not None:
        return handwritten.read_handwritten(document, form, load_lexicon())
    try:
        return read_document(document, classification)
    except RecursionError:  # hundreds of cases, each within the one before
        raise too_much(name, "What it recommends is nested too deeply.") from None


def read_document(document: Document, classification: Classification | None = None) -> Recommendation:
    """The recommendation of a document. With a `classification` printed titles and codes are compared to it.

    Raises:
        KgError: KG-E0204 if it names neither a code nor a concept, and asks for none.
    """
    phrases = load_phrases()
    lines = paragraphs(document, phrases)
    parts = layout(lines, phrases, PurePath(document.name).name)
    source = Source(document, parts.id, phrases, load_lexicon(), list(document.warnings),
                    title=parts.title)  # fmt: skip
    source.review = any(w.id in _LOST for w in document.warnings)
    if sum(len(section.lines) for section in parts.sections) > _MOST_LINES:
        what = f"the coding part has more than {_MOST_LINES:,} lines"
        raise KgError("KG-E0208", what, where=Place(document.name), why="A recommendation has a hundred at most.")
    for line in lines:
        if len(line.text) >= LONGEST:
            source.warn(
                "KG-W0201",
                f"a line of more than {LONGEST:,} characters is read to there",
                line.stretch,
                len(line.text) - 1,
            )
    if lines and is_foreign(lines):
        source.warn("KG-W0201", "the text is not in English, the only language that is read", lines[0].stretch)
    if parts.guessed and parts.preamble:
        what = "no heading says where the coding part begins: it is read from here"
        source.warn("KG-W0219", what, parts.sections[0].lines[0].stretch)
    for line in another(lines, parts):
        source.warn("KG-W0202", "another guidance begins here: its codes are read with those above", line.stretch)
    mentions = _concepts(parts, source)
    procedures, diagnoses = both = _sides(parts, source)
    report_odd(parts, source)
    _report_breaks(lines, parts, both, source)
    every = [e for side in (procedures, diagnoses) for e, _ in side]
    report_alike(every, source)
    report_left_out(document, source)
    if len(procedures) == 1:  # several readings are asked about already
        report_unlike([procedures[0][0]], source)
    if classification is not None:
        compare(every, classification, source)
    report_unused(parts, source, every)
    report_denied(parts, source, every)
    if not source.review:  # else a person looks anyway
        report_unlikely((procedures[0][0], diagnoses[0][0]), source)
    readings = tuple(
        Reading(procedure, diagnosis, procedure_reason or diagnosis_reason)
        for procedure, procedure_reason in procedures
        for diagnosis, diagnosis_reason in diagnoses
    )
    nothing = readings[0].procedure is None and readings[0].diagnosis is None and not mentions
    said = [line for section in parts.sections if section.headed for line in section.lines]
    if nothing and said:
        source.warn("KG-W0201", "the coding part names no code", said[0].stretch)
    elif nothing:
        raise KgError(
            "KG-E0204",
            "no coding recommendation in the document",
            where=Place(document.name),
            why="It has no line with a code of OPCS-4 or ICD-10, and lists no SNOMED CT concept.",
        )
    warnings = tuple(sorted(source.warnings, key=lambda w: (w.start, w.end, w.id, w.message)))
    return Recommendation(
        parts.id, parts.title, readings, parts.opcs_version, tuple(mentions), warnings, source.review,
        PurePath(document.name).name, document.digest,
    )  # fmt: skip


def _sides(parts: Layout, source: Source) -> tuple[Readings, Readings]:
    """The readings of both sides."""
    reader = Reader(source)
    read = under_adding(reader.read(parts.sections))
    report_openers(read, source)
    report_structure(read, source)
    rows = for_all(of_all_above(_bound(each_added(read, source), source), source), source)
    procedures = _side(rows, Side.PROCEDURE, source, reader.tied)
    diagnoses = _side(rows, Side.DIAGNOSIS, source)
    if len(procedures) == 1:  # several readings are asked about already
        report_offered(procedures[0][0], source)
        report_stated(procedures[0][0], source)
        report_conditional(procedures[0][0], source)
    report_times(procedures[0][0], [r for r in reader.remarks if r[0] is Side.PROCEDURE], source)
    if not source.review:
        report_rivals(procedures[0][0], diagnoses[0][0], reader.remarks, source)
    return procedures, diagnoses


def _report_breaks(lines: Sequence[Paragraph], parts: Layout, both: tuple[Readings, Readings], source: Source) -> None:
    """Report line breaks that may part codes or only wrap a line, if that makes a difference."""
    doubtful = [line for section in parts.sections for line in section.lines if line.doubtful]
    if not doubtful:
        return
    apart = replace(source, warnings=[], review=False)
    if _sides(layout(joined(lines), source.phrases, PurePath(source.document.name).name), apart) != both:
        for line in doubtful:
            source.warn(
                "KG-W0216", "the line break before these words may part codes or only wrap a line", line.stretch
            )


def _side(rows: list[Row], side: Side, source: Source, tied: Sequence[frozenset[Selector]] = ()) -> Readings:
    """The readings of one side, best first, each with its reason; one without a reason where nothing is in doubt.

    `tied` are the listed codes that sentences put under one condition.
    """
    own = paired(ordered([row for row in rows if row.side is side]))
    doubt = next(iter(doubts(own, tied)), None)
    if doubt is None:
        return _asked(own, side, source)
    source.warn("KG-W0202", f"this Or can be read in {len(doubt.scopes)} ways", own[doubt.at].stretch)
    return [(_expression(own, side, source, {doubt.at: scope}), reason) for scope, reason in doubt.scopes]


def _asked(rows: list[Row], side: Side, source: Source) -> list[tuple[Expression | None, str]]:
    """The reading of a side, or two where the words that ask for a choice may not do so."""
    made = _expression(rows, side, source, {})
    at = next((i for i, row in enumerate(rows) if isinstance(row.value, Lead) and row.value.doubted), None)
    if at is None:
        return [(made, "")]
    lead = rows[at].value
    plain = replace(lead, one=False, doubted=False) if isinstance(lead, Lead) else lead
    before, review = len(source.warnings), source.review
    other = _expression([*rows[:at], replace(rows[at], value=plain), *rows[at + 1 :]], side, source, {})
    del source.warnings[before:]
    source.review = review
    if made == other:
        return [(made, "")]
    source.warn("KG-W0202", "not said whether one of these lines is taken or all of them", rows[at].stretch)
    return [(made, "the words ask for one of these lines"), (other, "all lines of the list go together")]


def _expression(rows: list[Row], side: Side, source: Source, choices: dict[int, str]) -> Expression | None:
    assembler = Assembler(source, side)
    made = assembler.build(parse_side(tokens(rows, choices)))
    made = apply(made, assembler.later, source)
    if made is None:
        return None
    made = cited(without_will(only_cases(settled(made, source), side, source), source), source)
    doubt_doubles(made, side, source)
    report_broad(made, source)
    return made


def _bound(rows: list[Row], source: Source) -> list[Row]:
    """Rows with the variant's heading put before a diagnosis sentence inside a variant that it is bound to.

    A sentence is bound if another variant follows it, or if each variant has its own; after the last variant it holds
    for all.
    """
    heads = [row for row in rows if row.kind == "head" and row.side is Side.PROCEDURE]
    owners: dict[int, Row] = {}
    at: Row | None = None
    below = False  # a heading of diagnoses within the variant
    for i, row in enumerate(rows):
        below = row.side is Side.DIAGNOSIS and (below or _is_run_in(row, source))
        if row.kind == "head" and row.side is Side.PROCEDURE:
            at = row
        elif row.side is Side.DIAGNOSIS and at is not None and (row.kind == "effect" or row.inline or below):
            owners[i] = at
        elif row.side is Side.DIAGNOSIS:
            at = None
    having = {id(owner) for owner in owners.values()}
    each = len(having) == len(heads) > 1
    made: list[Row] = []
    opened: Row | None = None
    for i, row in enumerate(rows):
        owner = owners.get(i)
        if owner is not None and isinstance(owner.value, Head) and (each or owner is not heads[-1]):
            if opened is not owner or row.kind == "effect":
                made.append(Row("head", Side.DIAGNOSIS, owner.stretch, owner.value))
                opened = owner
                if isinstance(row.value, Lead):
                    row = replace(row, value=replace(row.value, plus=False))  # it is in the variant, not behind it
            if isinstance(row.value, Effect):
                row = Row(row.kind, row.side, row.stretch, replace(row.value, bound=True))
        made.append(row)
    return made


def _is_run_in(row: Row, source: Source) -> bool:
    """Whether the heading of diagnoses stands on the line of a row ("ICD-10 codes T84.0 or T84.5")."""
    start = row.stretch.span()[0]
    line = source.document.text[source.document.text.rfind("\n", 0, start) + 1 : start]
    return row.kind == "item" and "ICD" in line.upper()


def _concepts(parts: Layout, source: Source) -> list[ConceptMention]:
    """The concepts that the sections list, each with the words of the case that it stands under ("If open:").

    One whose identifier fails its check is kept and reported.
    """
    found: list[ConceptMention] = []
    phrases = source.phrases
    for section in parts.sections:
        case: str | None = None
        for line in section.lines:
            listed = concepts.concepts(line.stretch)
            label = line.text.rstrip(" :")
            if not listed and section.snomed and line.text.endswith(":"):
                case = None if is_lead(line.text, phrases) else label
            for one in listed:
                term, words, start = one.term, case, one.start
                inside = re.match(r"([^:]+):\s*(?=\S)", term)
                if inside and (phrases.opens("head.if", term) or source.lexicon.named_in(inside[1])):
                    term, words, start = term[inside.end() :], inside[1], start + inside.end()
                cite = source.cite(line.stretch, start, one.end)
                found.append(ConceptMention(one.id, term, one.kind or section.side, words, cite))
                wrong = concepts.objection(one.id)
                if wrong:
                    source.warn("KG-W0203", wrong, line.stretch, one.start, one.end)
            _report_numbers(line, source)
    for line in parts.preamble:
        _report_numbers(line, source)
        for one in concepts.concepts(line.stretch) if re.search(r"\bSNOMED\b", line.text) else ():
            side = one.kind or concepts.side_told(line.text, one.term, source.title)
            if side is None:
                source.warn("KG-W0202", "a concept before the coding part: read as the procedure's", line.stretch)
            cite = source.cite(line.stretch, one.start, one.end)
            found.append(ConceptMention(one.id, one.term, side or Side.PROCEDURE, None, cite))
    return found


def _report_numbers(line: Paragraph, source: Source) -> None:
    for start, end in concepts.stray_numbers(line.stretch):
        source.warn("KG-W0201", "a number as long as an identifier", line.stretch, start, end)
