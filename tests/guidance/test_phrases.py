"""The phrase lexicon and its little language."""

import re

import pytest

from kg.guidance.page.phrases import load_phrases, pattern


@pytest.mark.parametrize(
    ("phrase", "yes", "no"),
    [
        ("one of", ["one of"], ["none of", "one off"]),
        ("code*", ["code", "codes", "coded"], ["decode"]),
        ("(a|one) code", ["a code", "one code"], ["code", "two code"]),
        ("(the)? following", ["following", "the following"], ["a following"]),
        ("following [two] code*", ["following codes", "following two codes"], ["following three codes"]),
        ("not ... coded", ["not coded", "not in any way coded"], ["coded", "not so. Then coded"]),
    ],
)
def test_a_phrase_matches_what_its_notation_says(phrase: str, yes: list[str], no: list[str]) -> None:
    rule = re.compile(pattern(phrase), re.IGNORECASE)
    assert [text for text in yes if not rule.fullmatch(text)] == []
    assert [text for text in no if rule.fullmatch(text)] == []


def test_headings_are_whole_lines() -> None:
    phrases = load_phrases()
    assert phrases.whole("line.diagnosis", "Diagnosis or health condition:")
    assert not phrases.whole("line.diagnosis", "The diagnosis or health condition is coded")


def test_every_kind_that_the_reader_asks_for_is_in_the_lexicon() -> None:
    from pathlib import Path

    import kg.guidance

    folder = Path(kg.guidance.__path__[0])
    asked = {
        kind
        for file in folder.rglob("*.py")
        for kind in re.findall(r'(?:find|all|whole|opens|patterns\[)\(?"([a-z.-]+)"', file.read_text(encoding="utf-8"))
    }
    assert asked <= set(load_phrases().patterns)
