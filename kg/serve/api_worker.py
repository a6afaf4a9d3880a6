"""A process that answers questions of the API from an opened store, with the functions that the commands have.

Python that computes can be neither timed out nor bounded from within: so it is done in a process that may be killed.
`kg.serve.process` tells how it runs.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg.errors import KgError
from kg.serve import messages
from kg.serve.process import Opened, run

if TYPE_CHECKING:
    from kg.workspace import Workspace

MEDIA = "application/json"
_OFTEN = 20_000  # questions, after which a worker is replaced
_OFTEN_ASKED: tuple[tuple[str, dict[str, Any], bytes], ...] = (
    ("guidances", {}, b""),
    ("overview", {}, b""),
    ("search", {"q": "liver"}, b""),
    ("show", {"thing": "J12.8", "system": "OPCS-4"}, b""),
    ("show", {"thing": "C78.7", "system": "ICD-10"}, b""),
    ("subsumes", {"a": "J12.8", "b": "J", "system": "OPCS-4"}, b""),
    ("neighbourhood", {"thing": "J12.8"}, b""),
    ("check", {}, b'{"procedures": ["J12.8"], "diagnoses": ["C78.7"]}'),
)


class Answerer:
    """The workspace of one release and the limits of a question."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.answered = 0
        self.workspace = self._opened()

    def _opened(self) -> Workspace:
        """The workspace, with what nearly every answer needs read already."""
        from kg.workspace import open_workspace, today

        self.day = today()
        workspace = open_workspace(Path(self.options["folder"]), self.options["release"])
        workspace.candidates  # noqa: B018  they are kept
        workspace.applied()
        return workspace

    def renew(self) -> None:
        """Open it again on another day: what is in force, and in use, is that of the day."""
        from kg.workspace import today

        if today() != self.day:
            self.workspace.close()
            self.workspace = self._opened()

    def warm(self) -> None:
        """Ask what is often asked: what that reads, later copies have. Polars is imported and not used: its
        threads must begin in the copies.
        """
        from kg.serve.questions import answer

        for name in ("polars", "pyarrow"):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        for name, arguments, body in _OFTEN_ASKED:
            with contextlib.suppress(KgError):  # a store need not have it
                written(answer(self.workspace, name, arguments, body))

    def reply(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer to a question (`messages.of_api`), or of its fault."""
        self.answered += 1
        worn = self.answered >= _OFTEN
        try:
            media, told = self._answered(head, body)
        except KgError as fault:
            return messages.written({**messages.refusal(fault), "worn": worn}), b""
        except MemoryError:
            os._exit(1)  # the server tells what that means
        # What it keeps to answer faster grows, and a large question leaves memory behind.
        worn = worn or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 > self.options["worn"]
        return messages.written({"media": media, "worn": worn}), told

    def _answered(self, head: bytes, body: bytes) -> tuple[str, bytes]:
        from kg.serve.questions import Written, answer

        self.renew()
        asked = json.loads(head)
        found = answer(self.workspace, asked["ask"], asked["arguments"], body)
        media, told = (found.media, found.content) if isinstance(found, Written) else (MEDIA, written(found))
        if len(told) > self.options["answer"]:
            raise KgError(
                "KG-E1103",
                f"the answer has more than {self.options['answer']:,} bytes",
                why="An answer is given whole or not at all.",
                hint="Ask for less: a smaller limit, fewer records.",
            )
        return media, told


def written(told: Any) -> bytes:
    """An answer as the bytes of JSON; half a character, which JSON can hold and UTF-8 cannot, as its escape."""
    try:
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(told, separators=(",", ":")).encode()


def opened(options: dict[str, Any]) -> Opened:
    """What answers from the release of the options."""
    for name in ("OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
        os.environ.setdefault(name, "1")  # a question has one processor, and each thread takes of its memory
    answerer = Answerer(options)
    return Opened(answerer.reply, answerer.renew, answerer.warm)


if __name__ == "__main__":
    run(opened)
