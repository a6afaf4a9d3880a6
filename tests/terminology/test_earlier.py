"""An edition of the same files is taken over from the store before; of others, or of a damaged store, it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

import kg
from kg.building import Read, build_from
from kg.errors import KgError
from kg.graph.store import verify
from kg.terminology.building import Progress
from kg.terminology.sample.writing import sample_release

NOTHING = Read((), (), (), (), ())


def built(place: Path, *releases: Path) -> tuple[str, set[str]]:
    """Build the store; its id, and the editions that were loaded, come back."""
    loaded: set[str] = set()

    def told(step: str, _done: int, _of: int) -> None:
        loaded.add(step.split(":")[0])

    progress: Progress = told
    report = build_from(NOTHING, place / "store", releases=releases, progress=progress)
    assert verify(place / "store") == ()
    return report.release, loaded


@pytest.fixture(scope="module")
def editions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("editions")
    for number in (1, 2):
        sample_release(place / str(number), 500, 1, edition=number, monolith=True)
    for large in place.rglob("ICD10*.*"):
        large.unlink()
    (second,) = (place / "2").glob("SnomedCT*")
    return place / "1", second


def test_what_stands_there_is_taken_over_and_what_is_new_is_loaded(editions: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = editions
    concepts = next(first.rglob("sct2_Concept_*Snapshot*"))
    sound = concepts.read_bytes()
    try:
        concepts.write_bytes(sound + b"1234\t20250101\t1\r\n")  # a torn row: problems are told each time
        one, loaded = built(tmp_path, first)
        assert len(loaded) == 3
        again, loaded = built(tmp_path, first)
        assert (again, loaded) == (one, set())
        problems = build_from(NOTHING, tmp_path / "store", releases=[first]).problems.counts()
        assert problems == {"KG-W1001": 1}
        both, loaded = built(tmp_path, first, second)
        assert {each.split()[0] for each in loaded} == {"SNOMED"}
        assert len(loaded) == 1
    finally:
        concepts.write_bytes(sound)
    fresh = tmp_path / "fresh"
    whole, _ = built(fresh, first, second)
    assert whole == both  # the torn row was left out


def test_a_second_edition_of_everything_leaves_the_first_as_it_stands(tmp_path: Path) -> None:
    """Also where it brings a new edition of OPCS-4: the maps of the first are not for that."""
    for number in (1, 2):
        sample_release(tmp_path / str(number), 500, 1, edition=number, monolith=True)
    for large in tmp_path.rglob("icdClaML*.*"):
        large.unlink()
    _, loaded = built(tmp_path, tmp_path / "1")
    assert len(loaded) == 3
    both, loaded = built(tmp_path, tmp_path / "1", tmp_path / "2")
    assert "SNOMED CT 20250924" not in loaded
    assert {"SNOMED CT 20260311", "OPCS-4 4.11"} <= loaded
    (tmp_path / "fresh").mkdir()
    whole, _ = built(tmp_path / "fresh", tmp_path / "1", tmp_path / "2")
    assert whole == both


def test_a_map_is_held_against_its_own_edition_when_that_comes(tmp_path: Path) -> None:
    sample_release(tmp_path / "1", 500, 1, monolith=True)
    (snomed,) = (tmp_path / "1").glob("SnomedCT*")
    _, loaded = built(tmp_path, snomed)
    _, loaded = built(tmp_path, snomed, *(tmp_path / "1").glob("OPCS410*txt"))
    assert any(each.startswith("SNOMED") for each in loaded)


def test_a_damaged_edition_is_loaded_again(editions: tuple[Path, Path], tmp_path: Path) -> None:
    first, _ = editions
    one, _ = built(tmp_path, first)
    (column,) = (tmp_path / "store").rglob("concept.preferred.npy")
    data = bytearray(column.read_bytes())
    data[-1] ^= 1
    column.unlink()
    column.write_bytes(data)
    again, loaded = built(tmp_path, first)
    assert again == one
    assert {each.split()[0] for each in loaded} == {"SNOMED"}


def test_an_older_edition_over_a_newer_one_is_told(editions: tuple[Path, Path], tmp_path: Path) -> None:
    first, second = editions
    (older,) = first.glob("SnomedCT*")
    store, _ = built(tmp_path, second)
    with pytest.raises(KgError, match="SNOMED CT 2025-09-24 is older than SNOMED CT 2026-03-11") as caught:
        build_from(NOTHING, tmp_path / "store", releases=[older], strict=True)
    assert caught.value.id == "KG-E1006"
    with kg.open(tmp_path / "store") as opened:
        assert opened.snapshot.id == store
    problems = build_from(NOTHING, tmp_path / "store", releases=[older]).problems.counts()
    assert problems["KG-W1020"] == 1
    assert "KG-W1020" not in build_from(NOTHING, tmp_path / "store", releases=[older, second]).problems.counts()
