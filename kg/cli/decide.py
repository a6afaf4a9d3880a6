"""`kg decide`: how a document is read, recorded beside it with who, when and why."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.answers.given import day
from kg.cli.options import examples
from kg.cli.output import binary_destination, say
from kg.errors import KgError, Place

if TYPE_CHECKING:
    from kg.expression.recommendation import Decision, Reading, Recommendation
    from kg.guidance.decisions import Decided


@click.command(
    epilog=examples(
        'kg decide IPG369.txt --reading 2 --by "A. Coder" --why "the Or joins whole combinations"',
        'kg decide scan.pdf --correction scan.yaml --by "A. Coder" --why "typed from the pictures"',
    )
)
@click.argument("document", type=click.Path(path_type=Path))
@click.option(
    "--reading", type=click.IntRange(1), metavar="N", help="The reading that holds, as kg review numbers them."
)
@click.option(
    "--correction",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What holds instead: a recommendation written by hand (JSON, YAML); concepts in it replace the document's.",
)
@click.option("--accept", is_flag=True, help="The first reading is right as it stands.")
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
@click.option("--why", required=True, metavar="WORDS", help="Why it is so.")
@click.option("--on", "on", metavar="DATE", help="The day, as 2026-11-21. Default: today.")
@click.option("--replace", "again", is_flag=True, help="Take the place of the decision that there is.")
def command(
    document: Path,
    reading: int | None,
    correction: Path | None,
    accept: bool,
    by: str,
    why: str,
    on: str | None,
    again: bool,
) -> None:
    """Record how a document is read.

    The decision is a YAML file beside the DOCUMENT (IPG369.txt.decision.yaml), to be kept in version control with it.
    It holds the recommendation itself, so that no later version of this program reads it otherwise, and the SHA-256 of
    the document: it is applied by kg build and kg read while the document is unchanged.
    """
    from kg.expression.recommendation import Decision, Verb
    from kg.folder.examine import OURS
    from kg.guidance.decisions import beside, has_not_been, write_decided
    from kg.guidance.reading import bytes_of, read_file
    from kg.terminology import OpenCodes
    from kg.workspace import today

    if sum((reading is not None, correction is not None, accept)) != 1:
        hint = "Give one of --reading N, --correction FILE and --accept."
        raise KgError("KG-E0102", "what is decided is not told, or told twice", hint=hint)
    for name, text in (("--by", by), ("--why", why)):
        if not text.strip():
            raise KgError("KG-E0102", f"{name} is empty", hint="Others will want to know.")
    when = day(on) or today()
    if has_not_been(when):
        raise KgError("KG-E0102", f"{when} has not been yet", hint="--on is the day of the decision.")
    digest = hashlib.sha256(bytes_of(document)).hexdigest()
    into = beside(document)
    if into.exists() and not again:
        hint = "Look at it; --replace puts this one in its place."
        raise KgError("KG-E0217", "the document has a decision already", where=Place(str(into)), hint=hint)
    try:
        own = read_file(document, OpenCodes())
    except KgError as fault:
        if correction is None or fault.id in OURS:
            raise
        own = None
    verb = Verb.CHOSE if reading else Verb.ACCEPTED if accept else Verb.CORRECTED
    decision = Decision(verb, by, when, why, into.name)
    if correction is not None:
        decided = _corrected(own, correction, decision, document, digest)
    else:
        decided = _chosen(own, reading or 1, decision, document)
    text = write_decided(decided)
    with binary_destination(into) as out:
        out.write(text.encode())
    say(f"{into} holds from now on; kg build applies it.")


def _chosen(own: Recommendation | None, rank: int, decision: Decision, document: Path) -> Decided:
    """The decision for one of the document's readings."""
    from kg.guidance.decisions import Decided, bare_reading

    known: list[Reading] = list(own.readings) if own else []
    if own is None or rank > len(known):
        among = len(known)
        hint = f"It has {among}; kg read --undecided shows them."
        raise KgError("KG-E0218", f"the document has no reading {rank}", where=Place(str(document)), hint=hint)
    holds = bare_reading(known[rank - 1])
    return Decided(decision, own.id, document.name, own.digest, holds, rank=rank, among=len(known))


def _corrected(
    own: Recommendation | None, correction: Path, decision: Decision, document: Path, digest: str
) -> Decided:
    """The decision for a recommendation that a person wrote."""
    from kg.guidance.decisions import Decided, bare_concepts, bare_reading
    from kg.guidance.handwritten import SUFFIXES
    from kg.guidance.reading import read_file

    where = Place(str(correction))
    if correction.suffix.lower() not in SUFFIXES:
        hint = "Write it as JSON or YAML: docs/notation.md."
        raise KgError("KG-E0218", "a correction is a recommendation written by hand", where=where, hint=hint)
    r = read_file(correction)
    first, *others = r.readings
    if own is not None and _plain(own.id) != _plain(r.id):
        what = f"the correction is of {r.id}, the document of {own.id}"
        raise KgError("KG-E0218", what, where=where, hint="Is it the right file? Else correct its id.")
    if others:
        what = "the correction has several readings"
        raise KgError("KG-E0218", what, where=where, hint="Leave one: a decision ends the doubt.")
    _doubt(r, correction)
    holds = bare_reading(first)
    concepts = bare_concepts(r.concepts) if r.concepts or _lists_concepts(correction) else None
    return Decided(
        decision, own.id if own else r.id, document.name, digest, holds, concepts, r.title or None, r.opcs_version
    )


def _plain(id: str) -> str:
    return "".join(id.split()).lower()


def _lists_concepts(correction: Path) -> bool:
    """Whether the file has a list of concepts, if only an empty one: then the document's does not hold."""
    import json

    import yaml

    text = correction.read_text(encoding="utf-8-sig")
    data = json.loads(text) if correction.suffix.lower() == ".json" else yaml.safe_load(text)
    return data.get("snomed") is not None


def _doubt(r: Recommendation, correction: Path) -> None:
    """Say what looks like a slip of the pen in a correction; it is written all the same."""
    from kg.codes import Component, One, SctId
    from kg.expression.nodes import picks
    from kg.expression.recommendation import Side
    from kg.terminology import OpenCodes

    codes = OpenCodes()
    where = Place(str(correction))
    hint = "It is recorded all the same; kg decide --replace corrects it."
    for side in Side:
        for pick in picks(r.side(side)):
            if isinstance(pick.selector, One) and codes.exists(pick.selector.code) is False:
                say(str(KgError("KG-W0205", f'"{pick.selector}" is not in use', where=where, hint=hint)))
    for concept in r.concepts:
        try:
            SctId.parse(concept.id, Component.CONCEPT)
        except KgError as fault:
            say(str(KgError("KG-W0203", fault.what, where=where, hint=hint)))
