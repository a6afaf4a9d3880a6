"""Builds a store in a process of its own, to be killed: PATH TITLE COUNT STEP. Waits before that step; tells each."""

import sys
from pathlib import Path

import pyoxigraph as ox

from kg.graph.building import build, quads_writer


def tell(step: str) -> None:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()
    if step == sys.argv[4]:
        sys.stdin.read()  # until killed


def main() -> None:
    """Build the quads that the arguments ask for."""
    title, graph = ox.Literal(sys.argv[2]), ox.NamedNode("http://g")
    things = (
        ox.Quad(ox.NamedNode(f"http://s/{n}"), ox.NamedNode("http://p"), title, graph) for n in range(int(sys.argv[3]))
    )
    build(Path(sys.argv[1]), quads_writer(things), progress=tell)


if __name__ == "__main__":
    main()
