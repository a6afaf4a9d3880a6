"""Reading in a process of its own with bounded time and memory, for formats whose libraries read what strangers wrote.

A *room* is a fresh interpreter that has imported one format's library and keeps a forked child, which limits its own
memory and answers one document after the other. A document that crashes, hangs or floods it is a fault of that document
alone: the next has a new child, as it has after any fault and after a number of documents. (Forking costs more than
most documents do; pdfium is not thread-safe, and no two documents are ever read in one process at the same time.) Rooms
are kept for the next document of their format: as many as threads of this process read at the same time, none after a
fork of it.

What a child tells is JSON, so that a child that a document has taken over can tell wrong words but run nothing here.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import IO, Any, NoReturn, TypeVar

from kg.errors import KgError, Place
from kg.expression.recommendation import Warning
from kg.guidance.page.document import Document, Line
from kg.guidance.readers.taken import damaged, too_much

Answer = TypeVar("Answer")

# A child reads so many documents, then another takes its place: what a library leaves behind stays small.
_TURN = 64
# How a child ends after its turn, and when nothing more will be asked; any other end is that of the document it read.
_NEXT, _LEFT = 4, 3
_FAREWELL = 2.0  # seconds
_ANEW = frozenset({"KG-E0213", "KG-E0214"})
# Signals of a process that was refused memory or time; any other is the crash of a library.
_EXHAUSTED = {getattr(signal, name, None) for name in ("SIGKILL", "SIGXCPU", "SIGABRT", "SIGTRAP", "SIGILL")}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may take: seconds by the clock, bytes of address space."""

    seconds: float = 60
    memory: int = 1 << 30


LIMITS = Limits()


# Whether this process is bounded already, being the child of a room.
_within = False


def read(reader: str, data: bytes, name: str, limits: Limits = LIMITS) -> Document:
    """The document that a module named `reader` reads (it has `load` and `read`), read in another process.

    A process that is bounded itself reads the document there and then.

    Raises:
        KgError: as the reader; KG-E0213 (it crashed), KG-E0214 (it took too much), KG-E0105 (it met what it did not
            foresee).
    """
    if _within:
        module = import_module(reader)
        module.load(name)
        document: Document = module.read(data, name)
        return document
    return ask(reader, data, {"name": name}, limits, lambda told: _document(told, name))


def ask(
    reader: str, data: bytes, head: Mapping[str, object], limits: Limits, value_of: Callable[[dict[str, Any]], Answer]
) -> Answer:
    """What a module tells of some bytes, asked in a room of its own kind; `head` (JSON, with a `name`) goes with them.

    The module has `load(name)`, and `read(data, name)`, which gives a `Document`, or `tell(data, head)`, which gives
    JSON; with `anew` in it the child is not asked again. `value_of` makes the answer of what was told; ValueError,
    KeyError or TypeError of it is a child that was taken over.

    Raises:
        KgError: as `read`.
    """
    name = str(head["name"])
    room = _rooms.take(reader)
    try:
        told = room.ask({**head, "memory": limits.memory, "seconds": limits.seconds}, data)
    except BaseException:
        # Ctrl-C: the document is not read further behind the user's back.
        _rooms.leave(room)
        raise
    if told is None:
        _rooms.leave(room)
        raise too_much(name, f"Reading it was stopped after {limits.seconds:g} seconds.")
    try:
        answer = value_of(_sound(json.loads(told), name))
    except KgError:
        _rooms.give_back(room)
        raise
    except (ValueError, KeyError, TypeError):
        _rooms.leave(room)
        raise damaged(name, "Its reader ended without a word.") from None
    _rooms.give_back(room)
    return answer


def stop() -> None:
    """Kill the rooms that are being asked: whoever asks is told at once that the document is damaged."""
    _rooms.stop()


def _sound(told: dict[str, Any], name: str) -> dict[str, Any]:
    """A child's words; its fault is raised."""
    if "fault" in told:
        id, what, why, hint = told["fault"]
        raise KgError(id, what, where=Place(name), why=why, hint=hint)
    if "unforeseen" in told:
        what = f"the reader met what it did not foresee: {told['unforeseen']}"
        raise KgError("KG-E0105", what, where=Place(name), hint="Save the document as text, and report this.")
    if "signal" in told:
        if told["signal"] in _EXHAUSTED:
            raise too_much(name, "Its reader was refused more memory or time.")
        raise damaged(name, f"Its reader crashed (signal {told['signal']}).")
    return told


def _document(told: dict[str, Any], name: str) -> Document:
    """The document of a child's words."""
    lines, left_out = (
        tuple(
            Line(start, end, level, page, tuple(box) if box else None, paragraph, wraps)
            for start, end, level, page, box, paragraph, wraps in told[key]
        )
        for key in ("lines", "left_out")
    )
    warnings = tuple(Warning(*x) for x in told["warnings"])
    return Document(name, told["text"], lines, told["digest"], warnings, left_out)


class _Room:
    """This side of a room: a process, asked one document at a time."""

    def __init__(self, reader: str) -> None:
        self.reader = reader  # the name of its module
        # The room finds the program where this process found it, installed or not.
        program = (
            f"import sys; sys.path[:] = {sys.path!r}\nfrom kg.guidance.readers.bounded import serve\nserve({reader!r})"
        )
        self.process = subprocess.Popen(  # noqa: S603 (this interpreter, our own words)
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,
        )

    def ask(self, head: dict[str, object], data: bytes) -> bytes | None:
        """The answer; None if it did not come in time, no bytes if the room has ended."""
        stdin, stdout = self.process.stdin, self.process.stdout
        if not (stdin and stdout):
            raise ValueError("a room has pipes")
        deadline = time.monotonic() + float(str(head["seconds"]))
        try:
            _send(stdin, head | {"size": len(data)}, data)
        except BrokenPipeError:
            return b""
        answer = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(stdout, selectors.EVENT_READ)
            while True:
                # The room has a moment more than the document, to tell of a child that the system stopped.
                left = deadline + 1 - time.monotonic()
                if left <= 0 or not ready.select(left):
                    return None
                part = os.read(stdout.fileno(), 1 << 20)
                if not part:
                    return b""
                answer += part
                if answer.endswith(b"\n"):
                    return bytes(answer)

    def is_quiet(self) -> bool:
        """Whether it waits for a document: it has not ended, and has not spoken unasked."""
        with selectors.DefaultSelector() as ready:
            if self.process.stdout:
                ready.register(self.process.stdout, selectors.EVENT_READ)
            return self.process.poll() is None and not ready.select(0)

    def close(self, *, at_once: bool = False) -> None:
        """End the room and the child in it. A room that waits for a document ends by itself when the pipe does."""
        self.forget()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(0 if at_once else _FAREWELL)
            return
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def forget(self) -> None:
        """Let go of the pipes."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


class _Rooms:
    """The rooms of this process: those that stand idle, and those that are being asked."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[_Room] = []
        self.busy: list[_Room] = []

    def take(self, reader: str) -> _Room:
        """A room of the reader for one document."""
        with self.lock:
            for room in [room for room in self.idle if room.reader == reader]:
                self.idle.remove(room)
                if room.is_quiet():
                    self.busy.append(room)
                    return room
                room.close()
        room = _Room(reader)
        with self.lock:
            self.busy.append(room)
        return room

    def give_back(self, room: _Room) -> None:
        """Keep a room for the next document."""
        with self.lock:
            self.busy.remove(room)
            self.idle.append(room)

    def leave(self, room: _Room) -> None:
        """End a room that was being asked."""
        with self.lock:
            self.busy.remove(room)
        room.close(at_once=True)

    def stop(self) -> None:
        """Kill the rooms that are being asked; whoever asks one ends it."""
        with self.lock:
            for room in self.busy:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(room.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End all of them."""
        with self.lock:
            while self.idle:
                self.idle.pop().close()

    def forget(self) -> None:
        """After a fork: the rooms are the parent's."""
        self.lock = threading.Lock()
        for room in (*self.idle, *self.busy):
            room.forget()
            room.process.returncode = 0
        self.idle, self.busy = [], []


_rooms = _Rooms()
atexit.register(_rooms.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_rooms.forget)


def _send(pipe: IO[bytes], head: dict[str, object], data: bytes) -> None:
    view = memoryview(json.dumps(head).encode() + b"\n" + data)
    while view:
        view = view[pipe.write(view) :]


# ---- inside a room


def serve(name: str) -> None:
    """Answer documents by a reader until the pipe ends. Runs in a process of its own."""
    reader = import_module(name)
    # Once, and not in each child. What is missing is told of the document that needs it.
    with contextlib.suppress(KgError):
        reader.load(name)
    gc.freeze()
    while True:
        pid = os.fork()
        if pid == 0:
            _answer_some(reader)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if status == _LEFT:
            return
        if status != _NEXT:
            _tell(json.dumps({"signal": -status}).encode())


def _answer_some(reader: ModuleType) -> NoReturn:
    """Answer documents in this child until its turn or the pipe ends, or one is at fault."""
    global _within
    _within = True
    stdin = sys.stdin.buffer
    sys.excepthook = _unforeseen
    for _ in range(_TURN):
        line = stdin.readline()
        if not line:
            os._exit(_LEFT)
        head = json.loads(line)
        _limit(head["memory"], head["seconds"])
        told, whole = answer(reader, stdin.read(head["size"]), head)
        _tell(told)
        if not whole:
            break
    os._exit(_NEXT)


def _unforeseen(kind: type[BaseException], error: BaseException, _trace: object) -> NoReturn:
    """What no reader should raise: told as the last word of this child."""
    _tell(json.dumps({"unforeseen": f"{kind.__name__}: {error}"[:500]}).encode())
    os._exit(_NEXT)


def answer(reader: ModuleType, data: bytes, head: Mapping[str, Any]) -> tuple[bytes, bool]:
    """A document, or the fault of its bytes, as JSON; and whether the process may read another after it."""
    name = str(head["name"])
    try:
        if hasattr(reader, "tell"):
            told = reader.tell(data, head)
            return json.dumps(told).encode(), not told.get("anew")
        document: Document = reader.read(data, name)
        lines, left_out = (
            [[x.start, x.end, x.level, x.page, x.box, x.paragraph, x.wraps] for x in part]
            for part in (document.lines, document.left_out)
        )
        warnings = [[x.id, x.message, x.start, x.end] for x in document.warnings]
        told = {
            "text": document.text,
            "lines": lines,
            "digest": document.digest,
            "warnings": warnings,
            "left_out": left_out,
        }
        return json.dumps(told).encode(), True
    except KgError as fault:
        return _fault(fault), fault.id not in _ANEW
    except MemoryError:
        return _fault(too_much(name, "Its reader was refused more memory.")), False


def _fault(fault: KgError) -> bytes:
    return json.dumps({"fault": [fault.id, fault.what, fault.why, fault.hint]}).encode()


def _tell(told: bytes) -> None:
    view = memoryview(told + b"\n")
    while view:
        view = view[os.write(1, view) :]


def _limit(memory: int, seconds: float) -> None:
    """Bound this process for one document. The clock is the asker's; processor time counts where that has ended."""
    import resource

    spent = resource.getrusage(resource.RUSAGE_SELF)
    processor = int(spent.ru_utime + spent.ru_stime + seconds) + 2
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))
