"""read(render(e)) = e, in both layouts and every format; and damaged documents are read rightly or flagged."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kg.citation import Citation
from kg.codes import Scheme
from kg.errors import KgError
from kg.expression.nodes import Expression, Pick, When, walk
from kg.expression.recommendation import Reading, Recommendation, Side
from kg.guidance import readers
from kg.guidance.reading import read_bytes
from kg.rendering.document import Form, render_page, write_page
from kg.rendering.wordings import Style
from kg.terminology import OpenCodes
from tests.laws.strategies import examples, expressions
from tests.rendering.damage import DAMAGES
from tests.rendering.documents import Draw
from tests.rendering.meaning import Fate, codes_and_concepts, fate, is_another, meaning, whole

RIGHT = (Fate.RIGHT, Fate.RIGHT_FLAGGED)
chances = st.randoms(use_true_random=False)
styles = st.sampled_from(tuple(Style))
seeds = st.none() | st.integers(0, 1000)


def rendered(r: Recommendation, style: Style, seed: int | None, form: Form) -> bytes:
    """The document; what cannot be said is no example."""
    try:
        return write_page(render_page(r, style, seed=seed), form)
    except KgError as fault:
        assert fault.id == "KG-E0307"
        assume(False)
        raise


@given(chances, styles, seeds, st.sampled_from((Form.TEXT, Form.MARKDOWN)))
@settings(max_examples=examples(150))
def test_a_rendered_recommendation_reads_as_itself(chance: Random, style: Style, seed: int | None, form: Form) -> None:
    r = Draw(chance).recommendation()
    back = read_bytes(rendered(r, style, seed, form), f"x{form.suffix}")
    assert fate(whole(r), back) in RIGHT, (r, back)


@pytest.mark.parametrize("form", [Form.HTML, Form.DOCX, Form.PDF])
@given(chances, styles, seeds)
@settings(max_examples=examples(12))
def test_every_format_says_the_same(form: Form, chance: Random, style: Style, seed: int | None) -> None:
    r = Draw(chance).recommendation()
    back = read_bytes(rendered(r, style, seed, form), f"x{form.suffix}")
    assert fate(whole(r), back) in RIGHT, (r, back)


@pytest.mark.parametrize("form", list(Form))
@given(chances, styles, seeds)
@settings(max_examples=examples(6))
def test_every_citation_quotes_the_words_at_its_place(
    form: Form, chance: Random, style: Style, seed: int | None
) -> None:
    data = rendered(Draw(chance).recommendation(), style, seed, form)
    document, back = readers.read(data, f"x{form.suffix}"), read_bytes(data, f"x{form.suffix}")
    for node in (node for side in Side if (e := back.side(side)) is not None for node in walk(e)):
        for citation in (node.citation, node.condition.citation if isinstance(node, When) else None):
            if isinstance(citation, Citation):
                assert document.text[citation.start : citation.end] == citation.quote
                assert (citation.box is not None) == (form is Form.PDF)
                assert not isinstance(node, Pick) or str(node.selector)[:3] in citation.quote.replace("\n", " ")


@given(expressions(Scheme.OPCS4, leaves=6), expressions(Scheme.ICD10, leaves=5), styles, seeds)
@settings(max_examples=examples(120))
def test_any_expression_is_said_rightly_or_refused(
    procedure: Expression, diagnosis: Expression, style: Style, seed: int | None
) -> None:
    r = Recommendation("IPG900", "A test", (Reading(procedure, diagnosis),))
    try:
        data = write_page(render_page(r, style, seed=seed), Form.TEXT)
    except KgError as fault:
        assert fault.id == "KG-E0307"
        return
    back = read_bytes(data, "x.txt")
    # The words of the pool state other things than documents do; a person is asked where codes overlap.
    same = [_codes(meaning(r.side(side))) == _codes(meaning(back.side(side))) for side in Side]
    assert all(same) or back.review, data.decode()


def _codes(told: object) -> object:
    match told:
        case (count, dict() as listed):
            return count, sorted(listed)
        case _:
            return told


@given(chances, styles, st.sampled_from(("dashes", "quotes", "blanks", "footers", "bullets", "bold", "no empty lines")))
@settings(max_examples=examples(80))
def test_damage_that_a_person_reads_over_changes_nothing(chance: Random, style: Style, name: str) -> None:
    r = Draw(chance).recommendation()
    text = rendered(r, style, chance.randrange(1000), Form.TEXT).decode()
    back = read_bytes(DAMAGES[name](text, chance).encode(), "x.txt")
    look = codes_and_concepts(r)
    assert fate(look(r), back, look=look) is not Fate.SILENT, text


@given(chances, styles, st.sampled_from(("misread code", "misread", "lost character", "doubled character", "wrapped")))
@settings(max_examples=examples(60))
def test_damage_that_changes_a_letter_or_the_width_is_never_silent(chance: Random, style: Style, name: str) -> None:
    r = Draw(chance).recommendation()
    text = rendered(r, style, chance.randrange(1000), Form.TEXT).decode()
    assume(fate(whole(r), read_bytes(text.encode(), "x.txt")) in RIGHT)
    harmed = DAMAGES[name](text, chance)
    back = read_bytes(harmed.encode(), "x.txt", OpenCodes())
    look = codes_and_concepts(r)
    assert fate(look(r), back, look=look) is not Fate.SILENT or is_another(text, harmed, back), harmed


@given(chances, styles, seeds, st.sampled_from(tuple(Form)))
@settings(max_examples=examples(15))
def test_the_same_recommendation_gives_the_same_bytes(
    chance: Random, style: Style, seed: int | None, form: Form
) -> None:
    r = Draw(chance).recommendation()
    assert rendered(r, style, seed, form) == rendered(r, style, seed, form)


def test_a_condition_inside_a_condition_is_refused() -> None:
    chance = Random(1)  # noqa: S311
    draw = Draw(chance)
    inner = draw.pick()
    from kg.expression.condition import Condition
    from kg.expression.nodes import AllOf

    both = When(Condition.stated("if a"), When(Condition.stated("if b"), inner))
    r = Recommendation("IPG900", "A test", (Reading(AllOf((draw.pick(leads=True), both)), None),))
    with pytest.raises(KgError, match="second condition") as told:
        render_page(r, Style.NEW)
    assert told.value.id == "KG-E0307"
