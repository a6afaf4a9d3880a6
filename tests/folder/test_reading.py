"""A folder is read in order and to the end, by any number of processes, and what is unchanged is not read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.folder.gather import gather
from kg.folder.kept import Kept
from kg.folder.reading import Documents
from kg.guidance.readers.bounded import Limits
from tests.folder.builders import decide, doubtful, folder, read, warned


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))


def entries(tmp_path: Path) -> list[Path]:
    return sorted(p for p in (tmp_path / "cache").rglob("*") if p.is_file())


def test_processes_read_the_same_in_the_same_order_as_one(tmp_path: Path) -> None:
    documents = folder(tmp_path / "in", 20)
    (documents / "IPG3.txt").write_bytes(b"")
    (documents / "IPG5.html").write_bytes(b"%PDF-1.7 cut off")
    here = [read(path, fresh=True)[0][0] for path in sorted(documents.iterdir())]
    for jobs in (1, 3):
        outcomes, _ = read(documents, jobs=jobs, fresh=True)
        assert [o.file for o in outcomes] == [o.file for o in here]
        assert [(o.recommendation, o.excerpts, str(o.fault)) for o in outcomes] == [
            (o.recommendation, o.excerpts, str(o.fault)) for o in here
        ]
    assert [o.fault.id for o in here if o.fault] == ["KG-E0202", "KG-E0213"]


def test_what_is_unchanged_is_not_read_again_and_what_has_changed_is(tmp_path: Path) -> None:
    documents = folder(tmp_path / "in", 3)
    first, _ = read(documents)
    assert [o.unchanged for o in first] == [False] * 3
    (documents / "IPG2.txt").write_text((documents / "IPG2.txt").read_text().replace("J12.8", "J12.3"))
    again, _ = read(documents)
    assert [o.unchanged for o in again] == [True, False, True]
    assert [o.recommendation for o in again[::2]] == [o.recommendation for o in first[::2]]
    assert [o.unchanged for o in read(documents, fresh=True)[0]] == [False] * 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255), cut=st.booleans())
def test_a_damaged_cache_is_as_none(tmp_path: Path, place: int, byte: int, cut: bool) -> None:
    documents = folder(tmp_path / "in", 1)
    sound, _ = read(documents)
    (entry,) = entries(tmp_path)
    data = entry.read_bytes()
    place %= len(data)
    entry.write_bytes(data[:place] if cut else data[:place] + bytes([byte]) + data[place + 1 :])
    (outcome,), _ = read(documents)
    assert outcome.recommendation == sound[0].recommendation
    assert outcome.unchanged == (entry.read_bytes() == data and not cut and data[place] == byte)
    assert entry.read_bytes() == data


def test_an_entry_of_another_document_is_not_taken(tmp_path: Path) -> None:
    documents = folder(tmp_path / "in", 2)
    read(documents)
    one, other = entries(tmp_path)
    other.write_bytes(one.read_bytes())
    outcomes, _ = read(documents)
    assert sorted(o.unchanged for o in outcomes) == [False, True]
    assert [o.recommendation.id for o in outcomes if o.recommendation] == ["IPG1", "IPG2"]


def test_where_nothing_can_be_kept_documents_are_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "file" / "cache"))
    assert [o.unchanged for _ in range(2) for o in read(folder(tmp_path / "in", 2))[0]] == [False] * 4


def test_what_versions_long_past_kept_is_removed(tmp_path: Path) -> None:
    old, young = (tmp_path / "cache" / name for name in ("read-old", "read-young"))
    for made in (old, young):
        made.mkdir(parents=True)
    os.utime(old, (0, 0))
    Kept(tmp_path / "cache")
    assert (old.exists(), young.exists()) == (False, True)


def test_a_document_that_takes_too_long_is_a_fault_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.folder.reading.LIMITS", Limits(seconds=-1))  # has passed before anything is read
    outcomes, _ = read(folder(tmp_path / "in", 2), jobs=1)
    assert {o.fault.id for o in outcomes if o.fault} == {"KG-E0214"}


# -- decisions


def test_a_decision_beside_a_document_is_applied_and_ends_the_waiting(tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    assert read(document)[0][0].waits
    decide(document)
    for again in (False, True):
        (outcome,), problems = read(document)
        assert outcome.unchanged == again
        assert (outcome.waits, problems) == (False, [])
        assert outcome.recommendation is not None
        assert outcome.recommendation.decision is not None
        assert outcome.recommendation.decision.by == "A. Coder"


def test_a_decision_may_lie_elsewhere(tmp_path: Path) -> None:
    document = doubtful(folder(tmp_path / "in", 12) / "IPG1.txt", 1)
    elsewhere = decide(document, into=tmp_path / "other.decision.yaml")
    for jobs in (1, 2):
        outcomes, problems = read(tmp_path / "in", elsewhere, jobs=jobs, fresh=True)
        assert (sum(o.waits for o in outcomes), problems) == (0, [])


def test_a_document_that_has_changed_since_is_asked_about_again(tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    before = decide(document)
    old = read(document)[0][0].digest
    document.write_text(document.read_text() + "\n")
    (outcome,), problems = read(document)
    assert problems == ["KG-W0220"]
    assert warned(outcome)[-1] == "KG-W0220"
    assert outcome.waits
    assert outcome.recommendation is not None
    assert outcome.recommendation.decision is None
    message = outcome.recommendation.warnings[-1].message
    assert old[:16] in message
    assert outcome.digest[:16] in message
    # Also where the file lies elsewhere: the guidance is known by its id.
    elsewhere = before.rename(tmp_path / "x.decision.yaml")
    assert read(document, elsewhere)[1] == ["KG-W0220"]


def test_a_decision_for_no_document_is_told(tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    decision = decide(document)
    document.unlink()
    outcomes, problems = read(folder(tmp_path, 1, first=2), decision)
    assert ([o.waits for o in outcomes], problems) == ([False], ["KG-W0221"])


def test_two_decisions_for_one_document_are_an_error_and_none_is_applied(tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    other = decide(document, by="B. Coder", into=tmp_path / "b.decision.yaml")
    decide(document)
    (outcome,), problems = read(document, other)
    assert problems == ["KG-E0216"]
    assert outcome.waits
    assert warned(outcome)[-1] == "KG-W0222"


def test_a_decision_that_cannot_be_read_is_an_error_and_its_document_is_asked_about(tmp_path: Path) -> None:
    document = doubtful(folder(tmp_path, 1) / "IPG1.txt", 1)
    decision = decide(document)
    decision.write_text(decision.read_text().replace("by:", "bye:"))
    (outcome,), problems = read(tmp_path)
    assert problems == ["KG-E0215"]
    assert outcome.waits
    assert warned(outcome)[-1] == "KG-W0222"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("code: J12.8", "code: J12.7", "a reading names J12.7, which the document does not print"),
        ("code: C78.7", "code: C78.6", "a reading names C78.6, which the document does not print"),
        ("guidance: IPG1", "guidance: IPG999", "the document is IPG1"),
        ("date: 2026-11-21", "date: 2301-01-01", "2301-01-01 has not been yet"),
    ],
)
def test_a_decision_edited_by_hand_that_says_what_is_not_so_is_an_error_and_its_document_is_asked_about(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    document = doubtful(folder(tmp_path, 1) / "IPG1.txt", 1)
    decision = decide(document)
    text = decision.read_text()
    line = text[: text.index(old)].count("\n") + 1
    decision.write_text(text.replace(old, new))
    told = Documents(gather([tmp_path]))
    for _ in range(2):  # read, and as kept
        (outcome,) = told
        ((path, fault),) = told.problems
        assert (path, fault.id, fault.what) == (decision, "KG-E0215", f"not a decision: {what}")
        assert fault.where is not None
        assert (fault.where.source, fault.where.line) == (str(decision), line)
        assert outcome.recommendation is not None
        assert (outcome.recommendation.id, outcome.recommendation.decision) == ("IPG1", None)
        assert (outcome.waits, warned(outcome)[-1]) == (True, "KG-W0222")
        assert told.used == []
        told = Documents(gather([tmp_path]))


def test_a_correction_may_name_what_the_document_does_not_print(tmp_path: Path) -> None:
    document = doubtful(folder(tmp_path, 1) / "IPG1.txt", 1)
    decision = decide(document)
    text = decision.read_text().replace("decision: accept", "decision: correction")
    decision.write_text(text.replace("code: J12.8", "code: J12.7"))
    (outcome,), problems = read(tmp_path)
    assert (outcome.waits, problems) == (False, [])


def test_a_document_that_is_named_after_its_guidance_keeps_its_decision_under_another_name(tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    document.write_text(document.read_text().removeprefix("IPG1 "))
    decide(document)
    moved = document.rename(tmp_path / "liver.txt")
    (outcome,), problems = read(moved, tmp_path / "IPG1.txt.decision.yaml")
    assert (outcome.waits, problems) == (False, [])
    assert outcome.recommendation is not None
    assert outcome.recommendation.id == "IPG1"


def test_a_link_that_leads_nowhere_is_told_and_a_lock_file_is_no_document(tmp_path: Path) -> None:
    folder(tmp_path, 1)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "~$IPG1.docx").write_bytes(b"A. Coder")
    outcomes, problems = read(tmp_path)
    assert problems == []
    assert [(o.file.name, o.fault.id if o.fault else None) for o in outcomes] == [
        ("IPG1.txt", None),
        ("gone.txt", "KG-E0201"),
    ]


def test_a_file_by_two_names_is_one_decision(tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    decision = decide(document)
    (outcome,), problems = read(document, decision, tmp_path / "." / decision.name)
    assert (outcome.waits, problems) == (False, [])


def test_without_decisions_a_document_reads_as_it_stands(tmp_path: Path) -> None:
    document = doubtful(tmp_path / "IPG1.txt", 1)
    decide(document)
    (outcome,) = Documents(gather([document]), decide=False)
    assert outcome.waits
