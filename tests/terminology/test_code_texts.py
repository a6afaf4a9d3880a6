"""Files of OPCS-4 and ICD-10 saved anew, in other encodings or cut: told, and titles kept where they can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kg.codes import Scheme
from kg.errors import KgError
from kg.terminology.building import Written, write_terminology
from kg.terminology.release import Release

ICD = "ICD10_Edition5_CodesAndTitlesAndMetadata_GB_20160401.txt"
OPCS = "OPCS410 CodesAndTitles Feb 2023 V1.0.txt"
HEADER = (
    "CODE ALT_CODE USAGE USAGE_UK DESCRIPTION MODIFIER_4 MODIFIER_5 QUALIFIERS GENDER_MASK MIN_AGE MAX_AGE"
    " TREE_DESCRIPTION"
)
TITLES = {"C84.1": "Sézary’s disease", "C88.0": "Waldenström’s macroglobulinaemia", "D17.9": "Benign neoplasm"}


def icd(lines_in: Callable[[str, str], bytes]) -> bytes:
    """The file of the titles, each line in the encoding of its code."""
    rows = [" ".join(HEADER.split()).replace(" ", "\t")]
    rows += ["\t".join((code, code.replace(".", ""), " ", " ", title, *" " * 7)) for code, title in TITLES.items()]
    return b"".join(lines_in(row[:5], row + "\r\n") for row in rows)


def opcs(encoding: str) -> bytes:
    return "A01.1\tMénière\r\nA01.2\tOther\r\n".encode(encoding)


def load(folder: Path, name: str, data: bytes) -> Written:
    (folder / name).write_bytes(data)
    return write_terminology([folder / name], folder / "terminology")


def told(written: Written) -> list[tuple[str, int | None]]:
    return [(p.id, p.line) for p in written.problems]


def titles(folder: Path) -> dict[str, str | None]:
    (edition,) = Release(folder / "terminology").code_editions(Scheme.ICD10)
    return {code: edition.title(code.replace(".", "")) for code in TITLES}


def test_titles_in_windows_1252_are_read_and_told(tmp_path: Path) -> None:
    written = load(tmp_path, ICD, icd(lambda _, line: line.encode("cp1252")))
    assert told(written) == [("KG-W1010", 2)]
    assert titles(tmp_path) == TITLES


def test_of_lines_in_two_encodings_each_other_one_is_told(tmp_path: Path) -> None:
    written = load(tmp_path, ICD, icd(lambda code, line: line.encode("cp1252" if code == "C88.0" else "utf-8")))
    assert told(written) == [("KG-W1003", 3)]
    assert titles(tmp_path) == TITLES


@pytest.mark.parametrize(("name", "data"), [(ICD, icd(lambda _, line: line.encode())), (OPCS, opcs("utf-8"))])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(tmp_path: Path, name: str, data: bytes, encoding: str) -> None:
    with pytest.raises(KgError) as fault:
        load(tmp_path, name, data.decode().encode(encoding))
    assert fault.value.id == "KG-E1005"
    assert "UTF-16" in str(fault.value)


@pytest.mark.parametrize(("name", "data"), [(ICD, icd(lambda _, line: line.encode())), (OPCS, opcs("utf-8"))])
def test_a_last_line_without_its_end_is_told(tmp_path: Path, name: str, data: bytes) -> None:
    assert told(load(tmp_path, name, data.removesuffix(b"\r\n"))) == [("KG-W1009", data.count(b"\n"))]
