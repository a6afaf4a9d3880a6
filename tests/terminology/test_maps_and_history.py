"""Maps and history of a loaded release, against the slow reading of its files."""

from __future__ import annotations

from itertools import product

import pytest

from kg.codes import Code, Scheme, parse_selector
from kg.errors import KgError
from kg.expression.condition import Condition, Context
from kg.facets import load_lexicon
from kg.reason.map_combinations import AgeBound, Known, map_combinations
from kg.terminology.history import lineages
from kg.terminology.in_use import OpenCodes
from kg.terminology.map_rules import read_age, read_rule
from kg.terminology.mapping import code_of_target, concept_maps, mapped_from
from tests.terminology.conftest import Loaded

CERTAIN = {"900000000000527005", "900000000000526001"}


def test_combinations_are_those_of_the_rows_of_the_files(loaded: Loaded) -> None:
    edition = loaded.release.snomed()
    recognise = load_lexicon().condition
    combined = 0
    for id in sorted(loaded.slow.maps):
        for found in concept_maps(edition, int(id), recognise):
            rows = [row for row in loaded.slow.maps[id] if row[0] == str(found.set.id)]
            if any(row[5] for row in rows):
                continue  # rules: below
            expected: set[tuple[str, tuple[str, ...], bool]] = set()
            for block in {row[1] for row in rows}:
                groups = sorted({row[2] for row in rows if row[1] == block}, key=int)
                lists = [
                    [row[4] for row in sorted(rows, key=lambda r: int(r[3])) if row[1:3] == (block, g)] for g in groups
                ]
                if any(target.startswith("#") for each in lists for target in each):
                    continue
                last = tuple(each[-1] for each in lists)
                expected |= {(block, chosen, chosen == last) for chosen in product(*lists)}
            told = {
                (str(c.block), tuple(code.key for code in c.codes), c.default) for c in map_combinations(found.targets)
            }
            plain = {
                (block, tuple(Code.parse(text, Scheme(found.set.system)).key for text in chosen), default)
                for block, chosen, default in expected
            }
            assert told == plain
            combined += len(told) > 1
    assert combined > 20


def test_the_rule_of_an_age_decides_which_row_is_used(loaded: Loaded) -> None:
    edition = loaded.release.snomed()
    ruled = [id for id, rows in sorted(loaded.slow.maps.items()) if any(row[5].startswith("IFA") for row in rows)]
    assert ruled
    for id in ruled:
        targets = {row[3]: row[4] for row in loaded.slow.maps[id] if row[5]}
        (found,) = (m for m in concept_maps(edition, int(id), load_lexicon().condition) if m.targets[0].ordered)
        for age, priority in ((3.0, "1"), (9000.0, "2")):
            (only,) = map_combinations(found.targets, Known(Context(), age))
            assert str(only.codes[0]) == targets[priority]


def test_the_way_back_finds_the_concepts_that_map_to_a_code(loaded: Loaded) -> None:
    edition = loaded.release.snomed()
    chapters = OpenCodes().chapters
    system = {str(each.id): each.system for each in edition.map_sets}
    for text in ("J45.-", "C50-C60"):
        selector = parse_selector(text, Scheme.ICD10)
        low, high = text.replace(".-", "").split("-")[0], text.replace(".-", "").split("-")[-1]
        expected = {
            id
            for id, rows in loaded.slow.maps.items()
            if any(system[row[0]] == "ICD-10" and low <= row[4][:3] <= high for row in rows)
        }
        assert {str(id) for id in mapped_from(edition, selector, chapters)} == expected


def test_history_leads_to_active_concepts_with_the_kind_of_link(loaded: Loaded) -> None:
    edition = loaded.release.snomed()
    inactive = [id for id in sorted(loaded.slow.history) if not loaded.slow.active[id]]
    assert len(inactive) > 10
    for id in inactive:
        ends: set[str] = set()
        seen, todo = {id}, [id]
        while todo:
            for _, target in loaded.slow.history.get(todo.pop(), ()):
                if loaded.slow.active[target]:
                    ends.add(target)
                elif target not in seen:
                    seen.add(target)
                    todo.append(target)
        ways = lineages(edition, int(id))
        assert {str(way.id) for way in ways} == ends
        for way in ways:
            assert way.is_certain is all(str(link.link_id) in CERTAIN for link in way.links)
            assert all(link.link.isupper() for link in way.links)
    active = next(id for id, lives in loaded.slow.active.items() if lives)
    assert lineages(edition, int(active)) == ()


@pytest.mark.parametrize(
    ("text", "system", "key"),
    [
        ("J128", "OPCS-4", "J128"), ("I438A", "ICD-10", "I438"), ("I390 A", "ICD-10", "I390"),
        ("A33X", "ICD-10", "A33"),
        ("S80.8", "ICD-10", "S808"), ("#NIS", "ICD-10", None), ("NEW", "ICD-10", None), ("", "ICD-10", None),
        ("J12", "OPCS-4", None), ("J128", "", None),
    ],
)  # fmt: skip
def test_targets_in_every_spelling(text: str, system: str, key: str | None) -> None:
    code = code_of_target(text, system)
    assert (code.key if code else None) == key


def facts(rule: str, advice: str = "") -> list[str]:
    found = read_rule(rule, advice, load_lexicon().condition)
    return [str(x.condition if isinstance(x, AgeBound) else x) for x in found]


def test_rules_become_conditions() -> None:
    age = "IFA 445518008 | Age at onset of clinical finding (observable entity) |"
    assert facts("TRUE") == facts("OTHERWISE TRUE") == facts("") == facts("", "ALWAYS J45.9") == []
    assert facts(f"{age} >= 12.0 years AND {age} < 19.0 years") == ["age=>=12 years", "age=<19 years"]
    assert facts("IFA 248152002 | Female (finding) |") == ["sex=female"]
    assert facts("IFA 248153007 | Male (finding) |") == ["sex=male"]
    assert facts("IFA 1 | Laparoscopic approach (qualifier value) |") == ["approach=laparoscopic"]
    assert facts("IFA 74960003 | Acute hepatitis (disorder) |") == ["stated=acute-hepatitis"]
    assert facts("something else") == ["stated=something-else"]


def test_advice_of_rows_without_rule_becomes_conditions() -> None:
    assert facts("", "IF FEMALE CHOOSE N94.6") == ["sex=female"]
    assert facts("", "IF AGE UNDER 15 YEARS CHOOSE J20.9 | ADDITIONAL CODE POSSIBLE") == ["age=<15 years"]
    assert facts("", "IF MALE AGED 18 YEARS OR OVER CHOOSE N40") == ["sex=male", "age=>=18 years"]
    assert facts("", "IF FLUOROSCOPIC GUIDANCE CHOOSE Y53.4") == ["image-control=fluoroscopic"]


def test_ages_are_years_unless_told() -> None:
    assert read_age("2") == read_age("2 years") == 730.5
    assert (read_age("10 days"), read_age("old"), read_age("-1")) == (10.0, None, None)


def test_a_concept_that_is_not_there_has_no_map(loaded: Loaded) -> None:
    with pytest.raises(KgError, match="KG-E0601"):
        concept_maps(loaded.release.snomed(), 22298006, Condition.stated)
