"""The shipped examples say what was published: each is read to the intended meaning."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from kg import resources
from kg.codes import Scheme
from kg.expression.combination import combinations
from kg.expression.notation import read_expression, write_expression
from kg.guidance.reading import read_file

IMAGE = {"one_of": [{"category": "Y53"}, {"category": "Y68"}]}
EXPECTED: dict[str, dict[str, Any]] = {
    "IPG369.txt": {
        "procedure": {
            "one_of": [
                {"when": "open", "then": {"all_of": [{"code": "J03.2"}, {"code": "Y13.2"}]}},
                {"when": "percutaneous", "then": {"all_of": [{"code": "J12.8"}, {"code": "Y13.2"}, IMAGE]}},
            ]
        },
        "diagnosis": {"code": "C78.7"},
    },
    "IPG553.md": {
        "procedure": {
            "all_of": [
                {
                    "one_of": [
                        {"all_of": [{"code": "J03.2"}, {"code": "Y13.7"}]},
                        {"when": "laparoscopic", "then": {"code": "J08.3"}},
                        {"when": "percutaneous", "then": {"code": "J12.7"}},
                    ]
                },
                {"when": "image control", "then": IMAGE},
            ]
        },
        "diagnosis": {"code": "C78.7"},
    },
    "IP1062-2.txt": {
        "procedure": {
            "all_of": [
                {"code": "J16.1"},
                {"one_of": [{"category": "Y53"}, {"category": "Y68"}, {"category": "Y79"}]},
                {"code": "Y73.2"},
                {"range": ["X70", "X71"]},
            ]
        },
        "diagnosis": {"one_of": [{"category": "C22"}, {"code": "C78.7"}]},
    },
    "IPG672.yaml": {
        "procedure": {
            "all_of": [
                {"code": "J12.3"},
                {"code": "X65.3"},
                {"code": "Y36.4"},
                {"optional": {"category": "Y89"}},
                {"code": "Y53.4"},
            ]
        },
        "diagnosis": {
            "all_of": [
                {"code": "C78.7"},
                {"one_of": [{"code": "Z85.0"}, {"category": "C18"}, {"code": "C19"}, {"code": "C20"}]},
            ]
        },
    },
    "IPG688.json": {
        "procedure": {
            "all_of": [{"one_of": [{"code": "T41.6"}, {"code": "T42.5"}]}, {"code": "T48.2"}, {"category": "X72"}]
        },
        "diagnosis": {"code": "C78.6"},
    },
}
COUNTS = {
    "IPG369.txt": (3, 1),
    "IPG553.md": (9, 1),
    "IP1062-2.txt": (3, 2),
    "IPG672.yaml": (2, 4),
    "IPG688.json": (2, 1),
}


def meaning(expression: Any) -> Counter[tuple[str, ...]]:
    """The combinations of selectors, without what they rest on."""
    return Counter(tuple(sorted(map(str, one.selectors))) for one in combinations(expression))


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_is_read_to_what_was_published(name: str) -> None:
    found = read_file(resources.path("examples/guidance") / name)
    for side, scheme in (("procedure", Scheme.OPCS4), ("diagnosis", Scheme.ICD10)):
        wanted = read_expression(EXPECTED[name][side], scheme)
        got = found.procedure if side == "procedure" else found.diagnosis
        assert meaning(got) == meaning(wanted), json.dumps(write_expression(got), indent=1)
    assert (combinations(found.procedure).count, combinations(found.diagnosis).count) == COUNTS[name]


def test_only_the_ambiguous_example_asks_for_review() -> None:
    folder = resources.path("examples/guidance")
    asking = {name for name in EXPECTED if read_file(folder / name).review}
    assert asking == {"IP1062-2.txt"}
    assert len(read_file(folder / "IP1062-2.txt").readings) > 1


def test_every_example_is_listed_and_every_listed_one_is_there() -> None:
    folder = resources.path("examples")
    told = (folder / "README.md").read_text(encoding="utf-8")
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"README.md"}
    assert {name for name in there if f"`{name}`" in told} == there
    assert set(EXPECTED) == {path.name for path in (Path(folder) / "guidance").iterdir()}
