"""Editions that the store before has of the same files: taken over as they stand, not loaded again."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from kg.codes import Scheme
from kg.errors import KgError
from kg.terminology.code_edition import CodeEdition
from kg.terminology.delivery import EditionFiles
from kg.terminology.editions import Edition, folder_of, period, read_editions
from kg.terminology.problems import Problems


class Earlier:
    """The terminology of the store before, if there is one.

    `program` stands for the program that loads: another one might load otherwise. `is_sound` says of a file in
    `folder` (by its path within) whether its bytes are as written.
    """

    def __init__(self, program: str, folder: Path | None = None, is_sound: Callable[[str], bool] | None = None) -> None:
        self._program, self._folder, self._is_sound = program, folder, is_sound
        self._digests: dict[Path, str] = {}
        try:
            self._editions = read_editions(folder) if folder else ()
        except KgError:  # of another format, or damaged: then everything is loaded
            self._editions = ()

    @property
    def editions(self) -> tuple[Edition, ...]:
        """The editions of the store before."""
        return tuple(self._editions)

    def digest(self, origin: Path) -> str:
        """The SHA-256 of a file that was delivered; each is read once."""
        if origin not in self._digests:
            with origin.open("rb") as file:
                self._digests[origin] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._digests[origin]

    def made_of(self, files: EditionFiles, beside: Iterable[str] = ()) -> str:
        """A digest of all that decides about an edition: its files, the program, the editions it is held against."""
        found = hashlib.sha256(f"{self._program}\n{files.system}\n{files.name}\n".encode())
        sources = [each.source for each in (*files.rf2, *files.tables)]
        within = {(s.path.removeprefix(str(s.origin)), s.name, self.digest(s.origin)) for s in sources}
        for line in (*map(repr, sorted(within)), *sorted(beside)):
            found.update(f"{line}\n".encode())
        return found.hexdigest()

    def take_over(
        self, made_of: str, into: Path, problems: Problems, same: Callable[[Edition], bool] = lambda _: True
    ) -> Edition | None:
        """Put an edition that was made of the same into the terminology folder `into`; None if there is no such one, or
        one that was damaged or of which something else is not the `same`. Its problems are told again.
        """
        edition = next((each for each in self._editions if each.made_of == made_of and same(each)), None)
        if edition is None or self._folder is None or self._is_sound is None:
            return None
        files = sorted(path for path in (self._folder / edition.folder).iterdir() if path.is_file())
        if not files or not all(self._is_sound(f"{edition.folder}/{path.name}") for path in files):
            return None
        place = into / edition.folder
        place.mkdir(parents=True)
        for path in files:
            _link(path, place / path.name)
        for told in edition.told:
            _tell_again(told, problems)
        since, until = period(edition.system, edition.name)
        return replace(edition, folder=folder_of(edition.system, edition.name), since=since, until=until)


def keys_of(folder: Path, edition: Edition) -> frozenset[str]:
    """The keys of the codes of a classification's edition in a terminology folder."""
    found = CodeEdition(folder / edition.folder, edition)
    return frozenset(key for key in found.keys if found.is_code(key)) if edition.system in set(Scheme) else frozenset()


def _link(path: Path, to: Path) -> None:
    """One file under two names: releases are only ever read. A copy where the disk has no such links."""
    try:
        os.link(path, to)
    except OSError:
        shutil.copyfile(path, to)


def _tell_again(told: Mapping[str, Any], problems: Problems) -> None:
    """Note a problem as `Problems.as_json` has it; the last of its kind says of how many."""
    id, file, field = told["id"], told.get("file", ""), told.get("field", "")
    problems.add(id, told["what"], file, told.get("line"), field, told.get("value", ""))
    if "of" in told:
        problems.more(id, file, field, told["of"] - problems.count_of(id, file, field))
