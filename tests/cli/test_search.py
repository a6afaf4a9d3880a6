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


def test_a_guidance_is_found_by_its_id_however_it_is_divided(found: Callable[..., list[str]]):
    assert found("IPG", "369") == found("ipg-369") == found("ipg369") == ["IPG369"]


@pytest.mark.parametrize("system", ["snomed", "SNOMED CT", "opcs4", "ICD 10", "guidance"])
def test_systems_are_named_as_people_write_them(kg: Kg, store: Path, system: str):
    ran = kg("search", "liver", "--system", system, "-s", store)
    assert (ran.code, "KG-" in ran.err) in ((0, False), (1, False))


def test_a_system_that_there_is_not_and_nothing_to_search_for_are_told(kg: Kg, store: Path):
    ran = kg("search", "liver", "--system", "OPCS-5", "-s", store)
    assert (ran.code, ran.err) == (2, 'KG-E0411  not a coding system: "OPCS-5"\n  Did you mean OPCS-4?\n')
    ran = kg("search", " ", "-s", store)
    assert (ran.code, ran.out) == (2, "")
    assert "nothing to search for" in ran.err
    assert kg("search", "…", "-s", store).code == 1
