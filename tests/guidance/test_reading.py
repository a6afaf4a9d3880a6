"""What a user gets of a document: expressions, facets, citations, concepts, readings, and what a person should see."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.citation import Citation
from kg.errors import KgError
from kg.expression.nodes import AllOf, OneOf, Pick, When, picks, walk
from kg.expression.recommendation import Recommendation, Side
from kg.guidance.reading import LARGEST_FILE, read_bytes, read_file
from tests.guidance.paraphrase import variants
from tests.guidance.wordings import Wording, families, meaning, newer, older, told, wordings, wrapped

WORDINGS = wordings()


def read(text: str, name: str = "made-up.txt") -> Recommendation:
    return read_bytes(text.encode(), name)


def both(r: Recommendation) -> tuple[str, str]:
    return told(r.procedure), told(r.diagnosis)


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda w: w.name)
def test_a_wording_means_what_the_table_says(wording: Wording) -> None:
    found = read(older(wording.lines))
    assert both(found) == (wording.procedure, wording.diagnosis)
    assert found.review is wording.asks, [w.message for w in found.warnings]


def test_the_layout_does_not_change_the_meaning() -> None:
    differ = [w.name for w in WORDINGS if both(read(newer(w.lines))) != (w.procedure, w.diagnosis)]
    assert differ == []


@pytest.mark.parametrize("width", [60, 72, 90])
def test_wrapping_does_not_change_the_meaning(width: int) -> None:
    differ = [
        (w.name, w.lines) for w in WORDINGS if both(read(wrapped(newer(w.lines), width))) != (w.procedure, w.diagnosis)
    ]
    assert differ == []


@pytest.mark.parametrize("layout", [older, newer])
@pytest.mark.parametrize("spread", [False, True])
def test_all_wordings_of_a_family_mean_the_same(layout: Callable[[str], str], *, spread: bool) -> None:
    differ = []
    for wording in families():
        lines = re.sub(r"\n+", "\n\n", wording.lines) if spread else wording.lines
        found = read(layout(lines))
        procedure, diagnosis = map(meaning, both(found))
        if (procedure, diagnosis) != (meaning(wording.procedure), meaning(wording.diagnosis)):
            differ.append((wording.name, both(found)))
        elif found.review is not wording.asks:
            differ.append((wording.name, tuple(w.message for w in found.warnings)))
    assert differ == []


def test_other_words_and_layout_never_change_the_meaning_unnoticed() -> None:
    wanted = [meaning(side) for side in both(read(LIVER, "liver.md"))]
    silent = [
        text
        for text in variants(LIVER, 60)
        if not (found := read(text, "liver.md")).review and [meaning(side) for side in both(found)] != wanted
    ]
    assert silent == []


LIVER = """\
## IPG901 - Freezing of liver metastases

### Procedure and device:

#### SNOMED CT preferred term (concept ID)

Percutaneous thing done to the liver
(737083005)

#### OPCS-4 code(s):

Open freezing:

**J03.2 Destruction of lesion of liver NEC**

**Y13.2 Cryotherapy to lesion of organ NOC**

Percutaneous freezing:

**J12.8 Other specified other therapeutic percutaneous operations on liver**

**Y13.2 Cryotherapy to lesion of organ NOC**

**Note:** Y53.- Approach to organ under image control is added whenever the procedure uses image control.

### Diagnosis or health condition:

#### ICD-10 code(s):

**C78.7 Secondary malignant neoplasm of liver**

**Z85.0 Personal history of malignant neoplasm of digestive organs**

Or

**C18.- Malignant neoplasm of colon**

**Note:** Which of the last two applies depends on whether the primary tumour was eradicated or is still present.
"""


def test_headings_and_notes_are_conditions_with_their_facets() -> None:
    found = read(LIVER, "liver.md")
    assert (found.id, found.title) == ("IPG901", "Freezing of liver metastases")
    assert told(found.procedure, conditions=True) == (
        "({when[approach=open: (J03.2 + Y13.2)] | when[approach=percutaneous: (J12.8 + Y13.2)]}"
        " + when[image-control=used: Y53.-])"
    )
    assert told(found.diagnosis, conditions=True) == (
        "(C78.7 + {when[primary-tumour=eradicated: Z85.0] | when[primary-tumour=present: C18.-]})"
    )
    assert [(c.id, c.term, c.side) for c in found.concepts] == [
        ("737083005", "Percutaneous thing done to the liver", Side.PROCEDURE)
    ]
    assert not found.review


def test_every_node_cites_words_that_stand_there() -> None:
    for text in (LIVER, *(older(w.lines) for w in WORDINGS)):
        found = read(text)
        for reading in found.readings:
            for side in (reading.procedure, reading.diagnosis):
                for node in walk(side) if side is not None else ():
                    assert isinstance(node.citation, Citation)
                    assert node.citation.document == found.id
                    assert text[node.citation.start : node.citation.end] == node.citation.quote
                    if isinstance(node, Pick) and not str(node.selector).isalpha():
                        assert str(node.selector)[:3] in node.citation.quote.replace(" ", "")  # printed "H 41.5"
                    if isinstance(node, When) and isinstance(said := node.condition.citation, Citation):
                        assert text[said.start : said.end] == said.quote


def test_a_lone_or_behind_a_line_with_a_choice_has_three_readings() -> None:
    found = read(newer(
        "J16.1 Perfusion of liver\n\nY53.- Image control or Y68.- Other image control\n\nOR\n\n"
        "Y79.- Approach through artery\n\nY73.2 Extracorporeal circulation NEC"
    ))  # fmt: skip
    assert [told(r.procedure) for r in found.readings] == [
        "(J16.1 + {Y53.- | Y68.- | Y79.-} + Y73.2)",
        "(J16.1 + {Y53.- | Y68.-} + Y79.- + Y73.2)",
        "{(J16.1 + {Y53.- | Y68.-}) | (Y79.- + Y73.2)}",
    ]
    assert all(r.reason for r in found.readings)
    assert found.review
    assert [w.id for w in found.warnings] == ["KG-W0202"]


@pytest.mark.parametrize("text", ["Removal of stone (737083006)", "Removal of stone\n(737083006)"])
def test_a_concept_with_a_wrong_check_digit_is_kept_and_reported_at_its_place(text: str) -> None:
    document = f"IPG902 A\n\nSNOMED CT preferred term (concept ID)\n\n{text}\n\nOPCS-4 codes:\n\nJ03.2 Destruction\n"
    found = read(document)
    assert [c.id for c in found.concepts] == ["737083006"]
    assert [w.id for w in found.warnings] == ["KG-W0203"]
    assert "737083006" in document[found.warnings[0].start : found.warnings[0].end]
    assert found.review


def test_a_concept_may_be_printed_with_bars_and_tag() -> None:
    found = read(
        "IPG902 A\n\nSNOMED CT\n\n737083005 | Chemosaturation of artery (procedure) |\n\nOPCS-4 codes\n\nJ03.2 D\n"
    )
    assert [(c.id, c.term) for c in found.concepts] == [("737083005", "Chemosaturation of artery")]


@pytest.mark.parametrize("odd", ["J03.2l", "J03.22", "J3.2", "j03.2", "03.2", "J03.2.2"])
def test_what_looks_like_a_code_and_is_none_is_reported_at_its_place(odd: str) -> None:
    document = newer(f"J12.8 Other operations\n\n{odd} Destruction of lesion")
    found = read(document)
    assert found.review
    wrong = [w for w in found.warnings if w.id == "KG-W0208"]
    assert [document[w.start : w.end] for w in wrong] == [odd]


def test_words_that_could_change_the_list_and_are_not_understood_are_reported() -> None:
    document = newer("J12.8 Other operations\n\nY53.2 Ultrasound\n\nNote: The latter code is replaced for children.")
    found = read(document)
    assert [w.id for w in found.warnings] == ["KG-W0201"]
    assert document[found.warnings[0].start : found.warnings[0].end].endswith("replaced for children.")
    assert found.review


def test_a_printed_code_that_nothing_uses_is_reported() -> None:
    found = read(newer("J12.8 Other operations\n\n(laser J03.2)"))
    assert [w.id for w in found.warnings] == ["KG-W0206"]
    assert found.review


@pytest.mark.parametrize(
    ("data", "name", "id"),
    [
        (b"", "a.txt", "KG-E0202"),
        (b"\xef\xbb\xbf \r\n", "a.txt", "KG-E0202"),
        (bytes(range(256)) * 4, "a.txt", "KG-E0203"),
        (b"\x89PNG x", "a.txt", "KG-E0208"),
        (b"{\\rtf1 J03.2}", "a.rtf", "KG-E0208"),
        (b"A letter about nothing in particular.", "a.txt", "KG-E0204"),
        (b"IPG900 Title\n\nOPCS-4 codes:\n\nDiagnosis:\n", "a.txt", "KG-E0204"),
        (b"{", "a.json", "KG-E0301"),
        (b"[]", "a.json", "KG-E0301"),
        (b"id: X\nprocedure: [\n", "a.yaml", "KG-E0301"),
        (b'{"id": "X", "procedure": {"code": "J1"}}', "a.json", "KG-E0412"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_id(data: bytes, name: str, id: str) -> None:
    with pytest.raises(KgError) as caught:
        read_bytes(data, name)
    assert caught.value.id == id
    assert caught.value.where is not None


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KgError) as caught:
        read_file(tmp_path / "none.txt")
    assert caught.value.id == "KG-E0201"
    with pytest.raises(KgError) as caught:
        read_file(tmp_path)
    assert caught.value.id == "KG-E0205"


def test_a_file_larger_than_any_document_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(LARGEST_FILE * 100)
    with pytest.raises(KgError) as caught:
        read_file(large)
    assert caught.value.id == "KG-E0214"


@pytest.mark.parametrize("lead", ["", "These OPCS-4 codes are used.", "Use the following OPCS-4 codes:"])
@pytest.mark.parametrize("colon", [":", ""])
def test_a_heading_over_the_first_code_is_read_where_no_heading_of_a_section_stands_above_it(
    lead: str, colon: str
) -> None:
    lines = ("IPG901 A test", lead, f"Percutaneous approach{colon}", "J12.8 Other", f"Open approach{colon}", "J03.2 A")
    found = read_bytes("\n\n".join(lines).encode(), "x.txt")
    assert told(found.procedure, conditions=True) == (
        "{when[approach=percutaneous: J12.8] | when[approach=open: J03.2]}"
    )


def test_an_error_of_a_handwritten_file_has_its_line() -> None:
    with pytest.raises(KgError) as caught:
        read_bytes(b'{"id": "X",\n "procedure": {"code": }\n}', "x.json")
    assert caught.value.where is not None
    assert (caught.value.where.line, caught.value.where.column) == (2, 24)
    with pytest.raises(KgError) as caught:
        read_bytes(b"id: X\ntitle: T\nprocedure: {code: J03.2\n", "x.yaml")
    assert caught.value.where is not None
    assert (caught.value.where.line or 0) >= 3


@pytest.mark.parametrize(
    ("text", "id", "told"),
    [
        ("procedure: {code: J12.8}\nprocedure: {code: J03.2}", "KG-E0301", '"procedure" stands twice'),
        ("procedure: {code: J12.8, code: J03.2}", "KG-E0301", '"code" stands twice'),
        ("procedure: {code: J12.8}\ndiagnoses: {code: C78.7}", "KG-E0301", "Did you mean diagnosis?"),
        ("procedure: {code: J12.8, titel: Operation}", "KG-E0302", "Did you mean title?"),
        ("procedure: {when: clips, then: {code: J12.8}, otherwise: {code: J03.2}}", "KG-E0302", '"otherwise"'),
        ("procedure: {all_of: [{code: J12.8}, {code: Y13.2}], sequenced: 'yes'}", "KG-E0302", "neither true nor false"),
        ("procedure: {when: open, facet: approach, value: opne, then: {code: J12.8}}", "KG-E0303", "approach=open"),
        ("procedure: {when: open, facet: aproach, value: open, then: {code: J12.8}}", "KG-E0303", "approach"),
        ("procedure: {when: open, facet: approach, then: {code: J12.8}}", "KG-E0302", "facet and value"),
        ("procedure: {code: J12.8}\nreview: 'no'", "KG-E0302", "neither true nor false"),
        ("procedure: {code: J12.8}\nsnomed: [{id: '709020001', name: Ablation}]", "KG-E0302", '"name"'),
    ],
)
def test_nothing_of_a_handwritten_recommendation_vanishes(text: str, id: str, told: str) -> None:
    with pytest.raises(KgError) as caught:
        read_bytes(f"id: X\n{text}\n".encode(), "x.yaml")
    assert caught.value.id == id
    assert told in str(caught.value)
    assert caught.value.where is not None


def test_of_a_key_that_stands_twice_in_json_neither_is_taken() -> None:
    with pytest.raises(KgError) as caught:
        read_bytes(b'{"id": "X", "procedure": {"code": "J12.8"}, "procedure": {"code": "J03.2"}}', "x.json")
    assert caught.value.id == "KG-E0301"
    with pytest.raises(KgError) as caught:
        read_bytes(b'{"id": 12, "procedure": {"code": "J12.8"}}', "x.json")
    assert 'Put it in quotation marks: "12".' in str(caught.value)


def test_conditions_of_a_handwritten_recommendation_get_their_facets() -> None:
    found = read_bytes(
        b"id: X\nprocedure:\n  one_of:\n  - {when: if it is done laparoscopically, then: {code: J08.3}}\n"
        b"  - {when: for a second session, then: {code: J12.8}}\n"
        b"  - {when: open, facet: approach, value: open, then: {code: J03.2}}\n",
        "x.yml",
    )
    assert told(found.procedure, conditions=True) == (
        "{when[approach=laparoscopic: J08.3] | when[stated=for-a-second-session: J12.8] | when[approach=open: J03.2]}"
    )


@pytest.mark.parametrize(
    ("encoding", "mark", "warned"),
    [
        ("utf-8", b"", False),
        ("utf-8", b"\xef\xbb\xbf", False),
        ("utf-16-le", b"\xff\xfe", False),
        ("utf-16-be", b"\xfe\xff", False),
        ("utf-16-le", b"", False),
        ("utf-16-be", b"", False),
        ("cp1252", b"", True),
    ],
)
def test_encodings_are_told_apart_and_offsets_count_characters(encoding: str, mark: bytes, warned: bool) -> None:
    text = "IPG903 \u2013 L\u00e9vy\u2019s operation\r\n\r\nOPCS-4 code(s):\r\n\r\nJ03.2 Destruction of lesion\r\n"
    found = read_bytes(mark + text.encode(encoding), "x.txt")
    assert found.title == "L\u00e9vy's operation"
    node = found.procedure
    assert isinstance(node, Pick)
    assert isinstance(node.citation, Citation)
    assert text[node.citation.start : node.citation.end] == node.citation.quote == "J03.2 Destruction of lesion"
    assert [w.id for w in found.warnings] == (["KG-W0207"] if warned else [])
    assert not found.review


PLAIN = """\
K52.1 Open ablation

Or

K52.8 Other operations

Plus

Y53.4 Fluoroscopic control

Z33.6 Atrium of heart"""

MARKED = """\
## IPG900 \u2013 Operation made up for a test

### Procedure and device

#### OPCS- 4 codes

**K52.1** Open ablation

_Or_

**K52. 8 Other opera\u00adtions**

Page 1 of 2

**Plus**

*\u00a0**codeY53.4** Fluoroscopic control
* Z33.6Atrium of heart
"""


def test_page_footers_mark_up_and_printed_defects_do_not_matter() -> None:
    assert both(read(newer(PLAIN))) == both(read(MARKED)) == ("({K52.1 | K52.8} + Y53.4 + Z33.6)", "null")


def test_reading_twice_gives_the_same() -> None:
    assert read(LIVER) == read(LIVER)


def test_a_preference_and_an_order_are_kept() -> None:
    preferred = read(newer("J03.2 A\nOr\nJ12.8 B\n\nNote: J03.2 is preferred."))
    assert isinstance(preferred.procedure, OneOf)
    assert preferred.procedure.ranked
    ordered = read(newer("The following codes are recorded in this order:\n\nJ03.2 A\n\nY13.2 B"))
    assert isinstance(ordered.procedure, AllOf)
    assert ordered.procedure.sequenced


def test_a_concept_has_the_case_that_it_stands_under() -> None:
    lines = "SNOMED CT preferred term (concept ID)\n\nIf open:\n\nOpen freezing (448540000)\n\nOPCS-4 codes:\n\nJ03.2 A"
    found = read(newer(lines))
    assert [(c.term, c.condition) for c in found.concepts] == [("Open freezing", "If open")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IPG901 One\n\nOPCS-4 codes:\n\nJ03.2 A\n\nIPG902 Two\n\nOPCS-4 codes:\n\nK52.1 B\n", "another guidance"),
        ("IPG901 Le foie\n\nCodes:\n\nJ03.2 Destruction de la partie\nou\nJ12.8 Autres du foie\n", "English"),
    ],
)
def test_what_is_no_single_english_recommendation_is_asked_about(text: str, words: str) -> None:
    found = read(text)
    assert found.review
    assert any(words in w.message for w in found.warnings)


def test_a_list_of_any_length_is_read() -> None:
    lines = "".join(f"Z{n // 10 % 90 + 10}.{n % 10} Title\n\n" for n in range(900))
    found = read(f"IPG900 A test\n\nOPCS-4 code(s):\n\nJ03.2 Title\n\n{lines}")
    assert isinstance(found.procedure, AllOf)
    assert len(found.procedure.parts) == 901


def test_a_text_that_is_no_document_is_refused_before_it_is_taken_apart() -> None:
    with pytest.raises(KgError) as fault:
        read("lorem ipsum\n" * 1_000_000)
    assert fault.value.id == "KG-E0208"


def test_a_document_without_a_heading_of_a_coding_part_is_read_and_asked_about() -> None:
    found = read(
        "IPG900 Radiofrequency of the liver\n\nHow it is coded\n\n"
        "Record J12.4 Radiofrequency ablation of lesion of liver.\n\n"
        "The reason goes to C78.7 Secondary malignant neoplasm of liver and intrahepatic bile duct in ICD-10.\n"
    )
    assert [str(p.selector) for p in picks(found.readings[0].procedure)] == ["J12.4"]
    assert [str(p.selector) for p in picks(found.readings[0].diagnosis)] == ["C78.7"]
    assert "KG-W0219" in [w.id for w in found.warnings]
    assert found.review


def test_a_code_told_in_words_at_the_beginning_of_a_wrapped_line_is_in_its_sentence() -> None:
    note = "Note: If the arteries of both sides are closed, Z94.1 Bilateral operation follows\nthe site code."
    found = read(older(f"L71.3 Percutaneous transluminal embolisation of artery\nZ41.3 Uterine artery\n{note}"))
    assert both(found) == ("(L71.3 + Z41.3 + when[Z94.1])", "null")


@pytest.mark.parametrize("verb", ["follows", "supplements", "precedes"])
def test_a_note_goes_on_behind_a_verb_that_needs_a_code(verb: str) -> None:
    lines = (
        "E48.8 Other specified therapeutic fibreoptic endoscopic operations on lower\nrespiratory tract\n\n"
        "Note: If it is staged, Y70.3 First stage of staged operations NOC or Y71.1\n"
        f"Subsequent stage of staged operations NOC {verb} the code that is listed, {verb}\nE48.8.\n"
    )
    found = read_bytes(newer(lines).encode(), "made-up.txt")
    assert told(found.procedure) == "(E48.8 + when[{Y70.3 | Y71.1}])"


def test_words_that_add_a_code_between_two_cases_are_asked_about() -> None:
    lines = "A70.1 Implantation\n\nA code from the range Z09-Z12 is assigned as well.\n\n"
    found = read(newer(f"{lines}For removal of the stimulator:\n\nA70.3 Removal of neurostimulator"))
    assert found.review
    assert not read(newer(lines)).review
