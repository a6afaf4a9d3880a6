"""What documents say, as a coder would read them: one case for each construct, and what is refused."""

from __future__ import annotations

import json

import pytest

from kg.codes import Scheme, parse_selector
from kg.errors import KgError
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Pick, When
from kg.expression.notation import read_recommendation
from kg.expression.recommendation import Reading, Recommendation
from kg.guidance.reading import read_bytes
from kg.rendering.document import Form, render_page, write_page
from kg.rendering.wordings import Style, Wordings, load_wordings

A = {"code": "J12.8", "title": "Other operation"}
B = {"code": "J03.2", "title": "Destruction of lesion"}
Y = {"code": "Y53.4", "title": "Approach"}
Y2 = {"category": "Y68", "title": "Other approach"}
WHEN = "if clips are used"


def lines(procedure: object, diagnosis: object = None, style: Style = Style.NEW) -> list[str]:
    """The lines of the text below the first heading of codes."""
    given = {"id": "IPG900", "title": "A test", "procedure": procedure, "diagnosis": diagnosis}
    r = read_bytes(json.dumps(given).encode(), "IPG900.json")
    text = write_page(render_page(r, style), Form.TEXT).decode()
    found = [line for line in text.split("\n") if line]
    return found[next(i for i, line in enumerate(found) if line.startswith("OPCS")) + 1 :]


@pytest.mark.parametrize(
    ("procedure", "wanted"),
    [
        ({"all_of": [A, Y]}, ["J12.8 Other operation", "Y53.4 Approach"]),
        ({"one_of": [A, B]}, ["J12.8 Other operation", "Or", "J03.2 Destruction of lesion"]),
        (
            {"all_of": [A, {"one_of": [Y, Y2]}]},
            ["J12.8 Other operation", "Y53.4 Approach", "Or", "Y68.- Other approach"],
        ),
        # An Or before a second main code would part the whole list.
        (
            {"all_of": [Y, {"one_of": [A, B]}]},
            ["Y53.4 Approach", "J12.8 Other operation or J03.2 Destruction of lesion"],
        ),
        (
            {"one_of": [{"all_of": [A, Y]}, B]},
            ["J12.8 Other operation", "Y53.4 Approach", "Or", "J03.2 Destruction of lesion"],
        ),
        (
            {"one_of": [A, {"all_of": [B, Y]}]},
            [
                "One of the following combinations is assigned:",
                "J12.8 Other operation",
                "J03.2 Destruction of lesion plus Y53.4 Approach",
            ],
        ),
        (
            {"all_of": [A, {"when": WHEN, "then": Y}]},
            ["J12.8 Other operation", "Note: If clips are used, Y53.4 Approach should also be added."],
        ),
        ({"all_of": [A, {"optional": Y}]}, ["J12.8 Other operation", "Y53.4 Approach (if applicable)"]),
        (
            {"all_of": [A, {"optional": {"all_of": [Y, Y2]}}]},
            [
                "J12.8 Other operation",
                "The following codes may also be added:",
                "Y53.4 Approach",
                "Y68.- Other approach",
            ],
        ),
        (
            {"one_of": [{"when": "open operation", "then": A}, {"when": "stage 2", "then": {"all_of": [B, Y]}}]},
            ["Open operation:", "J12.8 Other operation", "Stage 2:", "J03.2 Destruction of lesion", "Y53.4 Approach"],
        ),
        (
            {"all_of": [A, {"one_of": [{"when": "donor", "then": Y}, {"when": "recipient", "then": Y2}]}]},
            [
                "J12.8 Other operation",
                "Plus one of the following:",
                "Donor:",
                "Y53.4 Approach",
                "Recipient:",
                "Y68.- Other approach",
            ],
        ),
        (
            {"all_of": [A, {"chapter": "Z"}, {"unnamed": "any other operation"}]},
            ["J12.8 Other operation", "A site code from chapter Z", "Note: Any other operation must also be coded."],
        ),
    ],
)
def test_the_usual_words_of_each_construct(procedure: object, wanted: list[str]) -> None:
    assert lines(procedure) == wanted


def test_the_old_layout_tells_the_diagnosis_in_a_sentence() -> None:
    diagnosis = {
        "all_of": [{"code": "C78.7"}, {"when": "if the primary tumour was removed", "then": {"code": "Z85.0"}}]
    }
    assert lines(A, diagnosis, Style.OLD) == [
        "The following codes are assigned:",
        "J12.8 Other operation",
        "In addition ICD-10 code \u2018C78.7\u2019 is assigned.",
        "If the primary tumour was removed, ICD-10 code \u2018Z85.0\u2019 should also be assigned.",
    ]


@pytest.mark.parametrize(
    ("procedure", "words"),
    [
        ({"when": WHEN, "then": A}, "only an addition"),
        ({"all_of": [{"when": WHEN, "then": A}, {"optional": B}]}, "only an addition"),
        ({"all_of": [A, {"when": WHEN, "then": {"when": "if b", "then": Y}}]}, "second condition"),
        ({"one_of": [A, {"all_of": [B, {"when": WHEN, "then": Y}]}]}, "without a heading"),
        ({"all_of": [A, {"when": "if a, or b", "then": Y}]}, "end before its last word"),
        ({"all_of": [A, {"when": "if J03.2 is used", "then": Y}]}, "name a code"),
    ],
)
def test_what_cannot_be_said_in_one_way_only_is_refused(procedure: object, words: str) -> None:
    with pytest.raises(KgError, match=words) as told:
        lines(procedure)
    assert told.value.id == "KG-E0307"


def test_a_condition_that_no_words_are_known_for_is_refused() -> None:
    """No file can hold it: reading refuses a value that its facet has not."""
    picks = [Pick(parse_selector(code, Scheme.OPCS4), citation=None) for code in ("J12.8", "Y53.4")]
    side = AllOf((picks[0], When(Condition("approach", "never", "so"), picks[1])))
    with pytest.raises(KgError, match="no words are known") as told:
        render_page(Recommendation("IPG900", "A test", (Reading(side, None),)), Style.NEW)
    assert told.value.id == "KG-E0307"


def test_each_kind_of_words_is_there_for_the_layouts_that_say_it() -> None:
    kinds = {kind for kind, _ in load_wordings()}
    for kind in kinds - {"condition.refused", "condition.clause"}:
        for style in Style:
            assert all(words.strip() for words in Wordings(style).all(kind))
    assert all(Wordings(style).all(kind) for style in Style for kind in ("or", "plus", "heading.opcs", "heading.icd"))


def test_mark_up_in_titles_is_escaped() -> None:
    given = {
        "id": "IPG900",
        "title": "A <b> & *c*",
        "procedure": {**A, "title": "<i>x</i> [y] * z_"},
        "diagnosis": None,
    }
    page = render_page(read_recommendation(given), Style.NEW)
    html = write_page(page, Form.HTML).decode()
    assert "<h1>IPG900 \u2013 A &lt;b&gt; &amp; *c*</h1>" in html
    assert "J12.8 &lt;i&gt;x&lt;/i&gt; [y] * z_" in html
    assert "http" not in html.replace("http-equiv", "")
    assert r"**J12.8 \<i\>x\</i\> \[y\] \* z\_**" in write_page(page, Form.MARKDOWN).decode()


def test_a_pdf_refuses_characters_that_its_fonts_lack() -> None:
    given = {"id": "IPG900", "title": "Łódź", "procedure": A, "diagnosis": None}
    with pytest.raises(KgError, match=r"U\+0141") as told:
        write_page(render_page(read_recommendation(given), Style.NEW), Form.PDF)
    assert told.value.id == "KG-E0704"
