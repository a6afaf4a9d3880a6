"""One builder at a time, and readers that hold what they read: locks on files, gone with the process that held them.

Locks of the operating system (flock) need no cleaning up after a killed process, which a file with a process id in it
would. Where a file system or a system has none, nothing is locked; the order of the steps of a build still keeps
readers safe.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import KgError, Place

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None


@contextmanager
def building(path: Path) -> Iterator[None]:
    """Hold the lock file of a store while building; it tells the process id to those who come too early.

    Raises:
        KgError: KG-E0504, at once and with the other's process id, if another process holds it.
    """
    descriptor = _locked(path)
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int:
    """A descriptor of the lock file, locked."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        if not _try(descriptor, exclusive=True):
            told = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = f"process {told}" if told.isdigit() else "another process"
            raise KgError(
                "KG-E0504",
                f"{who} is building this store",
                where=Place(str(path.parent)),
                why="Two builds at once would undo each other's work. The store can be asked meanwhile.",
                hint="Wait until it has ended, or build into another folder with --into.",
            )
        # The holder before may have removed the file after we opened it: then ours is a file that nobody else sees.
        if _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def reading(path: Path) -> int:
    """A descriptor that marks a file as read by this process until it is closed.

    Raises:
        FileNotFoundError: if the file is gone, or just now going.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    if _try(descriptor, exclusive=False):
        return descriptor
    os.close(descriptor)
    raise FileNotFoundError(path)


@contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Whether no process reads the file; while this is held, none begins to."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield True
        return
    try:
        yield _try(descriptor, exclusive=True)
    finally:
        os.close(descriptor)


def _try(descriptor: int, *, exclusive: bool) -> bool:
    """Whether the lock was got; true where there are no locks."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
