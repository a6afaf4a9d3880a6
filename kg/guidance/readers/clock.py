"""A bound by the clock on what is read in this process, where no other process could be stopped.

An alarm of the system ends it, inside a regular expression too. It needs the main thread and a system that has such
alarms; where it cannot be set (`can_bind`), a document is read in a room (kg.guidance.readers.bounded).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from kg.guidance.readers.taken import too_much


class _Ended(BaseException):
    """The time is over. No fault that a reader could take for one of the document."""


def can_bind() -> bool:
    """Whether a bound can be set here: in the main thread, and no alarm is set already."""
    main = threading.current_thread() is threading.main_thread()
    return main and hasattr(signal, "setitimer") and signal.getitimer(signal.ITIMER_REAL)[0] == 0


@contextmanager
def bound(name: str, seconds: float) -> Iterator[None]:
    """End what is done inside after so many seconds.

    Raises:
        KgError: KG-E0214.
    """

    def ended(_signal: int, _frame: FrameType | None) -> None:
        raise _Ended

    before = signal.signal(signal.SIGALRM, ended)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except _Ended:
        raise too_much(name, f"Reading it was stopped after {seconds:g} seconds.") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
