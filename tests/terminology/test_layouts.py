"""The description of release files: names tell files, and a description that is not sound is refused."""

from __future__ import annotations

import re

import pytest

from kg import resources
from kg.errors import KgError
from kg.terminology.layouts import FILE, Type, load_layouts, read_layouts

NAMES = """
sct2_Concept_Snapshot_INT_20250701.txt                     Concept - - Snapshot - INT
sct2_Concept_MONOSnapshot_GB_20250924.txt                  Concept - MONO Snapshot - GB
sct2_Description_UKCLFull-en_GB1000000_20250924.txt        Description - UKCL Full en GB1000000
sct2_Description_Snapshot-en-GB_GB1000000_20180401.txt     Description - - Snapshot en-GB GB1000000
der2_cRefset_LanguageUKDGDelta-en_GB1000001_20250924.txt   cRefset Language UKDG Delta en GB1000001
der2_iisssciRefset_ExtendedMapUKCLSnapshot_GB_20251119.txt iisssciRefset ExtendedMap UKCL Snapshot - GB
der2_Refset_cardiologySnapshot_IN1000189_20250101.txt      Refset cardiology - Snapshot - IN1000189
sct2_sRefset_OWLExpressionMONOSnapshot_GB_20250924.txt     sRefset OWLExpression MONO Snapshot - GB
"""


@pytest.mark.parametrize("row", NAMES.strip().splitlines())
def test_names_as_published_are_read(row: str) -> None:
    name, *told = row.split()
    found = load_layouts().rf2_file(name)
    assert found is not None
    parts = (found.content, found.summary, found.tag, found.kind, found.language, found.place)
    assert [part or "-" for part in parts] == told
    assert not found.beta


def test_a_beta_is_told_and_other_files_are_none() -> None:
    layouts = load_layouts()
    assert layouts.rf2_file("xsct2_Concept_Snapshot_INT_20250701.txt").beta  # type: ignore[union-attr]
    assert layouts.rf2_file("Readme_en_20250701.txt") is None
    assert layouts.classification_file("OPCS410 Summary of changes.pdf") is None


@pytest.mark.parametrize(
    ("name", "table", "edition"),
    [
        ("OPCS410 CodesAndTitles Nov 2022 V1.0.txt", "opcs-4", "4.10"),
        ("OPCS49 CodesAndTitles Nov 2019 V1.0.txt", "opcs-4", "4.9"),
        ("OPCS411 CodesAndTitles Nov 2025 V1.0.txt.txt", "opcs-4", "4.11"),
        ("OPCS411 Metadata Nov 2025 V1.0.txt", "opcs-4-metadata", "4.11"),
        ("OPCS410 CodesAndTitles Nov 2022 V1.0.xml", "opcs-4-xml", "4.10"),
        ("ICD10_Edition5_CodesAndTitlesAndMetadata_GB_20160401.txt", "icd-10", "20160401"),
        ("icdClaML2016ens.xml", "claml", ""),
    ],
)
def test_files_of_classifications_tell_their_edition(name: str, table: str, edition: str) -> None:
    found = load_layouts().classification_file(name)
    assert found is not None
    assert (found.layout.table, found.edition) == (table, edition)


def test_the_two_extended_maps_differ_in_their_last_column() -> None:
    layouts = load_layouts()
    (international,), (uk,) = layouts.of_content("iisssccRefset"), layouts.of_content("iisssciRefset")
    assert len(international.columns) == len(uk.columns) == 13
    assert (international.names[-1], international.columns[-1].type) == ("mapCategoryId", Type.SCTID)
    assert (uk.names[-1], uk.columns[-1].type) == ("mapBlock", Type.INTEGER)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('content = "Concept"', 'contents = "Concept"', "lacks content"),
        ("required = true", "must = true", "unknown must"),
        ("definitionStatusId sctid", "definitionStatusId number", 'unknown type "number"'),
        ('quoting = "none"', 'quoting = "all"', "without quoting"),
        ('content = "iisssciRefset"', 'content = "iissscRefset"', "not as many letters"),
        ("widths = [12, 12, 60, 108, 0]", "widths = [12, 12]", "a width for each column"),
        ('table = "stated"', 'table = "relationship"', "described twice: relationship"),
        ("(?P<number>", "(?P<number", "no pattern"),
        ("[rf2]", "[rf2", "not TOML"),
    ],
)
def test_a_description_that_is_not_sound_is_refused(old: str, new: str, told: str) -> None:
    text = resources.text(FILE)
    assert old in text
    with pytest.raises(KgError, match=re.escape(told)) as caught:
        read_layouts(text.replace(old, new, 1))
    assert caught.value.id == "KG-E0703"
