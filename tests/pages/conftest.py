"""A served store for the pages: the examples, a made-up release in two editions, and a guidance that means harm."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.building import build
from kg.terminology.sample.writing import sample_release
from tests.serve.serving import serving

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples" / "guidance"
HARM = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def hostile() -> dict[str, object]:
    """A recommendation whose every text would be a script if it were not taken for text."""
    picks = [
        {"code": code, "title": HARM, "citation": {"start": start, "end": start + len(HARM), "quote": HARM}}
        for code, start in (("B27.4", 0), ("B28.1", 200))
    ]
    branches = [{"when": HARM, "then": picks[0]}, {"when": "otherwise", "then": picks[1]}]
    return {
        "id": "HARM-1",
        "title": HARM,
        "snomed": [{"id": "709020001", "term": HARM, "section": "procedure"}],
        "procedure": {"one_of": branches},
        "diagnosis": {"unnamed": HARM},
    }


def large(codes: int) -> dict[str, object]:
    """A recommendation that names many codes."""
    picks = [{"code": f"{letter}{n:02d}.1", "title": "Other specified operation on something long"}
             for letter in "ABCDEFG" for n in range(1, 11)]  # fmt: skip
    return {
        "id": "LARGE-1",
        "title": "One of many",
        "procedure": {"all_of": [{"one_of": picks[:codes]}, {"category": "Y53"}]},
        "diagnosis": None,
    }


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that has all that the pages show."""
    folder = tmp_path_factory.mktemp("site")
    for edition in (1, 2):
        sample_release(folder / f"release-{edition}", 500, 1, edition=edition)
    for told in (hostile(), large(60)):
        (folder / f"{told['id']}.json").write_text(json.dumps(told))
    sources = [*sorted(EXAMPLES.glob("*.*")), *sorted(folder.glob("*.json"))]
    build(sources, folder / "store", releases=[folder / "release-1", folder / "release-2"])
    return folder / "store"


@pytest.fixture(scope="session")
def site(store: Path) -> Iterator[str]:
    """The address of a server of that store."""
    with serving("--store", store, "--seconds", "60") as address:
        yield address
