"""Search without a release of one's own: what the open list of codes has."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Kg


@pytest.fixture
def found(kg: Kg, store: Path) -> Callable[..., list[str]]:
    def search(*words: str) -> list[str]:
        return [each["id"] for each in kg("search", *words, "-s", store, "--format", "json").json]

    return search


def test_codes_are_found_by_beginnings_of_words_of_their_title_short_ones_first(found: Callable[..., list[str]]):
    codes = found("perc", "oper", "liver", "--system", "opcs4")
    assert codes == ["J13.9", "J12.8", "J12.9", "J13.8"]


def test_a_category_is_found_with_its_codes_in_each_classification_that_has_it(found: Callable[..., list[str]]):
    assert found("j12", "--system", "opcs4", "--limit", "3") == ["J12.-", "J12.1", "J12.2"]
    assert found("C78.-", "--limit", "2") == ["C78.-", "C78.0"]


def test_a_code_in_print_finds_itself_alone(found: Callable[..., list[str]]):
    assert found("j128", "--system", "opcs4") == ["J12.8"]
