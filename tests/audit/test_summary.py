"""Summaries and the report: counts are right, small ones do not leave, the page stands by itself."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.audit.disclosure import Rule
from kg.audit.faults import Fault
from kg.audit.report import write_report
from kg.audit.shapes import VERDICTS as SCHEMA
from kg.audit.summary import VERDICTS, GuidanceRow, Published, Summary, as_json, write_csv
from tests.laws.strategies import examples

Row = tuple[str, str, list[str], list[str], str | None, str | None]
EXACT = Rule(1, 1)


def batch(rows: list[Row]) -> Any:
    """Verdicts as the engine makes them, with what is carried along."""
    schema = pa.schema([*SCHEMA, ("year", pa.string()), ("provider", pa.string())])
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    guidance, verdict, missing, broken, year, provider = columns
    ids = [f"secret-{n}" for n in range(len(rows))]
    values = [ids, guidance, verdict, [""] * len(rows), missing, broken, year, provider]
    arrays = [
        pa.array(list(v), pa.string()).dictionary_encode()
        if pa.types.is_dictionary(f.type)
        else pa.array(list(v), f.type)
        for v, f in zip(values, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def row(verdict: str, guidance: str = "IPG1", year: str = "2022-23", provider: str = "RAA") -> Row:
    wrong = {"incomplete": (["Y53.-"], []), "contradicted": ([], ["subsidiary-never-primary"])}
    missing, broken = wrong.get(verdict, ([], []))
    return guidance, verdict, missing, broken, year, provider


def summary(*batches: list[Row]) -> Summary:
    made = Summary()
    for rows in batches:
        made.add(batch(rows))
    return made


def table(published: Published) -> list[dict[str, str]]:
    out = io.StringIO()
    write_csv(out, published)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


rows = st.lists(
    st.builds(
        row,
        st.sampled_from(VERDICTS),
        st.sampled_from(["IPG1", "IPG2"]),
        st.sampled_from(["2021-22", "2022-23"]),
        st.sampled_from(["RAA", "RAB", "RAC"]),
    ),
    max_size=60,
)


@given(rows, rows)
@settings(max_examples=examples(25), deadline=None)
def test_counts_are_those_of_the_rows_however_they_are_cut_into_batches(first: list[Row], second: list[Row]) -> None:
    published = summary(first, second).published(EXACT)
    every = [*first, *second]
    told: Counter[tuple[str, ...]] = Counter()
    for line in table(published):
        key = (line["table"], line["guidance"], line["value"], line["verdict"])
        told[key] += int(line["episodes"])
    expected: Counter[tuple[str, ...]] = Counter()
    for guidance, verdict, _, _, year, provider in every:
        expected["guidance", guidance, "", verdict] += 1
        expected["year", guidance, str(year), verdict] += 1
        expected["provider", guidance, str(provider), verdict] += 1
        if verdict != "valid":
            expected["error", guidance, "", verdict] += 1
    assert +told == expected


@given(rows)
@settings(max_examples=examples(25), deadline=None)
def test_no_figure_between_1_and_7_and_none_but_multiples_of_5_is_published(every: list[Row]) -> None:
    published = summary(every).published(episodes=len(every))
    for line in table(published):
        if line["episodes"] != "*":
            assert int(line["episodes"]) % 5 == 0, line
            assert int(line["episodes"]) == 0 or int(line["episodes"]) >= 8
    page = write_report(published, "Audit", "about")
    figures = re.findall(r">([\d,]+)<", page)
    assert all(int(f.replace(",", "")) % 5 == 0 for f in figures), figures


def valid_by_provider(*counts: int) -> list[str]:
    every = [row("valid", provider=f"R{n}") for n, count in enumerate(counts) for _ in range(count)]
    lines = table(summary(every).published())
    return [line["episodes"] for line in lines if line["table"] == "provider" and line["verdict"] == "valid"]


def test_a_breakdown_that_would_tell_a_small_number_is_not_published() -> None:
    assert valid_by_provider(60, 3, 4) == ["60", "*", "*"]
    assert valid_by_provider(60, 3) == ["60", "*"]
    assert valid_by_provider(7, 7, 7, 7) == []  # 28 is published as 30, which is 28 at least
    assert valid_by_provider(3, 9) == []


def test_the_commonest_errors_are_told_with_their_repair_and_rare_ones_not_at_all() -> None:
    every: list[Row] = (
        [row("incomplete")] * 40 + [row("contradicted")] * 12 + [("IPG1", "incomplete", ["Z94.-"], [], None, None)] * 7
    )
    repairs = {("IPG1", Fault(("Y53.-",))): "add one code of Y53.- as procedure 3"}
    (found,) = summary(every).published(repairs=repairs).guidances
    assert [(f.verdict, f.fault, f.episodes.value, f.repair) for f in found.faults] == [
        ("incomplete", Fault(("Y53.-",)), 40, "add one code of Y53.- as procedure 3"),
        ("contradicted", Fault((), ("subsidiary-never-primary",)), 10, ""),
    ]


def test_a_few_episodes_do_not_stand_before_thousands_in_the_ranking() -> None:
    few = [row("incomplete", "FEW")] * 9
    many = [row("incomplete", "MANY")] * 700 + [row("valid", "MANY")] * 300
    good = [row("valid", "GOOD")] * 500 + [row("incomplete", "GOOD")] * 20
    published = summary(few + many + good).published()
    assert [r.guidance for r in published.worst_first] == ["FEW", "MANY", "GOOD"] or [
        r.guidance for r in published.worst_first
    ] == ["MANY", "FEW", "GOOD"]
    assert published.worst_first[-1].guidance == "GOOD"
    three = GuidanceRow("X", "", {v: EXACT.cell(n) for v, n in zip(VERDICTS, (0, 3, 0), strict=True)}, {})
    assert three.badness < next(r for r in published.guidances if r.guidance == "MANY").badness


class Page(HTMLParser):
    """Checks that what is opened is closed, and gathers what a page could ask for elsewhere."""

    VOID = ("meta", "br", "rect", "line", "polyline")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.asks: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        found = dict(attrs)
        self.ids |= {found["id"] or ""} if "id" in found else set()
        for name in ("src", "href", "action", "data", "srcset"):
            if (value := found.get(name)) is not None:
                if value.startswith("#"):
                    self.links.add(value[1:])
                else:
                    self.asks.append(value)
        if tag in ("script", "link", "img", "iframe", "object"):
            self.asks.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def full_page(title: str = "Cryotherapy <b>of</b> & the liver", provider: str = "RAA") -> str:
    every: list[Row] = []
    for n, verdict in enumerate(VERDICTS):
        for year in ("2021-22", "2022-23", "2023-24"):
            every += [row(verdict, year=year, provider=provider)] * (60 - 10 * n) + [
                row(verdict, year=year, provider="RAB")
            ] * 30
            every += [row("valid", "IPG2", year, "RAB")] * 90
    published = summary(every).published(titles={"IPG1": title}, notes=[("KG-W1221", "12 codes of impossible shape")])
    return write_report(published, "Audit", "2 files, 21 November 2026")


def test_the_page_asks_nothing_of_the_network_and_its_links_lead_somewhere() -> None:
    text = full_page()
    page = Page(text)
    assert page.open == []
    assert page.asks == []
    assert page.links
    assert page.links <= page.ids
    assert "default-src 'none'" in text
    assert "url(" not in text
    assert "@import" not in text


def test_the_worst_coded_guidance_and_its_repair_stand_at_the_top() -> None:
    text = full_page()
    top = text[text.index("<h1>") :][:900]
    assert "Worst coded" in top
    assert "IPG1" in top
    assert "add one code of Y53.-" in top


def test_each_plot_has_a_table_and_no_identifier_is_in_the_page() -> None:
    text = full_page()
    sections = [s for s in text.split("<section") if "<figure" in s]
    assert len(sections) == 3
    assert all("<table" in s for s in sections)
    assert "secret" not in text


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", '"><img src=x>', "\u202eabc\x1b[2J"])
def test_words_of_others_are_shown_and_not_obeyed(words: str) -> None:
    text = full_page(words, words)
    assert Page(text).asks == []
    assert not set(text) & set("\u202e\x1b")


def test_names_that_a_spreadsheet_would_take_for_formulas_are_not() -> None:
    every = [row("valid", provider="=cmd()")] * 30
    assert {line["value"] for line in table(summary(every).published()) if line["table"] == "provider"} == {"'=cmd()"}


def test_an_audit_without_any_verdict_has_a_page_too() -> None:
    published = Summary().published()
    assert table(published) == []
    assert Page(write_report(published, "Audit", "nothing")).open == []


def test_as_json_a_guidance_has_what_its_rows_of_the_table_have() -> None:
    rows = [row("valid")] * 41 + [row("incomplete", year="2023-24")] * 22 + [row("contradicted")] * 3
    published = summary(rows).published(titles={"IPG1": "A title"})
    (one,) = map(as_json, published.guidances)
    assert {name: one[name] for name in ("guidance", "title", *VERDICTS)} == {
        "guidance": "IPG1", "title": "A title", "valid": 40, "incomplete": 20, "contradicted": None,
    }  # fmt: skip
    assert one["by"]["year"]["2023-24"]["incomplete"] == 20
    assert one["errors"] == [
        {"verdict": "incomplete", "missing": ["Y53.-"], "broken": [], "episodes": 20, "repair": "add one code of Y53.-"}
    ]
    shown = {(r["table"], r["value"], r["verdict"]): r["episodes"] for r in table(published) if r["table"] != "error"}
    counts = {("guidance", "", v): one[v] for v in VERDICTS}
    counts |= {(b, key, v): n for b, keys in one["by"].items() for key, told in keys.items() for v, n in told.items()}
    assert {key: "*" if n is None else str(n) for key, n in counts.items()} == shown
