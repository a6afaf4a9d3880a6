"""What was read before, kept for the next time: by the bytes of the document, its decision, and all that reads it.

Every entry carries its own digest. One that is damaged, or was half-written by a process that was killed, is as if it
were not there: the document is read again. Where nothing can be kept, nothing is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from kg import resources

_LIBRARIES = ("lark", "PyYAML", "pdfplumber", "pdfminer.six", "pypdfium2", "selectolax")
_READERS = ("guidance", "facets", "folder", "codes", "expression", "terminology")
_MONTH = 30 * 24 * 3600.0


def usual_folder() -> Path:
    """Where things are kept: `$KG_CACHE`, else `terminology-kg` among the user's caches."""
    if own := os.environ.get("KG_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "terminology-kg"


@cache
def version_of_reader() -> str:
    """What reads documents, as a digest: its code and data, the libraries, the interpreter."""
    files = [p for part in _READERS for p in (_PACKAGE / part).rglob("*") if p.suffix in (".py", ".lark")]
    files += [*_PACKAGE.glob("*.py"), *(p for p in resources.path("ontology").iterdir() if p.is_file())]
    return _digest(_said(files))


@cache
def version_of_program() -> str:
    """What builds stores, as a digest: all code and data, the libraries, the interpreter."""
    files = [p for p in _PACKAGE.rglob("*") if p.suffix in (".py", ".lark")]
    for folder in ("ontology", "queries"):
        files += [p for p in resources.path(folder).rglob("*") if p.is_file()]
    return _digest(_said(files))


_PACKAGE = Path(resources.__file__).parent


def _said(files: list[Path]) -> Iterator[bytes]:
    yield sys.version.encode()
    for library in (*_LIBRARIES, "pyoxigraph"):
        with contextlib.suppress(PackageNotFoundError):
            yield f"{library} {version(library)}".encode()
    for file in sorted(set(files)):
        yield file.name.encode()
        yield file.read_bytes()


def _digest(parts: Iterator[bytes]) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(hashlib.sha256(part).digest())
    return found.hexdigest()


class Kept:
    """Entries under keys, in a folder for one version of the reader."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder / f"read-{version_of_reader()[:16]}" if folder else None
        if self.folder is None:
            return
        with contextlib.suppress(OSError):
            if not self.folder.exists():
                _forget_old(self.folder.parent)
            self.folder.mkdir(parents=True, exist_ok=True)
            os.utime(self.folder)

    def get(self, key: str) -> dict[str, Any] | None:
        """The entry, or None for none that is sound."""
        if self.folder is None:
            return None
        try:
            digest, _, body = self._file(self.folder, key).read_bytes().partition(b"\n")
        except OSError:
            return None
        if hashlib.sha256(key.encode() + body).hexdigest().encode() != digest:
            return None
        told: dict[str, Any] = json.loads(body)
        return told

    def put(self, key: str, told: dict[str, Any]) -> None:
        """Keep an entry: whole, or not at all."""
        if self.folder is None:
            return
        body = json.dumps(told).encode()
        file = self._file(self.folder, key)
        partial = file.with_name(f".{file.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            file.parent.mkdir(exist_ok=True)
            partial.write_bytes(hashlib.sha256(key.encode() + body).hexdigest().encode() + b"\n" + body)
            partial.replace(file)

    @staticmethod
    def _file(folder: Path, key: str) -> Path:
        return folder / key[:2] / key[2:]


def _forget_old(folder: Path) -> None:
    """Remove what versions of the reader kept that nobody has used for a month."""
    for old in folder.glob("read-*"):
        if old.stat().st_mtime < time.time() - _MONTH:
            shutil.rmtree(old, ignore_errors=True)
