"""Lines of the coding part as typed rows, side by side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kg.codes import Selector
from kg.expression.nodes import Unnamed, When
from kg.expression.recommendation import Side
from kg.guidance.lists.added_above import join_above
from kg.guidance.lists.combined import combined
from kg.guidance.lists.for_all import part_of_all
from kg.guidance.lists.joining import joint_of
from kg.guidance.lists.labelled import head_of_label, is_alike, steps_in
from kg.guidance.lists.left_out import chooses_below, without_denied
from kg.guidance.lists.listed import asked_alone, ends_bullets, ends_inner_list, lines_of, listed_in
from kg.guidance.lists.listing import Listing
from kg.guidance.lists.openers import names_below, opened_by, points_below, trailing
from kg.guidance.lists.passed import report_left_behind, report_of_one, report_passed_over
from kg.guidance.lists.persons import without_these
from kg.guidance.lists.predicates import said_of_list
from kg.guidance.lists.reopened import heads_anew
from kg.guidance.lists.said_anew import doubt_both, of_heading
from kg.guidance.page.layout import Section
from kg.guidance.page.paragraph import Paragraph, is_includes, is_note, leads_in_case
from kg.guidance.page.prose import Stretch, sentences
from kg.guidance.page.spots import spots
from kg.guidance.parts import headings, lines
from kg.guidance.parts.aside import case_aside
from kg.guidance.parts.conditions import without_note
from kg.guidance.parts.inclusions import goes_on_including, included
from kg.guidance.parts.items import Item
from kg.guidance.parts.joints import brackets
from kg.guidance.parts.leads import Lead, head_of, is_clause, is_lead, lead_of, subject_of
from kg.guidance.parts.replaced import replacing
from kg.guidance.parts.sides import said_in, side_change, side_of, side_of_sentence, speaks_of_icd
from kg.guidance.sentences import row as so_far
from kg.guidance.sentences.effects import AS_ADDED, Effect, excepted
from kg.guidance.sentences.entitled import told_together, without_entitled
from kg.guidance.sentences.nameless import asked_for
from kg.guidance.sentences.previous import keep_remark
from kg.guidance.sentences.refused import without_refused
from kg.guidance.sentences.sentence import WITH_OTHERS, read_sentence
from kg.guidance.sentences.shared import tells_cases


@dataclass(slots=True)
class Reader(Listing):
    """Turns sections into rows. Items are read before sentences, so that a note above a list knows what is listed."""

    in_includes: bool = False
    varied: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    excepting: bool = False
    titles: frozenset[str] = frozenset()
    tied: list[frozenset[Selector]] = field(default_factory=list)
    remarks: list[tuple[Side, Stretch]] = field(default_factory=list)

    def read(self, sections: tuple[Section, ...]) -> list[so_far.Row]:
        """The rows of all sections, in print order."""
        every = [
            without_refused(without_denied(lines_of(x, self.source), self.source), x.side.scheme, self.source)
            for x in sections
        ]
        self.known = listed_in(((x.side, shown) for x, shown in zip(sections, every, strict=True)), self.source)
        for section, shown in zip(sections, every, strict=True):
            self.side = self.home = section.side
            self.last_item = None
            before, self.titles = len(self.rows), headings.over_sentences(shown, self.source)
            self.varied, self.steps = lines.varied(shown, self.source), steps_in(shown, self.source)
            said, done = combined(shown, self.side, self.source)
            if done:
                self.take(said, shown[0].stretch, self.side)
            for i, line in enumerate(shown[done:], done):
                if ends_bullets(shown, i, self.source):
                    self.add("plus", line.stretch)
                if ends_inner_list(shown, i, self.source):
                    self.open_again(line.stretch)
                self._row(line, shown[i + 1 :])
            read = any(row.kind in {"item", "effect"} for row in self.rows[before:])
            bare = section.side is Side.DIAGNOSIS and section.headed and not read and shown
            if bare and (asked := asked_alone(shown, self.source)) is not None:
                self.add("effect", asked.stretch, asked)
        return self.rows

    def _row(self, line: Paragraph, rest: Sequence[Paragraph]) -> None:
        following, source = rest[0] if rest else None, self.source
        line = line if following is not None else lines.without_colon(line, source.phrases)
        text = line.text
        if text[:1] == "(" and not rest and join_above(self.rows, line.stretch, self.side, source):
            return
        if (joint := joint_of(line, rest, self.rows, self.side, source)) is not None:
            self.in_includes, self.case = False, case_aside(joint.case)
            self.and_or = self.and_or or joint.both
            if joint.kind:
                self.add(joint.kind, line.stretch, joint.lead, self.side_of_joint(following))
            if joint.item is not None:
                self._items(joint.item)
            return
        if is_includes(text):
            if (glued := included(line.stretch)) is not None:
                self._items(glued)  # a code glued to it; codes in brackets or behind "excludes" are none
            self.in_includes = not spots(text) or re.match(r"excl", text, re.IGNORECASE) is not None
            return
        self.in_includes = self.in_includes and goes_on_including(line, following, source.phrases)
        self.in_includes = self.in_includes and not heads_anew(line, following, self.rows, source)
        if self.in_includes:
            return
        if (opened := lines.opens_diagnosis(line.stretch, following, source.phrases)) is not None:
            self.side, line = Side.DIAGNOSIS, replace(line, stretch=opened)
        if (said := said_of_list(line, rest, self.rows, source)) is not None:
            for read, part in said:
                self._items(part) if read == "items" else self._sentence(part)
            return
        line = lines.without_either(line, rest, source.phrases)
        if chooses_below(line, rest, self.side, source):
            self.add("lead", line.stretch, Lead(line.stretch, one=True))
            return
        if names_below(line.stretch, rest, self.side, source):
            self._open(line.stretch)
            return
        lead, label, stretch, tail = lines.ends_of(line.stretch, self.source.phrases)
        if stretch.text and lines.is_item(stretch, source.phrases):
            if label is not None and lines.told_over(label, source.phrases):
                for part in sentences(line.stretch):
                    again = all(map(self.is_listed, spots(part.text)))
                    self._sentence(part) if again else self._row(replace(line, stretch=part), ())
                return
            if label and so_far.sums_up(self.rows, label, stretch, self.side, source):
                return
            clause = label is not None and is_clause(label.text, stretch.text, source.phrases)
            told_of = replacing(stretch, label if label and source.phrases.opens("head.if", label.text) else None)
            if told_of or clause or tells_cases(line.stretch, self.side, self.known[self.side], source):
                self._sentence(told_of or line.stretch)
                return
            if label is not None:
                self._label(label, stretch)
            if lead:
                self.add(lead, line.stretch)
            self._items(stretch)
            if tail == "or" or tail == "plus":
                self.add(str(tail), line.stretch)
            elif isinstance(tail, Stretch):
                self.add("lead", tail, lead_of(tail, source.phrases))
            return
        enclosed = text.startswith("(") and brackets(text)[0][1] >= len(text.rstrip("."))
        if enclosed and self.last_item is not None:
            if not self.is_chosen(line.stretch) and not join_above(self.rows, line.stretch, self.side, source):
                self._aside(line.stretch)
            return
        if joins := lines.opening_of(text, following, source.phrases):
            of_all = source.phrases.find("lead.refers-back", text) is not None
            self._open(line.stretch) if of_all else self.add(joins, line.stretch)
            return
        self._prose(line, rest)

    def _label(self, label: Stretch, item: Stretch) -> None:
        """Words before a colon and a code: a name of the side or of the part, a lead-in, or the label of a variant."""
        phrases = self.source.phrases
        diagnosis = phrases.find("diagnosis", label.text) and not phrases.find("procedure", label.text)
        if (own := lines.case_of_side(label, self.source)) is not None:
            self.side = Side.DIAGNOSIS if diagnosis else self.side
            self.case = own
            return
        if diagnosis:
            self.side = Side.DIAGNOSIS
            if (case := lines.case_in_label(label, phrases)) is not None:
                self.add("head", case, head_of(case, phrases, run_in=True))
                return
        if phrases.whole("head.part", label.text) and phrases.find("head.adds", label.text):
            self.add("plus", label)
        if phrases.whole("head.part", label.text) or (diagnosis and len(label.text.split()) <= 3):
            if not diagnosis and (lead := part_of_all(self.rows, self.side, label, item, self.source)) is not None:
                self.add("lead", label, lead)
            return
        if self.orders(label):
            return
        found = spots(item.text)
        alike = so_far.is_another(self.rows, self.side, found) or is_alike(self.rows, label)
        if lines.leads_in(label.text, phrases) and not alike:
            self._open(label)
            return
        side = side_of(found[0], item, self.side, self.source) if found else self.side
        if item.text[: found[0].start].upper().find("ICD") >= 0 if found else False:
            side = self.side = Side.DIAGNOSIS
        above = any(row.kind in {"item", "effect"} and row.side is side for row in self.rows)
        self.add("head", label, head_of_label(label, item, phrases, above=above, step=label.text in self.steps), side)

    def _prose(self, line: Paragraph, rest: Sequence[Paragraph]) -> None:
        text, phrases = line.text, self.source.phrases
        opens_list = lines.begins_list(rest[0] if rest else None, phrases)
        parts = sentences(line.stretch)
        found = spots(text)
        last = parts[-1]
        joins = opens_list and not found and leads_in_case(text) and text[:2].lower() != "or"
        if joins or (opens_list and phrases.whole("line.leads", text)):
            self._open(line.stretch)
            return
        if (label := headings.label_of_unnamed(text, phrases)) and not found:
            head = line.stretch.part(0, label)
            self.add("head", head, head_of(head, phrases, run_in=True))
            self._sentence(line.stretch.part(len(text) - len(text[label + 1 :].lstrip()), len(text)))
            return
        if opens_list and (asked := headings.asks_in_brackets(text, phrases)) is not None:
            self.side, name = self.side_below(rest) or self.home, line.stretch.part(0, asked[0])
            name = name.part(*(headings.kind_over_list(name.text) or (0, asked[0])))
            self.add("head", name, head_of(name, phrases))
            self.add("lead", line.stretch, Lead(line.stretch.part(asked[1], len(text)), one=True))
            return
        if opens_list and not found and (kind := headings.kind_over_list(text)) is not None:
            self.side, case = self.side_below(rest) or self.home, line.stretch.part(*kind)
            self.add("head", case, head_of(case, phrases))
            return
        numbered = phrases.whole("head.numbered", text)
        is_heading = headings.heads_a_list(line, rest, phrases, over=opens_list or text in self.titles)
        at_will = phrases.whole("optional", text) or phrases.whole("line.optional", text)
        if opens_list and not found and (at_will or phrases.whole("head.required", text)):
            self.add("lead", line.stretch, Lead(line.stretch, optional=at_will, plus=True, all=True))
            return
        listing = phrases.find("lead.list", last.text) is not None and not (found and is_note(text))
        row = bool(found) and found[0].start == 0 and text[-1] != ":"  # of a table: it denies its own code
        over = opens_list and (not text.endswith(".") or listing) and not row
        if over and (words := lines.oddity(last.text, phrases)):
            self.source.warn("KG-W0211", f'more is said than was read: "{words}"', line.stretch)
        by_case = lines.is_of_case(text, self.varied, phrases)
        if is_heading and not found and (by_case or not is_lead(text, phrases)):
            self.side = self.side_below(rest) or self.home  # a diagnosis sentence above it is over
            near = [x.stretch for x in rest[:2]]
            self.case = case_aside(so_far.or_case(self.rows, line.stretch, near, self.side, self.source))
            if self.case is not None:
                self.add("or", line.stretch)
                return
            if not self.orders(line.stretch):
                self.add("head", line.stretch, head_of(line.stretch, phrases))
            self.excepting = self.excepting or phrases.find("excepts", text) is not None
            if lines.asks_below(text, phrases, by_case=by_case) and not numbered:
                self.add("lead", line.stretch, replace(lead_of(line.stretch, phrases), plus=False, optional=False))
            return
        subject = subject_of(text, phrases)
        if is_heading and subject is not None and not phrases.find("lead.one", text):
            self.side = self.home  # a diagnosis sentence above it is over
            self.add("head", line.stretch, head_of(line.stretch.part(0, subject), phrases))
            return
        if self.rows and self.rows[-1].kind == "item" and not line.after_blank and lines.is_aside(text, phrases):
            self.source.unclear(line.stretch, "words behind a code")
        opens = text.endswith(":") or (opens_list and lines.asks_or_joins(text, phrases, heading=is_heading))
        over_heads = (
            not found and headings.heads_below(rest, phrases) and phrases.find("lead.one", last.text) is not None
        )
        opens = opens or ((opens_list or over_heads) and points_below(last.text, phrases))
        over = parts[-2] if opens and len(parts) > 1 and not spots(parts[-2].text) else None
        told = over is not None and phrases.find("condition.then", last.text) is not None
        for part in (part for part in (parts[: -2 if told else -1] if opens else parts) if not self.is_chosen(part)):
            self._sentence(part)
        if opens:
            self._open(last, over)
        elif opens_list and not found and text[-1] not in ".;!?" and phrases.find("condition", text):
            self.source.warn("KG-W0202", "not said whether these words are the case of the list below", line.stretch)

    def _open(self, stretch: Stretch, before: Stretch | None = None) -> None:
        """A lead-in over a list; `before` is the sentence before it on its line."""
        added, stretch = trailing(stretch, self.side, self.source)
        self.take(added, stretch, self.side)
        text, phrases = stretch.text, self.source.phrases
        if (cut := lines.told_before(text, phrases)) and not all(map(self.is_listed, spots(text[:cut]))):
            first = stretch.part(0, len(text[:cut].rstrip(" ,;")))
            plain = lines.plainly_told(first, self.source)
            (self._sentence if plain is None else self._items)(plain or first)
            self._open(stretch.part(cut, len(text)))
            return
        hit = phrases.find("lead.follows", text.replace(",", " "))
        if hit is not None and (behind := [s for s in spots(text) if s.start > hit.end()]):
            self._items(stretch.part(behind[0].start, len(text.rstrip(" :"))))  # what they follow is recorded too
            self.add("lead", stretch, Lead(stretch.part(0, hit.end()), plus=True, all=True))
            return
        if phrases.find("diagnosis", text) and not phrases.find("procedure", text):
            self.side = Side.DIAGNOSIS
        self.excepting = self.excepting or phrases.find("excepts", text) is not None
        if phrases.find("past", text) and any(row.kind == "item" and row.side is self.side for row in self.rows):
            self.add("head", stretch, replace(head_of(without_note(stretch), phrases), other=True))
            return  # a combination printed for past records is an alternative to the one above it
        listed = any(row.kind in {"item", "effect"} and row.side is self.side for row in self.rows)
        lead = opened_by(stretch, before, self.side, self.known[self.side], self.source, listed=listed)
        if lead is None:
            return
        if phrases.find("lead.besides", text):
            if self.last is None:
                unnamed = Unnamed(text, self.source.cite(stretch))
                self.add("effect", stretch, Effect("add", self.side, stretch, unnamed))
            lead = replace(lead, plus=False)
        self.add("lead", stretch, lead)

    def _sentence(self, stretch: Stretch) -> None:
        stretch = without_these(stretch, self.rows)
        text, phrases = stretch.text, self.source.phrases
        found = spots(text)
        unlisted = [s for s in found if not self.is_listed(s)]
        told_of = {s.start for s in unlisted if self.is_disease(s, stretch)}
        fresh = [s for s in unlisted if s.start not in told_of or len(told_of) == len(found)]
        says_diagnosis = phrases.find("diagnosis", said_in(stretch, self.source)) is not None
        of_disease = len(told_of) == len(found)
        if self.side is Side.PROCEDURE and found and of_disease:
            self.say_of_diseases(stretch)
            return
        if self.home is Side.PROCEDURE and (cut := side_change(stretch, fresh, self.source)):
            self.side, behind = self.home, len(text) - len(text[cut:].lstrip(" ,;"))
            self._sentence(stretch.part(0, cut))
            if self.last is not None and isinstance(self.last.expression, When):
                self.source.warn("KG-W0202", "not said whether this diagnosis is for that case only", stretch, behind)
            self._sentence(stretch.part(behind, len(text)))
            return
        asks = lines.asks_for_codes(text, phrases)
        spoken_of = Side.DIAGNOSIS if self.previous is not None and speaks_of_icd(self.previous.text) else self.side
        side = side_of_sentence(stretch, fresh, spoken_of if found else self.side, self.source, asks=asks)
        if side is Side.DIAGNOSIS and self.side is Side.PROCEDURE and found:
            self.last = None
        if side is self.side is Side.DIAGNOSIS and found and self.are_of_procedures(stretch):
            side = Side.PROCEDURE  # a note on listed procedure codes behind the diagnosis
        elif side is self.side is Side.DIAGNOSIS and found and not says_diagnosis and self.is_beside_procedure(stretch):
            side = Side.PROCEDURE
            self.source.warn("KG-W0202", "not said whether this is of the procedures or the diagnoses", stretch)
        tied = told_together(stretch, self.rows, side, self.source) if side is Side.PROCEDURE and not fresh else []
        self.tied += tied
        either = any(isinstance(row.value, Item) and row.value.both for row in self.rows)
        if not found and either and phrases.find("both", text):
            return  # it tells when what and/or joins stands together
        if join_above(self.rows, stretch, side, self.source):
            return
        asked = self.source.asked()
        again = so_far.said_again(self.rows, stretch, side, self.source)
        head = so_far.opens_variant(self.rows, side)
        anew = head is not None and head.text in self.titles  # it is all that its heading lists
        listed = [] if anew else [x for x in self.listed(side) if x not in again]
        before = self.last if self.last is None or not found or self.last.side is side else None
        meaning = read_sentence(stretch, side, listed, self.source, before, self.previous)
        meaning = meaning if found else without_entitled(meaning, tied)
        meaning = of_heading(meaning, again, self.rows, asked, self.source)
        if not found:
            meaning = asked_for(meaning, stretch, side, self.home, self.source, says_diagnosis=says_diagnosis)
        if head is not None:
            self.source.withdraw(asked, WITH_OTHERS)  # it goes with its heading
        if so_far.adds_below(self.rows, side):
            self.source.withdraw(asked, AS_ADDED)
        keep_remark(self.remarks, meaning, side, stretch, self.previous, self.source)
        self.previous = stretch
        if side is Side.DIAGNOSIS and found:
            self.side = side
        if self.excepting and side is Side.PROCEDURE:
            meaning = excepted(meaning, self.source, asked)
        doubt_both(meaning, stretch, self.rows, self.source)
        report_passed_over(meaning, stretch, self.rows, side, self.source)
        report_left_behind(meaning, stretch, listed, side, self.source)
        report_of_one(stretch, self.rows, side, self.source)
        self.take(meaning, stretch, side)
