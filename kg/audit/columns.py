"""Columns of files of episodes: identifiers, codes and what is carried along, of whatever type they are stored in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import pyarrow as pa

from kg.audit.cells import text_buffers
from kg.audit.finding import Found, plain, rounded
from kg.audit.layouts import CARRIED
from kg.audit.read_tally import Tally
from kg.audit.sources import Source
from kg.errors import KgError, Place

_BLANK = ord(" ")
pc: Any = import_module("pyarrow.compute")  # its functions are made at run time: no checker knows them


def faults_told(source: Source, wanted: Sequence[str], tally: Tally) -> Iterator[Any]:
    """The batches of a source; where it turns out broken, that is told and what follows is another source."""
    try:
        yield from source.read(wanted)
    except KgError as fault:
        if fault.id == "KG-E1225":
            raise
        tally.faults.append(fault)


def texts(column: Any, source: str, name: str) -> Any:
    """A column of codes as text.

    Raises:
        KgError: KG-E1225 for figures, days and the like; a column without any value may be of any type.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or column.null_count == len(column):
        return column.cast(pa.string())
    hint = "Codes are texts, as J128. Was another column meant? See --column."
    raise KgError("KG-E1225", f'the column "{name}" of codes is of type {kind}', where=Place(source), hint=hint)


def identifier(batch: Any, names: Sequence[str], source: str) -> Any:
    """The identifiers of episodes as text; of several columns joined by colons.

    Raises:
        KgError: KG-E1225 for numbers with a point that lost figures: EPIKEY has 19 figures.
    """
    found: list[Any] = []
    for name in names:
        column = batch.column(batch.schema.get_field_index(name))
        if pa.types.is_floating(column.type):
            try:
                column = column.cast(pa.int64())
                exact = (pc.max(pc.abs(column)).as_py() or 0) < 2**53
            except pa.ArrowInvalid:
                exact = False
            if not exact:
                raise rounded(name, Place(source))
        found.append(_without_blanks(column.cast(pa.string())))
    return found[0] if len(found) == 1 else pc.binary_join_element_wise(*found, ":")


def _without_blanks(column: Any) -> Any:
    """Identifiers without the blanks around them, with which columns of fixed width are padded. Few files have any, and
    to look is much faster than to cut.
    """
    offsets, letters = text_buffers(column)
    there = offsets[1:] > offsets[:-1]
    ends = (offsets[:-1][there], offsets[1:][there] - 1)
    return pc.utf8_trim_whitespace(column) if any((letters[at] <= _BLANK).any() for at in ends) else column


def carried_column(found: Found, name: str, columns: Sequence[str]) -> str | None:
    """The column that is carried along under a name: that of the role, else the one of this name."""
    if name in CARRIED and found.of(name):
        return found.of(name)[0]
    return next((column for column in columns if plain(column) == plain(name)), None)


def years_as_written(batch: Any, name: str, column: str) -> Any:
    """A carried column as text; HES writes financial years as 2324, here 2023-24."""
    values = batch.column(batch.schema.get_field_index(column)).cast(pa.string())
    if name != "year":
        return values
    coded = pc.match_substring_regex(values, r"^\d{4}$").fill_null(False)
    first, last = (pc.utf8_slice_codeunits(values, a, a + 2) for a in (0, 2))
    written = pc.binary_join_element_wise("20", first, "-", last, "")
    whole = pc.replace_substring_regex(written, r"^(\d{4}-\d{2})-$", r"\1")
    follows = [
        bool(is_coded) and (int(text[:2]) + 1) % 100 == int(text[2:])
        for is_coded, text in zip(coded.to_pylist(), values.to_pylist(), strict=True)
    ]
    return pc.if_else(pa.array(follows, pa.bool_()), whole, values)
