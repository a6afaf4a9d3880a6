"""What was delivered: folders and zips (also zips in zips), the files of releases in them, and the editions they make.

A file is told by its name, wherever it lies. Packages of SNOMED CT that build on each other make one edition.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from kg.errors import KgError, Place
from kg.terminology.layouts import ClassificationName, Kind, Layout, Layouts, Rf2Name, load_layouts
from kg.terminology.problems import Problems

_ZIPS_DEEP = 3
_HEAD = 1 << 14  # bytes in which the root element of an XML file stands
_ENCRYPTED = 1  # the bit of a member's flags
_LENGTHS = 26  # where a member's header tells how long its name and further fields are


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One file of a delivery. `path` is what a person is told: that of the zip, then that of the member in it."""

    path: str
    name: str
    size: int
    origin: Path
    """The file on the disk that it is or lies in."""
    _open: Path | tuple[zipfile.ZipFile, zipfile.ZipInfo, Path | None] = field(repr=False)

    def read(self, most: int = -1) -> bytes:
        """All bytes, or the first of them.

        Raises:
            KgError: KG-E1002 for a damaged member of a zip, KG-E0205 for a file that cannot be read.
        """
        try:
            if isinstance(self._open, Path):
                with self._open.open("rb") as stream:
                    return stream.read(most)
            archive, member, zip = self._open
            plain = member.compress_type == zipfile.ZIP_DEFLATED and not member.flag_bits & _ENCRYPTED
            if most < 0 and zip and plain:
                return _inflated(archive, member, zip)
            with archive.open(member) as stream:
                return stream.read(most)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise _damaged(self.path, error) from error
        except OSError as error:
            raise KgError("KG-E0205", f"the file cannot be read: {error.strerror}", where=Place(self.path)) from error


@dataclass(frozen=True, slots=True)
class Rf2Source:
    """A file of RF2 with what its name tells."""

    source: Source
    named: Rf2Name


@dataclass(frozen=True, slots=True)
class ClassificationSource:
    """A file of OPCS-4 or ICD-10 with its layout and edition (empty where the file itself tells)."""

    source: Source
    layout: Layout
    edition: str


@dataclass(frozen=True, slots=True)
class EditionFiles:
    """The files that one edition is made of. `name` is a date for SNOMED CT and ICD-10, a number for OPCS-4."""

    system: str
    name: str
    rf2: tuple[Rf2Source, ...] = ()
    tables: tuple[ClassificationSource, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all files, inflated."""
        return sum(each.source.size for each in (*self.rf2, *self.tables))


class Delivery:
    """The files of releases under some paths. A context manager: zips stay open until it is left."""

    def __init__(self, paths: Sequence[Path], layouts: Layouts | None = None) -> None:
        """Look for files of releases.

        Raises:
            KgError: KG-E0201 no such path, KG-E1001 no file of a release, KG-E1002 a damaged zip.
        """
        self.layouts = layouts or load_layouts()
        self._stack = ExitStack()
        self.rf2: list[Rf2Source] = []
        self.tables: list[ClassificationSource] = []
        self._names: dict[str, Source] = {}
        self._known = 0
        try:
            for path in paths:
                before = self._known
                self._take(path)
                if self._known == before:
                    raise KgError(
                        "KG-E1001",
                        "no file of a release in it",
                        where=Place(str(path)),
                        why="Files are known by their names, as sct2_Concept_… and OPCS410 CodesAndTitles ….",
                        hint="Name the folder or zip as delivered, without changing names in it.",
                    )
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Delivery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _take(self, path: Path) -> None:
        if not path.exists():
            raise KgError("KG-E0201", "no such file or folder", where=Place(str(path)))
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if file.suffix.lower() == ".zip":
                self._take_zip(str(file), file, file, 1)
            else:
                self._know(Source(str(file), file.name, file.stat().st_size, file, file))

    def _take_zip(self, told: str, origin: Path, file: Path | Source, depth: int) -> None:
        try:
            if isinstance(file, Path):
                archive = self._stack.enter_context(zipfile.ZipFile(file))
            else:  # a zip in a zip: reading members of it needs a file that can be searched
                outer, member, _ = file._open  # type: ignore[misc]
                inner = self._stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  closed with the stack
                with outer.open(member) as stream:
                    shutil.copyfileobj(stream, inner, 1 << 22)
                archive = self._stack.enter_context(zipfile.ZipFile(inner))
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise _damaged(told, error) from error
        zip = file if isinstance(file, Path) else None
        for member in sorted(archive.infolist(), key=lambda m: m.filename):
            if member.is_dir():
                continue
            name = member.filename.replace("\\", "/").rsplit("/", 1)[-1]
            source = Source(f"{told}/{member.filename}", name, member.file_size, origin, (archive, member, zip))
            if name.lower().endswith(".zip") and depth < _ZIPS_DEEP:
                self._take_zip(source.path, origin, source, depth + 1)
            else:
                self._know(source)

    def _know(self, source: Source) -> None:
        rf2 = self.layouts.rf2_file(source.name)
        code_file = self.layouts.classification_file(source.name) or self._claml(source)
        if rf2 is None and code_file is None:
            return
        self._known += 1
        if (other := self._names.setdefault(source.name, source)) is not source:
            # The International Edition comes with that of the UK too; the same file twice does no harm.
            if other.size == source.size:
                return
            raise KgError(
                "KG-E1008",
                "another file of this name was given",
                where=Place(source.path),
                why=f"{other.path} has {other.size:,} bytes, this one {source.size:,}.",
                hint="Give one of the two.",
            )
        if rf2 is not None:
            self.rf2.append(Rf2Source(source, rf2))
        elif code_file is not None:
            self.tables.append(ClassificationSource(source, code_file.layout, code_file.edition))

    def _claml(self, source: Source) -> ClassificationName | None:
        """ClaML is known by its root element: its files go by many names."""
        if not source.name.lower().endswith(".xml") or b"<ClaML" not in source.read(_HEAD):
            return None
        layout = next(each for each in self.layouts.classifications if each.form == "claml")
        return ClassificationName(layout, "")

    def editions(self, problems: Problems) -> list[EditionFiles]:
        """The editions that the files make, oldest first within a system.

        Of a table that was delivered in two forms the first described is used (text before XML). Packages that no
        edition uses are told (KG-W1011).
        """
        found = [*self._snomed(problems), *self._classifications()]
        return sorted(found, key=lambda each: (each.system, _number(each.name)))

    def _snomed(self, problems: Problems) -> Iterator[EditionFiles]:
        packages: dict[tuple[str, str], list[Rf2Source]] = {}
        for each in self.rf2:
            packages.setdefault((each.named.tag, each.named.date), []).append(each)
        if not packages:
            return
        dates: dict[str, list[str]] = {}
        for tag, date in sorted(packages):
            dates.setdefault(tag, []).append(date)
        # The extension with most dates tells how many editions there are; each takes the newest of the others.
        order = [package.tag for package in self.layouts.packages]
        lead = max(dates, key=lambda tag: (tag != "", len(dates[tag]), order.index(tag)))
        used: set[tuple[str, str]] = set()
        for date in dates[lead]:
            chosen = {tag: _before(date, of, needed=tag == "" or len(dates[lead]) == 1) for tag, of in dates.items()}
            keys = sorted((tag, day) for tag, day in chosen.items() if day)
            used.update(keys)
            files = [each for key in keys for each in _current(packages[key])]
            yield EditionFiles("SNOMED CT", max(day for _, day in keys), rf2=tuple(files))
        for tag, date in sorted(packages.keys() - used):
            file = packages[tag, date][0].source.path
            problems.add("KG-W1011", "a package of no edition is left out", file, field=tag, value=date)

    def _classifications(self) -> Iterator[EditionFiles]:
        groups: dict[tuple[str, str], list[ClassificationSource]] = {}
        for each in self.tables:
            key = (each.layout.system, each.edition or (f"claml:{each.source.name}"))
            groups.setdefault(key, []).append(each)
        described = [layout.table for layout in self.layouts.classifications]
        dated = {system for system, name in groups if not name.startswith("claml:")}
        for (system, name), files in sorted(groups.items()):
            if name.startswith("claml:") and system in dated:
                continue  # the same classification, without the fields of the UK
            ordered = sorted(files, key=lambda each: (described.index(each.layout.table), each.source.path))
            yield EditionFiles(system, name, tables=tuple(ordered))


def _inflated(archive: zipfile.ZipFile, member: zipfile.ZipInfo, zip: Path) -> bytes:
    """A deflated member inflated at once, a fifth faster than by the stream."""
    archive.open(member).close()  # its own header is held against the list at the end of the zip
    with zip.open("rb") as packed:
        packed.seek(member.header_offset + _LENGTHS)
        name, extra = (int.from_bytes(packed.read(2), "little") for _ in range(2))
        packed.seek(name + extra, 1)
        found = zlib.decompress(packed.read(member.compress_size), -zlib.MAX_WBITS, max(member.file_size, 1))
    if zlib.crc32(found) != member.CRC:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {member.filename!r}")
    return found


def _before(date: str, dates: Sequence[str], *, needed: bool) -> str | None:
    """The last of some dates that is not after a date; else the first where one is `needed`: packages of one edition
    can be dated apart by days, and none goes without its base.
    """
    return max((d for d in dates if d <= date), default=min(dates) if needed else None)


def _current(files: Sequence[Rf2Source]) -> list[Rf2Source]:
    """Of one package the Snapshot, else the Full files: both hold the newest version of every component.

    Raises:
        KgError: KG-E1003 for a Delta alone.
    """
    for kind in (Kind.SNAPSHOT, Kind.FULL):
        if found := [each for each in files if each.named.kind is kind]:
            return found
    raise KgError(
        "KG-E1003",
        "the package has Delta files only",
        where=Place(files[0].source.path),
        why="A Delta holds what changed since another release.",
        hint="Give the Snapshot or Full files of the package.",
    )


def _number(name: str) -> tuple[int, ...]:
    """`4.10` after `4.9`, dates by themselves."""
    return tuple(int(part) for part in name.split(".")) if name.replace(".", "").isdigit() else (0,)


def _damaged(path: str, error: BaseException) -> KgError:
    return KgError(
        "KG-E1002",
        "the zip is damaged or cut short",
        where=Place(path),
        why=str(error).splitlines()[0] if str(error) else "",
        hint="Fetch it again, and compare its size with the one that the publisher tells.",
    )
