"""Codes are read in every form in which people print them, and printed in one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codes import Category, Chapter, Chapters, Code, One, Range, Scheme, covers, may_lead, overlap, parse_selector
from kg.errors import KgError

OPCS4, ICD10 = Scheme.OPCS4, Scheme.ICD10
OVERFLOW = Chapters({"O01": "L", "O11": "Z", "O12": "Z", "O28": "Z"})

PRINTED = [
    # printed, scheme, canonical, why
    ("J12.8", OPCS4, "J12.8", "as the book prints it"),
    ("J128", OPCS4, "J12.8", "as hospital data hold it"),
    ("j12.8", OPCS4, "J12.8", "typed in a hurry"),
    ("V55. 1", OPCS4, "V55.1", "a blank behind the point"),
    ("J03\u00a0.2", OPCS4, "J03.2", "a non-breaking space"),
    ("J03.\u00ad2", OPCS4, "J03.2", "a soft hyphen"),
    (" Y53.4 ", OPCS4, "Y53.4", "blanks around"),
    ("C78.7", ICD10, "C78.7", "four characters"),
    ("C787", ICD10, "C78.7", "without the point"),
    ("C19", ICD10, "C19", "a category without subdivision"),
    ("C19.X", ICD10, "C19", "with the filler"),
    ("C19X", ICD10, "C19", "with the filler, as hospital data hold it"),
    ("C61.x", ICD10, "C61", "filler in lower case"),
    ("M90.00", ICD10, "M90.00", "five characters"),
    ("M9000", ICD10, "M90.00", "five characters without the point"),
    ("M45.X0", ICD10, "M45.X0", "a filler before a fifth character stays"),
    ("H19.8A", ICD10, "H19.8A", "the asterisk code of a pair"),
    ("H19.8*", ICD10, "H19.8A", "the same as the book marks it"),
    ("A17.0\u2020", ICD10, "A17.0D", "the dagger code of a pair"),
    ("I390 A", ICD10, "I39.0A", "an older spelling of the UK maps"),
    ("G35XD", ICD10, "G35.XD", "filler and dagger: the mark stands in the fifth place, as in records"),
]


@pytest.mark.parametrize(("printed", "scheme", "canonical", "why"), PRINTED)
def test_each_printed_form_of_a_code_is_read(printed: str, scheme: Scheme, canonical: str, why: str) -> None:
    assert str(Code.parse(printed, scheme)) == canonical, why


@pytest.mark.parametrize(
    ("printed", "scheme", "id", "hint"),
    [
        ("J03.2l", OPCS4, "KG-E0412", "Did you mean J03.2?"),
        ("JO3.2", OPCS4, "KG-E0412", "Did you mean J03.2?"),
        ("J12", OPCS4, "KG-E0412", ""),
        ("J12.88", OPCS4, "KG-E0412", "Did you mean J12.8?"),
        ("", OPCS4, "KG-E0412", ""),
        ("12.8", OPCS4, "KG-E0412", ""),
        ("C7B.7", ICD10, "KG-E0413", ""),
        ("C78.7.1.2", ICD10, "KG-E0413", ""),
        ("C78.7;", ICD10, "KG-E0413", "Did you mean C78.7?"),
    ],
)
def test_what_is_not_a_code_is_refused_with_a_suggestion(printed: str, scheme: Scheme, id: str, hint: str) -> None:
    with pytest.raises(KgError) as fault:
        Code.parse(printed, scheme)
    assert (fault.value.id, fault.value.hint) == (id, hint)


@given(st.sampled_from("ABCDEFGHJKLMNPQRSTUVWXYZ"), st.integers(0, 99), st.integers(0, 9))
def test_what_is_printed_is_read_back_equal(letter: str, category: int, figure: int) -> None:
    code = Code(OPCS4, f"{letter}{category:02d}.{figure}")
    assert Code.parse(str(code), OPCS4) == code == Code.parse(code.key, OPCS4)
    for selector in (One(code), Category(OPCS4, code.category), Chapter(OPCS4, letter)):
        assert parse_selector(str(selector), OPCS4) == selector
        assert covers(selector, code, OVERFLOW)


@given(st.text(max_size=12))
def test_no_text_makes_the_readers_fail_otherwise_than_with_their_error(text: str) -> None:
    for scheme in Scheme:
        try:
            selector = parse_selector(text, scheme)
        except KgError as fault:
            assert fault.id in {"KG-E0412", "KG-E0413", "KG-E0416"}
        else:
            assert parse_selector(str(selector), scheme) == selector


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("Y53.-", "Y53.-"), ("Y53. -", "Y53.-"), ("Y53-", "Y53.-"), ("Y53.\u2013", "Y53.-"), ("L76", "L76.-"),
        ("X70-X71", "X70-X71"), ("X70\u2013X72", "X70-X72"), ("X70.- \u2013 X71.-", "X70-X71"),
        ("X70 to X71", "X70-X71"),
        ("O64.0-O66.3", "O64.0-O66.3"), ("Z", "Z"), ("z", "Z"),
    ],
)  # fmt: skip
def test_each_printed_form_of_a_selector_is_read(printed: str, canonical: str) -> None:
    assert str(parse_selector(printed, OPCS4)) == canonical


def test_three_characters_are_a_category_in_opcs4_and_a_code_in_icd10() -> None:
    assert parse_selector("C19", OPCS4) == Category(OPCS4, "C19")
    assert parse_selector("C19", ICD10) == One(Code(ICD10, "C19"))


def test_the_same_letters_of_two_classifications_never_match() -> None:
    assert not covers(parse_selector("Z94", OPCS4), Code.parse("Z94.1", ICD10), OVERFLOW)
    assert not overlap(parse_selector("Z94", OPCS4), parse_selector("Z94.-", ICD10), OVERFLOW)


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(KgError) as fault:
        parse_selector("X71-X70", OPCS4)
    assert (fault.value.id, fault.value.hint) == ("KG-E0416", "Did you mean X70-X71?")


@pytest.mark.parametrize(
    ("selector", "code", "expected"),
    [
        ("Y53.-", "Y53.4", True), ("Y53.-", "Y54.4", False), ("X70-X71", "X71.9", True), ("X70-X71", "X72.1", False),
        ("Z", "Z12.3", True), ("Z", "O11.1", True), ("Z", "O01.1", False),
        ("L", "O01.1", True), ("O11.-", "O11.1", True),
        ("O64.0-O66.3", "O66.3", True), ("O64.0-O66.3", "O66.4", False), ("O64.1-O66.3", "O64.0", False),
    ],
)  # fmt: skip
def test_which_codes_a_selector_covers(selector: str, code: str, expected: bool) -> None:
    assert covers(parse_selector(selector, OPCS4), Code.parse(code, OPCS4), OVERFLOW) is expected


def test_a_code_covers_what_stands_below_it_and_the_mark_of_a_pair_does_not_matter() -> None:
    assert covers(parse_selector("M80.4", ICD10), Code.parse("M80.40", ICD10), OVERFLOW)
    assert covers(parse_selector("H19.8", ICD10), Code.parse("H19.8A", ICD10), OVERFLOW)
    assert covers(parse_selector("C19.-", ICD10), Code.parse("C19.X", ICD10), OVERFLOW)
    assert not covers(parse_selector("C78.7", ICD10), Code.parse("C78", ICD10), OVERFLOW)


@pytest.mark.parametrize(
    ("selector", "leads"),
    [
        ("J12.8", True),
        ("Y53.-", False),
        ("Z94.2", False),
        ("Z", False),
        ("O11.2", False),
        ("O01.-", True),
        ("O11-O12", False),
        ("X70-X71", True),
    ],
)
def test_subsidiary_chapters_and_their_overflow_never_lead(selector: str, leads: bool) -> None:
    assert may_lead(parse_selector(selector, OPCS4), OVERFLOW) is leads


@given(st.data())
def test_two_selectors_overlap_when_some_code_is_covered_by_both(data: st.DataObject) -> None:
    pool = ["Y53.-", "Y53.4", "Y50-Y55", "Y", "Z", "O11.1", "O11-O12", "O12.-", "L", "O01.-", "J12.8", "X70-X71"]
    a, b = (parse_selector(data.draw(st.sampled_from(pool)), OPCS4) for _ in "ab")
    codes = [
        Code(OPCS4, f"{c}.{n}")
        for c in ("Y53", "Y50", "O11", "O12", "O01", "L01", "Z01", "J12", "X70", "X71")
        for n in range(10)
    ]
    both = any(covers(a, c, OVERFLOW) and covers(b, c, OVERFLOW) for c in codes)
    assert overlap(a, b, OVERFLOW) is both


def test_a_range_is_a_value_of_its_own_end_points() -> None:
    assert parse_selector("X70-X71", OPCS4) == Range(OPCS4, "X70", "X71")
