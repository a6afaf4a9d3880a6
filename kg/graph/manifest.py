"""What a finished release says of itself: its files with their digests, its quads, what it was built from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from kg.errors import KgError, Place

FORMAT = 2
"""Raised when a store written before cannot be read any more; then it is built again from its sources."""

NAME = "manifest.json"
QUADS = "quads"
"""The folder of the quad store within a release."""
TERMINOLOGY = "terminology"
"""The folder of the users' releases within a release of the store; absent where there are none."""


@dataclass(frozen=True, slots=True, order=True)
class Input:
    """A file that a release was built from: `kind` as `guidance` or `decision`, `sha256` of its bytes."""

    name: str
    kind: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What the writer of a release tells of it: its inputs, and counts of what is in it (`guidances`, `concepts` …).

    `made_of` is a digest of all that decides about its quads, program and data, or empty where that is not known.
    """

    inputs: tuple[Input, ...] = ()
    counts: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    made_of: str = ""


@dataclass(frozen=True, slots=True, order=True)
class FileEntry:
    """A file of a release by its path from the release's folder."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a release.

    `content` is the SHA-256 of the sorted N-Quads of the whole store, in bytes order, a line each: what
    `kg export --format nquads | LC_ALL=C sort | sha256sum` says. `id` is made of it and of the terminology
    (`identity`): equal content has one id. `graphs` counts the quads of each named graph, `quads` those of all of them,
    and `triples` what they hold together, each triple once: the default graph. Times stand here only, never in quads.
    """

    id: str
    content: str
    built: str
    program: str
    engine: str
    quads: int
    triples: int
    graphs: Mapping[str, int]
    counts: Mapping[str, int]
    inputs: tuple[Input, ...]
    files: tuple[FileEntry, ...]
    made_of: str = ""

    def to_bytes(self) -> bytes:
        """The manifest as its file holds it: JSON with a digest of all its other bytes."""
        rest: dict[str, Any] = {
            "format": FORMAT,
            "id": self.id,
            "built": self.built,
            "program": self.program,
            "engine": self.engine,
            "content": self.content,
            "made_of": self.made_of,
            "quads": self.quads,
            "triples": self.triples,
            "graphs": dict(sorted(self.graphs.items())),
            "counts": dict(self.counts),
            "inputs": [
                {"name": i.name, "kind": i.kind, "bytes": i.bytes, "sha256": i.sha256} for i in sorted(self.inputs)
            ],
            "files": [{"path": f.path, "bytes": f.bytes, "sha256": f.sha256} for f in sorted(self.files)],
        }
        body = json.dumps(rest, ensure_ascii=False, indent=1).removesuffix("\n}").encode()
        return body + _seal(body)

    @classmethod
    def from_bytes(cls, data: bytes, place: Place) -> Manifest:
        """Read the file of a manifest; `place` is told in errors.

        Raises:
            KgError: KG-E0502 (a byte was changed), KG-E0503 (written by another version).
        """
        body, mark, _ = data.rpartition(_SEAL)
        if not mark or body + _seal(body) != data:
            raise damaged(place, "the manifest was changed after it was written")
        rest = json.loads(data)
        if rest["format"] != FORMAT:
            raise KgError(
                "KG-E0503",
                f"the store has format {rest['format']}, this program reads format {FORMAT}",
                where=place,
                why=f"It was written by {rest.get('program') or 'another version'}.",
                hint=BUILD_AGAIN,
            )
        return cls(
            **{key: rest[key] for key in ("id", "content", "built", "program", "engine", "quads", "triples")},
            graphs=MappingProxyType(rest["graphs"]),
            counts=MappingProxyType(rest["counts"]),
            inputs=tuple(Input(**each) for each in rest["inputs"]),
            files=tuple(FileEntry(**each) for each in rest["files"]),
            made_of=rest.get("made_of", ""),
        )


BUILD_AGAIN = "Build it again from its sources: kg build SOURCES… --into STORE"


def damaged(place: Place, what: str) -> KgError:
    """KG-E0502 at a file."""
    return KgError("KG-E0502", what, where=place, hint=BUILD_AGAIN)


_SEAL = b',\n "digest": "'


def _seal(body: bytes) -> bytes:
    """The last line of a manifest: the SHA-256 of all bytes before it."""
    return _SEAL + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def built_now() -> str:
    """The time of building, in UTC to the second; `SOURCE_DATE_EPOCH` sets it where builds must be repeatable.

    Source: reproducible-builds.org, "SOURCE_DATE_EPOCH".
    """
    told = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(told), UTC) if told.isascii() and told.isdigit() else datetime.now(UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def entries(release: Path) -> tuple[FileEntry, ...]:
    """The files of a release's parts as they are on the disk, with their digests."""
    found = sorted(_files(release).items())
    return tuple(FileEntry(name, path.stat().st_size, digest_of(path)) for name, path in found)


def _files(release: Path) -> dict[str, Path]:
    """All files of a release but its manifest, by their path from the release's folder."""
    return {
        path.relative_to(release).as_posix(): path
        for part in (QUADS, TERMINOLOGY)
        for path in (release / part).rglob("*")
        if not path.is_dir()
    }


def identity(content: str, files: Iterable[FileEntry]) -> str:
    """The id of a release: the beginning of its quads' digest, or, with terminology, of that and of its columns'.

    The list of editions is left out: it tells where problems were met, which is not content.
    """
    columns = [f"{f.path} {f.sha256}\n" for f in sorted(files) if f.path.startswith(f"{TERMINOLOGY}/")]
    columns = [line for line in columns if not line.startswith(f"{TERMINOLOGY}/editions.json ")]
    if not columns:
        return content[:16]
    return hashlib.sha256("".join([content, "\n", *columns]).encode()).hexdigest()[:16]


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def faults_of_size(manifest: Manifest, release: Path) -> Iterator[KgError]:
    """What a look at the folder tells: files that are missing, of another length, or too many. It reads no contents."""
    found = _files(release)
    for file in manifest.files:
        place = Place(str(release / file.path))
        entry = found.pop(file.path, None)
        if entry is None:
            yield damaged(place, "a file of the store is missing")
        elif (size := entry.stat().st_size) != file.bytes:
            yield damaged(place, f"a file of the store has {size:,} bytes, not {file.bytes:,}")
    for name in sorted(found):
        yield KgError(
            "KG-E0502",
            "a file that does not belong to the store",
            where=Place(str(release / name)),
            why="A program may have opened it to write; releases are only ever read (pyoxigraph: Store.read_only).",
            hint=BUILD_AGAIN,
        )


def faults_of_digest(manifest: Manifest, release: Path) -> Iterator[KgError]:
    """The files of the right length whose bytes are not those that were written; reads every byte."""
    for file in manifest.files:
        path = release / file.path
        if path.is_file() and path.stat().st_size == file.bytes and digest_of(path) != file.sha256:
            yield damaged(Place(str(path)), "a file of the store was changed after it was written")
