"""What one question may cost. Each limit is told in the service description and in the error that it raises."""

from __future__ import annotations

from dataclasses import dataclass, fields

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the endpoint; `0` is not a bound but nothing at all."""

    seconds: float = 10.0
    """A question is stopped after this time."""
    cheap_seconds: float = 0.02
    """Seconds of the processor, after which a question lets others go first."""
    fast_seconds: float = 0.2
    """Seconds of the processor, after which a question is a dear one."""
    memory: int = 2_000 * MEGABYTE
    """Bytes of address space that a worker may take, besides what it shares with all others."""
    rows: int = 1_000_000
    """Rows or triples of an answer."""
    answer: int = 64 * MEGABYTE
    """Bytes of an answer."""
    query: int = 64_000
    """Bytes of a question."""
    body: int = 1 * MEGABYTE
    """Bytes of the body of a request."""
    fast: int = 2
    """Questions that run at once while they are cheap."""
    spare: int = 1
    """Workers that wait besides, to take the place of one that is cheap no more."""
    slow: int = 2
    """Questions that are neither cheap nor dear yet, at once; others wait for their turn, `seconds` at most."""
    dear: int = 2
    """Dear questions that run at once; others wait for their turn, `seconds` at most."""
    patience: float = 10.0
    """Seconds that a client may take to send the head or the body of a request, or to take some of its answer."""
    waiting: int = 256
    """Requests that may wait for a worker; the next one is told to come back later."""

    def told(self) -> dict[str, float]:
        """The limits by name, as the service description gives them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
