"""What `kg diff` and `kg impact` compare: two stores, or two editions of one store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kg.errors import KgError

if TYPE_CHECKING:
    from kg.codes import Scheme
    from kg.terminology.code_edition import CodeEdition
    from kg.terminology.release import Release
    from kg.terminology.snomed import SnomedEdition
    from kg.workspace import Workspace

E = TypeVar("E", "SnomedEdition", "CodeEdition")


@dataclass(frozen=True, slots=True)
class TwoEditions:
    """The stores (twice the same for two editions of one), and the two editions of each system that both have; two
    stores may have none in common.
    """

    old: Workspace
    new: Workspace
    snomed: tuple[SnomedEdition, SnomedEdition] | None
    codes: Mapping[Scheme, tuple[CodeEdition, CodeEdition]]

    @property
    def titles(self) -> list[str]:
        """What is compared, as `OPCS-4.10 and OPCS-4.11`."""
        pairs = [*([self.snomed] if self.snomed else []), *self.codes.values()]
        return [f"{a.edition.title} and {b.edition.title}" for a, b in pairs]

    def with_editions(self) -> TwoEditions:
        """These, where there are editions to compare.

        Raises:
            KgError: KG-E1050 if there are no two editions of one system.
        """
        if self.snomed is None and not self.codes:
            what = f"{self.old.snapshot.path} and {self.new.snapshot.path}"
            hint = "Load a release into each: kg build SOURCES… --release FOLDER-OR-ZIP --into STORE"
            raise KgError("KG-E1050", f"{what} have editions of no system in common", hint=hint)
        return self


@contextmanager
def two_editions(old: str | None, new: str | None, store: Path) -> Iterator[TwoEditions]:
    """Open what is to be compared: stores by their folders (the newest edition of each system in each), editions of
    `store` by name (`4.10`, `20250924`); one store alone with `store`; without names the two newest of each system in
    `store`.

    Raises:
        KgError: KG-E1050 if there are no two editions of one system; those of opening a store.
    """
    from kg.workspace import open_workspace

    if old is not None and new is None and _is_store(old):
        new = str(store)
    with ExitStack() as stack:
        if old is not None and new is not None and all(_is_store(each) for each in (old, new)):
            one, two = (stack.enter_context(open_workspace(Path(each))) for each in (old, new))
            yield _of_stores(one, two)
            return
        workspace = stack.enter_context(open_workspace(store))
        for name in (old, new):
            if name is not None and not _has(workspace, name):
                hint = f"Name two stores, or two editions of {store}, which holds {_held(workspace)}."
                raise KgError("KG-E1050", f'no store and no edition: "{name}"', hint=hint)
        yield _of_names(workspace, old, new)


def of_one_store(workspace: Workspace, old: str | None = None, new: str | None = None) -> TwoEditions:
    """Two editions of a store by name (`4.10`, `20250924`); without names the two newest of each system.

    Raises:
        KgError: KG-E1050 if there are no two editions of one system.
    """
    for name in (old, new):
        if name is not None and not _has(workspace, name):
            raise KgError("KG-E1050", f'no edition: "{name}"', hint=f"The store holds {_held(workspace)}.")
    return _of_names(workspace, old, new)


def _has(workspace: Workspace, name: str) -> bool:
    return any(_is_named(each.edition, name) for each in _all(workspace.release))


def _held(workspace: Workspace) -> str:
    return ", ".join(e.title for e in workspace.release.editions) or "no editions"


def _is_store(text: str) -> bool:
    return Path(text).is_dir()


def _all(release: Release) -> list[SnomedEdition | CodeEdition]:
    from kg.codes import Scheme

    return [*release.snomed_editions, *(each for scheme in Scheme for each in release.code_editions(scheme))]


def _is_named(edition: object, name: str) -> bool:
    plain = name.strip().lower()
    names = (getattr(edition, part) for part in ("name", "title", "folder"))
    return plain in {str(each).lower() for each in names} or plain.replace("-", "") == str(getattr(edition, "name", ""))


def _of_stores(one: Workspace, two: Workspace) -> TwoEditions:
    from kg.codes import Scheme

    snomed = None
    if one.release.snomed_editions and two.release.snomed_editions:
        snomed = (one.release.snomed(), two.release.snomed())
    pairs = {s: (one.release.code_editions(s)[-1:], two.release.code_editions(s)[-1:]) for s in Scheme}
    codes = {s: (a[0], b[0]) for s, (a, b) in pairs.items() if a and b}
    return TwoEditions(one, two, snomed, codes)


def _of_names(workspace: Workspace, old: str | None, new: str | None) -> TwoEditions:
    from kg.codes import Scheme

    release = workspace.release
    concepts = _pair(release.snomed_editions, old, new)
    codes = {s: pair for s in Scheme if (pair := _pair(release.code_editions(s), old, new))}
    if concepts is None and not codes:
        hint = f"The store holds {_held(workspace)}. kg build SOURCES… --release FOLDER-OR-ZIP --into STORE loads more."
        named = f"{old} and {new} are" if old and new else "there are"
        raise KgError("KG-E1050", f"{named} not two editions of one system", hint=hint)
    return TwoEditions(workspace, workspace, concepts, codes)


def _pair(editions: Sequence[E], old: str | None, new: str | None) -> tuple[E, E] | None:
    """The two editions of one system that are meant; unnamed, the newest before the other, and the newest."""
    later = [e for e in editions if new is None or _is_named(e.edition, new)][-1:]
    rest = [e for e in editions if later and e is not later[0] and (old is None or _is_named(e.edition, old))][-1:]
    return (rest[0], later[0]) if rest else None
