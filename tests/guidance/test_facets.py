"""The words and codes by which facets are recognised."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.codes import Scheme, parse_selector
from kg.expression.condition import STATED
from kg.facets import Fact, load_facets, load_lexicon


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("If performed as a laparoscopic procedure", ("approach", "laparoscopic")),
        ("Open freezing of liver metastases", ("approach", "open")),
        ("through the skin", ("approach", "percutaneous")),
        ("percutaneous transluminal", ("approach", "transluminal")),
        ("ultrasound-guided", ("image-control", "ultrasound")),
        ("when the procedure uses image control and the title does not say which", ("image-control", "used")),
        ("for the donor", ("person", "donor")),
        ("Stage 2", ("stage", "2")),
        ("the primary has been eradicated", ("primary-tumour", "eradicated")),
        ("the primary has not been eradicated", ("primary-tumour", "present")),
        ("not laparoscopic", ("stated", "not-laparoscopic")),
        ("laparoscopic or percutaneous", ("stated", "laparoscopic-or-percutaneous")),
        ("if a valve is repaired", ("stated", "if-a-valve-is-repaired")),
        ("the opening of the duct", ("stated", "the-opening-of-the-duct")),
    ],
)
def test_words_of_a_condition_name_its_facet(words: str, fact: tuple[str, str]) -> None:
    assert load_lexicon().condition(words).fact == fact


@pytest.mark.parametrize(
    ("title", "facts"),
    [
        (
            "Fluoroscopy guided percutaneous perfusion of liver",
            (("approach", "percutaneous"), ("image-control", "fluoroscopic")),
        ),
        ("Primary malignant neoplasm of liver", (("tumour", "primary"),)),
        ("Secondary malignant neoplasm of liver", (("tumour", "secondary"),)),
        ("Ultrasonic destruction of organ NOC", ()),
        ("Approach to organ under ultrasonic control", (("image-control", "ultrasound"),)),
    ],
)
def test_titles_state_facts_by_whole_words(title: str, facts: tuple[tuple[str, str], ...]) -> None:
    assert load_lexicon().stated_in(title) == facts


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("Z85.0", (("primary-tumour", "eradicated"),)),
        ("C18.-", (("primary-tumour", "present"),)),
        ("C78.7", (("tumour", "secondary"),)),
        ("K21.9", ()),
    ],
)
def test_codes_state_facts_by_their_use(code: str, facts: tuple[tuple[str, str], ...]) -> None:
    assert load_lexicon().stated_by(parse_selector(code, Scheme.ICD10)) == facts


def test_a_kind_of_image_implies_that_an_image_was_used() -> None:
    facets = load_facets()
    assert facets.implies("image-control", "fluoroscopic", "used")
    assert facets.excludes("image-control", "ct", "mri")
    assert facets.excludes("approach", "laparoscopic", "endoscopic")


@pytest.mark.parametrize(
    "words",
    [
        "unless the operation is open",
        "if image control is not used",
        "if image control is not stated in the title",
        "if ultrasound was not used",
        "except where the operation is open",
        "non-fluoroscopic guidance",
        "instead of a laparoscopic approach",
        "failed laparoscopic approach",
        "a laparoscopy that fails, so that the abdomen is opened",
        "failing percutaneous access",
        "prior to open operation",
        "after a previous laparoscopic operation",
        "converted to an open operation",
        "part of another open operation on the heart",
        "if the wound is left open",
        "open angle glaucoma",
        "in an open-label trial",
        "during the open study",
        "stage 2 disease",
        "stage I tumour",
        "if the primary tumour is not present",
        "unless the primary tumour has been removed",
        "removal of the pelvic lymph nodes",
        "implantation without a trial",
        "the donor site",
        "ultrasound energy",
    ],
)
def test_words_that_say_something_else_keep_to_themselves(words: str) -> None:
    assert load_lexicon().condition(words).facet == STATED


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("the primary tumour was removed", ("primary-tumour", "eradicated")),
        ("if the primary tumour is no longer present", ("primary-tumour", "eradicated")),
        ("if the primary tumour has not been eradicated", ("primary-tumour", "present")),
        ("image control used and type not stated by the procedure code", ("image-control", "used")),
        ("open operation on the heart", ("approach", "open")),
        ("For removal of the device", ("operation", "removal")),
        ("First stage (test stimulation)", ("stage", "1")),
        ("a percutaneous operation to", ("approach", "percutaneous")),
    ],
)
def test_words_that_say_a_value_and_nothing_else_name_it(words: str, fact: tuple[str, str]) -> None:
    assert load_lexicon().fact(words) == fact


# Words round a value that deny it, put it at another time or compare with it; {} is the value.
TURNED = (
    "not {}", "if not {}", "no {}", "without {}", "unless {}", "unless the operation is {}", "except {}",
    "except where {} is used", "other than {}", "rather than {}", "instead of {}", "in place of {}",
    "neither {} nor another",
    "failed {}", "failing {}", "after failed {}", "abandoned {}", "prior to {}", "before {}", "a previous {}",
    "history of {}",
    "if {} is not used", "if {} was not possible", "where {} has not been done", "if {} is never used", "{} fails",
    "if {} is abandoned", "{} cannot be used", "if {} is contraindicated", "in the absence of {}", "{} not possible",
)  # fmt: skip


def turned(frame: str) -> Iterator[tuple[str, Fact]]:
    """The words that a frame turns round, with their facts: a primary tumour that is history is eradicated."""
    for phrase, fact in load_lexicon().words.items():
        if frame != "history of {}" or "primary" not in fact[0] + fact[1]:
            yield phrase, fact


@pytest.mark.parametrize("frame", TURNED)
def test_no_value_is_recognised_where_its_words_are_turned_round(frame: str) -> None:
    lexicon = load_lexicon()
    wrong = [phrase for phrase, fact in turned(frame) if lexicon.fact(frame.format(phrase)) == fact]
    assert wrong == []


@pytest.mark.parametrize("frame", TURNED)
def test_no_title_states_a_value_where_its_words_are_turned_round(frame: str) -> None:
    lexicon = load_lexicon()
    wrong = [phrase for phrase, fact in turned(frame) if fact in lexicon.stated_in(frame.format(phrase))]
    assert wrong == []


@given(st.data())
def test_a_condition_with_a_word_that_is_not_known_keeps_to_itself(data: st.DataObject) -> None:
    """Whatever the word, nobody need have foreseen it. Behind a preposition any words name what is operated on."""
    lexicon = load_lexicon()
    phrase = data.draw(st.sampled_from(sorted(lexicon.words)))
    known = frozenset(word for facet in lexicon.order for word in lexicon.around.words[facet, "beside"])
    words = st.text("bcdfghjkqvwxz", min_size=3, max_size=8).filter(lambda word: word not in known)
    strange = data.draw(words)
    before = data.draw(st.booleans())
    assert lexicon.fact(f"{strange} {phrase}" if before else f"{phrase} {strange}") is None


@pytest.mark.parametrize("phrase", sorted(load_lexicon().words))
def test_the_words_of_a_value_alone_name_it(phrase: str) -> None:
    lexicon = load_lexicon()
    assert lexicon.fact(phrase) == lexicon.words[phrase]


@pytest.mark.parametrize(
    ("title", "facts"),
    [
        ("Debridement of open fracture of bone", ()),
        ("Primary open angle glaucoma", ()),
        ("High intensity focused ultrasound of prostate", ()),
        ("Allotransplantation of kidney from live donor", ()),
        ("Failed percutaneous transluminal approach converted to open", (("approach", "open"),)),
        ("Conversion from previous prosthetic replacement of head of femur NEC", ()),
    ],
)
def test_titles_state_no_value_that_they_speak_of_in_another_way(
    title: str, facts: tuple[tuple[str, str], ...]
) -> None:
    assert load_lexicon().stated_in(title) == facts
    assert load_lexicon().named_in(title)
