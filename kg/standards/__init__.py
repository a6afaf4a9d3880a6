"""Standards read from their files: packs of rules in columns, the national ones in Turtle, local switches."""

from kg.standards.levels import read_levels
from kg.standards.loading import Loaded, load_levels, load_national, load_pack, load_standards
from kg.standards.national import read_national
from kg.standards.pack import Pack, read_pack

__all__ = [
    "Loaded",
    "Pack",
    "load_levels",
    "load_national",
    "load_pack",
    "load_standards",
    "read_levels",
    "read_national",
    "read_pack",
]
