"""terminology-kg: a terminology knowledge graph for UK clinical coding.

`kg.open(store)` opens a store (docs/python.md). What is named here is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.codes import Code as Code
    from kg.codes import Scheme as Scheme
    from kg.codes import SctId as SctId
    from kg.codes import Selector as Selector
    from kg.errors import KgError as KgError
    from kg.opened import OpenedStore as OpenedStore
    from kg.opened import open as open
    from kg.reason.record import Record as Record
    from kg.table import Table as Table

__version__ = "0.1.0"

__all__ = ["Code", "KgError", "OpenedStore", "Record", "Scheme", "SctId", "Selector", "Table", "open"]

_HOMES = {
    "Code": "kg.codes",
    "KgError": "kg.errors",
    "OpenedStore": "kg.opened",
    "Record": "kg.reason.record",
    "Scheme": "kg.codes",
    "SctId": "kg.codes",
    "Selector": "kg.codes",
    "Table": "kg.table",
    "open": "kg.opened",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'kg' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
