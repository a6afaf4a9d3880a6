"""terminology-kg: a terminology knowledge graph for UK clinical coding."""

__version__ = "0.1.0"
