"""The order in which a person looks for terms: numbers within IRIs by their size, node 10 behind node 9."""

from __future__ import annotations

import re

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

Natural = tuple[tuple[int, int, str], ...]
_RUNS = re.compile(r"\d+|[^0-9]+", re.ASCII)


def natural(term: NamedNode | BlankNode | Literal | Triple) -> Natural:
    """What terms are sorted by; different terms of one kind have different keys."""
    text = str(term) if isinstance(term, Triple) else term.value
    # The text itself comes last: 07 and 7 are equal as numbers.
    return (*map(_run, _RUNS.findall(text)), (-1, 0, text))


def _run(run: str) -> tuple[int, int, str]:
    if not "0" <= run[0] <= "9":
        return 1, 0, run
    # Not as a number: Python refuses to make one of thousands of digits.
    digits = run.lstrip("0")
    return 0, len(digits), digits
