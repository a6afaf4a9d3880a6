"""Recommendations drawn for rendering: facts of the open code list, ICD-10 titles and conditions made up.

Everything is drawn from one `random.Random`, so that a campaign counts seeds and hypothesis can shrink.
"""

from __future__ import annotations

from functools import cache
from random import Random

from kg import resources
from kg.codes import Category, Chapter, Code, One, Range, Scheme, Selector, parse_selector
from kg.codes.sctid import check_digit
from kg.expression.condition import Condition
from kg.expression.nodes import AllOf, Expression, OneOf, Optional, Pick, Unnamed, When
from kg.expression.recommendation import ConceptMention, Reading, Recommendation, Side
from kg.facets import load_lexicon

ICD_TITLES = (
    "Secondary disorder of the upper limb",
    "Chronic inflammation of tendon",
    "Malignant growth of tissue, part not told",
    "Acute obstruction, not elsewhere classified",
    "Personal history of a disease of the chest",
    "Other specified stenosis of duct",
    "Rupture of ligament and capsule",
    "Disorder with (partial) loss of function",
)
CLAUSES = (
    "if clips are used",
    "if a graft is taken from the leg",
    "where both kidneys are treated",
    "when the device is left in place",
    "if the child is under one year of age",
    "if ultrasound guidance is used",
    "when fluoroscopy is used",
    "if the primary tumour has been eradicated",
    "if a second surgeon assists",
)
VARIANTS = (
    ("Open operation", "Laparoscopic operation", "Percutaneous operation"),
    ("If performed as an open procedure", "If performed laparoscopically", "If performed endoscopically"),
    ("Stage 1", "Stage 2", "Stage 3"),
    ("For the donor", "For the recipient"),
    ("Adults", "Children"),
    ("Flexible endoscope", "Rigid endoscope"),
    ("Lesion of the head", "Lesion of the neck", "Lesion of the trunk"),
    ("If the primary tumour has been eradicated", "If the primary tumour is still present"),
)
OPEN = (
    "any other procedure done at the same time",
    "Any other procedure performed at the same time must also be coded.",
    "the reconstruction",
)


@cache
def opcs() -> tuple[tuple[str, str], ...]:
    """The codes of OPCS-4 in use, with their titles."""
    rows = (line.split("\t") for line in resources.text("ontology/opcs4_in_use.tsv").split("\n"))
    return tuple((row[0], row[1]) for row in rows if len(row) > 3 and row[0][0].isupper())


@cache
def _opcs_of(letters: str) -> tuple[tuple[str, str], ...]:
    return tuple(row for row in opcs() if row[0][0] in letters)


@cache
def icd() -> tuple[str, ...]:
    """The codes of ICD-10 in use."""
    rows = (line.split("\t") for line in resources.text("ontology/icd10_in_use.tsv").split("\n"))
    return tuple(row[0] for row in rows if len(row) > 3 and row[0][:1].isupper() and row[0][0] not in "UVWXY")


# Codes that only follow another, whatever their chapter: levels of spine, stents (OPCS-4 notes at V55, L76, L89).
_BEHIND = ("V55", "L76", "L89")


class Draw:
    """Draws one recommendation."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.side = Side.PROCEDURE
        self.used: set[str] = set()

    def recommendation(self) -> Recommendation:
        """A recommendation with one reading."""
        chance = self.chance
        self.side, self.used = Side.PROCEDURE, set()
        procedure = self.expression() if chance.random() < 0.95 else None
        self.side, self.used = Side.DIAGNOSIS, set()
        diagnosis = self.expression() if procedure is None or chance.random() < 0.6 else None
        concepts = tuple(self._concept() for _ in range(chance.choice((0, 0, 0, 1, 2))))
        id = chance.choice((f"IPG{chance.randint(10, 999)}", f"MTG{chance.randint(1, 99)}", "IP1062/2"))
        title = chance.choice(("Ablation of a made-up lesion", "Repair of tendon by a new device", "A test"))
        edition = chance.choice((None, None, "4.6", "4.9"))
        return Recommendation(id, title, (Reading(procedure, diagnosis),), edition, concepts)

    def expression(self) -> Expression:
        """A side of a shape that documents have, now and then nested further."""
        chance = self.chance
        parts: list[Expression] = [self._first() if chance.random() < 0.7 else self.pick(leads=True)]
        parts += [self._further() for _ in range(chance.choice((0, 0, 1, 1, 1, 2, 2, 3)))]
        if len(parts) > 1 and chance.random() < 0.05:
            return OneOf((AllOf(tuple(parts)), self._first()))
        return AllOf(tuple(parts)) if len(parts) > 1 else parts[0]

    # ---- parts

    def _first(self) -> Expression:
        kind = self.chance.choice(("pick", "pick", "choice", "rows", "variants", "variants", "base", "nested"))
        match kind:
            case "pick":
                return self.pick(leads=True)
            case "choice":
                return self._choice(leads=True)
            case "rows":
                return OneOf(tuple(self._row() for _ in range(self.chance.choice((2, 2, 3)))))
            case "nested":
                return OneOf((AllOf((self.pick(leads=True), OneOf((self._row(), self._row())))), self._row()))
            case _:
                return self._variants(base=kind == "base")

    def _further(self) -> Expression:
        kind = self.chance.choice(
            ("pick", "pick", "choice", "optional", "when", "when", "offer", "both", "rows", "open", "chapter")
        )
        match kind:
            case "pick":
                return self.pick()
            case "choice":
                return self._choice()
            case "optional":
                return Optional(self.pick() if self.chance.random() < 0.7 else self._choice())
            case "when":
                return When(self._clause(), self.pick() if self.chance.random() < 0.8 else self._choice())
            case "offer":
                return Optional(AllOf((self.pick(), self.pick())))
            case "both":
                return When(self._clause(), AllOf((self.pick(), self.pick())))
            case "rows":
                return OneOf((AllOf((self.pick(leads=True), self.pick())), self.pick(leads=True)))
            case "open":
                node = Unnamed(self.chance.choice(OPEN))
                return When(self._clause(), node) if self.chance.random() < 0.3 else node
            case _:
                letter = "Z" if self.side is Side.PROCEDURE else self.chance.choice("CK")
                return Pick(Chapter(self.side.scheme, letter))

    def _choice(self, *, leads: bool = False) -> Expression:
        own = leads or self.chance.random() < 0.3
        return OneOf(tuple(self.pick(leads=own) for _ in range(self.chance.choice((2, 2, 2, 3, 4)))))

    def _row(self) -> Expression:
        further = [self.pick(leads=self.chance.random() < 0.2) for _ in range(self.chance.choice((0, 1, 1, 2)))]
        first = self.pick(leads=True)
        return AllOf((first, *further)) if further else first

    def _variants(self, *, base: bool) -> Expression:
        words = self.chance.choice(VARIANTS)
        size = self.chance.randint(2, len(words))
        facts = [load_lexicon().condition(text) for text in words[:size]]
        branches: list[Expression] = []
        for number, fact in enumerate(facts):
            body = self._body()
            branches += [body if base and not number else When(fact, body)]
        return OneOf(tuple(branches))

    def _body(self) -> Expression:
        first = self.pick(leads=self.chance.random() < 0.9)
        further: list[Expression] = []
        for _ in range(self.chance.choice((0, 0, 1, 1, 2))):
            kind = self.chance.choice(("pick", "pick", "choice", "optional", "when", "rows"))
            match kind:
                case "pick":
                    further.append(self.pick())
                case "choice":
                    further.append(self._choice())
                case "optional":
                    further.append(Optional(self.pick()))
                case "when":
                    further.append(When(self._clause(), self.pick()))
                case _:
                    further.append(OneOf((self._row(), self._row())))
        return AllOf((first, *further)) if further else first

    def _clause(self) -> Condition:
        return load_lexicon().condition(self.chance.choice(CLAUSES))

    # ---- leaves

    def pick(self, *, leads: bool = False) -> Pick:
        """A code with its title; not one that was drawn before, but for once in fifty."""
        made = self._pick(leads=leads)
        tries = 0
        while str(made.selector)[:3] in self.used and tries < 20 and self.chance.random() >= 0.02:
            made, tries = self._pick(leads=leads), tries + 1
        self.used.add(str(made.selector)[:3])
        return made

    def _pick(self, *, leads: bool) -> Pick:
        chance = self.chance
        kind = chance.choice(("code",) * 8 + ("category", "category", "range"))
        if self.side is Side.DIAGNOSIS:
            return self._diagnosis(kind)
        code, title = chance.choice(_opcs_of("ABCDEFGHJKLMNPQRSTVWX") if leads else _opcs_of("YYZ"))
        while leads and code.startswith(_BEHIND):
            code, title = chance.choice(_opcs_of("ABCDEFGHJKLMNPQRSTVWX"))
        selector: Selector = One(Code.parse(code, Scheme.OPCS4))
        if kind == "category":
            return Pick(Category(Scheme.OPCS4, code[:3]), title if chance.random() < 0.7 else "")
        if kind == "range" and int(code[1:3]) < 95:
            return Pick(Range(Scheme.OPCS4, code[:3], f"{code[0]}{int(code[1:3]) + 2:02}"), title)
        return Pick(selector, title)

    def _diagnosis(self, kind: str) -> Pick:
        chance = self.chance
        code, title = chance.choice(icd()), chance.choice(ICD_TITLES)
        if kind == "category":
            return Pick(Category(Scheme.ICD10, code[:3]), title)
        if kind == "range" and int(code[1:3]) < 95:
            return Pick(Range(Scheme.ICD10, code[:3], f"{code[0]}{int(code[1:3]) + 3:02}"), title)
        return Pick(parse_selector(code, Scheme.ICD10), title)

    def _concept(self) -> ConceptMention:
        digits = f"{self.chance.randint(1000, 99_999_999)}00"
        side = self.chance.choice(tuple(Side))
        return ConceptMention(digits + check_digit(digits), self.chance.choice(ICD_TITLES).replace(",", ""), side)
