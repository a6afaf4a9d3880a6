"""The plan of one side as blocks of a page: what a line, a lead-in, a heading and a sentence say of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from kg.codes import Category, Chapter, Chapters, One, Range, Scheme, Selector, may_lead, overlap
from kg.expression.condition import STATED, Condition
from kg.expression.nodes import Pick
from kg.expression.recommendation import Side
from kg.facets import Lexicon
from kg.rendering.conditions import CHOSEN, check_headings, clause, heading
from kg.rendering.page import Block, Kind
from kg.rendering.plan import Cell, Choice, Line, Offer, Open, Part, Row, Variant, Variants, unsayable
from kg.rendering.wordings import Style, Wordings, capital

Titles = Callable[[Selector], str]
_MARKS = {"D": "\u2020", "A": "*"}


@dataclass(slots=True)
class Teller:
    """Tells one side. `titles` gives the title of a selector that is printed without one, or nothing."""

    side: Side
    wordings: Wordings
    lexicon: Lexicon
    chapters: Chapters
    titles: Titles
    blocks: list[Block] = field(default_factory=list)
    all_picks: tuple[Pick, ...] = ()
    has_main: bool = False
    words: dict[tuple[str, str], str] = field(default_factory=dict)

    # ---- codes

    def leads(self, pick: Pick) -> bool:
        """Whether a code may stand first in a record."""
        return may_lead(pick.selector, self.chapters)

    def code(self, pick: Pick, *, first: bool, quoted: bool = False) -> str:
        """A code with its title, as a line begins with it (`first`) or goes on with it."""
        selector = pick.selector
        if isinstance(selector, Chapter):
            site = selector.scheme is Scheme.OPCS4 and selector.letter == "Z"
            words = self.wordings.say("chapter.site" if site else "chapter", letter=selector.letter)
            return capital(words) if first else words[:1].lower() + words[1:]
        title = pick.title or self.titles(selector)
        text = f"{printed(selector)} {title}".strip()
        return f"\u2018{text}\u2019" if quoted else text

    def cell(self, cell: Cell, *, first: bool, quoted: bool = False) -> str:
        """The codes of a cell, joined by or."""
        texts = [self.code(p, first=first and not i, quoted=quoted) for i, p in enumerate(cell.picks)]
        if len(texts) > 2 and self.wordings.chosen() and not any(text.count(",") for text in texts):
            return f"{', '.join(texts[:-1])} or {texts[-1]}"
        return " or ".join(texts)

    def row(self, row: Row, *, first: bool, quoted: bool = False) -> str:
        """The cells of a row, joined by plus; in a sentence single codes by and."""
        cells = sorted(row.cells, key=lambda c: not self.leads(c.picks[0]))  # what may lead stands first
        texts = [self.cell(c, first=first and not i, quoted=quoted) for i, c in enumerate(cells)]
        return " plus ".join(texts)

    def sentence(self, row: Row) -> str:
        """The codes of a row as a sentence names them."""
        quoted = self.wordings.style is Style.OLD and self.wordings.chosen(usual=True)
        if all(len(cell.picks) == 1 for cell in row.cells):
            texts = [self.cell(cell, first=False, quoted=quoted) for cell in row.cells]
            return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)
        return self.row(row, first=False, quoted=quoted)

    def is_fresh(self, picks: Sequence[Pick]) -> bool:
        """Whether no other code of the side overlaps with these: a sentence about a listed code adds nothing."""
        own = [p.selector for p in picks]
        known = [p.selector for p in self.all_picks]
        return all(sum(overlap(s, k, self.chapters) for k in known) == 1 for s in own)

    # ---- blocks

    def _put(self, kind: Kind, text: str) -> None:
        self.blocks.append(Block(kind, text))

    def _lead(self, kind: str) -> None:
        self._put(Kind.LEAD, self.wordings.say(kind))

    def _note(self, sentence: str) -> None:
        if self.wordings.style is Style.NEW or self.wordings.chosen():
            self._put(Kind.NOTE, self.wordings.say("note", sentence=sentence))
        else:
            self._put(Kind.PROSE, sentence)

    def tell(self, parts: Sequence[Part]) -> list[Block]:
        """The blocks of a side.

        Raises:
            KgError: KG-E0307.
        """
        self.all_picks = tuple(_picks(parts))
        required = [p for p in parts if isinstance(p, Line | Choice | Variants)]
        sure = [p for p in required if not isinstance(p, Line) or p.plain]
        self.has_main = any(self.leads(pick) for pick in _picks(sure))
        based = [p for p in required if isinstance(p, Variants) and p.variants[0].condition is None]
        if len(based) > 1:
            raise unsayable("two choices, each with an alternative that has no heading")
        if based:
            required = [based[0], *(p for p in required if p is not based[0])]
        noted = [p for p in required if isinstance(p, Line) and self._is_noted(p)]
        for number, stage in enumerate(_stages([p for p in required if p not in noted])):
            self._stage(stage, number)
        for part in parts:
            if isinstance(part, Offer):
                self._offer(part)
        for line in noted:
            self._addition(line)
        for part in parts:
            if isinstance(part, Open):
                self._open(part)
        return self.blocks

    def _stage(self, stage: Sequence[Line] | Choice | Variants, number: int) -> None:
        match stage:
            case Choice():
                self._choice(stage, number)
            case Variants():
                self._variants(stage, number)
            case _:
                self._lines(list(stage), number)

    # ---- conditions

    def _clause(self, condition: Condition) -> str:
        return self._same(condition, clause(condition, self.lexicon, self.wordings))

    def _heading(self, condition: Condition) -> str:
        return self._same(condition, heading(condition, self.lexicon, self.wordings))

    def _same(self, condition: Condition, text: str) -> str:
        """The text, if a condition that no facet recognises is told by the same words wherever it stands."""
        value = Condition.stated(text).value
        if condition.facet == STATED and self.words.setdefault(condition.fact, value) != value:
            raise unsayable(f'the condition "{condition.words}" as a heading and as a clause')
        return text

    # ---- lists

    def _lines(self, lines: list[Line], number: int) -> None:
        if len(lines) == 1 and self._may_be_list(lines[0]) and self.wordings.chosen():
            self._lead("lead.plus-one" if number else "lead.one")
            for pick in lines[0].cell.picks:
                self._put(Kind.CODE, self.code(pick, first=True))
            return
        if self.wordings.style is Style.OLD and self._lines_in_sentence(lines, number):
            return
        if number:
            self._lead("lead.plus")
        elif self.wordings.style is Style.OLD and self.side is Side.PROCEDURE and self.wordings.chosen(usual=True):
            self._lead("lead.list")
        has_plus = len(lines) > 1 and self.wordings.chosen()
        for i, line in enumerate(lines):
            if i and has_plus:
                self._put(Kind.CONNECTIVE, self.wordings.say("plus"))
            self._line(line, own_or=self._may_part(lines, i, number, has_plus=has_plus))

    def _line(self, line: Line, *, own_or: bool) -> None:
        if own_or and len(line.cell.picks) > 1 and line.plain and self.wordings.chosen(usual=True):
            for i, pick in enumerate(line.cell.picks):
                if i:
                    self._put(Kind.CONNECTIVE, self.wordings.say("or"))
                self._put(Kind.CODE, self.code(pick, first=True))
            return
        behind = ""
        if line.condition is not None:
            self._check_for_all(line.condition, line.cell)
            behind = f" ({self._clause(line.condition)})"
        elif line.optional:
            behind = f" {self.wordings.say('bracket.optional')}"
        self._put(Kind.CODE, self.cell(line.cell, first=True) + behind)

    def _check_for_all(self, condition: Condition, cell: Cell) -> None:
        """Refuse a case behind a choice that only the title of its last code tells: it would be read as of that one."""
        *before, last = [set(self.lexicon.named_in(pick.title)) for pick in cell.picks]
        own = last & set(self.lexicon.named_in(condition.words))
        if before and own - set().union(*before):
            raise unsayable(f'"{condition.words}" behind a choice of which only the last title says so')

    def _may_part(self, lines: Sequence[Line], i: int, number: int, *, has_plus: bool) -> bool:
        """Whether an Or on its own line would join the codes of this line and no others."""
        if self.side is Side.DIAGNOSIS:
            return True
        own = lines[i].cell.picks
        if not any(self.leads(p) for p in own[1:]):
            return True
        after = [line for j, line in enumerate(lines) if j > i]
        if i or number or not all(self.leads(p) for p in own):
            return False
        if has_plus and after:
            return not any(self.leads(p) for line in after for p in line.cell.picks[1:])
        return not any(self.leads(p) for line in after for p in line.cell.picks)

    def _may_be_list(self, line: Line) -> bool:
        """Whether the codes of a line can stand under "one of the following"."""
        leading = [self.leads(p) for p in line.cell.picks]
        return line.plain and len(leading) > 1 and (all(leading) or not any(leading))

    def _lines_in_sentence(self, lines: Sequence[Line], number: int) -> bool:
        """Tell required lines in one sentence, where that says the same; whether it was done."""
        row = Row(tuple(line.cell for line in lines))
        plain = all(line.plain for line in lines) and self.is_fresh(row.picks) and len(row.picks) <= 4
        if not plain or any(isinstance(p.selector, Chapter) for p in row.picks) or self.side is Side.DIAGNOSIS:
            return False
        if not number and not self._is_all(row.picks):
            return False  # a sentence before a list could be one about the list
        if not self.wordings.chosen(usual=number > 0):
            return False
        several = "codes" if len(row.picks) > 1 else "code"
        kind = "also.codes" if number else f"procedure.{several}"
        self._put(Kind.PROSE, self.wordings.say(kind, codes=self.sentence(row)))
        return True

    def _is_all(self, picks: Sequence[Pick]) -> bool:
        """Whether the side names no other codes."""
        own = {id(pick) for pick in picks}
        return all(id(pick) in own for pick in self.all_picks)

    def _choice(self, choice: Choice, number: int) -> None:
        rows = choice.rows
        if self._may_part_whole(choice, number) and self.wordings.chosen(usual=True):
            for i, row in enumerate(rows):
                if i:
                    self._put(Kind.CONNECTIVE, self.wordings.say("or"))
                for cell in row.cells:
                    self._put(Kind.CODE, self.cell(cell, first=True))
            return
        self._lead("lead.plus-combination" if number else "lead.combination")
        self._rows(rows)

    def _rows(self, rows: Sequence[Row]) -> None:
        leading = [any(self.leads(c.picks[0]) for c in row.cells) for row in rows]
        if leading[0] and not all(leading):
            raise unsayable("alternatives of which some can lead a record and others cannot")
        for row in rows:
            self._put(Kind.CODE, self.row(row, first=True))

    def _may_part_whole(self, choice: Choice, number: int) -> bool:
        """Whether an Or on its own line would part these combinations as a whole."""
        if number or self.side is Side.DIAGNOSIS or len(choice.rows[0].cells) < 2:
            return False
        if not self._is_all([p for row in choice.rows for p in row.picks]):
            return False
        return all(len(row.cells[0].picks) == 1 and self.leads(row.cells[0].picks[0]) for row in choice.rows)

    # ---- variants

    def _variants(self, stage: Variants, number: int) -> None:
        base = next((v for v in stage.variants if v.condition is None), None)
        labelled = [v for v in stage.variants if v is not base]
        leading = all(any(self.leads(p) for p in _picks(v.parts)) for v in stage.variants)
        conditions = [v.condition for v in labelled if v.condition is not None]
        check_headings(conditions, self.lexicon)
        if base is not None:
            if number or not leading or (self.side is Side.DIAGNOSIS and len(labelled) == 1):
                raise unsayable("an alternative without a heading before ones that have one")
            self._variant(base)
        elif number:
            self._lead("lead.plus-variants")
        elif not leading or self.wordings.chosen():
            self._lead("lead.variants")
        for variant in labelled:
            if variant.condition is not None:
                self._put(Kind.VARIANT, self._heading(variant.condition))
            self._variant(variant)

    def _variant(self, variant: Variant) -> None:
        lines = [p for p in variant.parts if isinstance(p, Line)]
        for line in lines:
            self._line(line, own_or=False)
        for choice in variant.parts:
            if isinstance(choice, Choice):
                self._lead("lead.inner" if lines else "lead.combination")
                self._rows(choice.rows)

    # ---- what may be added, and sentences

    def _offer(self, offer: Offer) -> None:
        if len(offer.rows) != 1:
            self._lead("lead.offer-one")
            self._rows(offer.rows)
            return
        row = offer.rows[0]
        if self.is_fresh(row.picks) and len(row.picks) <= 4 and self.wordings.chosen():
            self._note(self.wordings.say("also.optional", codes=self.sentence(row)))
            return
        self._lead("lead.offer")
        for cell in row.cells:
            self._put(Kind.CODE, self.cell(cell, first=True))

    def _is_noted(self, line: Line) -> bool:
        """Whether a line is told by a sentence behind the list."""
        if self._chosen_codes(line) is not None:
            return True
        if line.plain or not self.is_fresh(line.cell.picks):
            return False
        if any(isinstance(p.selector, Chapter) for p in line.cell.picks):
            return False
        if self.side is Side.PROCEDURE and not self.has_main and any(self.leads(p) for p in line.cell.picks):
            return False  # sentences that give main codes under conditions, and nothing else does, are variants
        return self.wordings.chosen(usual=line.condition is not None)

    def _chosen_codes(self, line: Line) -> str | None:
        """The codes of a choice that a line goes with (`K52.8 chosen`), or None."""
        if line.condition is None or line.condition.facet != STATED:
            return None
        found = CHOSEN.fullmatch(line.condition.words)
        if found is None:
            return None
        if not self.is_fresh(line.cell.picks):
            raise unsayable(f'a listed code again under "{line.condition.words}"')
        return found[1]

    def _addition(self, line: Line) -> None:
        codes = self.sentence(Row((line.cell,)))
        chosen = self._chosen_codes(line)
        if chosen is not None:
            self._note(self.wordings.say("also.chosen", chosen=chosen, codes=codes))
        elif line.condition is not None:
            words = self._clause(line.condition)
            self._note(self.wordings.say("also.condition", condition=words, Condition=capital(words), codes=codes))
        else:
            self._note(self.wordings.say("also.optional", codes=codes))

    def diagnosis_addition(self, line: Line) -> Block:
        """The sentence that adds a diagnosis behind the sentence of the first one."""
        codes = self.sentence(Row((line.cell,)))
        if line.condition is None:
            return Block(Kind.PROSE, self.wordings.say("diagnosis.optional", codes=codes))
        words = self._clause(line.condition)
        said = self.wordings.say("diagnosis.condition", condition=words, Condition=capital(words), codes=codes)
        return Block(Kind.PROSE, said)

    def _open(self, part: Open) -> None:
        words = " ".join(part.words.split())
        if part.condition is None and not part.optional and words.endswith("."):
            self._note(words)  # as it was printed
            return
        plain = words.rstrip(" .")
        if part.condition is not None:
            said = self._clause(part.condition)
            if words.endswith(".") and said.lower() in words.lower():
                self._note(words)
                return
            self._note(f"{capital(said)}, {self.wordings.say('open.sentence', words=plain[:1].lower() + plain[1:])}")
            return
        self._note(self.wordings.say("open.optional" if part.optional else "open.sentence", words=plain))


def printed(selector: Selector) -> str:
    """A selector as documents print it: the filler of ICD-10, the marks of a pair."""
    match selector:
        case One(code):
            filler = ".X" if code.scheme is Scheme.ICD10 and len(code.text) == 3 else ""
            return f"{code.text}{filler}{_MARKS.get(code.mark, code.mark)}"
        case Category() | Range() | Chapter():
            return str(selector)


def _stages(parts: Sequence[Line | Choice | Variants]) -> Iterator[Sequence[Line] | Choice | Variants]:
    """Lines that stand together, and each choice and set of variants by itself."""
    for is_line, group in groupby(parts, key=lambda p: isinstance(p, Line)):
        if is_line:
            yield [p for p in group if isinstance(p, Line)]
        else:
            for part in group:
                if not isinstance(part, Line):
                    yield part


def _picks(parts: Sequence[Part]) -> Iterator[Pick]:
    for part in parts:
        match part:
            case Line(cell):
                yield from cell.picks
            case Choice(rows) | Offer(rows):
                for row in rows:
                    yield from row.picks
            case Variants(variants):
                for variant in variants:
                    yield from _picks(variant.parts)
            case Open():
                pass
