"""Packs of rules in columns: what is read, what is refused with its line, what is told when rules do not fit
together.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import resources
from kg.errors import KgError
from kg.reason.applying import Standards, broken_rules
from kg.reason.record import Record
from kg.reason.standard import Authority, Level
from kg.standards import load_pack, load_standards, read_levels, read_pack
from kg.standards.loading import PACK
from kg.terminology.in_use import OpenCodes

OPEN = OpenCodes()
HEADER = "rule\tstandard\tscheme\tkind\tsubject\tsubject_mode\tobject\tobject_mode\tunless\tnote"


def table(*rows: str) -> str:
    """A pack of rows that are written with blanks around bars in place of tabs."""
    return "\n".join([HEADER, *("\t".join(cell.strip() for cell in row.split("|")) for row in rows)]) + "\n"


def load(tmp_path: Path, *rows: str, settings: str = "") -> list[str]:
    """The warnings of a pack."""
    (tmp_path / "pack.tsv").write_text(table(*rows), encoding="utf-8")
    if settings:
        (tmp_path / "kg.toml").write_text(settings, encoding="utf-8")
    loaded = load_standards(OPEN, [tmp_path / "pack.tsv"], tmp_path / "kg.toml" if settings else None)
    return [str(w).replace(str(tmp_path), "").split("\n")[0] for w in loaded.warnings]


def test_the_shipped_pack_loads_with_the_two_rules_that_others_make_superfluous() -> None:
    pack = resources.path(PACK)
    loaded = load_standards(OPEN, [pack])
    assert len(loaded.packs[0].standards) == 626
    assert [w.what for w in loaded.warnings] == [
        "ICD10-DCS.XV.24-2 can never be broken: ICD10-DCS.XV.24-1 says already that its codes are not assigned",
        "ICD10-FSCP-8 can never be broken: ICD10-DCS.V.7-1 says already that its codes are not assigned",
    ]


def test_a_rule_of_a_pack_is_named_as_one_and_notes_of_the_classification_only_warn() -> None:
    loaded = load_standards(OPEN, [resources.path(PACK)])
    levels = {s.id: s.level for s in loaded.packs[0].standards}
    assert all(level is Level.WARN for id, level in levels.items() if "-NOTE." in id)
    assert levels["ICD10-DCS.X.5-3"] is Level.WARN, "advisory"
    assert levels["ICD10-DGCS.5-1"] is Level.WARN, "doubtful"
    assert levels["ICD10-DCS.X.5-2"] is Level.BREAK
    ready = loaded.ready(OPEN.chapters)
    (found,) = broken_rules(Record.of((), ["J44.9", "J22X"]), ready, OPEN)
    assert found.authority is Authority.SECONDARY
    assert found.why == (
        "J44.9 and J22: J44.9 is not assigned together with J22. "
        "(ICD10-DCS.X.5-2, of DCS.X.5, as a health board read the national standards in 2022 has it)"
    )


def test_a_rule_with_a_date_holds_from_that_day_on() -> None:
    ready = Standards.of(load_pack(resources.path(PACK)).standards, OPEN.chapters)
    for day, expected in (("2022-04-30", []), ("2022-05-01", ["OPCS4-PCSX27-1"])):
        found = broken_rules(Record.of(["B04.4", "X70.3"], date=day), ready, OPEN)
        assert [b.rule for b in found] == expected


def test_rules_of_known_kinds_load_as_data_alone() -> None:
    pack = read_pack(
        table(
            "A-1 | DCS.I.1 | icd10 | not-with | A00.- | | B00-B09 | |",
            "A-2 | local | OPCS-4 | requires-with | J12.8 J12.9 | all | Y53.- Y68.- | any | Z30.1 | advisory",
            "A-3 | X | ICD-10 | requires-character | J96.- | any | 5",
            "A-4 | X | ICD-10 | character-not | M99.1 | any | 5=9",
        ),
        "more.tsv",
    )
    assert pack.faults == ()
    assert [(s.id, s.kind.value, s.level.value) for s in pack.standards] == [
        ("A-1", "not-with", "break"),
        ("A-2", "requires-with", "warn"),
        ("A-3", "requires-character", "break"),
        ("A-4", "character-not", "break"),
    ]
    assert pack.standards[3].character == (5, "9")
    assert str(pack.place(pack.standards[1])) == "more.tsv:3"


def test_all_rows_that_are_no_rules_are_told_with_their_lines() -> None:
    pack = read_pack(
        table(
            "A-1 | S | ICD-10 | not-wiht | A00.- | | B00.-",
            "A-2 | S | ICD-10 | not-with | A00.- | some | B00.-",
            "A-3 | S | ICD-10 | not-with | A00.- | |",
            "A-4 | S | ICD-10 | not-with | A0 | | B00.-",
            "A-5 | S | ICD-9 | never-primary | A00.-",
            "A-6 | S | ICD-10 | never-primary | A00.-",
            "A-6 | S | ICD-10 | never-primary | A01.-",
            "A-7 | S | ICD-10 | never-primary | A00.- | | B00.-",
            "A-8 | S | ICD-10 | requires-character | J96.- | | five",
            "A-9 | S | ICD-10 | character-not | J96.- | | 5",
            "| S | ICD-10 | never-primary | A00.-",
            "A-11 | S | ICD-10 | never-primary |",
            "A-12 | S | ICD-10 | not-with | A05-A01 | | B00.-",
            "A-13 | S | ICD-10 | never-primary | A00.- | | | | | | | more",
        ),
        "bad.tsv",
    )
    assert [s.id for s in pack.standards] == ["A-6"]
    assert [(str(f.where), f.id, f.what) for f in pack.faults] == [
        ("bad.tsv:2", "KG-E0901", 'A-1: no kind of rule is called "not-wiht"'),
        ("bad.tsv:3", "KG-E0901", 'A-2: "some" is not a mode'),
        ("bad.tsv:4", "KG-E0901", "A-3: it names no object"),
        ("bad.tsv:5", "KG-E0901", 'A-4: not an ICD-10 code: "A0"'),
        ("bad.tsv:6", "KG-E0901", 'A-5: not a coding system: "ICD-9"'),
        ("bad.tsv:8", "KG-E0901", "A-6 is given twice: in line 7 too"),
        ("bad.tsv:9", "KG-E0901", "A-7: it names an object, of which the kind says nothing"),
        ("bad.tsv:10", "KG-E0901", 'A-8: "five" is not a number of characters'),
        ("bad.tsv:11", "KG-E0901", 'A-9: "5" is not a place and a character'),
        ("bad.tsv:12", "KG-E0901", ": the rule has no id"),
        ("bad.tsv:13", "KG-E0901", "A-11: it names no subject"),
        ("bad.tsv:14", "KG-E0901", "A-12: the range A05-A01 ends before it begins"),
        ("bad.tsv:15", "KG-E0901", "A-13: 12 cells in a row of 10 columns"),
    ]
    assert pack.faults[0].hint == "Did you mean not-with?"


def test_nothing_of_a_pack_with_a_bad_row_is_used(tmp_path: Path) -> None:
    with pytest.raises(KgError) as caught:
        load(tmp_path, "A-1 | S | ICD-10 | follows | A00.- | | B00.-", "A-2 | S | ICD-10 | not-with | A00.-")
    assert caught.value.id == "KG-E0901"
    assert "pack.tsv:2" in str(caught.value)
    assert "one more:" in str(caught.value)
    assert "pack.tsv:3  A-2: it names no object" in str(caught.value)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    for text in ("", "code\ttitle\nA00\tCholera\n"):
        with pytest.raises(KgError) as caught:
            read_pack(text, "x.tsv")
        assert caught.value.id == "KG-E0904"
    with pytest.raises(KgError) as caught:
        load_pack(tmp_path / "none.tsv")
    assert caught.value.id == "KG-E0201"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("Z-1 | S | ICD-10 | never-primary | Z14-Z19", "no code of Z14-Z19 is known"),
        ("Z-1 | S | OPCS-4 | not-with | M58.3 | | M56.4", "no code of M58.3 is known"),
        ("Z-1 | S | OPCS-4 | not-with | V40.5 | | V36.5", "no code of V36.5 is known"),
        ("Z-1 | S | ICD-10 | never-primary | A00.- | | | | A00.-", "its own subject is among the codes that lift it"),
        ("Z-1|S|ICD-10|not-with|A00.-||B00.-||B00-B09", "the codes that it forbids are among those that lift it"),
        ("Z-1 | S | OPCS-4 | requires-character | J12.- | | 4", "every OPCS-4 code has 4 characters"),
        ("Z-1 | S | OPCS-4 | character-not | J12.- | | 5=9", "no OPCS-4 code has a character 5"),
    ],
)  # fmt: skip
def test_a_rule_that_can_never_be_broken_is_told(tmp_path: Path, row: str, why: str) -> None:
    assert load(tmp_path, row) == [f"KG-W0901  /pack.tsv:2  Z-1 can never be broken: {why}"]


def test_a_rule_about_codes_that_are_never_assigned_is_told(tmp_path: Path) -> None:
    rows = ["N-1 | S | ICD-10 | never-assigned | A00-A09", "N-2 | S | ICD-10 | never-primary | A01.-"]
    assert load(tmp_path, *rows) == [
        "KG-W0901  /pack.tsv:3  N-2 can never be broken: N-1 says already that its codes are not assigned"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("directly-followed-by | A00.- | | B00.-", "not-directly-followed-by | A00.1 | | B00.-"),
        ("requires-with | A00.- | | B00.-", "not-with | A00-A09 | | B00-B09"),
        ("requires-with | A00.- | | B00.-", "not-with | B00.- | | A00.-"),
        ("requires-with | A00.- | | B00.-", "never-assigned | B00.- | |"),
        ("directly-followed-by | A00.- | | B00.-", "directly-followed-by | A00.- | | B01.-"),
        ("directly-after | A00.- | | B00.-", "directly-after | A00.1 | | B01.-"),
        ("directly-after | A00.- | | B00.-", "not-directly-followed-by | B00-B09 | | A00.-"),
        ("directly-followed-by | A00.- | | B00.-", "not-before | A00.- | | B00.-"),
        ("adjacent-to | A00.- | | B00.1", "not-with | A00.- | | B00.-"),
    ],
)
def test_rules_that_no_record_can_keep_together_are_refused(tmp_path: Path, one: str, other: str) -> None:
    with pytest.raises(KgError) as caught:
        load(tmp_path, f"C-1 | S | ICD-10 | {one}", f"C-2 | S | ICD-10 | {other}")
    assert caught.value.id == "KG-E0902"
    assert "pack.tsv:2" in str(caught.value)
    assert "C-1 and C-2 contradict each other" in str(caught.value)
    # A local switch settles it.
    assert (
        load(tmp_path, f"C-1 | S | ICD-10 | {one}", f"C-2 | S | ICD-10 | {other}", settings='[standards]\nC-2 = "off"')
        == []
    )


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("requires-with | A00.- | | B00.- B01.-", "not-with | A00.- | | B00.-", "B01 is left"),
        ("requires-with | A00.- | | B00.-", "not-with | A02.- | | B00.-", "of another code"),
        ("directly-followed-by | A00.- | | B00.- B01.-", "directly-followed-by | A00.- | | B01.-", "B01 does for both"),
        ("never-primary | A00.- | |", "first-or-second | A00.- | |", "the second place is left"),
        ("requires-with | A00.- | | B00.-", "not-with | A00.- | | B00.- | | C00.-", "C00 lifts one of them"),
    ],
)
def test_rules_that_some_record_keeps_together_are_not(tmp_path: Path, one: str, other: str, why: str) -> None:
    assert load(tmp_path, f"C-1 | S | ICD-10 | {one}", f"C-2 | S | ICD-10 | {other}") == [], why


@pytest.mark.parametrize(
    "rows",
    [
        ["directly-followed-by | A00.- | | B00.-", "directly-followed-by | B00.- | | A00.1"],
        ["directly-after | A00.- | | B00.1", "directly-after | B00.- | | A01.1", "directly-after | A01.- | | A00.1"],
        ["not-before | A00.- | | B00.-", "not-before | B00.- | | A00.-"],
        ["directly-followed-by | A00.- | | A00.-"],
    ],
)
def test_rules_that_ask_for_each_other_in_a_circle_are_refused(tmp_path: Path, rows: list[str]) -> None:
    with pytest.raises(KgError) as caught:
        load(tmp_path, *(f"C-{n} | S | ICD-10 | {row}" for n, row in enumerate(rows)))
    assert caught.value.id == "KG-E0903"


def test_the_same_pack_twice_is_refused() -> None:
    pack = resources.path(PACK)
    with pytest.raises(KgError) as caught:
        load_standards(OPEN, [pack, pack])
    assert "and 625 more" in str(caught.value)


def test_settings_name_rules_that_are_loaded_and_levels_that_exist() -> None:
    rules = read_pack(table("A-1 | PCSX1 | OPCS-4 | never-primary | J12.8"), "p.tsv").standards
    assert read_levels('[standards]\nPCSX1 = "note"\n', "kg.toml", rules) == {"PCSX1": Level.NOTE}
    for text, part in (
        ('[standards]\nPCSX2 = "off"\nA-1 = "loud"\n', 'no rule or standard "PCSX2" is loaded: did you mean PCSX1?'),
        ('[standards]\nA-1 = "loud"\n', 'A-1: "loud" is not a level'),
        ('[standards]\nDCS.II.1 = "off"\n', 'an id with points stands in quotes, as "DCS.II.1"'),
        ("standards = 3\n", "no table of standards"),
        ("[standards\n", "not TOML"),
    ):
        with pytest.raises(KgError) as caught:
            read_levels(text, "kg.toml", rules)
        assert caught.value.id == "KG-E0905"
        assert part in str(caught.value)
