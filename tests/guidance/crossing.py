"""Short documents made by crossing kinds of lead-ins, connectives, additions, notes and cases; each knows its meaning.

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
    "",
    "The following codes are assigned:",
    "This procedure is recorded with the following codes:",
    "Assign both of the following codes:",
    "The following combination is used:",
    "The following codes are selected to record the operation:",
    "Codes for this procedure:",
    "The procedure is represented by the following OPCS-4 codes, which go together:",
    "The following codes, in this order, describe what was done:",
)
ONE_LEADS = (
    "One of the following codes is assigned:",
    "Either of the following codes is assigned:",
    "Choose one of the following:",
    "Depending on the approach, one of the following codes is selected:",
    "Only one of these codes is recorded:",
    "The code depends on the approach used:",
    "Whichever of the following codes applies is assigned:",
    "The coder chooses between the following codes:",
    "Use the appropriate one of these codes:",
)


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
        "Plus a code from each of these categories:",
        "Plus the following codes:",
        "In addition the following codes are assigned:",
        "With either of them the following supplementary codes are assigned:",
        "The following are added whichever code is chosen:",
        "Plus both of the following:",
        "together with the following codes:",
    ):
        yield Made(f"all under | {lead}", f"{lead}\n\n{two}", both)
    either = some(code(IMAGE), code(METHOD))
    for lead in ("Plus one of the following codes:", "In addition one of the following is assigned:", "Plus either:"):
        yield Made(f"one under | {lead}", f"{lead}\n\n{IMAGE[1]}\n\n{METHOD[1]}", either)
    yield Made("plus or", f"Plus\n\n{IMAGE[1]}\n\nOr\n\n{METHOD[1]}", either)
    yield Made(
        "case in brackets",
        f"{IMAGE[1]} (if image control is used)\n\n{SITE[1]}",
        every(perhaps(code(IMAGE)), code(SITE)),
    )
    yield Made("at will", f"Plus\n\n{SITE[1]}\n\n{IMAGE[1]} (if used)", every(perhaps(code(IMAGE)), code(SITE)))
    yield Made(
        "case over",
        f"{SITE[1]}\n\nIf image control is used, the following is assigned in addition:\n\n{IMAGE[1]}",
        every(perhaps(code(IMAGE)), code(SITE)),
    )


def notes() -> Iterator[Made]:
    """What is said behind the list. `{}` is a listed code; notes that add nothing, and notes that add a code."""
    for text in (
        "",
        "Note: The fourth character of {} depends on the method used.",
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
    ):
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


def pairs() -> Iterator[tuple[str, str]]:
    """Two headings of variants."""
    yield "Open approach:", "Laparoscopic approach:"
    yield "For insertion of the device:", "For removal of the device:"
    yield "First stage:", "Second stage:"
    yield "Trial stage:", "Permanent implantation following a trial:"
    yield "Insertion", "Removal"
    yield "If the whole gland is treated:", "If part of the gland is treated:"
    yield "Recipient:", "Donor:"
    yield "Adults:", "Children:"
    yield "Initial implantation:", "Replacement after a failed implant:"
    yield "Treatment in one session:", "Treatment in several sessions:"
    yield "With a balloon:", "Without a balloon:"
    yield "Primary operation:", "Revision operation:"
    yield (
        "For a first treatment the following codes are assigned:",
        "For a repeat treatment the following codes are assigned:",
    )
    yield "Using heat:", "Using cold:"
    yield "Prostate removed through the bladder:", "Prostate removed behind the pubis:"
    yield "When the lesion is destroyed:", "When the lesion is removed:"
    yield "Option 1:", "Option 2:"


def variants() -> Iterator[Made]:
    """Two lists under headings of their own."""
    for (first, second), (y, z), over in product(
        pairs(),
        ((METHOD, IMAGE), (METHOD, METHOD)),
        (
            "",
            "The codes depend on what was done.",
            "The operation can be performed in two ways.",
            "The following codes are assigned:",
            "One of the following combinations is assigned:",
        ),
    ):
        lines = f"{first}\n\n{A[1]}\n\n{y[1]}\n\n{second}\n\n{B[1]}\n\n{z[1]}"
        sets = some(every(code(A), code(y)), every(code(B), code(z)))
        yield Made(f"variants {first} {y is z} {over}", f"{over}\n\n{lines}".strip(), sets)


def closings() -> Iterator[Made]:
    """What goes with all variants."""
    yield Made("nothing", "", NOTHING)
    for text in (
        "In addition, the following code is assigned for all of the above:",
        "Plus, in all cases:",
        "Plus the following site code with each combination:",
        "Each of the above is followed by:",
    ):
        yield Made(f"with all | {text}", f"{text}\n\n{SITE[1]}", code(SITE))
    for text in (
        "Note: Z42.2 Prostate is also assigned.",
        "A site code, Z42.2 Prostate, is assigned in addition to the codes above.",
        "Z42.2 Prostate is added to each combination.",
    ):
        yield Made(f"with all | {text}", text, code(SITE))


def seconds() -> Iterator[Made]:
    """A list and one more under a heading, a lead-in or in a sentence."""
    base, other = every(code(A), code(METHOD)), every(code(B), code(METHOD))
    first, then = f"{A[1]}\n\n{METHOD[1]}", f"{B[1]}\n\n{METHOD[1]}"
    for text in (
        "If performed as an open operation:",
        "For removal of the device:",
        "If the operation is open the following codes are assigned instead:",
        "When the approach is open, the following codes replace those above:",
        "Alternatively:",
        "For an open operation:",
        "For records before April 2020 the following combination was used:",
        "Until 2020 these codes were used:",
        "If the device is later removed:",
        "Otherwise:",
        "In all other cases:",
        "Or, for an open operation:",
        "Where the prostate is removed behind the pubis, these codes are used:",
        "In children:",
    ):
        yield Made(f"second | {text}", f"{first}\n\n{text}\n\n{then}", some(base, other))
    image = code(IMAGE)
    for text in (
        "If image control is used, in addition:",
        "Additional code if image control is used:",
        "When image control is used add:",
        "If image control is used:",
        "Plus, where image control is used:",
        "With image control also assign:",
        "In addition, if image control is used:",
        "Supplementary code for image control, when used:",
    ):
        yield Made(f"case | {text}", f"{first}\n\n{text}\n\n{IMAGE[1]}", every(base, perhaps(image)))
    for text, sets in (
        (
            "Note: M61.2 Retropubic prostatectomy is assigned instead of M65.3 if the operation is open.",
            some(base, other),
        ),
        ("If the operation is open, M61.2 Retropubic prostatectomy replaces M65.3.", some(base, other)),
        ("Open operations are coded to M61.2 Retropubic prostatectomy rather than M65.3.", some(base, other)),
        ("Note: For an open operation use M61.2 Retropubic prostatectomy in place of M65.3.", some(base, other)),
        ("Y13.2 is only assigned if cryotherapy is used.", every(code(A), perhaps(code(METHOD)))),
        ("Note: Y13.2 is omitted if no cryotherapy is used.", every(code(A), perhaps(code(METHOD)))),
        ("Note: Y13.2 should be left out where another method is used.", every(code(A), perhaps(code(METHOD)))),
        ("Y13.2 is needed only with cryotherapy.", every(code(A), perhaps(code(METHOD)))),
        ("Note: M61.2 Retropubic prostatectomy must not be assigned for this procedure.", base),
        ("Do not confuse this with M61.2 Retropubic prostatectomy.", base),
        ("M61.2 Retropubic prostatectomy is a different operation and is not assigned here.", base),
        ("An open operation at a later date is coded to M61.2 Retropubic prostatectomy.", some(base, code(B))),
        ("If an open operation follows, M61.2 Retropubic prostatectomy is added.", every(base, perhaps(code(B)))),
        ("M65.3 is always followed by Y13.2.", base),
        ("The two codes are always used together.", base),
        ("Both codes are needed.", base),
        ("Neither code says which device was used.", base),
        ("Y13.2 goes after M65.3.", base),
        ("If more than one lesion is treated, the codes are recorded once only.", base),
    ):
        yield Made(f"sentence | {text}", f"{first}\n\n{text}", sets)


def prose() -> Iterator[Made]:
    """Sentences without a list."""
    a, b, y, i = A[1], B[1], METHOD[1], IMAGE[1]
    ca, cb, cy, ci = map(code, (A, B, METHOD, IMAGE))
    for text, sets in (
        (f"{a} is assigned together with {y}.", every(ca, cy)),
        (f"{a} and {y} are assigned.", every(ca, cy)),
        (f"{a} or {b} is assigned.", some(ca, cb)),
        (f"Either {a} or {b} is assigned, followed by {y}.", every(some(ca, cb), cy)),
        (f"{a} is assigned for an endoscopic operation and {b} for an open operation.", some(ca, cb)),
        (f"{a} is assigned unless the operation is open, when {b} is used.", some(ca, cb)),
        (f"{a} is assigned, except for open operations, which are coded to {b}.", some(ca, cb)),
        (f"If the operation is open {b} is assigned, otherwise {a}.", some(ca, cb)),
        (f"{a} is assigned. If the operation is open, {b} is used instead.", some(ca, cb)),
        (f"{a} is assigned. {y} is added if cryotherapy is used.", every(ca, perhaps(cy))),
        (f"{a} is assigned with {y} where cryotherapy is used.", every(ca, perhaps(cy))),
        (f"{a} is assigned, and {i} if image control is used.", every(ca, perhaps(ci))),
        (f"{a}, {y} and {i} are assigned.", every(ca, cy, ci)),
        (f"{a} is assigned. {b} is not used for this procedure.", ca),
        (f"The procedure is coded to {a} rather than {b}.", ca),
        (f"{a} is assigned with one of {y} or {i}.", every(ca, some(cy, ci))),
        (f"{a} is assigned with {y} or {i}.", every(ca, some(cy, ci))),
        (f"Use {a}, plus {y} or {i}, as appropriate.", every(ca, some(cy, ci))),
        (f"An endoscopic operation is coded to {a}; an open operation is coded to {b}.", some(ca, cb)),
        (f"Open operations: {b}. Endoscopic operations: {a}.", some(ca, cb)),
        (f"The first operation is coded to {a} and any later operation to {b}.", some(ca, cb)),
        (
            f"{a} is assigned; if both operations are done at the same time, {b} is assigned in addition.",
            every(ca, perhaps(cb)),
        ),
        (f"The choice is between {a} and {b}.", some(ca, cb)),
        (f"{a} is the principal code. {y} follows it.", every(ca, cy)),
        (f"Assign {a} first, then {y}.", every(ca, cy)),
        (f"{a} may be assigned with {i}.", every(ca, perhaps(ci))),
        (f"{a} is assigned alone, or with {i} if image control is used.", every(ca, perhaps(ci))),
        (f"{a} is assigned. {i} is not needed.", ca),
        (
            f"{a} is assigned whether or not image control is used. {i} is added in the former case.",
            every(ca, perhaps(ci)),
        ),
    ):
        yield Made(f"prose | {text}", text, sets)


def illnesses() -> Iterator[Made]:
    """Diagnoses in lists and sentences."""
    n, c, d, z = (
        "N40.X Hyperplasia of prostate",
        "C61.X Malignant neoplasm of prostate",
        "R33.X Retention of urine",
        "Z85.4 Personal history of malignant neoplasm of genital organs",
    )
    cn, cc, cd, cz = (frozenset({(x,)}) for x in ("N40", "C61", "R33", "Z85.4"))
    for text, sets in (
        (f"{n}\n\n{d}", every(cn, cd)),
        (f"{n}\n\nPlus\n\n{d}", every(cn, cd)),
        (f"{n}\n\n{d} (if present)", every(cn, perhaps(cd))),
        (f"{n}\n\n{d} (where retention has occurred)", every(cn, perhaps(cd))),
        (f"{n} or {c}", some(cn, cc)),
        (f"{n} or {c}, depending on the histology.", some(cn, cc)),
        (f"{n}, unless the histology is malignant, when {c} is assigned.", some(cn, cc)),
        (f"{n}\n\nIf malignant:\n\n{c}", some(cn, cc)),
        (f"{n}\n\nor, if malignant,\n\n{c}", some(cn, cc)),
        (f"The following codes are assigned:\n\n{n}\n\n{d}", every(cn, cd)),
        (f"One of:\n\n{n}\n\n{c}\n\nPlus\n\n{d}", every(some(cn, cc), cd)),
        (f"{n}\n\n{c}\n\nThe code assigned depends on the histology.", some(cn, cc)),
        (f"{n}\n\n{c}\n\nOnly one of these is assigned.", some(cn, cc)),
        (f"{n}\n\n{c}\n\n(as appropriate)", some(cn, cc)),
        (f"{d}\n\nand either\n\n{c}\n\nor\n\n{z}", every(cd, some(cc, cz))),
        (f"{d}\n\nWith {c} if the tumour is still present, or {z} if it has been removed.", every(cd, some(cc, cz))),
        (f"{n} is assigned. {d} is added if retention is present.", every(cn, perhaps(cd))),
        (f"{n}\n\nNote: {d} is also assigned if the patient has retention.", every(cn, perhaps(cd))),
        (f"{n}\n\nNote: Do not assign {d}.", cn),
        (f"Benign disease: {n}\n\nMalignant disease: {c}", some(cn, cc)),
        (f"Benign disease:\n\n{n}\n\nMalignant disease:\n\n{c}", some(cn, cc)),
        (f"A code for the type of tumour: {n} or {c}", some(cn, cc)),
        (f"{n} with {d}", every(cn, cd)),
        (f"{n} and {d}", every(cn, cd)),
    ):
        yield Made(f"diagnosis | {text}", text, sets)


def more() -> Iterator[tuple[str, str, Sets, Sets]]:
    """Documents of variants, of second lists, of prose, and of diagnoses."""
    head = "Diagnosis or health condition:\n\nICD-10 code(s):"
    plain = next(diagnoses())
    for number, (main, closing) in enumerate(product(variants(), closings())):
        lines = "\n\n".join(x for x in (main.lines, closing.lines, head, plain.lines) if x)
        layout = older if number % 2 else newer
        yield f"{main.kind} / {closing.kind}", layout(lines), every(main.sets, closing.sets), plain.sets
    for (main, layout, note), extra in product(
        product((*seconds(), *prose()), (older, newer), notes()), ("", "In addition, ")
    ):
        if "choice" in note.lines or "whichever" in note.lines:
            continue
        side = f"{extra}ICD-10 code {plain.lines}." if extra else f"{head}\n\n{plain.lines}"
        lines = "\n\n".join(x for x in (main.lines, note.lines.replace("{}", "M65.3"), side) if x)
        yield f"{main.kind} / {note.kind} / {layout.__name__}", layout(lines), every(main.sets, note.sets), plain.sets
    for side, layout in product(illnesses(), (older, newer)):
        yield f"{side.kind} / {layout.__name__}", layout(f"{A[1]}\n\n{head}\n\n{side.lines}"), code(A), side.sets


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
