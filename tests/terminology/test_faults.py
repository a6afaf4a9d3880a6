"""What is wrong in a release is told with file, line and field, all of it; what is sound is loaded."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kg.codes.sctid import check_digit
from kg.errors import KgError
from kg.terminology.arrays import save
from kg.terminology.building import Written, write_terminology
from kg.terminology.release import Release
from kg.terminology.sample.writing import Sample, sample_release


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return sample_release(tmp_path_factory.mktemp("small") / "release", 500, 3)


@pytest.fixture
def copy(small: Sample, tmp_path: Path) -> Path:
    """A copy to damage, without the large files of codes."""
    folder = tmp_path / "release"
    shutil.copytree(small.folder, folder, ignore=shutil.ignore_patterns("ICD10*", "*.xml", "*Metadata*"))
    return folder


def file(folder: Path, part: str, package: str = "UKClinical") -> Path:
    """The file of a table in a package."""
    return next(p for p in sorted(folder.rglob("*.txt")) if part in p.name and package in str(p))


def load(folder: Path, tmp_path: Path, *, strict: bool = False) -> Written:
    return write_terminology([folder], tmp_path / "terminology", strict=strict)


def told(written: Written) -> list[tuple[str, str, int | None, str]]:
    return [(p.id, p.file.rsplit("/", 1)[-1], p.line, p.field) for p in written.problems]


def appended(path: Path, *rows: bytes) -> int:
    """Add rows at the end; the number of the first comes back."""
    data = path.read_bytes()
    path.write_bytes(data + b"".join(rows))
    return data.count(b"\n") + 1


def last(path: Path) -> list[bytes]:
    return path.read_bytes().split(b"\r\n")[-2].split(b"\t")


Damage = Callable[[Path], tuple[str, int | None, str]]


def short_row(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "sct2_Description_")
    return path.name, appended(path, b"\t".join(last(path)[:-1]) + b"\r\n"), ""


def word_for_a_number(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "iisssciRefset")
    cells = last(path)
    cells[0], cells[7] = b"5d5f5f5f-0000-5000-a000-000000000000", b"one"
    return path.name, appended(path, b"\t".join(cells) + b"\r\n"), "mapPriority"


def no_date(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "sct2_Concept_")
    return (
        path.name,
        appended(path, b"900000000000999009\t\t1\t999000011000000103\t900000000000074008\r\n"),
        "effectiveTime",
    )


def latin_1(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "sct2_Description_")
    cells = last(path)
    cells[7] = b"M\xe9ni\xe8re"
    return path.name, appended(path, b"\t".join(cells) + b"\r\n"), ""


def wrong_check_digit(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "sct2_Description_")
    cells = last(path)
    cells[0] = cells[0][:-1] + str((int(cells[0][-1:]) + 1) % 10).encode()
    return path.name, appended(path, b"\t".join(cells) + b"\r\n"), "id"


def same_row(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "sct2_Concept_")
    return path.name, appended(path, b"\t".join(last(path)) + b"\r\n") - 1, "id"


def older_row(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "cRefset_Language")
    cells = last(path)
    cells[1] = b"19990101"
    return path.name, appended(path, b"\t".join(cells) + b"\r\n"), "id"


def dangling(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "cRefset_Language")
    cells = last(path)
    cells[0], cells[5] = b"5d5f5f5f-0000-5000-a000-000000000001", b"88880001000000117"
    return path.name, appended(path, b"\t".join(cells) + b"\r\n"), "referencedComponentId"


def circle(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "sct2_Relationship_", "UKDrug")
    rows = [row.split(b"\t") for row in path.read_bytes().split(b"\r\n")[1:-1]]
    cells = next(r for r in rows if r[7] == b"116680003" and r[2] == b"1")
    digits = "8892000100000012"
    cells = [(digits + check_digit(digits)).encode(), *cells[1:4], cells[5], cells[4], *cells[6:]]
    return path.name, appended(path, b"\t".join(cells) + b"\r\n"), "id"


def line_feed_only(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "cRefset_Association")
    data = path.read_bytes()
    path.write_bytes(data[:-2] + b"\n")
    return path.name, data.count(b"\n"), ""


def empty_line(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "CodesAndTitles", "OPCS410")
    return path.name, appended(path, b"\r\n"), ""


def code_twice(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "CodesAndTitles", "OPCS410")
    return path.name, appended(path, b"A01.1\tAnother title\r\n"), ""


def blank_behind_a_code(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "CodesAndTitles", "OPCS410")
    return path.name, appended(path, b"A99.7 \tA new title\r\n"), "code"


def unknown_table(folder: Path) -> tuple[str, int | None, str]:
    path = file(folder, "Refset_Simple").with_name("der2_ciRefset_OddSnapshot_GB1000000_20250924.txt")
    path.write_bytes(b"id\teffectiveTime\todd\r\n1\t2\t3\r\n")
    return path.name, 1, ""


@pytest.mark.parametrize(
    ("damage", "id"),
    [
        (short_row, "KG-W1001"),
        (word_for_a_number, "KG-W1002"),
        (no_date, "KG-W1002"),
        (latin_1, "KG-W1003"),
        (wrong_check_digit, "KG-W1004"),
        (same_row, "KG-W1005"),
        (older_row, "KG-W1006"),
        (dangling, "KG-W1007"),
        (circle, "KG-W1008"),
        (line_feed_only, "KG-W1009"),
        (unknown_table, "KG-W1013"),
        (code_twice, "KG-W1014"),
        (blank_behind_a_code, "KG-W1015"),
        (empty_line, "KG-W1016"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_a_fault_is_told_with_its_place_and_the_rest_is_loaded(
    damage: Damage, id: str, copy: Path, small: Sample, tmp_path: Path
) -> None:
    name, line, field = damage(copy)
    written = load(copy, tmp_path)
    assert told(written) == [(id, name, line, field)]
    assert written.problems.counts() == {id: 1}
    edition = Release(tmp_path / "terminology").snomed()
    assert len(edition) == small.counts["concept"]
    assert edition.subsumes(138875005, 404684003)


def test_all_faults_are_told_at_once_and_strict_loads_nothing(copy: Path, tmp_path: Path) -> None:
    for damage in (short_row, no_date, dangling, code_twice):
        damage(copy)
    with pytest.raises(KgError) as caught:
        load(copy, tmp_path, strict=True)
    assert caught.value.id == "KG-E1006"
    assert caught.value.what == "4 problems in the release"
    assert [line.split()[2] for line in caught.value.why.split("\n")] == [
        f"{id}," for id in ("KG-W1001", "KG-W1002", "KG-W1007", "KG-W1014")
    ]
    shutil.rmtree(tmp_path / "terminology")
    assert load(copy, tmp_path).problems.counts() == {
        "KG-W1001": 1,
        "KG-W1002": 1,
        "KG-W1007": 1,
        "KG-W1014": 1,
    }


def test_many_faults_of_one_kind_are_counted_and_the_first_told(copy: Path, tmp_path: Path) -> None:
    path = file(copy, "cRefset_Language")
    data = path.read_bytes()
    rows = data.split(b"\r\n")[1:301]
    gone = [b"\t".join([*row.split(b"\t")[:5], b"88880001000000117", row.split(b"\t")[6]]) for row in rows]
    path.write_bytes(b"\r\n".join([data.split(b"\r\n")[0], *gone, b""]))
    problems = load(copy, tmp_path).problems
    assert problems.counts() == {"KG-W1007": 300}
    assert len(list(problems)) == 20
    assert problems.as_json()[-1]["of"] == 300


def test_all_files_with_wrong_columns_are_told_together(copy: Path, tmp_path: Path) -> None:
    spoilt = [file(copy, "sct2_Description_"), file(copy, "sct2_Relationship_", "UKDrug")]
    for path, column in zip(spoilt, (b"conceptId", b"typeId"), strict=True):
        path.write_bytes(path.read_bytes().replace(column, b"other", 1))
    with pytest.raises(KgError) as caught:
        load(copy, tmp_path)
    assert caught.value.id == "KG-E1005"
    assert all(path.name in str(caught.value) for path in spoilt)


@pytest.mark.parametrize(
    ("spoil", "id"), [(lambda _: b"", "KG-E0202"), (lambda data: data.decode().encode("utf-16"), "KG-E1005")]
)
def test_a_file_that_is_empty_or_in_utf_16_is_told(
    spoil: Callable[[bytes], bytes], id: str, copy: Path, tmp_path: Path
) -> None:
    path = file(copy, "sct2_Concept_")
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(KgError) as caught:
        load(copy, tmp_path)
    assert (caught.value.id, caught.value.where and caught.value.where.source) == (id, str(path))


def test_a_mark_of_the_byte_order_before_the_header_does_no_harm(copy: Path, tmp_path: Path) -> None:
    path = file(copy, "sct2_Concept_")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert told(load(copy, tmp_path)) == []


def test_tables_without_rows_are_told(copy: Path, tmp_path: Path) -> None:
    """A map that is empty in silence would answer that nothing is mapped."""
    for part in ("iisssciRefset", "iisssccRefset", "sct2_Relationship_"):
        for path in copy.rglob(f"*{part}*.txt"):
            path.write_bytes(path.read_bytes().split(b"\r\n")[0] + b"\r\n")
    assert {each[0] for each in told(load(copy, tmp_path))} >= {"KG-W1012", "KG-W1019"}


def test_maps_that_are_all_retired_are_told(copy: Path, tmp_path: Path) -> None:
    for path in copy.rglob("*iisssc*Refset*.txt"):
        head, *rows, end = path.read_bytes().split(b"\r\n")
        gone = [b"\t".join([*row.split(b"\t")[:2], b"0", *row.split(b"\t")[3:]]) for row in rows]
        path.write_bytes(b"\r\n".join([head, *gone, end]))
    assert {each[0] for each in told(load(copy, tmp_path))} == {"KG-W1012"}


def test_a_package_without_one_of_its_files_is_told(copy: Path, tmp_path: Path) -> None:
    file(copy, "sct2_Relationship_").unlink()
    written = load(copy, tmp_path)
    assert ("KG-W1021", file(copy, "sct2_Concept_").name, None, "") in told(written)


def test_what_makes_a_release_unreadable_is_told(copy: Path, tmp_path: Path) -> None:
    description = file(copy, "sct2_Description_", "International")
    data = description.read_bytes()
    description.write_bytes(data.replace(b"conceptId", b"concept", 1))
    with pytest.raises(KgError, match="missing conceptId; unknown concept") as caught:
        load(copy, tmp_path)
    assert (caught.value.id, str(caught.value.where)) == ("KG-E1005", f"{description}:1")
    description.write_bytes(data)
    for part in ("Description",):
        for path in list(copy.rglob(f"sct2_{part}_*")):
            path.unlink()
    shutil.rmtree(tmp_path / "terminology", ignore_errors=True)
    with pytest.raises(KgError, match="no file of descriptions") as caught:
        load(copy, tmp_path)
    assert caught.value.id == "KG-E1003"


def test_an_extension_without_its_base_is_told(copy: Path, tmp_path: Path) -> None:
    for path in copy.glob("SnomedCT_International*"):
        shutil.rmtree(path)
    with pytest.raises(KgError) as caught:
        load(copy, tmp_path)
    assert caught.value.id == "KG-E1004"


def test_a_truncated_zip_and_a_folder_of_other_things_are_told(copy: Path, tmp_path: Path) -> None:
    whole = Path(shutil.make_archive(str(tmp_path / "whole"), "zip", copy))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-1000])
    for path, id in ((cut, "KG-E1002"), (tmp_path / "none", "KG-E0201"), (Path(__file__).parent, "KG-E1001")):
        with pytest.raises(KgError) as caught:
            load(path, tmp_path)
        assert caught.value.id == id


def test_a_zip_changed_inside_is_told_with_the_member(copy: Path, tmp_path: Path) -> None:
    whole = Path(shutil.make_archive(str(tmp_path / "whole"), "zip", copy))
    data = bytearray(whole.read_bytes())
    at = data.index(b"sct2_Concept_Snapshot_INT") + 100
    data[at : at + 8] = b"\xff" * 8
    whole.write_bytes(data)
    with pytest.raises(KgError, match="damaged or cut short") as caught:
        load(whole, tmp_path)
    assert "sct2_Concept_Snapshot_INT" in str(caught.value.where)


def test_the_same_file_twice_does_no_harm_and_another_of_its_name_is_refused(copy: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(copy, again)
    assert write_terminology([copy, again], tmp_path / "terminology").problems.counts() == {}
    path = file(again, "sct2_Concept_")
    appended(path, b"x\r\n")
    with pytest.raises(KgError) as caught:
        write_terminology([copy, again], tmp_path / "other")
    assert (caught.value.id, str(caught.value.where)) == ("KG-E1008", str(path))


def test_an_older_package_of_no_edition_is_told(copy: Path, tmp_path: Path) -> None:
    """Two International packages below one UK package: the older one belongs to nothing."""
    base = next(copy.glob("SnomedCT_International*"))
    for package in list(copy.glob("SnomedCT_UK*")):
        other = copy / package.name.replace("20250924", "20260311")
        shutil.copytree(package, other)
        for path in sorted(other.rglob("*.txt")):
            path.rename(path.with_name(path.name.replace("20250924", "20260311")))
        shutil.rmtree(package)
    newer = copy / base.name.replace("20250924", "20260101")
    shutil.copytree(base, newer)
    for path in sorted(newer.rglob("*.txt")):
        path.rename(path.with_name(path.name.replace("20250924", "20260101")))
    written = load(copy, tmp_path)
    assert [e.name for e in written.editions if e.system == "SNOMED CT"] == ["20260311"]
    assert [(p.id, p.value) for p in written.problems] == [("KG-W1011", "20250924")]


@pytest.mark.parametrize("rows", [1, 100_000])
def test_a_column_on_a_full_disk_is_told_by_the_number_of_the_system(tmp_path: Path, rows: int) -> None:
    (tmp_path / "x.npy").symlink_to("/dev/full")
    with pytest.raises(OSError) as told:
        save(tmp_path, "x", np.arange(rows))
    assert told.value.errno == errno.ENOSPC


def test_a_release_without_a_file_of_languages_is_loaded_and_told(copy: Path, tmp_path: Path) -> None:
    for each in copy.rglob("der2_cRefset_Language*"):
        each.unlink()
    written = load(copy, tmp_path)
    assert "KG-W1021" in [p.id for p in written.problems]
    edition = Release(tmp_path / "terminology").snomed()
    assert all(edition.term(int(concept)) for concept in edition.ids[:20])


def test_files_of_languages_without_rows_are_told(copy: Path, tmp_path: Path) -> None:
    for each in copy.rglob("der2_cRefset_Language*"):
        each.write_bytes(each.read_bytes().splitlines(keepends=True)[0])
    assert "KG-W1019" in [p.id for p in load(copy, tmp_path).problems]


def test_claml_is_known_by_its_root_element_whatever_its_name(tmp_path: Path) -> None:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ClaML version="2.0.0"><Title name="ICD-10" version="2016"/>'
        '<Class code="I" kind="chapter"><SubClass code="A00-A09"/>'
        '<Rubric kind="preferred"><Label xml:lang="en">Certain diseases</Label></Rubric></Class>'
        '<Class code="A00-A09" kind="block"><SuperClass code="I"/><SubClass code="A00"/>'
        '<Rubric kind="preferred"><Label xml:lang="en">Intestinal diseases</Label></Rubric></Class>'
        '<Class code="A00" kind="category"><SuperClass code="A00-A09"/>'
        '<Rubric kind="preferred"><Label xml:lang="en">Cholera</Label></Rubric></Class></ClaML>\n'
    )
    (tmp_path / "diseases.xml").write_text(text, encoding="utf-8")
    load(tmp_path / "diseases.xml", tmp_path)
    (edition,) = Release(tmp_path / "terminology").editions
    assert (edition.system, edition.name) == ("ICD-10", "2016")


def test_a_part_of_the_international_edition_is_loaded_and_told(copy: Path, tmp_path: Path) -> None:
    for path in copy.glob("SnomedCT_*"):
        if "International" not in path.name:
            shutil.rmtree(path)
    path = file(copy, "sct2_Concept_", "International")
    head, *rows = path.read_bytes().splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith(b"138875005\t")]
    path.write_bytes(b"".join([head, *kept]))
    written = load(copy, tmp_path)
    assert ("KG-W1007", path.name, None, "id") in told(written)
    assert len(Release(tmp_path / "terminology").snomed().ids) == len({row.split(b"\t")[0] for row in kept})


def test_a_file_without_columns_and_rows_is_told_where_nothing_rests_on_it(copy: Path, tmp_path: Path) -> None:
    path = file(copy, "sct2_sRefset_OWLExpression", "International")
    path.write_bytes(b"UNUSED\r\n")
    assert ("KG-W1019", path.name, 1, "") in told(load(copy, tmp_path))
    shutil.rmtree(tmp_path / "terminology")
    path = file(copy, "sct2_Description_", "International")
    path.write_bytes(b"UNUSED\r\n")
    with pytest.raises(KgError) as caught:
        load(copy, tmp_path)
    assert caught.value.id == "KG-E1005"
