"""Which documents and decisions are meant by files and folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.errors import KgError, Place
from kg.guidance.decisions import beside, is_decision

DOCUMENTS = frozenset({".txt", ".md", ".markdown", ".html", ".htm", ".pdf", ".docx", ".json", ".yaml", ".yml"})
"""The endings of files that are taken from a folder; a file that is named is read whatever it is called."""

_LOCK = "~$"  # word processors keep such a file beside a document that is open


@dataclass(frozen=True, slots=True)
class Sources:
    """Documents in the order in which they were named (of a folder by name); decisions among and beside them."""

    documents: tuple[Path, ...]
    decisions: tuple[Path, ...]

    def each_once(self) -> Sources:
        """The same where a file that is named twice (a folder, and a file in it) is one document."""
        once: dict[Path, Path] = {}
        for document in self.documents:
            once.setdefault(document.resolve(), document)
        return Sources(tuple(once.values()), self.decisions)


def gather(named: Sequence[Path]) -> Sources:
    """The documents and decisions of files and folders; what is hidden, or locks another, is left out. `-` is what is
    piped in.

    Raises:
        KgError: KG-E0201 for a folder without any.
    """
    documents: list[Path] = []
    decisions: dict[Path, None] = {}
    for path in named:
        if path.is_dir():
            # A link that leads nowhere is told as a document that is missing, not passed over.
            meant = (p for p in path.rglob("*") if p.suffix.lower() in DOCUMENTS)
            inside = sorted(p for p in meant if p.is_file() or _leads_nowhere(p))
            found = [p for p in inside if not any(part.startswith((".", _LOCK)) for part in p.relative_to(path).parts)]
            if not found:
                hint = f"Documents end in {', '.join(sorted(DOCUMENTS))}."
                raise KgError("KG-E0201", "no documents in this folder", where=Place(str(path)), hint=hint)
            decisions |= dict.fromkeys(p for p in found if is_decision(p))
            documents += [p for p in found if not is_decision(p)]
        elif is_decision(path):
            decisions[path] = None
        elif str(path) == "-":
            documents.append(Path("/dev/stdin"))
        else:
            documents.append(path)
            if path.name and (own := beside(path)).is_file():
                decisions[own] = None
    # One file by two names (a folder, and a file in it) is one decision.
    once = {decision.resolve(): decision for decision in decisions}
    return Sources(tuple(documents), tuple(sorted(once.values())))


def _leads_nowhere(path: Path) -> bool:
    return path.is_symlink() and not path.exists()
