"""`/dumps/`: the files of a folder that the operator names, with their checksums.

`kg export` writes them beside the store, `sha256sum` their checksums (docs/serving.md): the server itself writes
nothing and needs no right to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import FileResponse

from kg.errors import KgError
from kg.serve.http import OPEN, Receive, Scope, Send, reply
from kg.serve.linked import ENDINGS

CHECKSUMS = "SHA256SUMS"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^\n]+)")
_MORE = {"gz": "application/gzip", "zst": "application/zstd", "owl": "application/rdf+xml", "sql": "text/plain"}


@dataclass(frozen=True, slots=True)
class Dump:
    """A file to take away."""

    name: str
    bytes: int
    sha256: str


class Dumps:
    """The folder, as an application of its own."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        """The list of files as JSON, or a file.

        Raises:
            KgError: KG-E1110; KG-E1113 for what is not in the list of checksums.
        """
        if scope["method"] not in {"GET", "HEAD"}:
            raise KgError("KG-E1110", f"{scope['method'][:20]} is not a way to ask", hint="Use GET.")
        name = scope["path"].lstrip("/").partition("/")[2]
        scope["kg.route"] = "/dumps/{name}" if name else "/dumps/"
        there = {dump.name: dump for dump in self.listed()}
        if not name:
            told = {"dumps": [{"name": d.name, "bytes": d.bytes, "sha256": d.sha256} for d in there.values()]}
            head = (*OPEN, (b"content-type", b"application/json"), (b"cache-control", b"no-cache"))
            await reply(send, 200, json.dumps(told, indent=1).encode(), head, scope["method"])
            return
        if self.folder is None or (name != CHECKSUMS and name not in there):
            raise KgError("KG-E1113", "no such dump", hint="/dumps/ lists them, or write one: kg export -o FILE")
        media = "text/plain" if name == CHECKSUMS else media_of(name)
        headers = {"access-control-allow-origin": "*", "x-content-type-options": "nosniff", "x-request-id": request}
        await FileResponse(self.folder / name, media_type=media, headers=headers)(scope, receive, send)

    def listed(self) -> Iterator[Dump]:
        """The files that the list of checksums names and that are there, in its order."""
        if self.folder is None or not (self.folder / CHECKSUMS).is_file():
            return
        for line in (self.folder / CHECKSUMS).read_text(encoding="utf-8").splitlines():
            found = _LINE.fullmatch(line)
            if found and _NAME.fullmatch(found[2]) and (self.folder / found[2]).is_file():
                yield Dump(found[2], (self.folder / found[2]).stat().st_size, found[1])


def media_of(name: str) -> str:
    """The media type of a dump, by its ending."""
    return (ENDINGS | _MORE).get(name.rpartition(".")[2].lower(), "application/octet-stream")
