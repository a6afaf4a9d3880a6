"""Short documents made by crossing kinds of lead-ins, connectives, additions, notes and cases; each knows what it means.

The meaning is built beside the words, as sets of codes, and uses nothing of the reader: a document says a list (all of
it or one of it), what goes with it, and notes, each of which says what it adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from tests.guidance.wordings import newer, older

Sets = frozenset[tuple[str, ...]]
NOTHING: Sets = frozenset({()})

A = ("M65.3", "M65.3 Endoscopic resection of prostate NEC")
B = ("M61.2", "M61.2 Retropubic prostatectomy")
C = ("M67.1", "M67.1 Endoscopic cryotherapy to lesion of prostate")
IMAGE = ("Y53.-", "Y53.- Approach to organ under image control")
METHOD = ("Y13.2", "Y13.2 Cryotherapy to lesion of organ NOC")
SITE = ("Z42.2", "Z42.2 Prostate")
SIDE = ("Z94.-", "Z94.- Laterality of operation")


@dataclass(frozen=True)
class Made:
    """Lines and what they mean: sets of codes."""

    kind: str
    lines: str
    sets: Sets


def code(one: tuple[str, str]) -> Sets:
    return frozenset({(one[0],)})


def every(*parts: Sets) -> Sets:
    """All parts together."""
    found: Sets = NOTHING
    for part in parts:
        found = frozenset(tuple(sorted(a + b)) for a, b in product(found, part))
    return found


def some(*parts: Sets) -> Sets:
    """One of the parts."""
    return frozenset(x for part in parts for x in part)


def perhaps(part: Sets) -> Sets:
    """With the part or without it."""
    return some(NOTHING, part)


ALL_LEADS = (
    "", "The following codes are assigned:", "This procedure is recorded with the following codes:",
    "Assign both of the following codes:", "The following combination is used:",
    "The following codes are selected to record the operation:", "Codes for this procedure:",
    "The procedure is represented by the following OPCS-4 codes, which go together:",
    "The following codes, in this order, describe what was done:",
)  # fmt: skip
ONE_LEADS = (
    "One of the following codes is assigned:", "Either of the following codes is assigned:",
    "Choose one of the following:", "Depending on the approach, one of the following codes is selected:",
    "Only one of these codes is recorded:", "The code depends on the approach used:",
    "Whichever of the following codes applies is assigned:",
    "The coder chooses between the following codes:", "Use the appropriate one of these codes:",
)  # fmt: skip


def lists() -> Iterator[Made]:
    """The main codes: under a lead-in, or joined by a connective."""
    for n, main in ((2, (A, B)), (3, (A, B, C))):
        lines = "\n\n".join(text for _, text in main)
        for lead in ALL_LEADS:
            if lead and not (n > 2 and "both" in lead):
                yield Made(f"all {n} | {lead}", f"{lead}\n\n{lines}", every(*map(code, main)))
        for lead in ONE_LEADS:
            if not (n > 2 and "Either" in lead):
                yield Made(f"one {n} | {lead}", f"{lead}\n\n{lines}", some(*map(code, main)))
        for word in ("Or", "or", "OR", "(or)", "or alternatively"):
            joined = f"\n\n{word}\n\n".join(text for _, text in main)
            yield Made(f"{word} {n}", joined, some(*map(code, main)))
        for word in ("Plus", "and", "together with"):
            joined = f"\n\n{word}\n\n".join(text for _, text in main)
            yield Made(f"{word} {n}", joined, every(*map(code, main)))
    yield Made("one line or", f"{A[1]} or {B[1]}", some(code(A), code(B)))
    yield Made("end or", f"{A[1]} or\n\n{B[1]}", some(code(A), code(B)))
    yield Made("either or", f"Either\n\n{A[1]}\n\nOr\n\n{B[1]}", some(code(A), code(B)))
    yield Made("single", A[1], code(A))


def additions() -> Iterator[Made]:
    """What goes with all main codes."""
    both = every(code(IMAGE), code(SITE))
    two = f"{IMAGE[1]}\n\n{SITE[1]}"
    yield Made("nothing", "", NOTHING)
    yield Made("bare", two, both)
    yield Made("plus", f"Plus\n\n{two}", both)
    yield Made("one bare", IMAGE[1], code(IMAGE))
    for lead in (
        "Plus a code from each of these categories:", "Plus the following codes:", "In addition the following codes are assigned:",
        "With either of them the following supplementary codes are assigned:", "The following are added whichever code is chosen:",
        "Plus both of the following:", "together with the following codes:",
    ):  # fmt: skip
        yield Made(f"all under | {lead}", f"{lead}\n\n{two}", both)
    either = some(code(IMAGE), code(METHOD))
    for lead in ("Plus one of the following codes:", "In addition one of the following is assigned:", "Plus either:"):
        yield Made(f"one under | {lead}", f"{lead}\n\n{IMAGE[1]}\n\n{METHOD[1]}", either)
    yield Made("plus or", f"Plus\n\n{IMAGE[1]}\n\nOr\n\n{METHOD[1]}", either)
    yield Made("case in brackets", f"{IMAGE[1]} (if image control is used)\n\n{SITE[1]}", every(perhaps(code(IMAGE)), code(SITE)))
    yield Made("at will", f"Plus\n\n{SITE[1]}\n\n{IMAGE[1]} (if used)", every(perhaps(code(IMAGE)), code(SITE)))
    yield Made("case over", f"{SITE[1]}\n\nIf image control is used, the following is assigned in addition:\n\n{IMAGE[1]}",
               every(perhaps(code(IMAGE)), code(SITE)))  # fmt: skip


def notes() -> Iterator[Made]:
    """What is said behind the list. `{}` is a listed code; notes that add nothing, and notes that add a code."""
    for text in (
        "", "Note: The fourth character of {} depends on the method used.",
        "Note: {} is assigned in a secondary position whichever of the codes is chosen.",
        "Note: The choice depends on whether the tissue is removed or destroyed.",
        "Note: It is not possible to identify the device used in OPCS-4.",
        "Note: The codes are sequenced in the order shown.",
        "Note: This operation is one of several for this condition; more than one of them may be tried.",
        "Note: {} is used whatever approach is chosen.",
        "The tissue is excised from one of them.",
        "Note: A further operation at a later date is recorded again with the same codes.",
        "Note: {} includes an operation performed through either side.",
        "Note: Depending on the device, the operation takes between one and two hours.",
        "Note: The surgeon decides which instrument is used.",
    ):  # fmt: skip
        yield Made(f"says nothing | {text}", text, NOTHING)
    extra = ("Y76.3", "Y76.3 Endoscopic approach to other body cavity")
    for text in (
        "Note: If an endoscope is used, Y76.3 Endoscopic approach to other body cavity is assigned in addition.",
        "Note: Y76.3 Endoscopic approach to other body cavity is also assigned when an endoscope is used.",
        "Note: Where an endoscope is used, add Y76.3 Endoscopic approach to other body cavity.",
    ):
        yield Made(f"adds in a case | {text}", text, perhaps(code(extra)))
    text = "Note: Y76.3 Endoscopic approach to other body cavity may also be assigned."
    yield Made("adds at will", text, perhaps(code(extra)))
    text = "Y76.3 Endoscopic approach to other body cavity is assigned in addition."
    yield Made("adds", text, code(extra))


def diagnoses() -> Iterator[Made]:
    """The diagnosis."""
    n, c = ("N40", "N40.X Hyperplasia of prostate"), ("C61", "C61.X Malignant neoplasm of prostate")
    yield Made("one", n[1], frozenset({("N40",)}))
    yield Made("or", f"{n[1]}\n\nor\n\n{c[1]}", frozenset({("N40",), ("C61",)}))
    yield Made("one of", f"One of the following:\n\n{n[1]}\n\n{c[1]}", frozenset({("N40",), ("C61",)}))


def documents() -> Iterator[tuple[str, str, Sets, Sets]]:
    """Name, text in a layout, and the sets of codes of both sides."""
    diagnosis = list(diagnoses())
    for number, (main, more, note) in enumerate(product(lists(), additions(), notes())):
        listed = (IMAGE if "Y53" in more.lines else A)[1][:5].strip()
        if ("whichever" in note.lines or "choice" in note.lines) and len(main.sets) < 2:
            continue  # it would speak of a choice that is not there
        if ("whichever" in more.lines or "either of them" in more.lines) and len(main.sets) < 2:
            continue
        side = diagnosis[number % len(diagnosis)]
        lines = "\n\n".join(x for x in (main.lines, more.lines, note.lines.replace("{}", listed)) if x)
        lines += f"\n\nDiagnosis or health condition:\n\nICD-10 code(s):\n\n{side.lines}"
        layout = older if number % 2 else newer
        name = f"{main.kind} / {more.kind} / {note.kind} / {side.kind} / {layout.__name__}"
        yield name, layout(lines), every(main.sets, more.sets, note.sets), side.sets
