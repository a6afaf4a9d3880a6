"""Parts of an Office package (ECMA-376, part 2), streamed through expat with their bytes counted.

No tree is built and no document type is accepted, so that there are no entities; a relationship is followed only to a
part of the same archive.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from typing import Protocol
from xml.parsers import expat

from kg.guidance.readers.taken import damaged, too_much

_LARGEST = 200_000_000  # bytes of one part, unpacked
_RATIO = 200  # unpacked to packed; the text of Word packs to about a tenth
_FEW = 2_000_000  # below this no ratio is a bomb
_DEEPEST = 2_000
_CHUNK = 1 << 19


class Handler(Protocol):
    """What hears of the elements of a part, by their local names: those of Word, and with `mc:` those of markup
    compatibility. `heard` are the elements that it is told of; `skipped` those of which it hears the beginning alone,
    and nothing of what is in them.
    """

    heard: frozenset[str]
    skipped: frozenset[str]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins; attributes by local name."""

    def end(self, tag: str) -> None:
        """An element ends."""

    def text(self, data: str) -> None:
        """Characters."""


_SPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc:",
    "http://schemas.openxmlformats.org/package/2006/relationships": "",
}


def stream(
    archive: zipfile.ZipFile, part: str, handler: Handler, name: str, unread: Sequence[tuple[bytes, bytes]] = ()
) -> bool:
    """Whether the archive has the part; all of it went through the handler then. What stands between a pair of `unread`
    in one piece of the part is passed over unparsed.

    Raises:
        KgError: KG-E0213 (not XML, or with a document type), KG-E0214 (it unpacks to too much or nests too deep).
    """
    try:
        info = archive.getinfo(part)
    except KeyError:
        return False
    parser = _parser(handler, name, part)
    most = min(_LARGEST, max(_FEW, _RATIO * info.compress_size))
    size = 0
    try:
        with archive.open(info) as content:
            while chunk := content.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    raise too_much(name, f"{part} unpacks to more than {most:,} bytes.")
                for opening, closing in unread:
                    chunk = _without(chunk, opening, closing)
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as fault:
        # Besides what is not well-formed: an encoding that does not exist.
        raise damaged(name, f"{part} is not XML: {fault}.") from None
    return True


def _without(chunk: bytes, opening: bytes, closing: bytes) -> bytes:
    kept: list[bytes] = []
    at = 0
    while (start := chunk.find(opening, at)) >= 0 and (end := chunk.find(closing, start)) >= 0:
        kept.append(chunk[at:start])
        at = end + len(closing)
    return b"".join((*kept, chunk[at:])) if kept else chunk


def _parser(handler: Handler, name: str, part: str) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    names: dict[str, str] = {}
    told = handler.heard | handler.skipped
    depth, silent_below = 0, _DEEPEST + 1

    def local(full: str) -> str:
        space, _, tag = full.rpartition(" ")
        tag = _SPACES.get(space, "?") + tag
        names[full] = tag = tag if tag in told else ""
        return tag

    def start(full: str, attributes: dict[str, str]) -> None:
        nonlocal depth, silent_below
        depth += 1
        if depth > _DEEPEST:
            raise too_much(name, f"{part} nests more than {_DEEPEST:,} elements.")
        tag = names.get(full)
        tag = local(full) if tag is None else tag
        if not tag or depth > silent_below:
            return
        if tag in handler.skipped:
            silent_below = depth
        handler.start(tag, {key.rpartition(" ")[2]: value for key, value in attributes.items()} if attributes else {})

    def end(full: str) -> None:
        nonlocal depth, silent_below
        depth -= 1
        if depth >= silent_below:
            return
        if depth == silent_below - 1:
            silent_below = _DEEPEST + 1
            return
        tag = names[full]
        if tag and tag in handler.heard:
            handler.end(tag)

    def text(data: str) -> None:
        if depth < silent_below:
            handler.text(data)

    def doctype(*_: object) -> None:
        raise damaged(name, f"{part} has a document type, which no Office document may have.")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = doctype
    return parser


class _Relationships:
    """Targets of relationships by the last word of their type."""

    heard = frozenset({"Relationship"})
    skipped: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note one relationship; those that lead out of the archive are not looked at."""
        if attributes.get("TargetMode", "Internal") == "Internal":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found.setdefault(kind, attributes.get("Target", ""))

    def end(self, tag: str) -> None:
        """Nothing to do."""

    def text(self, data: str) -> None:
        """Nothing to do."""


def related(archive: zipfile.ZipFile, part: str, name: str) -> dict[str, str]:
    """The parts that a part (the package itself: empty) relates to, by kind of relationship."""
    folder, base = posixpath.split(part)
    relationships = _Relationships()
    stream(archive, posixpath.join(folder, "_rels", f"{base}.rels"), relationships, name)
    return {
        kind: posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        for kind, target in relationships.found.items()
    }
