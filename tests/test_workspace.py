"""A store is built from sources, whole or not at all, and the same sources give the same bytes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kg.building import build
from kg.errors import KgError
from kg.expression.recommendation import Side
from kg.workspace import open_workspace
from tests.folder.builders import decide, doubtful, folder

EXAMPLES = sorted((Path(__file__).parent.parent / "examples" / "guidance").iterdir())
RECIPE = "import sys; from pathlib import Path; from kg.building import build; "
RECIPE += "print(build([Path(p) for p in sys.argv[2:]], Path(sys.argv[1])).release)"


def test_the_examples_become_a_store_that_answers(tmp_path: Path) -> None:
    report = build(EXAMPLES, tmp_path / "store")
    assert len(report.recommendations) == len(EXAMPLES)
    assert report.failed == ()
    with open_workspace(tmp_path / "store") as workspace:
        assert list(workspace.recommendations.values()) == list(report.recommendations)
        assert workspace.combinations("ipg369", side=Side.PROCEDURE).count == 3
        told = workspace.snapshot.manifest
        assert told.quads == report.quads == len(workspace.snapshot.quads) - told.triples


@pytest.mark.parametrize("seed", ["1", "2"])
def test_building_twice_gives_the_same_bytes_whatever_the_order_of_hashing_and_of_the_sources(
    tmp_path: Path, seed: str
) -> None:
    first = build(EXAMPLES, tmp_path / "one").release
    command = [sys.executable, "-c", RECIPE, str(tmp_path / "two"), *map(str, reversed(EXAMPLES))]
    again = subprocess.run(
        command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )
    assert again.stdout.strip() == first  # the release's id is the digest of the sorted N-Quads


def test_any_number_of_processes_gives_the_same_bytes(tmp_path: Path) -> None:
    documents = folder(tmp_path / "in", 3)
    decide(doubtful(documents / "IPG40.txt", 40))
    found = {
        (report.release, report.quads, report.recommendations)
        for jobs in (None, 2)
        for report in [build([documents], tmp_path / f"store-{jobs}", jobs=jobs)]
    }
    assert len(found) == 1


def test_what_stands_there_is_not_built_again_unless_it_is_damaged(tmp_path: Path) -> None:
    first = build(EXAMPLES, tmp_path / "store")
    assert build(EXAMPLES, tmp_path / "store").reused
    file = next((tmp_path / "store" / "releases" / first.release / "quads").glob("*.sst"))
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    mended = build(EXAMPLES, tmp_path / "store")
    assert (mended.release, mended.reused) == (first.release, False)


def test_a_source_that_cannot_be_read_is_told_and_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    report = build([*EXAMPLES, tmp_path / "empty.txt"], tmp_path / "store")
    assert [(file.name, fault.id) for file, fault in report.failed] == [("empty.txt", "KG-E0202")]
    with pytest.raises(KgError) as fault:
        build([*EXAMPLES, tmp_path / "empty.txt"], tmp_path / "strict", strict=True)
    assert fault.value.id == "KG-E0202"
    assert not (tmp_path / "strict").exists()


def test_two_documents_of_one_guidance_are_not_mixed(tmp_path: Path) -> None:
    copy = tmp_path / f"again{EXAMPLES[0].suffix}"
    copy.write_bytes(EXAMPLES[0].read_bytes())
    report = build([EXAMPLES[0], copy], tmp_path / "store")
    assert [fault.id for _, fault in report.failed] == ["KG-E0209"]


def test_an_unknown_guidance_is_told_with_the_nearest(tmp_path: Path) -> None:
    build(EXAMPLES, tmp_path / "store")
    with open_workspace(tmp_path / "store") as workspace, pytest.raises(KgError) as fault:
        workspace.recommendation("IPG367")
    assert fault.value.id == "KG-E0601"
    assert "IPG369" in fault.value.hint
