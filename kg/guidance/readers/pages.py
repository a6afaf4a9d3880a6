"""The pages of a printed document put together: reading order, headers and footers, parted words, headings."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from kg.guidance.page.document import joined
from kg.guidance.page.titles import words_of_titles
from kg.guidance.readers.columns import in_order
from kg.guidance.readers.printed import PrintedLine, Strip, Word, rows
from kg.guidance.readers.ruled import Table
from kg.guidance.readers.taken import Item, Taken, names, plain, row

_EDGE = 0.12  # of the page's height: where headers and footers stand
_SAME_PLACE = 4.0  # points
_SMALL = 0.9  # times the common size
_NEAR, _FAR = 0.6, 1.3  # times the height of the row at the edge
_BOX = 1.16  # the height of a letter's box to the size of its type
_LARGER = 1.12  # times the common size: a heading
_BOLD_LEVEL = 6
_SAME_SPACE = 0.08  # times the height of the words: spaces between lines that differ by less are the same
_HANG = 45.0  # points by which a wrapped line may begin further left or right than its first
# What stands at an edge and is no text: page numbers, and what a browser prints.
_AT_EDGE = re.compile(
    r"(?:[\w/ .–-]{0,40}\s)?page\s+\d+(?:\s*(?:of|/)\s*\d+)?"
    r"|\d{1,3}|[–-]\s*\d{1,3}\s*[–-]|\d{1,3}\s*(?:of|/)\s*\d{1,3}"
    # When it was printed, with the title, and its address.
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s\d{1,2}:\d{2}(?::\d{2})?(?:\s[ap]m)?(?:\s.{0,200})?"
    r"|(?:file|https?)://\S{1,300}(?:\s\d{1,3}\s?/\s?\d{1,3})?",
    re.IGNORECASE,
)
# Words that keep the hyphen after them: it is theirs, wherever the line ends.
_KEEPS = names(
    """non self post pre intra inter extra peri trans multi anti re co ex sub semi ultra micro mini high low long short
    one two three four well half full near cross follow x"""
)
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
_LIGATURE = re.compile("[\ufb00-\ufb06]")


@dataclass(slots=True)
class Page:
    """What a page holds. `picture`: it has one, and no words."""

    number: int
    width: float
    height: float
    strips: list[Strip]
    tables: list[Table]
    turned: list[Word]
    picture: bool


def assembled(pages: Sequence[Page]) -> Taken:
    """All lines of the document, in reading order."""
    taken = Taken()
    furniture = _furniture(pages)
    margin = _margin(pages)
    lines: list[PrintedLine | None] = []
    outside: list[PrintedLine] = []
    guesses: list[int] = []
    pictures = [page.number for page in pages if page.picture]
    for page in pages:
        around = [s for s in page.strips if id(s) in furniture]
        outside += [PrintedLine([s], page.number) for s in around]
        outside += [PrintedLine([Strip([word], word.box)], page.number) for word in page.turned]
        found, guess = _lines(page, [s for s in page.strips if id(s) not in furniture], margin)
        if guess:
            guesses.append(page.number)
        lines += [*found, None]
    body = [line for line in lines if line is not None]
    _mend(body)
    _set_levels(body)
    _set_wraps(body)
    usual = _usual_space(body)
    before: PrintedLine | None = None
    for line in _with_whole_headings(body):
        if before is None or line.page != before.page or _space(before, line) > usual + 0.35 * line.first.height:
            taken.space()
        taken.add(line.text, level=line.level, page=line.page, box=line.box, wraps=line.wraps)
        before = line
    for line in outside:
        taken.add(_plain(line.text), page=line.page, box=line.box, left_out=True)
    for number in guesses:
        at = next((x.start for x in taken.lines if x.page == number), 0)
        taken.warn("KG-W0210", f"page {number} has columns whose order is a guess", at)
    for number in pictures:
        at = next((x.start for x in taken.lines if x.page is not None and x.page > number), None)
        taken.warn("KG-W0209", f"page {number} has a picture and no text", at)
    return taken


def _plain(text: str) -> str:
    return plain(_LIGATURE.sub(lambda m: _LIGATURES[m[0]], text))


def _lines(page: Page, found: list[Strip], margin: float) -> tuple[list[PrintedLine], bool]:
    """The lines of a page without its furniture; a table stands where its upper edge does."""
    standing: dict[int, Table] = {}
    for table in page.tables:
        strip = _stand_in(table)
        standing[id(strip)] = table
        found.append(strip)
    blocks, guess = in_order(found)
    made: list[PrintedLine] = []
    for block in blocks:
        right = max(s.box[2] for r in block for s in r)
        limit = max(right, margin) if len(blocks) == 1 or right > 0.6 * page.width else right
        for strips in block:
            line: list[Strip] = []
            for strip in strips:
                table = standing.get(id(strip))
                if table is None:
                    line.append(strip)
                else:
                    made += _table_lines(table, page.number)
            if line:
                made.append(PrintedLine(line, page.number, limit))
    return made, guess


def _stand_in(table: Table) -> Strip:
    """A strip in a table's place."""
    ranks = [word.rank for cell in table.cells for word in cell.words]
    return Strip([Word("", table.box, min(ranks)), Word("", table.box, max(ranks))], table.box)


def _table_lines(table: Table, page: int) -> Iterator[PrintedLine]:
    """A line for each row of a table; its cells' wrapped lines are joined."""
    count = max(cell.last for cell in table.cells) + 1
    for number in range(count):
        cells = [cell for cell in table.cells if cell.first == number]
        texts: list[list[Item]] = []
        places: dict[str, list[PrintedLine]] = {}
        for cell in cells:
            inside = [PrintedLine(strips, page, cell.box[2]) for strips in cell.lines()]
            pad = min((line.box[0] for line in inside), default=cell.box[0]) - cell.box[0]
            for line in inside:
                line.limit = cell.box[2] - max(0, pad)
            _mend(inside)
            _set_wraps(inside)
            whole = list(_joined_by_wrapping(inside))
            for line in whole:
                places.setdefault(line.text, []).append(line)
            texts.append([Item(line.text) for line in whole])
        every = [line for group in places.values() for line in group]
        for item in row(texts, [cell.last > cell.first for cell in cells]):
            own = places.get(item.text, every)
            box = joined([line.box for line in own])
            yield PrintedLine(own[0].strips, page, text=item.text, box=box, alone=True)


def _joined_by_wrapping(lines: Sequence[PrintedLine]) -> Iterator[PrintedLine]:
    return _joined_where(lines, lambda at, _: at.wraps is not False)


def _joined_where(
    lines: Sequence[PrintedLine], goes_on: Callable[[PrintedLine, PrintedLine], bool]
) -> Iterator[PrintedLine]:
    """The lines, each with those after it into which it goes on."""
    at: PrintedLine | None = None
    for line in lines:
        if at is not None and goes_on(at, line):
            at.text = f"{at.text} {line.text}"
            at.box = joined((at.box, line.box))
            at.wraps = line.wraps
            continue
        if at is not None:
            yield at
        at = line
    if at is not None:
        yield at


# ---- headers and footers


def _furniture(pages: Sequence[Page]) -> set[int]:
    """The strips, by `id`, that stand at the upper or lower edge of at least half of the pages alike, figures aside;
    even on one page, a page number or what a browser prints there, and small type far from the rest. Only what nothing
    but furniture stands beyond.
    """
    letters: Counter[float] = Counter()
    for page in pages:
        for strip in page.strips:
            letters[strip.size] += len(strip.text)
        for word in (w for table in page.tables for cell in table.cells for w in cell.words):
            letters[round(word.height / _BOX, 1)] += len(word.text)
    common = max(letters, key=lambda size: (letters[size], size), default=0.0)
    alike: Counter[tuple[str, bool]] = Counter()
    rows_of: list[tuple[Page, bool, list[list[Strip]]]] = []
    for page in pages:
        for upper in (True, False):
            found = _edge_rows(page, upper=upper)
            rows_of.append((page, upper, found))
            alike.update({(key, upper) for strips in found for key in [_likeness(strips)]})
    needed = max(2, (len(pages) + 1) // 2)
    places: dict[tuple[str, bool], list[float]] = {}
    for page, upper, found in rows_of:
        for strips in found:
            places.setdefault((_likeness(strips), upper), []).append(_from_edge(page, strips[0], upper=upper))
    out: set[int] = set()
    for page, upper, found in rows_of:
        run: list[tuple[list[Strip], bool]] = []
        for strips in found:
            key = (_likeness(strips), upper)
            here = _from_edge(page, strips[0], upper=upper)
            same = sum(abs(here - there) <= _SAME_PLACE for there in places[key])
            repeated = alike[key] >= needed and same >= needed
            known = _AT_EDGE.fullmatch(" ".join(s.text for s in strips)) is not None
            small = all(s.size <= _SMALL * common for s in strips)
            if not (known or repeated or small):
                break
            run.append((strips, known or (repeated and small)))
        # The innermost of them stands apart from the text, more so if less else tells it.
        while run and _gap(page, run[-1][0], upper=upper) < (_NEAR if run[-1][1] else _FAR):
            run.pop()
        out |= {id(s) for strips, _ in run for s in strips}
    return out


def _edge_rows(page: Page, *, upper: bool) -> list[list[Strip]]:
    """The rows at an edge of a page, the outermost first."""
    limit = page.height * _EDGE
    found = rows([s for s in page.strips if _from_edge(page, s, upper=upper) <= limit])
    return found if upper else found[::-1]


def _from_edge(page: Page, strip: Strip, *, upper: bool) -> float:
    return page.height - strip.box[1] if upper else strip.box[3]


def _likeness(strips: Sequence[Strip]) -> str:
    return re.sub(r"\d+", "0", " ".join(s.text for s in strips))


def _gap(page: Page, strips: Sequence[Strip], *, upper: bool) -> float:
    """The space between a row at the edge and what stands next to it, in its own heights."""
    box = joined([s.box for s in strips])
    others = [s.box for s in page.strips if all(s is not own for own in strips)] + [t.box for t in page.tables]
    gaps = (
        [box[1] - b[3] for b in others if b[3] <= box[1] + 1]
        if upper
        else [b[1] - box[3] for b in others if b[1] >= box[3] - 1]
    )
    return min(gaps, default=page.height) / (box[3] - box[1] or 1)


# ---- words, headings and wrapping


def _margin(pages: Sequence[Page]) -> float:
    """How far to the right a line may go: as far as lines do that come near the right margin, else as far as the left
    margin says.
    """
    boxes = [s.box for page in pages for s in page.strips]
    if not boxes:
        return 0
    width = max(page.width for page in pages)
    left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
    return right if width - right <= 1.35 * left + 10 else width - left


def _mend(lines: list[PrintedLine]) -> None:
    """Texts of lines, with a word that a hyphen parts at a line's end whole on that line."""
    for line in lines:
        line.text = _plain(line.text) if not line.alone else line.text
    known = Counter(word for line in lines for word in re.findall(r"[a-z]+(?:-[a-z]+)*", line.text.lower()))
    i = 0
    while i + 1 < len(lines):
        line, following = lines[i], lines[i + 1]
        if line.alone or following.alone or not line.strips or not following.strips:
            i += 1
            continue
        soft = line.last.broken or line.text.endswith("\u00ad")
        head = re.search(r"([A-Za-z]+)[-\u00ad\u2010]?$", line.text)
        tail = re.match(r"[a-z]+[^\s]*", following.text)
        if not head or not tail or not (soft or re.search(r"[A-Za-z][-\u2010]$", line.text)):
            i += 1
            continue
        start = line.text[: head.start()]
        hyphen = _hyphen(head[1], tail[0], known, certain=line.text.endswith("\u00ad"))
        line.text = f"{start}{head[1]}{hyphen}{tail[0]}"
        rest = following.text[tail.end() :].strip()
        line.box = joined((line.box, following.box))
        if rest:
            following.text = rest
            i += 1
        else:
            del lines[i + 1]
    for line in lines:
        if not line.alone and line.strips and line.last.broken and line.text[-1:].isalpha() and line.wraps is not False:
            line.text += "-"


def _hyphen(head: str, tail: str, known: Counter[str], *, certain: bool) -> str:
    """The hyphen of a word parted at a line's end, if it is the word's own: as the document has the word elsewhere,
    else as titles of procedures have it; a hyphen between two whole words is theirs.
    """
    found = re.match(r"[a-z]+", tail)
    a, b = head.lower(), found[0] if found else ""
    usual = words_of_titles()
    if certain or known[a + b]:
        return ""
    if known[f"{a}-{b}"]:
        return "-"
    if a + b in usual:
        return ""
    return "-" if f"{a}-{b}" in usual or a in _KEEPS or (a in usual and (b in usual or len(a) > 5)) else ""


def _set_levels(lines: Sequence[PrintedLine]) -> None:
    """Headings: lines set larger than most letters, by size; bold lines, where most letters are not."""
    letters: Counter[float] = Counter()
    bold = 0
    for line in lines:
        if not line.alone:
            letters[line.size] += len(line.text)
            bold += len(line.text) if line.bold else 0
    if not letters:
        return
    common = min(letters, key=lambda size: (-letters[size], size))
    larger = sorted((size for size in letters if size >= common * _LARGER), reverse=True)
    mostly_bold = bold * 2 > letters.total()
    for line in lines:
        if line.alone or line.has_bullet:
            continue
        if line.size in larger:
            line.level = min(larger.index(line.size) + 1, 5)
        elif line.bold and not mostly_bold:
            line.level = _BOLD_LEVEL


def _set_wraps(lines: Sequence[PrintedLine]) -> None:
    """Which lines ended because the next word did not fit: they are full, and closer to the next line than the lines
    that end a paragraph are. Where the page leaves the same space everywhere, a full line may wrap or not: None.
    """
    full: list[tuple[PrintedLine, float]] = []
    ended: list[float] = []
    for line, following in itertools.pairwise(lines):
        if line.alone or following.alone or following.has_bullet or line.page != following.page:
            continue
        height = line.first.height
        space = (line.box[1] - following.first.box[3]) / height if height else 0.0
        level = abs(line.first.box[0] - following.first.box[0]) <= _HANG
        first = following.first
        needed = first.box[2] - first.box[0] + 0.2 * first.height
        if not -0.5 <= space <= 0.9:
            continue
        if level and line.last.box[2] + needed > line.limit + 0.5:
            full.append((line, space))
        elif line.size == following.size:
            ended.append(space)
    usual = min(ended, default=1.0) - _SAME_SPACE
    parts = bool(ended) and any(space < usual for _, space in full)
    for line, space in full:
        line.wraps = space < usual if parts else None


def _with_whole_headings(lines: Sequence[PrintedLine]) -> Iterator[PrintedLine]:
    """The lines, with a heading of several lines as one."""
    return _joined_where(
        lines,
        lambda at, line: bool(at.level and at.level == line.level and at.wraps is not False and at.size == line.size),
    )


def _space(before: PrintedLine, line: PrintedLine) -> float:
    """The space between two lines; none beside or above, where a column begins."""
    return max(0.0, before.box[1] - line.box[3])


def _usual_space(lines: Sequence[PrintedLine]) -> float:
    """The space between lines of one paragraph: the median of those where a line wraps, else of all."""
    pairs = [(a, b) for a, b in itertools.pairwise(lines) if a.page == b.page]
    wrapped = [_space(a, b) for a, b in pairs if a.wraps is not False]
    every = [_space(a, b) for a, b in pairs]
    return median(wrapped) if wrapped else median(every) if every else 0.0
