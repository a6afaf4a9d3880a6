"""The OpenAPI document is true: whatever it allows is answered as it says, and what it does not allow is refused."""

import os
import subprocess
import sysconfig
from pathlib import Path

from kg.serve.operations import operations
from kg.serve.questions import QUESTIONS

PROGRAM = Path(sysconfig.get_path("scripts")) / "schemathesis"
SEED = ("--seed", "1") if os.environ.get("CI", "").lower() == "true" else ()


def test_every_operation_is_as_described(whole: str, tmp_path: Path):
    # A schema cannot say which codes there are: a well-formed request may ask for what is refused.
    words = ("--checks", "all", "--exclude-checks", "positive_data_acceptance")
    phases = ("--phases", "examples,coverage,fuzzing", "--max-examples", "3", *SEED)
    told = subprocess.run(
        [PROGRAM, "run", f"{whole}/api/openapi.json", *words, *phases, "--no-color"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert told.returncode == 0, told.stdout[-6_000:]
    assert f"Tested: {sum(map(len, operations().values()))}" in told.stdout


def test_each_operation_asks_a_question_that_there_is():
    asked = [one.name for methods in operations().values() for one in methods.values()]
    assert len(asked) == len(set(asked)) > 10
    assert set(asked) <= set(QUESTIONS)
