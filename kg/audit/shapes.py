"""The two tables that the audit stands between: episodes as they come in, and verdicts as they go out.

What reads files of episodes makes batches of `EPISODES`, whatever their layout was; the engine makes rows of `VERDICTS`
of them, whatever computes these. Neither knows more of the other.
"""

from __future__ import annotations

import pyarrow as pa

CODES = pa.list_(pa.dictionary(pa.int32(), pa.string()))
"""The codes of one side in their order, each as `str(Code)` prints it (`J12.8`, `C19`, `H19.8A`)."""

EPISODES = pa.schema(
    [
        pa.field("episode", pa.string(), nullable=False),
        pa.field("procedures", CODES, nullable=False),
        pa.field("diagnoses", CODES, nullable=False),
        pa.field("date", pa.date32()),
    ]
)
"""A batch of episodes. No list and none of its codes is null, fillers (`-`, `&`, empty) and codes that cannot be read
have been left out and counted by the reader; what remains keeps its order. An episode has at most
`kg.reason.record.MOST_CODES` codes a side. The dictionary may have values that no episode uses, and others in each
batch; batches of 100,000 episodes and more are checked fastest. Without a date the day of the run counts.
"""

_WORD = pa.dictionary(pa.int32(), pa.string())

VERDICTS = pa.schema(
    [
        pa.field("episode", pa.string(), nullable=False),
        pa.field("guidance", _WORD, nullable=False),
        pa.field("verdict", _WORD, nullable=False),
        pa.field("combination", _WORD, nullable=False),
        pa.field("missing", pa.list_(pa.string()), nullable=False),
        pa.field("broken", pa.list_(pa.string()), nullable=False),
    ]
)
"""A row for each guidance that applies to an episode, in the order of the episodes, then of guidances' ids.

`verdict` is valid, incomplete or contradicted. `combination` is what was met on each side, else the nearest one (of
which `missing` are the codes that are not there): selectors in print order, the diagnosis side behind ` / `; empty
where there is none. `missing` and `broken` (the ids of rules, as `kg check` has them) are of the procedure side, then
of the diagnosis side.
"""
