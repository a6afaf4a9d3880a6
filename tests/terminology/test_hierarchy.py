"""The closure against a walk, on graphs of any shape; circles are cut and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kg.terminology.hierarchy import Below, circles, close


def above(n: int, links: set[tuple[int, int]]) -> list[set[int]]:
    """All that is reached upwards from each."""
    up: dict[int, list[int]] = {}
    for child, parent in links:
        up.setdefault(child, []).append(parent)
    found: list[set[int]] = []
    for start in range(n):
        seen: set[int] = set()
        todo = [start]
        while todo:
            for parent in up.get(todo.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    todo.append(parent)
        found.append(seen)
    return found


def arrays(links: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.array(links, np.int32).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]]]:
    n = draw(st.integers(1, 25))
    names = draw(st.permutations(range(n)))
    one = st.integers(0, n - 1)
    pairs = draw(st.sets(st.tuples(one, one).filter(lambda pair: pair[0] > pair[1]), max_size=60))
    return n, [(names[a], names[b]) for a, b in sorted(pairs)]


@given(graphs())
def test_what_is_below_what_is_what_a_walk_finds(graph: tuple[int, list[tuple[int, int]]]) -> None:
    n, links = graph
    known = Below.of(close(n, *arrays(links)))
    reached = above(n, set(links))
    for a in range(n):
        below = {b for b in range(n) if a in reached[b]}
        listed = known.descendants(a).tolist()
        assert (set(listed), len(listed), known.count(a)) == (below, len(below), len(below))
        assert {b for b in range(n) if known.is_below(b, a)} == below | {a}


@given(st.integers(2, 12).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_circles_are_cut_and_links_of_no_circle_stay(graph: tuple[int, list[tuple[int, int]]]) -> None:
    n, links = graph
    gone = circles(n, *arrays(links)).tolist()
    left = [link for i, link in enumerate(links) if i not in gone]
    assert all(i not in reached for i, reached in enumerate(above(n, set(left))))
    reached = above(n, set(links))
    assert all(links[i][0] in reached[links[i][1]] or links[i][0] == links[i][1] for i in gone)
