"""The audit on Spark: Spark reads and spreads the episodes, each worker judges its part by the engine of the audit.

What a worker needs is sent to it by value, so that it needs the program and nothing of the store. Its rows, and what it
counted while reading, come back in one hidden folder that is read when all are there.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kg.audit.columns import carried_column
from kg.audit.delimited import form_of
from kg.audit.editions import ByEdition, InUse
from kg.audit.engine import Auditor
from kg.audit.episodes import EpisodeFiles
from kg.audit.finding import Found, find, refuse_doubled
from kg.audit.finding import plain as plain_name
from kg.audit.layouts import shipped
from kg.audit.read_tally import Tally
from kg.audit.shapes import EPISODES, VERDICTS
from kg.audit.unread import refuse_codes_unread
from kg.errors import KgError, Place
from kg.expression.condition import Context, Facets
from kg.expression.recommendation import Recommendation, Side
from kg.facets import load_lexicon
from kg.reason.applied import Applied
from kg.reason.applying import Standards
from kg.reason.standard import Standard

_READ = "_read"
"""The column of what a worker counted, in JSON; null in all rows but the last of a part."""
_COUNTS = ("episodes", "touched", "cut", "no_day", "unnamed", "doubled", "skipped")
_PARQUET, _CSV = (".parquet", ".pq"), (".csv", ".tsv", ".txt", ".psv")
_PACKED = (".gz", ".bz2", ".zst")
_LOOKED_AT = 2000  # rows that tell what the columns hold


PlainContext = tuple[dict[tuple[str, str], bool], dict[str, dict[str, str | None]]]
"""Facts and facets of a context (views of tables cannot be sent)."""


def plain(context: Context) -> PlainContext:
    """A context as it is sent."""
    return dict(context.facts), {facet: dict(values) for facet, values in context.facets.values.items()}


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker needs. `standards` are those that are applied, at their levels; None: as printed."""

    recommendations: tuple[Recommendation, ...]
    codes: InUse
    standards: tuple[Standard, ...] | None
    day: datetime.date | None
    context: PlainContext
    everything: bool
    columns: Mapping[str, Sequence[str]]
    carry: tuple[str, ...]

    def auditor(self) -> ByEdition:
        """The engine of the audit."""
        applied, known = None, self.codes.on(self.day)
        if self.standards is not None:
            ready = Standards.of(self.standards, known.chapters)
            applied = Applied(ready, known, self.day, load_lexicon().stated_in)
        facts, facets = self.context
        return ByEdition(
            self.recommendations, self.codes, applied, Context(facts, Facets(facets)), everything=self.everything
        )


class SparkAudit:
    """Episodes that Spark reads, against guidances. What was odd in them stands in `tally` when all rows have come."""

    def __init__(self, spark: Any, paths: Sequence[Path], work: Work, layout: str | None = None) -> None:
        """Look at the files, and find their layouts.

        Raises:
            KgError: KG-E0201, KG-E1212, KG-E1213, KG-E1220, KG-E1221.
        """
        self._spark, self._work = spark, work
        self._tables = [self._table(path, layout) for path in paths]
        self.tally = Tally(files=len(paths))
        for _, found, _ in self._tables:
            self.tally.told_of_columns(found.notes, found.of("unread"))
        if len(paths) > 1 and any(found.layout.by_code for _, found, _ in self._tables):
            hint = "Join them to one table, or leave out --engine spark."
            raise KgError("KG-E1212", "several tables of which one has a row for each code", hint=hint)

    @property
    def schema(self) -> pa.Schema:
        """The schema of the rows."""
        return Auditor.schema(pa.schema([*EPISODES, *(pa.field(name, pa.string()) for name in self._work.carry)]))

    def rows(self, folder: Path) -> Iterator[pa.RecordBatch]:
        """The rows of `VERDICTS`, part by part. `folder` is one that the workers can write to and this machine can
        read; it is made, and removed at the end.

        Raises:
            KgError: KG-E1213 where Spark does not come to an end, KG-E1214 where the folder is not shared.
        """
        shutil.rmtree(folder, ignore_errors=True)
        texts = {"missing": "array<string>", "broken": "array<string>"}
        names = [*VERDICTS.names, *self._work.carry, _READ]
        told = ", ".join(f"{_quoted(name)} {texts.get(name, 'string')}" for name in names)
        packed = self._spark.sparkContext.broadcast(self._work)
        try:
            for number, (table, found, wanted) in enumerate(self._tables):
                chosen, identifiers = table.select(*map(_quoted, wanted)), [*map(_quoted, found.of("episode"))]
                if found.layout.by_code:  # all codes of an episode come to one worker
                    chosen = chosen.repartition(*identifiers)
                judged = chosen.mapInArrow(partial(_judged, packed, found.layout.name), told)
                _asked(lambda judged=judged, number=number: judged.write.parquet(_address(folder / f"{number:03}")))
                if not found.layout.by_code:  # there rows of one identifier are its codes
                    self.tally.doubled += _asked(lambda chosen=chosen, ids=identifiers: _doubled(chosen, ids))
                yield from self._gathered(folder / f"{number:03}")
        finally:
            packed.unpersist()
            shutil.rmtree(folder, ignore_errors=True)

    def _gathered(self, folder: Path) -> Iterator[pa.RecordBatch]:
        if not (folder / "_SUCCESS").exists():
            hint = "Give --out a folder that the workers and this machine share."
            raise KgError("KG-E1214", "what the workers wrote is not here", where=Place(str(folder)), hint=hint)
        read = False
        for part in sorted(folder.glob("*.parquet")):
            for batch in pq.ParquetFile(part).iter_batches():
                counted = batch.column(_READ)
                for text in counted.drop_null().to_pylist():
                    _add(self.tally, json.loads(text))
                    read = True
                yield _encoded(batch.filter(counted.is_null()), self.schema)
        if not read:
            self.tally.empty.append(folder.name)

    def _table(self, path: Path, layout: str | None) -> tuple[Any, Found, list[str]]:
        """A table, its layout, and the columns of it that are needed."""
        name, kind, files = _files(path)
        reader = self._spark.read.option("basePath", name) if files and path.is_dir() else self._spark.read
        header: Sequence[str] = ()
        if kind == "parquet":
            table = _asked(lambda: reader.option("mergeSchema", True).parquet(*(files or [name])))
        else:
            first = _asked(lambda: self._spark.read.text(files or [name]).first())
            form = form_of(first[0] if first else "")
            delimiter, header = (form.divider, form.names) if form else (",", ())
            # A row that is not as wide as the header, and a file with another header, end the run.
            options = {"header": True, "sep": delimiter, "escape": '"', "multiLine": True, "mode": "FAILFAST"}
            table = _asked(lambda: reader.options(**options, enforceSchema=False).csv(files or [name]))
        found = find(table.columns, None, layout, self._work.columns, name)
        refuse_doubled([plain_name(column) for column in header], found, name)  # Spark has given such names of its own
        rows = _asked(lambda: table.limit(_LOOKED_AT).collect())
        numbered = [(n, tuple(row)) for n, row in enumerate(rows, 2)]
        refuse_codes_unread(table.columns, numbered, found, shipped(), self._work.columns, name)
        carried = [carried_column(found, each, table.columns) for each in self._work.carry]
        roles = [column for columns in found.columns.values() for column in columns]
        return table, found, list(dict.fromkeys([*roles, *(c for c in carried if c)]))


def _judged(packed: Any, layout: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of one part, and what was counted. Runs on a worker.

    The part is put into a file of its own first, so that it is read as all files of episodes are.
    """
    work: Work = packed.value
    with tempfile.TemporaryDirectory(prefix="kg-audit-") as folder:
        file, writer = Path(folder) / "part.parquet", None
        for batch in batches:
            writer = writer or pq.ParquetWriter(file, batch.schema, compression="lz4")
            writer.write_batch(batch)
        if writer is None:
            return
        writer.close()
        columns, carry = work.columns, work.carry
        reading = EpisodeFiles(
            [file], classification=work.codes.on(work.day), layout=layout, columns=columns, carry=carry, batch=1 << 17
        )
        auditor = _auditor(packed)
        for batch in reading.batches():
            yield _plain(auditor.verdicts(batch))
        yield _last(carry, json.dumps(_told(reading.tally)))


@lru_cache(maxsize=1)
def _auditor(packed: Any) -> ByEdition:
    """The engine, made once for all the parts that a worker gets: to a worker what is broadcast is one object."""
    return packed.value.auditor()


def _plain(rows: pa.RecordBatch) -> pa.RecordBatch:
    """Rows as Spark takes them: without dictionaries, and with the column of what was counted."""
    columns = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in rows.columns]
    return pa.RecordBatch.from_arrays(
        [*columns, pa.nulls(rows.num_rows, pa.string())], names=[*rows.schema.names, _READ]
    )


def _last(carry: Sequence[str], counted: str) -> pa.RecordBatch:
    nothing = {"missing": pa.array([[]], pa.list_(pa.string())), "broken": pa.array([[]], pa.list_(pa.string()))}
    names = [*VERDICTS.names, *carry]
    columns = [nothing[name] if name in nothing else pa.array([""], pa.string()) for name in names]
    return pa.RecordBatch.from_arrays([*columns, pa.array([counted])], names=[*names, _READ])


def _encoded(rows: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Rows as the engine gives them."""
    columns = [
        rows.column(f.name).dictionary_encode() if pa.types.is_dictionary(f.type) else rows.column(f.name).cast(f.type)
        for f in schema
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _told(tally: Tally) -> dict[str, Any]:
    """What a worker counted."""
    return {
        **{name: getattr(tally, name) for name in _COUNTS},
        "bad_days": tally.bad_days,
        "codes": {side.value: tally.codes[side] for side in Side},
        "unreadable": {side.value: tally.unreadable[side] for side in Side},
        "odd": {side.value: [tally.odd[side].impossible, tally.odd[side].elsewhere] for side in Side},
    }


def _add(tally: Tally, told: Mapping[str, Any]) -> None:
    for name in _COUNTS:
        if name != "doubled":  # those of one part alone
            setattr(tally, name, getattr(tally, name) + told[name])
    tally.bad_days.update(told["bad_days"])
    for side in Side:
        tally.codes[side] += told["codes"][side.value]
        tally.unreadable[side] += told["unreadable"][side.value]
        impossible, elsewhere = told["odd"][side.value]
        tally.odd[side].impossible.update(impossible)
        tally.odd[side].elsewhere.update(elsewhere)


def _quoted(name: str) -> str:
    """The name of a column, whatever stands in it."""
    return "`" + name.replace("`", "``") + "`"


def _doubled(table: Any, identifiers: Sequence[str]) -> int:
    """How many rows have an identifier that another row had before."""
    given = " OR ".join(f"trim(coalesce(CAST({name} AS STRING), '')) <> ''" for name in identifiers)
    kept = table.select(*identifiers).where(given)
    return int(kept.count() - kept.distinct().count())


def _files(path: Path) -> tuple[str, str, list[str]]:
    """The address of a path, the kind of its files, and for a folder of this machine the files themselves.

    Raises:
        KgError: KG-E0201, KG-E1212.
    """
    address = _address(path)
    if not address.startswith("file:"):
        return address, "csv" if _ends(path.name, _CSV) else "parquet", []
    if not path.exists():
        raise KgError("KG-E0201", "no such file or folder", where=Place(str(path)))
    every = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
    files = [f for f in every if not f.name.startswith((".", "_"))]
    kinds = {kind for kind, ends in (("parquet", _PARQUET), ("csv", _CSV)) if any(_ends(f.name, ends) for f in files)}
    strange = next((f for f in files if not _ends(f.name, (*_PARQUET, *_CSV))), None)
    if len(kinds) != 1 or (strange is not None and not path.is_dir()):
        what = "neither Parquet nor CSV" if not kinds or strange else "Parquet and CSV in one folder"
        hint = "Spark reads Parquet and CSV; the embedded engine also reads archives, JSON lines and databases."
        raise KgError("KG-E1212", what, where=Place(str(strange or path)), hint=hint)
    wanted = [f for f in files if _ends(f.name, (*_PARQUET, *_CSV))]
    return address, kinds.pop(), [_as_pattern(_address(f)) for f in wanted]


def _ends(name: str, endings: tuple[str, ...]) -> bool:
    name = name.lower()
    for packing in _PACKED:
        name = name.removesuffix(packing)
    return name.endswith(endings)


def _address(path: Path) -> str:
    """A path as Spark takes it; that of another system (`s3a://…`, of which a path has lost a stroke) as it was."""
    if other := re.match(r"([a-z0-9]{2,}):/(?!/)", str(path)):
        return f"{other[1]}://{str(path)[other.end() :]}"
    return f"file://{path.absolute()}"


def _as_pattern(address: str) -> str:
    """An address of which each character means itself, where Spark takes patterns."""
    return re.sub(r"([*?{}\[\]\\])", r"\\\1", address)


def _asked(ask: Any) -> Any:
    """What Spark answers.

    Raises:
        KgError: KG-E1213.
    """
    errors: Any = import_module("pyspark.errors")
    try:
        return ask()
    except (errors.PySparkException, import_module("py4j.protocol").Py4JError) as error:
        hint = (
            "Spark's own log says more. The embedded engine (without --engine spark) counts and goes on where it can."
        )
        raise KgError("KG-E1213", "Spark did not finish", why=why(error), hint=hint) from error


def why(error: Exception) -> str:
    """What went wrong, without Spark's sentences: they quote rows. What a worker said by this program's own faults is
    told whole.
    """
    if found := re.findall(r"KgError: (.+)", str(error)):
        return found[-1][:300]
    worker = re.findall(r"^(?:\w+\.)*(\w+(?:Error|Exception|Invalid))\b", str(error), re.MULTILINE)
    condition = re.findall(r"\[([A-Z][A-Z0-9_.]+)\]", str(error))
    return ", ".join(dict.fromkeys((*condition[-1:], *worker[-1:])))


__all__ = ["SparkAudit", "Work", "plain", "why"]
