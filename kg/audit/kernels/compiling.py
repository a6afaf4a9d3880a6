"""How the loops are compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

_F = TypeVar("_F", bound=Callable[..., Any])


def compiled(function: _F) -> _F:
    """The function as machine code, which other threads run beside; kept on disk for the next process.

    It makes no array of its own. So nothing has to count who holds an array, which would take most of the time: six
    times as long, where tuples of arrays go from loop to loop.
    """
    return _compiled(function)


def part(function: _F) -> _F:
    """A part of such functions, put into the place where it is called: tuples of arrays are not handed over there."""
    return _compiled(function, forceinline=True)


def _compiled(function: _F, **options: bool) -> _F:
    compile_: Any = import_module("numba").njit
    try:
        return compile_(function, cache=True, nogil=True, _nrt=False, **options)
    except RuntimeError:  # neither the folder of the program nor that of the user's caches can be written to
        return compile_(function, nogil=True, _nrt=False, **options)


@contextmanager
def told_of_compiling(tell: Callable[[], None]) -> Iterator[None]:
    """Tells once, if anything is compiled meanwhile and not read from what was kept."""
    events: Any = import_module("numba.core.event")

    class Once(events.Listener):
        """Hears of the first function."""

        heard = False

        def on_start(self, event: Any) -> None:
            """A function is about to be compiled."""
            if not self.heard:
                self.heard = True
                tell()

        def on_end(self, event: Any) -> None:
            """It is."""

    with events.install_listener("numba:compile", Once()):
        yield
