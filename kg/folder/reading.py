"""Many documents to recommendations, each with what was decided on it."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from kg.errors import KgError, Place
from kg.expression.recommendation import Warning
from kg.folder import examine
from kg.folder.gather import Sources
from kg.folder.kept import Kept, usual_folder
from kg.folder.outcome import Outcome, fault_as_json, of_json
from kg.folder.side_by_side import FEW, cores, side_by_side
from kg.guidance.decisions import Decided, beside, load_decided
from kg.guidance.readers import bounded, clock
from kg.guidance.reading import bytes_of

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

LIMITS = bounded.LIMITS
_SMALL = 200_000


@dataclass(frozen=True, slots=True)
class File:
    """A decision, and the file that it was found in."""

    path: Path
    decided: Decided


class Documents:
    """Documents being read: iterate once for the outcome of each, in order; then `problems` has what is wrong with
    decisions.

    With `jobs` None there are as many processes as processors, none for a few documents. `fresh` reads all again;
    without `decide` no decision is applied. A document that was decided on and has changed since, or whose decision is
    at fault, is flagged (KG-W0220, KG-W0222).
    """

    def __init__(
        self,
        sources: Sources,
        *,
        jobs: int | None = None,
        fresh: bool = False,
        decide: bool = True,
        progress: Progress | None = None,
    ) -> None:
        self.sources, self.progress = sources, progress
        few = len(sources.documents) <= FEW and all(map(_is_small, sources.documents))
        self.jobs = max(1, min(jobs or cores(), len(sources.documents)))
        self._here = jobs is None and few and clock.can_bind()
        self._kept = Kept(usual_folder())
        self._fresh = fresh
        self.problems: list[tuple[Path, KgError]] = []
        self.used: list[File] = []
        self._broken: set[Path] = set()
        self._by_digest: dict[str, list[File]] = {}
        self._told: set[Path] = set()
        self._files: list[File] = []
        for path in sources.decisions if decide else ():
            try:
                self._files.append(File(path, load_decided(path)))
            except KgError as fault:
                self.problems.append((path, fault))
                self._broken.add(path.resolve())
        for file in self._files:
            self._by_digest.setdefault(file.decided.digest, []).append(file)
        for digest, files in self._by_digest.items():
            if len(files) > 1:
                self._refuse(digest, files)

    def __iter__(self) -> Iterator[Outcome]:
        total = len(self.sources.documents)
        read = self._examine
        found = (
            map(read, self.sources.documents) if self._here else side_by_side(read, self.sources.documents, self.jobs)
        )
        for done, outcome in enumerate(found, 1):
            if self.progress:
                self.progress("reading", done, total)
            yield self._settled(outcome)
        for file in self._files:
            if file.path not in self._told:
                what = f"no document has the id {file.decided.guidance} or the SHA-256 {file.decided.digest[:16]}…"
                hint = "Is the document missing? Else remove the decision."
                self.problems.append((file.path, KgError("KG-W0221", what, where=Place(str(file.path)), hint=hint)))

    # -- one document, in a thread

    def _examine(self, path: Path) -> Outcome:
        try:
            data = bytes_of(path)
        except KgError as fault:
            return Outcome(path, fault=fault)
        digest = hashlib.sha256(data).hexdigest()
        files = self._by_digest.get(digest, [])
        head: dict[str, Any] = {"name": path.name}
        if len(files) == 1:
            head |= {"decision": bytes_of(files[0].path).decode(), "source": str(files[0].path)}
        key = hashlib.sha256("\0".join([digest, *map(str, head.values())]).encode("utf-8", "replace")).hexdigest()
        made = partial(of_json, file=path, digest=digest, size=len(data))
        if not self._fresh and (told := self._kept.get(key)) is not None:
            return made(told, unchanged=True)
        try:
            if self._here:
                with clock.bound(path.name, LIMITS.seconds):
                    told = examine.tell(data, head)
                outcome = made(told)
            else:
                told, outcome = bounded.ask(examine.__name__, data, head, LIMITS, lambda told: (told, made(told)))
        except KgError as fault:
            return made(fault_as_json(fault))
        if outcome.recommendation is not None:
            self._kept.put(key, told)
        return outcome

    # -- decisions

    def _refuse(self, digest: str, files: list[File]) -> None:
        first, *others = files
        for other in others:
            what = f"{first.path.name} decides on the same document: SHA-256 {digest[:16]}…"
            hint = "Keep the one that holds."
            self.problems.append((other.path, KgError("KG-E0216", what, where=Place(str(other.path)), hint=hint)))

    def _settled(self, outcome: Outcome) -> Outcome:
        """The outcome with what is to be said of decisions on the document."""
        files = self._by_digest.get(outcome.digest, []) if outcome.digest else []
        self._told |= {file.path for file in files}
        if len(files) == 1 and outcome.misfit is not None:
            self.problems.append((files[0].path, outcome.misfit))
            return _flagged(outcome, "KG-W0222", f"its decision does not fit it: {files[0].path.name}")
        if len(files) == 1:
            self.used.append(files[0])
            return outcome
        if files:
            return _flagged(outcome, "KG-W0222", f"it has {len(files)} decisions, and none of them is applied")
        own = beside(outcome.file) if outcome.file.name else outcome.file
        if own.resolve() in self._broken:
            return _flagged(outcome, "KG-W0222", f"its decision cannot be read: {own.name}")
        id = outcome.recommendation.id if outcome.recommendation else None
        old = [f for f in self._files if f.path not in self._told and (f.path == own or f.decided.guidance == id)]
        for file in old:
            self._told.add(file.path)
            d = file.decided
            who = f"{d.decision.by} decided on {d.decision.on.isoformat()}"
            what = f"{who} for SHA-256 {d.digest[:16]}…; the document has {outcome.digest[:16]}… now"
            hint = "Look at the document again: kg review, then kg decide --replace."
            self.problems.append((file.path, KgError("KG-W0220", what, where=Place(str(file.path)), hint=hint)))
            outcome = _flagged(outcome, "KG-W0220", what)
        return outcome


def _is_small(path: Path) -> bool:
    """Whether a document is no longer than documents are: a longer one is read where time is bounded."""
    with contextlib.suppress(OSError, ValueError):
        return path.stat().st_size <= _SMALL
    return True


def _flagged(outcome: Outcome, id: str, message: str) -> Outcome:
    """The outcome with a warning about its decision: a person is asked."""
    r = outcome.recommendation
    if r is None:
        return outcome
    flagged = replace(r, warnings=(*r.warnings, Warning(id, message)), review=True)
    return replace(outcome, recommendation=flagged, excerpts=(*outcome.excerpts, None))
