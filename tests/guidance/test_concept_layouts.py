"""Concepts of SNOMED CT as many authors print them: term and identifier in either order, with labels, in two lines."""

import pytest

from kg.guidance.reading import read_bytes

ABLATION = ("609232008", "Percutaneous microwave ablation of lesion of liver")
CARCINOMA = ("425231005", "Carcinoma of urinary bladder, superficial")
LAYOUTS = [
    "SNOMED CT preferred term: {term}\n\nConcept ID: {id}",
    "SNOMED CT preferred term: {term}\nConcept ID: {id}",
    "SNOMED CT code: {id}\n\nSNOMED CT term: {term}",
    "SNOMED CT\n\n{kind}: {id} {term}",
    "SNOMED CT\n\n{kind}: {term} ({id})",
    "SNOMED CT\n\n{term}: {id}",
    "SNOMED CT\n\n{id}: {term}",
    "SNOMED CT concept: {term}, {id}",
    "SNOMED CT\n\n{term} [{id}]",
    "SNOMED CT\n\n{term} {id}",
    "SNOMED CT\n\n{id} {term}",
    "SNOMED CT term {term}, concept ID {id}",
    "SNOMED CT concept ID: {id} ({term})",
    "SNOMED CT: {id} | {term} |",
    "Preferred term: {term}\n\nSNOMED CT concept ID: {id}",
    "SNOMED CT preferred term: {term}; concept ID: {id}",
    "SNOMED CT\n\nTerm: {term}\nID: {id}",
    "SCTID {id} {term}",
    "SNOMED CT concept {id}: {term}",
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_term_and_identifier_of_a_concept_are_found_with_its_side(layout: str) -> None:
    procedure = layout.format(id=ABLATION[0], term=ABLATION[1], kind="Procedure")
    diagnosis = layout.format(id=CARCINOMA[0], term=CARCINOMA[1], kind="Diagnosis")
    text = (
        f"IPG900 \u2013 Operation made up for a test\n\nProcedure and device:\n\n{procedure}\n\nOPCS-4 code(s):\n\n"
        "J12.7 Percutaneous microwave ablation of lesion of liver\n\nDiagnosis or health condition:\n\n"
        f"{diagnosis}\n\nICD-10 code(s):\n\nC67.9 Malignant neoplasm: Bladder, unspecified\n"
    )
    found = read_bytes(text.encode(), "made-up.txt")
    told = [(c.id, c.term, c.side.value) for c in found.concepts]
    assert told == [(*ABLATION, "procedure"), (*CARCINOMA, "diagnosis")]
    assert not found.review, [w.message for w in found.warnings]


def test_a_concept_below_a_long_one_is_not_the_rest_of_its_term() -> None:
    long = "432551009 | Percutaneous microwave ablation of lesion of liver under ultrasonic control (procedure)"
    text = (
        f"IPG900 \u2013 Operation made up for a test\n\nProcedure and device:\n\nSNOMED CT\n\n{long}\n"
        f"{ABLATION[0]} | {ABLATION[1]} (procedure) \u2013 for the lesions alone\n\nOPCS-4 code(s):\n\n"
        "J12.7 Percutaneous microwave ablation of lesion of liver\n"
    )
    found = read_bytes(text.encode(), "made-up.txt")
    assert [c.id for c in found.concepts] == ["432551009", ABLATION[0]]
