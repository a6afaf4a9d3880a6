"""The first audit on a machine says what it waits for; the next ones have nothing to say."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kg.audit.kernels.compiling import told_of_compiling


def test_compiling_is_told_once_and_not_where_all_is_compiled() -> None:
    numba: Any = import_module("numba")

    def one(n: int) -> int:
        return n + 1

    def other(n: int) -> int:
        return n + 2

    functions = [numba.njit(one), numba.njit(other)]
    told: list[str] = []
    for said in (["compiling"], ["compiling"]):
        with told_of_compiling(lambda: told.append("compiling")):
            assert [function(1) for function in functions] == [2, 3]
        assert told == said
    numba.njit(lambda n: n)(1)
    assert told == ["compiling"]  # outside nobody listens
