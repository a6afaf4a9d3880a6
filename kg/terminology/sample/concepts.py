"""The concepts of a sample: hierarchies of uneven depth, statuses over two editions, identifiers with check digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kg.terminology.check_digits import with_check_digits
from kg.terminology.sample import words
from kg.terminology.snomed_writing import ROOT

CORE, MODEL = 900000000000207008, 900000000000012004
CLINICAL, MAPS, DRUGS = 999000011000000103, 999000031000000106, 999000011000001104
FIRST, SECOND = 20250924, 20260311
"""The dates of the two editions."""
_PAST = np.array([20020131, 20080731, 20130131, 20170731, 20210131, 20230412, 20250507], np.int32)

ACTIVE, INACTIVE, RETIRED, NEW = range(4)
"""What becomes of a concept: active in both editions, inactive in both, inactive from the second, new in it."""


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """One top concept: its identifier, term, tag, share of all concepts, words."""

    top: int
    term: str
    tag: str
    share: float
    pattern: words.Pattern


HIERARCHIES = (
    Hierarchy(123037004, "Body structure", "body structure", 0.08, words.STRUCTURE),
    Hierarchy(105590001, "Substance", "substance", 0.06, words.SUBSTANCE),
    Hierarchy(363787002, "Observable entity", "observable entity", 0.06, words.OTHER),
    Hierarchy(362981000, "Qualifier value", "qualifier value", 0.05, words.OTHER),
    Hierarchy(243796009, "Situation with explicit context", "situation", 0.05, words.OTHER),
    Hierarchy(71388002, "Procedure", "procedure", 0.12, words.PROCEDURE),
    Hierarchy(404684003, "Clinical finding", "disorder", 0.20, words.DISORDER),
    Hierarchy(373873005, "Pharmaceutical / biologic product", "product", 0.38, words.PRODUCT),
)
_DEPTH = np.array([1, 5, 18, 50, 95, 130, 150, 155, 135, 105, 70, 45, 25, 11, 5], float)


@dataclass(frozen=True, slots=True)
class Concepts:
    """All concepts in order of making: the root, top concepts, metadata, then hierarchy by hierarchy, level by level.

    Links are pairs of numbers (child, parent); `kind` is the number of the hierarchy, -1 for the root and metadata.
    """

    id: np.ndarray
    module: np.ndarray
    time: np.ndarray
    status: np.ndarray
    kind: np.ndarray
    inner: np.ndarray
    """Whether other concepts are below it."""
    child: np.ndarray
    parent: np.ndarray
    named: dict[int, tuple[str, str]]
    """Terms and tags of the root, the top concepts and metadata, by number."""

    def of_kind(self, tag: str) -> np.ndarray:
        """The numbers of the concepts of a hierarchy without its top."""
        kind = next(i for i, each in enumerate(HIERARCHIES) if each.tag == tag)
        return np.flatnonzero(self.kind == kind)


def make_concepts(n: int, rng: np.random.Generator, metadata: list[tuple[int, str, str, int]]) -> Concepts:
    """About `n` concepts. `metadata` are (identifier, term, tag, identifier of the parent), parents first."""
    fixed = [(ROOT, "SNOMED CT Concept", "SNOMED RT+CTV3", 0)]
    fixed += [(each.top, each.term, "finding" if each.tag == "disorder" else each.tag, ROOT) for each in HIERARCHIES]
    fixed += metadata
    number = {id: i for i, (id, _, _, _) in enumerate(fixed)}
    named = {i: (term, tag) for i, (_, term, tag, _) in enumerate(fixed)}
    links = [(number[id], number[parent]) for id, _, _, parent in fixed if parent]
    child, parent = [np.array(each) for each in zip(*links, strict=True)]
    children, parents, kinds = [child], [parent], [np.full(len(fixed), -1)]
    first = len(fixed)
    for kind, each in enumerate(HIERARCHIES):
        size = max(30, int((n - len(fixed)) * each.share))
        c, p = _links(size, number[each.top], first, rng)
        children.append(c)
        parents.append(p)
        kinds.append(np.full(size, kind))
        first += size
    kind = np.concatenate(kinds)
    child, parent = np.concatenate(children), np.concatenate(parents)
    made = np.arange(len(kind)) >= len(fixed)
    inner = np.bincount(parent, minlength=len(kind)) > 0
    module = _modules(kind, rng)
    module[: len(fixed)] = [
        MAPS if str(id).startswith("999") or 10**15 < id < 10**16 else MODEL if "metadata" in tag else CORE
        for id, _, tag, _ in fixed
    ]
    status = np.where(made & ~inner, rng.choice(4, len(kind), p=(0.83, 0.13, 0.015, 0.025)), ACTIVE)
    ids = np.concatenate((np.array([id for id, _, _, _ in fixed]), identifiers(module[made], 0)))
    time = np.where(made, rng.choice(_PAST, len(kind)), _PAST[0]).astype(np.int32)
    time[status == NEW] = SECOND
    return Concepts(ids, module, time, status, kind, inner, child, parent, named)


def _links(size: int, top: int, first: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Is-a links of one hierarchy: most concepts of a level have none below, parents lie near their place."""
    share = _DEPTH / _DEPTH.sum()
    sizes = np.maximum(1, (share * size).astype(int))
    while sizes.sum() > size:
        sizes[sizes.argmax()] -= 1
    sizes[7] += size - sizes.sum()
    starts = first + np.cumsum(sizes) - sizes
    children = [np.arange(starts[0], starts[0] + sizes[0])]
    parents = [np.full(sizes[0], top)]
    for level in range(1, len(sizes)):
        n, above = int(sizes[level]), int(sizes[level - 1])
        own = np.arange(starts[level], starts[level] + n)
        middle = np.arange(n) * above / n
        hub = 4 if above > 16 else 1
        for other in range(4):
            wide = 3 if other == 0 else 30
            near = np.clip(middle + rng.integers(-wide // 2, wide // 2 + 1, n), 0, above - 1).astype(int)
            takes = rng.random(n) < (1.0, 0.46, 0.14, 0.03)[other]
            children.append(own[takes])
            parents.append((starts[level - 1] + near // hub * hub)[takes])
    pair = np.unique((np.concatenate(children).astype(np.int64) << 32) | np.concatenate(parents))
    return pair >> 32, pair & 0xFFFFFFFF


def _modules(kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    product = next(i for i, each in enumerate(HIERARCHIES) if each.tag == "product")
    x = rng.random(len(kind))
    return np.where((kind == product) & (x < 0.9), DRUGS, np.where(x < 0.7, CORE, CLINICAL))


# Counters begin far from identifiers that are in use.
_FIRST_ITEM = {CORE: 80_000_000, CLINICAL: 50_000_000, DRUGS: 50_000_000, MAPS: 70_000_000, MODEL: 90_000_000}
_NAMESPACE = {CORE: None, MODEL: None, CLINICAL: 1000000, MAPS: 1000000, DRUGS: 1000001}


def identifiers(module: np.ndarray, component: int) -> np.ndarray:
    """New identifiers for rows of modules: `component` 0 concepts, 1 descriptions, 2 relationships."""
    found = np.zeros(len(module), np.int64)
    for owner in np.unique(module).tolist():
        mine = np.flatnonzero(module == owner)
        item = _FIRST_ITEM[owner] + np.arange(len(mine), dtype=np.int64)
        space = _NAMESPACE[owner]
        number = item * 100 + component if space is None else (item * 10**7 + space) * 100 + 10 + component
        found[mine] = with_check_digits(number)
    return found
