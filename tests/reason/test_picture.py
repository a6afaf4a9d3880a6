"""The picture of a why is sound XML, says everything to a screen reader, and keeps its words within its boxes."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from kg.reason.check import check
from kg.reason.explain import lines
from kg.reason.picture import picture_of
from kg.reason.verdict import Reason
from tests.reason.test_check_standards import CRYO, NATIONAL, OPEN, guidance, record

SVG = "{http://www.w3.org/2000/svg}"
FOUND = check(guidance(CRYO), record("J12.8 Y13.2", "C78.7"), OPEN, NATIONAL)


def test_the_description_is_the_whole_tree() -> None:
    drawn = ElementTree.fromstring(picture_of(FOUND))  # noqa: S314 - made here
    assert drawn.findtext(f"{SVG}title") == "IPG369 Cryotherapy for the treatment of liver metastases: incomplete"
    assert drawn.findtext(f"{SVG}desc") == "\n".join(lines(FOUND))
    assert drawn.get("aria-labelledby") == "title description"


def test_long_and_hostile_words_are_wrapped_and_escaped() -> None:
    long = Reason("<script>&" + "\x00\ufffe" + "word " * 200 + "x" * 500)
    found = replace(FOUND, procedure=replace(FOUND.procedure, why=(long,)))
    drawn = ElementTree.fromstring(picture_of(found))  # noqa: S314 - made here
    words = [text.text or "" for text in drawn.iter(f"{SVG}text")]
    assert max(map(len, words)) < 125
    boxes = [box for box in drawn.iter(f"{SVG}rect") if box.get("class") == "box"]
    assert all(float(box.get("x", 0)) + float(box.get("width", 0)) <= 940 for box in boxes)
    assert all(float(box.get("y", 0)) + float(box.get("height", 0)) <= float(drawn.get("height", 0)) for box in boxes)


def test_the_same_verdict_is_drawn_the_same() -> None:
    assert picture_of(FOUND) == picture_of(FOUND)
