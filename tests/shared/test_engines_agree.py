"""A slice of `make engines`: episodes of the recommendations of ../shared, judged by the engines without a server."""

from __future__ import annotations

from pathlib import Path

from tools.campaign_engines import Case, arrow, compare_queries, compare_rows, kept_rows, prepare


def test_the_audit_and_the_exported_queries_say_what_check_says(shared: Path, tmp_path: Path) -> None:
    case = Case(seed=5, episodes=600, generated=0, corpus=shared / "corpus")
    prepare(case, tmp_path, 1)
    assert len(list(kept_rows(case, tmp_path))) > 600
    assert compare_rows("arrow", case, tmp_path, arrow) == 0
    assert compare_queries("duckdb", case, tmp_path, 10) == 0
