"""Text as it was before it was wrapped and marked up: stretches that know where each character came from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kg.guidance.page.tables import row_of

# Quotes, dashes and ligatures that documents have for the plain ones. Characters from U+0080 to U+009F stand in no
# text: they are those of Windows-1252 that a program took for Latin-1.
_MAP = {
    **dict.fromkeys("\x91\x92", "'"),
    **dict.fromkeys("\x93\x94", '"'),
    **dict.fromkeys("\x96\x97", "-"),
    **dict.fromkeys("\u2018\u2019\u201a\u201b", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
    "\u2026": "...",
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
}
_DROPPED = frozenset("`\u00ad\u200b\u200c\u200d\u2060\ufeff")
# Bold print that closes star by star, so that the first looks as the mark of a code ("**C64.X* Malignant neoplasm*").
_HALF_BOLD = re.compile(r"(?<!\*)\*\*[A-Z]\d\d(?:\.[\dX]{1,2})?\* [^*\n]+\*(?!\*)")
_EMPHASIS = re.compile(
    r"\*\*|__|(?<!\w)_(?=[^\s_])|(?<=[^\s_])_(?!\w)|(?<![\w*])\*(?=[^\s*])(?=[^*\n]*[^\s*]\*(?![\w*]))"
)
_ESCAPE = re.compile(r"\\(?=[\[\]().*_#\\`<>-])")
# A bullet of any kind, an "o" as bullet, a table's border, a number.
_MARK = (
    r"[\x95\u2022\u00b7\u25aa\u25cf\u25e6\u2023\uf0b7]|[-*+\u2013](?=[ \t\u00a0])"
    r"|o(?=[ \t\u00a0]{2,}|[ \t\u00a0][A-Z]\d\d)"
    r"|\|(?=.*\|[ \t]*$)(?:[ \t]*(?i:\d{1,2}[.)]?|always|all cases|in all cases|required)[ \t]*\|)?"
    r"|\d{1,2}\.\d{1,2}[.)]?(?=[ \t\u00a0]+[*_]*[A-Z]\d\d)"
    r"|\(?\d{1,2}[.)](?=[ \t\u00a0]+[*_]*[A-Z])|\(?(?:[a-h]|i{1,3}|iv|vi{0,3})\)(?=[ \t\u00a0]+\S)"
)
_START = re.compile(rf"[ \t\u00a0]*(?:>[ \t]*)?(?:#{{1,6}}[ \t]+)?(?:{_MARK})?[ \t\u00a0]*")
# Marks of HTML that a text kept when it was copied.
_ENTITY = re.compile(r"&(nbsp|ndash|mdash|amp|lsquo|rsquo|ldquo|rdquo|#160|#8211);")
_ENTITIES = {"nbsp": " ", "#160": " ", "amp": "&", "ldquo": '"', "rdquo": '"', "lsquo": "'", "rsquo": "'"}
_PLAIN = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f-\U0010ffff*_\\|&`]*")
# A code that was wrapped at its point.
_CODE_CUT = re.compile(r"(?<![A-Za-z0-9.])[A-Z]\d\d\.$")
_CODE_REST = re.compile(r"[\dX-](?![\w.])")
_WORD = re.compile(r"\S+")
_TABLE_RULE = re.compile(r"[\s|:-]*-{3,}[\s|:-]*")
# The head of a table that only names its columns.
_HEAD_WORD = (
    r"(?:codes?|titles?|descriptions?|terms?|names?|order|positions?|no\.?|number|when|case|conditions?|notes?|comments?"
    r"|steps?|sequence|rank|recorded|status|used?|required|remarks?|#|and|of|the|to|is|/|&)"
)
_TABLE_HEAD = re.compile(rf"[ \t]*\|(?:[ \t*_]*(?:{_HEAD_WORD}[ \t*_]*)*\|)+[ \t]*", re.IGNORECASE)
_LONGEST_HEAD = 120
_SPACED_HEAD = re.compile(rf"[ \t]*(?=.*\bcodes?\b)(?=.*\S[ \t]{{2,}}\S)(?:{_HEAD_WORD}[ \t]*)+", re.IGNORECASE)
# "A1 Title | if it is done": no table, as the line has one bar and a code before it.
_BEHIND_BAR = re.compile(r"(?=[^|]*\b[A-Z]\d\d\b)[^|(]+ (?P<bar>\|) (?P<said>[a-z][^|()]*)")
_BULLET = re.compile(rf"[ \t\u00a0]*(?:{_MARK})")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Folded text; `offsets[i]` is where its character `i` stands in the document.

    Folding maps quotes, dashes, ligatures and blanks to plain ones and leaves mark-up, bullets and soft hyphens out.
    """

    text: str
    offsets: tuple[int, ...]

    def __post_init__(self) -> None:
        """Hold an offset for each character."""
        if len(self.text) != len(self.offsets):
            raise ValueError("Stretch needs an offset for each character")

    def part(self, start: int, end: int) -> Stretch:
        """The characters `start` to `end`, blanks at both ends left out."""
        end = min(end, len(self.text))
        while start < end and self.text[start] == " ":
            start += 1
        while end > start and self.text[end - 1] == " ":
            end -= 1
        return Stretch(self.text[start:end], self.offsets[start:end])

    def span(self, start: int = 0, end: int | None = None) -> tuple[int, int]:
        """Where the characters `start` to `end` stand in the document."""
        stop = len(self.text) if end is None else end
        if start >= stop:
            at = self.offsets[min(start, len(self.offsets) - 1)] if self.offsets else 0
            return at, at
        return self.offsets[start], self.offsets[stop - 1] + 1

    def then(self, other: Stretch) -> Stretch:
        """Both, with a blank between them; without one where a hyphen ends the first and a small letter goes on."""
        if not self.text or not other.text:
            return other if not self.text else self
        blank = (
            ""
            if is_cut(self.text, other.text) or (re.search(r"[a-z]-$", self.text) and other.text[0].islower())
            else " "
        )
        return Stretch(
            self.text + blank + other.text, (*self.offsets, *([self.offsets[-1]] if blank else ()), *other.offsets)
        )


def fold(text: str, start: int, end: int, *, marked: bool = True) -> Stretch:
    """The characters `start` to `end` of a document, one of its lines, folded.

    Not `marked`: what looks like a bullet belongs to the words, as the line goes on with those before it.
    """
    line = text[start:end]
    row = row_of(text, start, end) if "|" in line or "\t" in line or "   " in line.strip() else None
    if row is not None and row.head:
        return Stretch("", ())
    if len(line) < _LONGEST_HEAD and ("  " in line or "\t" in line) and _SPACED_HEAD.fullmatch(line):
        return Stretch("", ())
    if row is None and _PLAIN.fullmatch(line) and not _TABLE_RULE.fullmatch(line):
        return _plain(line, start, marked=marked)
    left_out = {i for found in _ESCAPE.finditer(line) for i in range(found.start(), found.end())}
    for found in _HALF_BOLD.finditer(line):
        left_out |= {i for i in range(found.start(), found.end()) if line[i] == "*"}
    opened = 0
    for found in _EMPHASIS.finditer(line):
        if found.start() - 1 in left_out and line[found.start() - 1] == "\\":
            continue
        left_out |= set(range(found.start(), found.end()))
        if found[0] == "*":
            opened += 1
    if opened:  # the stars that close what single stars opened
        closing = [i for i, c in enumerate(line) if c == "*" and i not in left_out and i and not line[i - 1].isspace()]
        left_out |= set(closing[:opened])
    if _TABLE_RULE.fullmatch(line) or _TABLE_HEAD.fullmatch(line):
        return Stretch("", ())
    in_table = line.strip().startswith("|") and line.strip().endswith("|")
    labels = row.labels if row is not None else ()
    left_out |= {i for place in (row.empty if row is not None else ()) for i in range(*place)}
    entities = {found.start(): found for found in _ENTITY.finditer(line)}
    for found in entities.values():
        left_out |= set(range(found.start() + 1, found.end()))
    mark = _START.match(line) if marked else None
    begin = mark.end() if mark else 0
    letters: list[str] = []
    offsets: list[int] = []
    for i in range(begin, len(line)):
        letter = line[i]
        if i in left_out or letter in _DROPPED:
            continue
        if i in labels and letters and letters[-1] == " ":
            letters.pop()
            offsets.pop()
        plain = (
            ":"
            if i in labels
            else _MAP.get(letter, " " if letter.isspace() or (in_table and letter == "|") else letter)
        )
        if i in entities:
            plain = _ENTITIES.get(entities[i][1], "-")
        if plain == " " and (not letters or letters[-1] == " "):
            continue
        for one in plain:
            letters.append(one)
            offsets.append(start + i)
    while letters and letters[-1] == " ":
        letters.pop()
        offsets.pop()
    bar = _BEHIND_BAR.fullmatch("".join(letters)) if row is None else None
    if bar is not None:  # what is said of the code before it
        letters = [*letters[: bar.start("bar")], "(", *letters[bar.start("said") :], ")"]
        offsets = [*offsets[: bar.start("bar") + 1], *offsets[bar.start("said") :], offsets[-1]]
    return Stretch(_rounded("".join(letters)), tuple(offsets))


# A case in square brackets, which otherwise are of titles ("Dissection of aorta [any part]").
_SQUARE = re.compile(
    r"\[((?:only )?(?:if|when|where|provided|on condition|unless|optional"
    r"|as (?:required|necessary|appropriate|applicable))\b[^\[\]]*)\]",
    re.IGNORECASE,
)


def _rounded(text: str) -> str:
    """A text with the square brackets around a case as round ones."""
    return _SQUARE.sub(r"(\1)", text) if "[" in text else text


def _plain(line: str, start: int, *, marked: bool) -> Stretch:
    """A line of plain characters without mark-up folded: blanks joined, the bullet left out."""
    mark = _START.match(line) if marked else None
    begin = mark.end() if mark else 0
    text = line[begin:].rstrip()
    if text == " ".join(text.split()):  # as most lines are
        return Stretch(_rounded(text), tuple(range(start + begin, start + begin + len(text))))
    text = ""
    offsets: list[int] = []
    for word in _WORD.finditer(line, begin):
        if text:
            text += " "
            offsets.append(offsets[-1] + 1)  # the first blank behind the word before
        text += word[0]
        offsets += range(start + word.start(), start + word.end())
    return Stretch(_rounded(text), tuple(offsets))


def is_cut(before: str, after: str) -> bool:
    """Whether a code was wrapped at its point, so that the rest of it begins the next line."""
    return _CODE_CUT.search(before) is not None and _CODE_REST.match(after) is not None


def has_bullet(line: str) -> bool:
    """Whether a line of text begins with a bullet."""
    return _BULLET.match(line) is not None


_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|cf|vs|no|fig|approx|incl|excl|dr|ca|viz)|\b[A-Z]\d\d|\b[A-Z])\.$", re.IGNORECASE
)
# A category at the end of a sentence ("a code from Z94. If ..."), and no code that lost its figure before its title.
_CATEGORY = re.compile(r"\b[A-Z]\d\d\.$")
_OPENS = re.compile(
    r"(?:The|This|These|Those|That|It|They|There|If|When|Where|Whenever|Wherever|Whether|Unless|Should|In|For|On|At|As|To|A|An"
    r"|Both|All|Each|Any|Either|Neither|One|Such|Do|Assign|Record|Add|Use|Code|Codes|Coders|Also|However|Otherwise"
    r"|Alternatively|Additionally|Please|Notes?|Because|Since|Although|While|After|Before|During)\b(?!:)"
    r"|[A-Z]\d\d(?:\.\d)? (?:is|are|must|should|may|can|applies|follows|remains)\b"
)
_OF_CHAPTER = re.compile(r"\bchapter ['\"]?[A-Z]['\"]?\.$", re.IGNORECASE)
_STOP = re.compile(r"[.!?][\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9])")


def sentences(stretch: Stretch) -> list[Stretch]:
    """The sentences of a stretch, in order; a full stop inside brackets ends none."""
    found: list[Stretch] = []
    start = 0
    for stop in _STOP.finditer(stretch.text):
        before = stretch.text[start : stop.start() + 1]
        ends = _CATEGORY.search(before) and _OPENS.match(stretch.text, stop.end())
        if (_ABBREVIATION.search(before) and not _OF_CHAPTER.search(before) and not ends) or before.count(
            "("
        ) > before.count(")") + stop[0].count(")"):
            continue
        found.append(stretch.part(start, stop.end()))
        start = stop.end()
    rest = stretch.part(start, len(stretch.text))
    return [*found, rest] if rest.text else found
