"""A table that comes back to Python: columns by name, and the same as a data frame of the library that is at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from kg.errors import KgError

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

_SHOWN = 20


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Columns of equal length by name: lists, or columns of polars where there are many rows."""

    title: str
    data: Mapping[str, Sequence[Any] | pl.Series]

    @classmethod
    def of(cls, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
        """A table of rows."""
        across = list(zip(*rows, strict=True)) or [()] * len(columns)
        return cls(title, MappingProxyType({name: list(of) for name, of in zip(columns, across, strict=True)}))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.data)

    def __len__(self) -> int:
        return len(next(iter(self.data.values()), ()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for row in zip(*self.data.values(), strict=True):
            yield dict(zip(self.data, row, strict=True))

    def to_polars(self) -> pl.DataFrame:
        """A data frame of polars.

        Raises:
            KgError: KG-E0104 where it is not installed.
        """
        return _library("polars").DataFrame(dict(self.data), infer_schema_length=None)

    def to_arrow(self) -> pa.Table:
        """A table of Arrow.

        Raises:
            KgError: KG-E0104 where pyarrow is not installed.
        """
        arrow = _library("pyarrow")
        return arrow.table(
            {name: list(of) if isinstance(of, Sequence) else of.to_arrow() for name, of in self.data.items()}
        )

    def to_pandas(self) -> pd.DataFrame:
        """A data frame of pandas.

        Raises:
            KgError: KG-E0104 where it is not installed.
        """
        return _library("pandas").DataFrame({name: list(of) for name, of in self.data.items()})

    def __repr__(self) -> str:
        return f"<Table {self.title}: {len(self):,} rows of {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        """The first rows, for a notebook."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        of_rows = zip(*(each[:_SHOWN] for each in self.data.values()), strict=True)
        rows = "".join(f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in of_rows)
        more = f"; the first {_SHOWN} of {len(self):,} rows" if len(self) > _SHOWN else f"; rows: {len(self)}"
        return f"<table><caption>{escape(self.title)}{more}</caption><tr>{head}</tr>{rows}</table>"


def _cell(value: object) -> str:
    return "" if value is None else escape(str(value))


_EXTRAS = {"polars": "releases", "pyarrow": "releases", "pandas": "frames"}


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        hint = f'Install it with: pip install "terminology-kg[{_EXTRAS[name]}]"'
        raise KgError("KG-E0104", f"this data frame needs {name}", hint=hint) from error
