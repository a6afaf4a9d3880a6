"""The files of OPCS-4 and ICD-10 as rows: code, title, and what ICD-10 says beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kg.codes import Code, Scheme
from kg.errors import KgError, Place
from kg.terminology.claml import read_claml, with_modifier
from kg.terminology.delivery import ClassificationSource, EditionFiles
from kg.terminology.editions import Level
from kg.terminology.problems import Problems
from kg.terminology.rows import check_header, is_utf8, refuse_utf16


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code of an edition by its key (`J128`, `A38`, `M45X9`).

    `mark` is D or A for dagger and asterisk codes, `pairs` the codes that go with a dagger code; `sex` 1 male or 2
    female and ages where the code is for these only.
    """

    key: str
    title: str
    level: Level
    mark: str = ""
    pairs: tuple[str, ...] = ()
    sex: str = ""
    ages: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class CodeRows:
    """The rows of one edition, in order of keys. `counts` are rows of each table as read."""

    rows: tuple[CodeRow, ...]
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    name: str = ""
    """The edition's name as the file itself tells it (ClaML)."""


def read_codes(files: EditionFiles, problems: Problems) -> CodeRows:
    """All codes of an edition. Of several forms of one table the first gives the rows; metadata are checked against it.

    Raises:
        KgError: KG-E0202, KG-E1002, KG-E1005 and those of `kg.terminology.claml.read_claml`.
    """
    found: dict[str, CodeRow] = {}
    counts: dict[str, int] = {}
    name = ""
    for each in files.tables:
        if found and each.layout.form in ("opcs-xml", "claml"):
            continue  # the same codes again
        if each.layout.form == "claml":
            claml = read_claml(each.source.read(), each.source.path)
            name = claml.version
            rows = ((r.line, _of_claml(r)) for r in claml.rows)
        else:
            rows = _READERS[each.layout.table](each, problems)
        count = before = 0
        for line, row in rows:
            count += line != before or each.layout.form == "claml"
            before = line  # one line can tell a code and the one above it that has no line
            if each.layout.form == "fixed":
                continue  # titles in capitals, cut: no news beside the other table
            if row.key in found:
                if found[row.key].title != row.title:
                    what = f'the code has the title "{found[row.key].title}" already'
                    problems.add("KG-W1014", what, each.source.path, line, value=f"{row.key} {row.title}")
                else:
                    problems.add("KG-W1014", "the code is there already", each.source.path, line, value=row.key)
                continue
            found[row.key] = row
        counts[each.layout.table] = count
    if not found:
        where = Place(files.tables[0].source.path)
        raise KgError("KG-E1003", "no codes and titles in the edition", where=where)
    return CodeRows(tuple(found[key] for key in sorted(found)), MappingProxyType(counts), name)


_Rows = Iterator[tuple[int, CodeRow]]


def _lines(each: ClassificationSource, problems: Problems) -> Iterator[tuple[int, str]]:
    """The lines with text, by number."""
    data, path = each.source.read(), each.source.path
    if not data:
        raise KgError("KG-E0202", "the file is empty", where=Place(path))
    data = data.removeprefix(b"\xef\xbb\xbf")
    refuse_utf16(data, path)
    text = _decoded(data, each.layout.encoding[-1], path, problems)
    if each.layout.header:
        check_header(data, each.layout, path)
    ends = text.count("\r\n")
    if ends < text.count("\n"):
        bare = next(i for i, line in enumerate(text.split("\n"), 1) if not line.endswith("\r"))
        problems.add("KG-W1009", "the line does not end with CR LF", path, bare)
    elif not text.endswith("\n"):
        what = "the last line does not end with CR LF: is the file cut?"
        problems.add("KG-W1009", what, path, text.count("\n") + 1)
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if number == 1 and each.layout.header:
            continue
        if line.strip():
            yield number, line
        elif number <= text.count("\n"):
            problems.add("KG-W1016", "the line is empty", path, number)


def _decoded(data: bytes, other: str, path: str, problems: Problems) -> str:
    """The text of a file in UTF-8 or, where no line is UTF-8 with more than ASCII, in another encoding. In a file of
    both, each line that is not UTF-8 is told, and read in the other.
    """
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        first = data.count(b"\n", 0, error.start) + 1
    lines = data.split(b"\n")
    odd = {number for number, line in enumerate(lines, 1) if not is_utf8(line)}
    if all(number in odd or line.isascii() for number, line in enumerate(lines, 1)):
        problems.add("KG-W1010", f"not UTF-8; read as {other.capitalize()}", path, first)
        return data.decode(other, "replace")
    told: list[str] = []
    for number, line in enumerate(lines, 1):
        told.append(line.decode(other, "replace") if number in odd else line.decode())
        if number in odd:
            what = f"bytes that are not UTF-8, read as {other.capitalize()}"
            problems.add("KG-W1003", what, path, number, value=told[-1])
    return "\n".join(told)


def _cells(
    each: ClassificationSource, problems: Problems, split: Callable[[str], list[str]]
) -> Iterator[tuple[int, dict[str, str]]]:
    names = each.layout.names
    for number, line in _lines(each, problems):
        cells = split(line)
        if len(cells) != len(names):
            what = f"the row has {len(cells)} fields, not {len(names)}"
            problems.add("KG-W1001", what, each.source.path, number, value=cells[0])
            continue
        yield number, dict(zip(names, cells, strict=True))


def _plain(text: str, field: str, each: ClassificationSource, line: int, problems: Problems) -> str:
    """A field without blanks around it (one blank is how ICD-10 files write an empty field), no-break spaces plain."""
    plain = text.replace("\u00a0", " ").strip()
    if plain != text and text != " ":
        problems.add("KG-W1015", "blanks or no-break spaces", each.source.path, line, field, text)
    return plain


_OPCS = re.compile(r"[A-Z]\d\d(?:\.?\d)?")
_ICD = re.compile(r"[A-Z]\d\d(?:[0-9X]\d?)?")


def _opcs4(each: ClassificationSource, problems: Problems) -> _Rows:
    for line, cells in _cells(each, problems, lambda text: text.split("\t")):
        yield from _opcs_row(cells["code"], cells["title"], each, line, problems)


def _opcs4_metadata(each: ClassificationSource, problems: Problems) -> _Rows:
    starts = [sum(each.layout.widths[:i]) for i in range(len(each.layout.widths))]
    ends = [*starts[1:], None]

    def split(line: str) -> list[str]:
        return [line[start:end].rstrip() for start, end in zip(starts, ends, strict=True)]

    for line, cells in _cells(each, problems, split):
        yield from _opcs_row(cells["code"], cells["title"], each, line, problems)


def _opcs4_xml(each: ClassificationSource, problems: Problems) -> _Rows:
    from kg.terminology.claml import elements

    for line, name, attributes in elements(each.source.read(), each.source.path):
        if name == "code":
            yield from _opcs_row(attributes.get("CODE", ""), attributes.get("TITLE", ""), each, line, problems)


def _opcs_row(code: str, title: str, each: ClassificationSource, line: int, problems: Problems) -> _Rows:
    code, title = (_plain(text, name, each, line, problems) for text, name in ((code, "code"), (title, "title")))
    if not _OPCS.fullmatch(code):
        problems.add("KG-W1002", "not a code of OPCS-4", each.source.path, line, "code", code)
        return
    key = code.replace(".", "")
    yield line, CodeRow(key, title, Level.CATEGORY if len(key) == 3 else Level.CODE)


_MARKS = {"DAGGER": "D", "ASTERISK": "A", "ASTERIS": "A"}  # a field of eight characters cuts the longer word


def _icd10(each: ClassificationSource, problems: Problems) -> _Rows:
    told: set[str] = set()
    for line, cells in _cells(each, problems, lambda text: text.split("\t")):
        row = {name: _plain(text, name, each, line, problems) for name, text in cells.items()}
        if not _ICD.fullmatch(row["ALT_CODE"]):
            problems.add("KG-W1002", "not a code of ICD-10", each.source.path, line, "ALT_CODE", row["ALT_CODE"])
            continue
        code = Code.parse(row["ALT_CODE"], Scheme.ICD10)
        title = with_modifier(row["DESCRIPTION"], row["MODIFIER_4"])
        key = code.key
        told.add(key)
        if row["MODIFIER_5"] and len(key) == 5 and key[:4] not in told:
            # The code above has no row of its own.
            told.add(key[:4])
            yield line, CodeRow(key[:4].removesuffix("X"), title, Level.DIVIDED)
        yield (
            line,
            CodeRow(
                key,
                with_modifier(title, row["MODIFIER_5"]),
                Level.CATEGORY if len(row["ALT_CODE"]) == 3 else Level.CODE,
                _MARKS.get(row["USAGE"].upper(), ""),
                tuple(pair.strip() for pair in row["QUALIFIERS"].split("^") if pair.strip()),
                row["GENDER_MASK"],
                (row["MIN_AGE"], row["MAX_AGE"]),
            ),
        )


def _of_claml(row: object) -> CodeRow:
    from kg.terminology.claml import ClamlRow

    assert isinstance(row, ClamlRow)  # noqa: S101
    level = Level.CODE if row.leaf else Level.CATEGORY if len(row.key) == 3 else Level.DIVIDED
    return CodeRow(row.key, row.title, level, row.mark, row.pairs)


_READERS: Mapping[str, Callable[[ClassificationSource, Problems], _Rows]] = MappingProxyType(
    {"opcs-4": _opcs4, "opcs-4-metadata": _opcs4_metadata, "opcs-4-xml": _opcs4_xml, "icd-10": _icd10}
)
