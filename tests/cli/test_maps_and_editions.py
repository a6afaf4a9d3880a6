"""`kg map`, `kg diff`, `kg impact`, history and `kg check --guidances` on stores of two made-up editions."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kg.cli.main import run
from kg.codes import Code, CodeList, Scheme, parse_selector
from kg.terminology.in_use import OpenCodes
from tests.cli.conftest import Kg

SEED = 7
Row = dict[str, str]


def rows(folder: Path) -> list[Row]:
    with (folder / "changes.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def code(row: Row) -> Code:
    return Code.parse(row["id"], Scheme(row["system"]))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two editions; guidances that name what changes and what does not; a store of each and one of both."""
    place = tmp_path_factory.mktemp("editions")
    for edition in (1, 2):
        argv = ["sample-release", str(place / str(edition)), "--concepts", "600", "--seed", str(SEED)]
        assert run([*argv, "--edition", str(edition), "-o", str(place / "told.json")]) == 0
    (place / "guidances").mkdir()
    for item in guidances(place / "1"):
        (place / "guidances" / f"{item['id']}.json").write_text(json.dumps(item), encoding="utf-8")
    for name, editions in (("old", (1,)), ("new", (2,)), ("both", (1, 2))):
        releases = [part for n in editions for part in ("--release", str(place / str(n)))]
        argv = ["build", str(place / "guidances"), *releases, "--into", str(place / name)]
        assert run([*argv, "-o", str(place / f"{name}.json")]) in (0, 1)
    return place


def guidances(release: Path) -> Iterator[dict[str, Any]]:
    """For some changed codes of both classifications a guidance that names it, and one that names its category."""
    for n, row in enumerate(rows(release)):
        if row["system"] != "SNOMED CT" and n % 15 == 0:
            side, other = ("procedure", "diagnosis") if row["system"] == "OPCS-4" else ("diagnosis", "procedure")
            for kind, e in (("CODE", {"code": str(code(row))}), ("CATEGORY", {"category": code(row).category})):
                told = {side: e, other: None, "snomed": [], "opcs_version": None, "title": "made up"}
                yield {"id": f"{kind}-{side[0].upper()}-{code(row).key}", **told}


def lines(kg: Kg, *argv: object, code: int = 0) -> list[Any]:
    ran = kg(*argv, "--format", "jsonl")
    assert ran.code == code, ran.err
    return ran.lines


def test_impact_finds_exactly_the_seeded_changes(kg: Kg, place: Path) -> None:
    found = lines(kg, "impact", place / "old", place / "new")
    assert set(found[0]) >= {"guidance", "side", "codes", "change", "repairs"}
    changed = [(row["system"], code(row), row["change"]) for row in rows(place / "1") if row["system"] != "SNOMED CT"]
    chapters = OpenCodes().chapters
    expected: set[tuple[str, str, str]] = set()
    for item in guidances(place / "1"):
        side = "procedure" if item["procedure"] else "diagnosis"
        scheme = Scheme.OPCS4 if item["procedure"] else Scheme.ICD10
        text = item[side].get("code") or f"{item[side]['category']}.-"
        for kind in ("new", "retired"):
            pool = CodeList.of(scheme, (c for system, c, change in changed if (system, change) == (scheme, kind)))
            expected |= {(item["id"], kind, str(c)) for c in pool.under(parse_selector(text, scheme), chapters)}
    assert {(i["guidance"], i["change"], c) for i in found for c in i["codes"]} == expected
    assert all(i["repairs"] and all(i["repairs"]) for i in found)
    kinds = {edit["edit"] for i in found for repair in i["repairs"] for edit in repair}
    assert kinds == {"keep", "replace", "remove"}


def test_two_editions_in_one_store_are_compared_as_two_stores_are(kg: Kg, place: Path) -> None:
    between = lines(kg, "diff", place / "old", place / "new")
    assert between == lines(kg, "diff", "-s", place / "both")
    assert lines(kg, "impact", place / "old", place / "new") == lines(kg, "impact", "-s", place / "both")
    some = lines(kg, "diff", "4.10", "OPCS-4.11", "-s", place / "both")
    assert some == [each for each in between if each["system"] == "OPCS-4"]
    assert lines(kg, "diff", "-s", place / "both", "--system", "opcs4", "--change", "new") == [
        each for each in some if each["change"] == "new"
    ]


def test_diff_tells_every_seeded_change(kg: Kg, place: Path) -> None:
    found = {(i["system"], i["id"], i["change"]) for i in lines(kg, "diff", place / "old", place / "new")}
    expected = {
        (row["system"], row["id"] if row["system"] == "SNOMED CT" else str(code(row)), row["change"])
        for row in rows(place / "1")
    }
    assert {each for each in found if each[2] not in ("split", "merged")} == expected


@pytest.mark.parametrize("system", ["OPCS-4", "ICD-10"])
def test_a_code_that_the_newest_edition_retired_is_found_and_stands_below_its_category(
    kg: Kg, place: Path, system: str
) -> None:
    retired = [row for row in rows(place / "1") if (row["system"], row["change"]) == (system, "retired")]
    for row in retired[:3]:
        gone = code(row)
        below = ("subsumes", gone, f"{gone.category}.-", "--system", system, "-s", place / "both")
        assert kg(*below).out == "true\n"
        assert kg(*below[:2], "Z99.-", *below[3:]).out == "false\n"
        shown = kg("show", gone, "--system", system, "-s", place / "both").json
        assert shown["status"] == "not in use"
        expected = {"id": str(gone), "system": system, "title": shown["title"], "status": "not in use"}
        for words in (str(gone), gone.key, shown["title"]):
            found = kg("search", words, "--system", system, "-s", place / "both", "--format", "json", "--limit", "50")
            mine = [each for each in found.json if each["id"] == str(gone)]
            assert mine == [{**expected, "edition": shown["edition"]}], words
        listed = kg("search", gone.category, "--system", system, "-s", place / "both", "--format", "json").json
        assert [each["status"] for each in listed if each["id"] == str(gone)] == ["not in use"]


def test_a_code_that_the_open_list_alone_has_is_shown_and_found(kg: Kg, place: Path) -> None:
    """The made-up edition lacks many codes that were recorded in England."""
    gone = next(c for c in OpenCodes().codes_under(parse_selector("K", Scheme.OPCS4)) if _is_gone(kg, place, c))
    shown = kg("show", gone, "--system", "OPCS-4", "-s", place / "new").json
    assert (shown["status"], shown["edition"]) == ("not in use", None)
    assert shown["title"]
    (found,) = kg("search", gone, "--system", "OPCS-4", "-s", place / "new", "--format", "json").json
    assert (found["status"], found["title"]) == ("not in use", shown["title"])


def _is_gone(kg: Kg, place: Path, c: Code) -> bool:
    ran = kg("show", c, "--system", "OPCS-4", "-s", place / "new")
    return ran.code == 0 and ran.json["status"] == "not in use"


def test_a_word_that_another_system_has_is_not_read_as_another(kg: Kg, place: Path) -> None:
    """Titles of OPCS-4 have "nec", terms of SNOMED CT do not."""
    for words, told in (("nec", False), ("lesoin", True)):
        ran = kg("search", words, "-s", place / "both")
        assert ran.code == 0
        assert ("was read as" in ran.err) is told, ran.err
    assert {each["system"] for each in kg("search", "nec", "-s", place / "both", "--format", "json").json} == {"OPCS-4"}


def test_what_cannot_be_compared_is_told(kg: Kg, place: Path) -> None:
    for argv in (("4.10", "4.12"), ("20250924", "4.10"), ("4.11", "4.11")):
        ran = kg("diff", *argv, "-s", place / "both")
        assert (ran.code, ran.err.split()[0]) == (2, "KG-E1050"), argv
    assert "KG-E1050" in kg("impact", "-s", place / "old").err


@pytest.fixture(scope="module")
def retired(place: Path) -> list[str]:
    """The concepts that edition 2 retires."""
    return [row["id"] for row in rows(place / "1") if (row["system"], row["change"]) == ("SNOMED CT", "retired")]


def test_an_inactive_concept_is_answered_through_its_history(kg: Kg, place: Path, retired: list[str]) -> None:
    store = ("-s", place / "new")
    mapped: list[dict[str, Any]] = []
    for id in retired:
        shown = json.loads(kg("show", id, *store, "--format", "json").out)
        (link,) = shown["replaced_by"]
        assert (shown["status"], link["status"]) == ("inactive", "active")
        told = kg("subsumes", id, "138875005", *store)
        assert (told.out, link["link"] in told.err) == ("true\n", True)
        assert kg("subsumes", "138875005", id, *store).out == "false\n"
        item = json.loads(kg("map", id, *store, "--format", "json").out)
        assert item["replaced_by"][0]["id"] == link["id"]
        mapped += item["maps"]
        direct = json.loads(kg("map", link["id"], *store, "--format", "json").out)
        assert [m["combinations"] for m in item["maps"]] == [m["combinations"] for m in direct["maps"]]
    assert mapped
    assert all(each["through"][-1]["id"] == each["concept"] for each in mapped)


def test_the_successor_of_a_listed_concept_leads_to_the_guidance(
    kg: Kg, place: Path, retired: list[str], tmp_path: Path
) -> None:
    """An old guidance lists a concept that is inactive now; a record of today has what took its place."""
    old = retired[0]
    told = {"id": "IPG1", "title": "made up", "procedure": {"code": "J12.8"}, "diagnosis": None, "opcs_version": None}
    told |= {"snomed": [{"id": old, "term": "made up", "section": "procedure"}]}
    (tmp_path / "IPG1.json").write_text(json.dumps(told), encoding="utf-8")
    store = ("-s", tmp_path / "S")
    release = ("--release", place / "2")
    assert kg("build", tmp_path / "IPG1.json", *release, "--into", tmp_path / "S").code in (0, 1)
    (link,) = kg("show", old, *store).json["replaced_by"]
    shown = kg("show", link["id"], *store).json
    assert shown["guidances"] == ["IPG1"]
    assert shown["uses"][0]["through"] == {"id": old, "link": link["link"]}
    (found,) = kg("identify", "-c", link["id"], *store, "--format", "jsonl").lines
    (candidate,) = found["candidates"]
    through = {"concept": link["id"], "listed": old, "link": link["link"]}
    assert (candidate["guidance"], candidate["concepts"]) == ("IPG1", [link["id"]])
    assert candidate["through"] == [through]
    assert old in kg("identify", "-c", link["id"], *store, "--format", "table").out
    (itself,) = kg("identify", "-c", old, *store, "--format", "jsonl").lines
    assert "through" not in itself["candidates"][0]


def test_the_graph_tells_its_editions_whose_words_it_holds_and_which_codes_are_retired(kg: Kg, place: Path) -> None:
    def asked(store: str, query: str) -> list[Any]:
        return kg("query", "-", "-s", place / store, "--format", "jsonl", stdin=query).lines

    used = "SELECT ?title { <https://w3id.org/terminology-kg/id/build> prov:used/dcterms:title ?title }"
    told = {row["title"] for row in asked("both", used)}
    assert {"OPCS-4.10", "OPCS-4.11"} <= told
    assert len(told) == 6
    derived = (
        "SELECT ?v { <https://w3id.org/terminology-kg/graph/classifications> prov:wasDerivedFrom/dcat:version ?v }"
    )
    versions = {row["v"] for row in asked("both", derived)}
    assert "4.11" in versions
    assert "4.10" not in versions
    rights = "SELECT ?r { <https://w3id.org/terminology-kg/id/dataset> dcterms:rights ?r }"
    (row,) = asked("both", rights)
    assert "OPCS-4.11" in row["r"]
    assert "no release" not in row["r"]
    gone = "SELECT ?code { ?it owl:deprecated true ; skos:notation ?code ; a kg:Code }"
    retired = {
        str(code(row)) for row in rows(place / "1") if row["change"] == "retired" and row["system"] != "SNOMED CT"
    }
    named = {str(item[side]["code"]) for item in guidances(place / "1") for side in ("procedure", "diagnosis")
             if item[side] and "code" in item[side]}  # fmt: skip
    assert {row["code"] for row in asked("both", gone)} == retired & named


def mapped_concept(place: Path, rule: str = "") -> str:
    """A concept with a rule in its map, else one of the UK's ICD-10 map."""
    name = "*_iisssccRefset_*Snapshot*.txt" if rule else "*_iisssciRefset_*Snapshot*.txt"
    for path in sorted((place / "1").rglob(name)):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            cells = line.split("\t")
            if cells[2] == "1" and cells[8].startswith(rule) and not cells[10].startswith("#"):
                return cells[5]
    raise AssertionError


def test_maps_have_the_promised_shape(kg: Kg, place: Path) -> None:
    item = json.loads(kg("map", mapped_concept(place), "-s", place / "old", "--format", "json").out)
    assert set(item) >= {"concept", "term", "status", "maps"}
    for each in item["maps"]:
        assert set(each) == {"system", "edition", "refset", "combinations", "not_codes"}
        for one in each["combinations"]:
            assert set(one) == {"codes", "block", "default", "conditions"}
        blocks = {one["block"] for one in each["combinations"]}
        assert len([one for one in each["combinations"] if one["default"]]) == len(blocks)


def test_what_is_given_decides_the_rules(kg: Kg, place: Path) -> None:
    id = mapped_concept(place, "IFA")
    store = ("-s", place / "old", "--format", "json")

    def ruled(*given: str) -> list[dict[str, Any]]:
        item = json.loads(kg("map", id, *(part for g in given for part in ("--given", g)), *store).out)
        return next(m["combinations"] for m in item["maps"] if m["refset"] == "447562003")

    free = ruled()
    assert [c["conditions"][0]["holds"] for c in free] == [True, False]
    assert [c["codes"] for c in ruled("age=3 days")] == [free[0]["codes"]]
    assert [(c["codes"], c["default"], c["conditions"]) for c in ruled("age=40")] == [(free[1]["codes"], True, [])]
    assert len(ruled("sex=female")) == 2
    assert "KG-E1051" in kg("map", id, "--given", "age=old", *store).err
    assert "KG-E0303" in kg("map", id, "--given", "sex=femal", *store).err


def test_the_way_back_is_marked_as_such(kg: Kg, place: Path) -> None:
    id = mapped_concept(place)
    item = json.loads(kg("map", id, "-s", place / "old", "--format", "json").out)
    one = item["maps"][0]
    target = one["combinations"][-1]["codes"][0]
    back = json.loads(
        kg("map", "--reverse", target, "--system", one["system"], "-s", place / "old", "--format", "json").out
    )
    assert back["reverse"] is True
    assert id in {each["concept"] for each in back["concepts"]}
    assert "KG-E1052" in kg("map", "--reverse", "J12.1", "-s", place / "old").err


def test_tables_are_for_the_eye(kg: Kg, place: Path) -> None:
    id = mapped_concept(place)
    assert "default" in kg("map", id, "-s", place / "old", "--format", "table").out
    assert "right if the recommendation means it too" in kg("impact", "-s", place / "both", "--format", "table").out
    assert (
        "candidates"
        in kg("map", "--reverse", "J12.8", "--system", "opcs4", "-s", place / "old", "--format", "table").out
    )


def test_guidances_are_held_to_the_edition_in_use(kg: Kg, place: Path) -> None:
    found = lines(kg, "check", "--guidances", "-s", place / "both", code=1)
    changed = [row for row in rows(place / "1") if row["change"] == "retired" and row["system"] != "SNOMED CT"]
    ids = {item["id"] for item in guidances(place / "1")}
    gone = {str(code(row)) for row in changed if ids & {f"CODE-{side}-{code(row).key}" for side in "PD"}}
    named = {i["subject"] for i in found if i["id"] in ("KG-W1050", "KG-W0401")}
    assert gone
    assert gone <= named
    assert {i["id"] for i in found} <= {"KG-W1050", "KG-W0401", "KG-W1051"}


def test_guidances_without_a_release_cannot_be_held_to_one(kg: Kg, store: Path) -> None:
    assert kg("check", "--guidances", "-s", store).err.startswith("KG-E1009")
    assert kg("check", "--guidances", "J12.8", "-s", store).err.startswith("KG-E0102")


def test_a_retired_code_is_shown_with_the_editions_that_have_it(kg: Kg, place: Path) -> None:
    gone = [row for row in rows(place / "1") if (row["system"], row["change"]) == ("OPCS-4", "retired")]
    for row in gone[:2]:
        item = json.loads(kg("show", code(row), "--system", "opcs4", "-s", place / "both", "--format", "json").out)
        assert (item["title"], item["edition"], item["editions"]) == (row["before"], "OPCS-4.10", ["OPCS-4.10"])
        assert item["status"] == "not in use"


def a_record(row: Row, date: str | None = None) -> str:
    side = "procedures" if row["system"] == "OPCS-4" else "diagnoses"
    return json.dumps({"id": row["id"], side: [str(code(row))]} | ({"date": date} if date else {}))


def test_a_record_is_held_to_the_edition_in_use_on_its_own_date(kg: Kg, place: Path, tmp_path: Path) -> None:
    """A code that was retired later is no fault of an old record; one of a later edition is."""
    changed = [row for row in rows(place / "1") if row["system"] == "OPCS-4" and row["change"] in ("new", "retired")]
    assert {row["change"] for row in changed} == {"new", "retired"}
    records = tmp_path / "records.jsonl"
    for date, wrong, id in (("2025-06-01", "new", "KG-W1018"), ("2026-06-01", "retired", "KG-W1050")):
        records.write_text("".join(a_record(row, date) + "\n" for row in changed), encoding="utf-8")
        told = kg("check", records, "-s", place / "both", "--format", "jsonl").lines
        for row, item in zip(changed, told, strict=True):
            found = [each for each in item.get("warnings", ()) if each["id"] != "KG-W0401"]
            assert [each["id"] for each in found] == ([id] if row["change"] == wrong else []), row
    # Without a date of its own a record is of the day that is asked for.
    records.write_text("".join(a_record(row) + "\n" for row in changed), encoding="utf-8")
    for date, wrong in (("2025-06-01", "new"), ("2026-06-01", "retired")):
        told = kg("check", records, "--date", date, "-s", place / "both", "--format", "jsonl").lines
        odd = {item["id"] for item in told if item.get("warnings")}
        assert odd == {row["id"] for row in changed if row["change"] == wrong}


def test_a_concept_of_a_record_is_held_to_the_edition_of_its_date(kg: Kg, place: Path, tmp_path: Path) -> None:
    retired = [row["id"] for row in rows(place / "1") if row["system"] == "SNOMED CT" and row["change"] == "retired"]
    records = tmp_path / "records.jsonl"
    for date, wrong in (("2025-12-01", []), ("2026-06-01", ["KG-W1053"] * len(retired))):
        told = {"id": "R", "procedures": ["J12.8"], "snomed": retired, "date": date}
        records.write_text(json.dumps(told), encoding="utf-8")
        found = kg("check", records, "-s", place / "both", "--format", "json").json
        found = found[0] if isinstance(found, list) else found
        assert [each["id"] for each in found.get("warnings", ()) if each["id"].startswith("KG-W105")] == wrong


def test_the_table_of_equivalences_says_what_retired_codes_became(kg: Kg, place: Path, tmp_path: Path) -> None:
    """A line for each retired OPCS-4 code of a guidance: it became a code that is new."""
    of_kind = {
        kind: [str(code(row)) for row in rows(place / "1") if (row["system"], row["change"]) == ("OPCS-4", kind)]
        for kind in ("retired", "new")
    }
    became = dict(zip(of_kind["retired"], of_kind["new"], strict=False))
    table = tmp_path / "equivalences.txt"
    table.write_text("".join(f"{old}\t{new}\n" for old, new in became.items()), encoding="utf-8")
    told = lines(kg, "diff", place / "old", place / "new", "--system", "opcs-4", "--equivalences", table)
    moved = {each["id"]: each["to"] for each in told if each["change"] == "moved"}
    assert moved == {old: [new] for old, new in became.items()}
    found = lines(kg, "impact", place / "old", place / "new", "--equivalences", table)
    edits = [
        (edit["selector"], edit["by"])
        for item in found
        for repair in item["repairs"][:1]
        for edit in repair
        if edit["edit"] == "replace" and item["side"] == "procedure" and edit["selector"] in became
    ]
    assert edits
    assert all(by == [became[selector]] for selector, by in edits)
    fault = kg("diff", place / "old", place / "new", "--equivalences", place / "1/changes.csv")
    assert (fault.code, fault.err.split()[0]) in ((1, "KG-E1010"), (0, f"{place}/1/changes.csv:"))


def test_an_audit_holds_episodes_to_what_check_holds_records_to(kg: Kg, place: Path, tmp_path: Path) -> None:
    """Codes of both editions, each on days of both: what is valid is the same."""
    changed = [row for row in rows(place / "1") if row["system"] != "SNOMED CT" and row["change"] in ("new", "retired")]
    asked = [(row, date) for row in changed for date in ("2025-06-01", "2026-06-01", None)]
    episodes, records = tmp_path / "episodes.csv", tmp_path / "records.jsonl"
    told = ["epikey,epistart,opertn_01,diag_01"]
    for n, (row, date) in enumerate(asked):
        cells = (code(row).key, "") if row["system"] == "OPCS-4" else ("", code(row).key)
        told.append(f"{n},{date or ''},{','.join(cells)}")
    episodes.write_text("\n".join(told) + "\n", encoding="utf-8")
    records.write_text("".join(a_record(row, date) + "\n" for row, date in asked), encoding="utf-8")
    assert kg("audit", episodes, "-s", place / "both", "--out", tmp_path / "out").code == 0
    found = pq.read_table(tmp_path / "out" / "verdicts.parquet").to_pylist()
    items = kg("check", records, "-s", place / "both", "--format", "jsonl").lines
    wanted = sorted((str(n), v["guidance"], v["verdict"]) for n, item in enumerate(items) for v in item["guidances"])
    assert sorted((row["episode"], row["guidance"], row["verdict"]) for row in found) == wanted
    assert len(wanted) > 10
