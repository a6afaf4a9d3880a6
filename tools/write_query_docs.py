"""Write docs/queries.md from the headers of queries/answer/*.rq."""

from pathlib import Path

from kg.graph.query_docs import page

Path(__file__).resolve().parent.parent.joinpath("docs", "queries.md").write_text(page(), encoding="utf-8")
