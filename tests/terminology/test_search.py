"""Search finds what has the words, the best first, by beginnings and with typing errors."""

from __future__ import annotations

import datetime
import zlib
from collections.abc import Iterator

import pytest

from kg.codes import Scheme
from kg.terminology.search import Search, words_of
from kg.terminology.snomed import SnomedEdition
from tests.terminology.conftest import Loaded


def found(edition: SnomedEdition, text: str, limit: int = 20) -> list[str]:
    return [edition.term_row(hit.term) for hit in edition.search.find(text, limit).hits]


def live(loaded: Loaded) -> Iterator[tuple[str, str]]:
    """Concepts with their active terms."""
    for id, terms in loaded.slow.terms.items():
        if loaded.slow.active[id]:
            yield from ((id, text) for _, text, active in terms if active)


def test_words_are_those_of_the_field() -> None:
    assert words_of("Ménière's disease, B₁₂ (J12.8)") == ["meniere", "s", "disease", "b12", "j12", "8"]
    assert words_of(" - ") == []


@pytest.mark.parametrize("looked_at", [1, 512])
def test_all_that_has_the_words_is_found_and_nothing_else(loaded: Loaded, looked_at: int) -> None:
    edition = loaded.release.snomed()
    search = Search(edition.arrays, looked_at)
    assert len(edition.arrays["word.common"]) > 3  # their bits are asked as well as lists
    terms = [(id, text, words_of(text)) for id, text in live(loaded)]
    for at, (_, _, words) in enumerate(terms[:: len(terms) // 60]):
        chosen = [word[: at % 2 + zlib.crc32(word.encode()) % 5 + 1] for word in words[::2]]
        wanted = {id for id, _, have in terms if all(any(w.startswith(c) for w in have) for c in chosen)}
        answer = search.find(" ".join(chosen), limit=100_000)
        ids = [str(edition.id_of(hit.owner)) for hit in answer.hits]
        assert len(ids) == len(set(ids))
        assert {id for id in ids if loaded.slow.active[id]} == wanted
        order = [loaded.slow.active[id] for id in ids]
        assert order == sorted(order, reverse=True)
        assert ids[:5] == [str(edition.id_of(h.owner)) for h in search.find(" ".join(chosen), 5).hits]


def test_terms_that_a_language_set_has_come_before_those_that_none_has(loaded: Loaded) -> None:
    edition = loaded.release.snomed()
    language = edition.arrays["term.language"].view
    for text in ("liver", "of", "re", "disorder"):
        rows = [hit.term for hit in edition.search.find(text, 100_000).hits]
        active = [row for row in rows if all(edition_says(edition, row))]
        accepted = [language[row] > 0 for row in active]
        assert accepted == sorted(accepted, reverse=True)


def edition_says(edition: SnomedEdition, row: int) -> tuple[int, int]:
    """Whether a term is active, and whether its concept is."""
    arrays = edition.arrays
    return arrays["term.active"].view[row], arrays["concept.active"].view[arrays["term.owner"].view[row]]


def test_a_term_in_full_is_the_first(loaded: Loaded) -> None:
    edition = loaded.release.snomed()
    terms = [text for _, text in live(loaded) if len(words_of(text)) > 1]
    for text in terms[:: len(terms) // 50]:
        assert words_of(found(edition, text.upper())[0]) == words_of(text)


@pytest.mark.parametrize("wrong", ["carcinma", "carcinomma", "carcimona", "karcinoma", "carcinoms", "carcinoam"])
def test_a_word_with_a_typing_error_is_read_as_its_nearest_and_told(loaded: Loaded, wrong: str) -> None:
    answer = loaded.release.snomed().search.find(wrong)
    assert answer.read_as == ((wrong, ("carcinoma",)),)
    assert answer.hits


def test_what_nothing_has_is_not_found(loaded: Loaded) -> None:
    for text in ("qqqqqq", "", "liver qqqqqq", "999999"):
        assert loaded.release.snomed().search.find(text).hits == ()


def test_titles_of_codes_are_found(loaded: Loaded) -> None:
    edition = loaded.release.codes(datetime.date(2025, 6, 1)).edition(Scheme.OPCS4)
    assert edition is not None
    hits = edition.search.find("microwave ablat liver").hits
    assert hits
    assert all("microwave" in (edition.title(edition.keys[hit.owner]) or "").lower() for hit in hits)
