"""Laws of reading that hold for any text."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.citation import Citation
from kg.errors import KgError
from kg.expression.nodes import walk
from kg.expression.recommendation import Recommendation
from kg.guidance.page.prose import fold, sentences
from kg.guidance.page.spots import spots
from kg.guidance.reading import read_bytes
from tests.guidance.wordings import Wording, newer, told, wordings

# What documents are made of, and what breaks them; one piece a line.
PIECES = [
    "",
    "J03.2 Destruction of lesion",
    "Y53.-",
    "Y53.- Approach (if used)",
    "Or",
    "Plus",
    "and",
    "Note:",
    "If open:",
    "Open:",
    "one of the following:",
    "X70-X71",
    "In addition ICD-10 code C78.7",
    "C19 or C20",
    "Site code",
    "Includes: a",
    "may be added",
    "Term (737083005)",
    "is not used",
    "instead",
    "depending on",
    "Diagnosis:",
    "OPCS-4 code(s):",
    "IPG1 Title",
    "Chapter Z",
    "only if",
    "the latter code",
    "Get involved",
    "E10.3†",
    "H36.0*",
    "either",
    "1.",
    "K25",
    "otherwise Y11.1",
    "Plus the following code:",
    "",
][1:-1]
BREAKS = ["(", ")", "**", "*", "\n", "\n\n", ".", ":", ";", "|", "# ", "\u00a0", "\u00ad", "\u2022 ", "_"]
documents = st.lists(st.sampled_from(PIECES) | st.sampled_from(BREAKS) | st.text(max_size=12), max_size=40).map(
    " ".join
)


@given(documents | st.text(max_size=300))
@settings(deadline=None)
def test_any_text_is_read_or_refused_and_quotes_stand_where_they_are_said_to(text: str) -> None:
    data = text.encode("utf-8", errors="ignore")
    text = data.decode("utf-8").removeprefix("\ufeff")
    try:
        found = read_bytes(data, "x.txt")
    except KgError:
        return
    for reading in found.readings:
        for side in (reading.procedure, reading.diagnosis):
            for node in walk(side) if side is not None else ():
                assert isinstance(node.citation, Citation)
                assert text[node.citation.start : node.citation.end] == node.citation.quote
    assert all(0 <= w.start <= w.end <= len(text) for w in found.warnings)


@given(st.binary(max_size=200), st.sampled_from(["x.txt", "x.md", "x.json", "x.yaml", "x"]))
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    try:
        read_bytes(data, name)
    except KgError as error:
        assert str(error)


@given(st.text(max_size=120))
def test_folding_knows_where_each_character_came_from(text: str) -> None:
    line = text.replace("\n", " ").replace("\r", " ")
    folded = fold(line, 0, len(line))
    assert list(folded.offsets) == sorted(folded.offsets)
    for letter, at in zip(folded.text, folded.offsets, strict=True):
        if letter.isalnum() and ord(letter) < 128 and ord(line[at]) < 128:
            assert line[at] == letter
    assert "".join(s.text for s in sentences(folded)).replace(" ", "") == folded.text.replace(" ", "")


@given(st.text(alphabet="ABJKXYZ0123456789.-* ()to", max_size=40))
def test_codes_found_in_a_text_stand_there_and_do_not_overlap(text: str) -> None:
    found = spots(text)
    assert all(text[s.start : s.end].strip() for s in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@given(st.sampled_from(wordings()), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=60)
def test_a_footer_between_lines_changes_nothing(wording: Wording, chance: random.Random) -> None:
    lines = newer(wording.lines).split("\n")
    places = [i for i, line in enumerate(lines) if not line and i > 4]
    at = chance.choice(places)
    text = "\n".join([*lines[:at], "", "IPG900     page 1", "", *lines[at:]])
    whole, cut = read_bytes(newer(wording.lines).encode(), "x"), read_bytes(text.encode(), "x")
    assert _bare(cut) == _bare(whole)


def _bare(r: Recommendation) -> object:
    return [(told(x.procedure), told(x.diagnosis)) for x in r.readings], r.review
