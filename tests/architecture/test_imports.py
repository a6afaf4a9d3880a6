"""Who may import whom, what the core may use, and how long a module may grow (ARCHITECTURE.md)."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent.parent
ROWS = (
    ("errors",),
    ("citation",),  # prints the place of an error, and so stands on errors
    ("codes",),
    ("expression",),
    ("reason",),
    ("resources", "extras", "table"),
    ("facets",),
    ("guidance", "rendering", "terminology", "graph", "standards"),
    ("owl", "exchange"),
    ("folder", "touched", "release_quads"),
    ("building",),
    ("workspace",),
    ("answers",),
    ("opened",),
    ("audit", "serve"),
    ("cli",),
    ("__main__",),
)
ROW = {package: number for number, row in enumerate(ROWS) for package in row}
ROOMS = ("page", "readers", "parts", "sentences", "lists", "second")
"""The rooms of kg/guidance, in the way of a document; modules beside them stand behind all."""
PURE = {"errors", "citation", "codes", "expression", "reason"}
LONGEST = 400


def package_of(module: str) -> str:
    """`codes` of `kg.codes.code`; `__init__` of `kg` itself."""
    return [*module.split("."), "__init__"][1]


def modules() -> dict[str, Path]:
    """The modules of kg by dotted name; a package by the name of its `__init__`."""
    found: dict[str, Path] = {}
    for path in sorted((REPOSITORY / "kg").rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that is imported, inside functions and type checks too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                yield node.lineno, "." * node.level + (node.module or "")
            elif node.module == "kg":
                yield from ((node.lineno, f"kg.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module


def objection(importer: str, imported: str) -> str | None:
    """Why a module may not import another, or None if it may."""
    own, top = package_of(importer), imported.split(".")[0]
    if imported.startswith("."):
        return "imports are absolute"
    if top != "kg":
        if own in PURE and top not in sys.stdlib_module_names:
            return f"{own} uses the standard library only"
        return None
    if importer == "kg":
        return None  # it re-exports, and nothing imports it
    if own not in ROW:
        return f"{own} has no row yet"
    other = package_of(imported)
    if imported == "kg" or other not in ROW:
        return "nothing inside imports kg itself"
    if other == own or ROW[other] < ROW[own]:
        return None
    where = "a neighbour of" if ROW[other] == ROW[own] else "above"
    return f"{other} is not below {own}, it is {where} it"


def test_every_module_has_its_row() -> None:
    found = modules()
    assert len(found) > 5
    assert {package_of(name) for name in found} <= ROW.keys() | {"__init__"}


def test_a_package_imports_only_from_rows_before_its_own() -> None:
    objections = [
        f"{path.relative_to(REPOSITORY)}:{line}: {imported}: {why}"
        for importer, path in modules().items()
        for line, imported in imports(ast.parse(path.read_text(encoding="utf-8")))
        if (why := objection(importer, imported))
    ]
    assert not objections, "\n".join(objections)


def room_of(module: str) -> int:
    """The number of the room of kg/guidance that a module is in."""
    room = [*module.split("."), "", ""][2]
    return ROOMS.index(room) if room in ROOMS else len(ROOMS)


def test_a_room_of_guidance_imports_only_from_rooms_before_its_own() -> None:
    found = [(name, path) for name, path in modules().items() if name.startswith("kg.guidance.")]
    assert {room_of(name) for name, _ in found} == set(range(len(ROOMS) + 1))
    objections = [
        f"{path.relative_to(REPOSITORY)}:{line}: {imported}"
        for importer, path in found
        for line, imported in imports(ast.parse(path.read_text(encoding="utf-8")))
        if imported.startswith("kg.guidance.") and room_of(imported) > room_of(importer)
    ]
    assert not objections, "\n".join(objections)


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("kg.reason.check", "kg.codes", True),
        ("kg.reason.check", "kg.reason.record", True),
        ("kg.citation", "kg.errors", True),
        ("kg.graph.encode", "kg.resources", True),
        ("kg.__main__", "kg.cli.main", True),
        ("kg", "kg.workspace", True),
        ("kg.graph.store", "pyoxigraph", True),
        ("kg.errors", "kg.citation", False),
        ("kg.codes.code", "kg.expression", False),
        ("kg.graph.encode", "kg.guidance", False),
        ("kg.cli.serve", "kg.serve.app", True),
        ("kg.serve.app", "kg.cli.main", False),
        ("kg.cli.main", "kg", False),
        ("kg.cli.main", "kg.__version__", False),
        ("kg.cli.main", ".output", False),
        ("kg.reason.check", "networkx", False),
    ],
)
def test_the_rows_are_read_as_meant(importer: str, imported: str, allowed: bool) -> None:
    assert (objection(importer, imported) is None) is allowed


@pytest.mark.parametrize("package", ["codes", "expression", "reason"])
def test_the_core_loads_nothing_of_others_and_no_edge(package: str) -> None:
    # A fresh interpreter without site-packages' start-up code (-I -S), which may load anything.
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); before = set(sys.modules);"
        "import importlib; importlib.import_module('kg.' + sys.argv[2]);"
        "print(*sorted(set(sys.modules) - before))"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program, str(REPOSITORY), package],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert told.returncode == 0, told.stderr
    loaded = set(told.stdout.split())
    assert f"kg.{package}" in loaded
    tops = {name.split(".")[0] for name in loaded}
    assert tops - {"kg"} <= sys.stdlib_module_names
    assert {package_of(name) for name in loaded if name.startswith("kg.")} <= PURE
    # Files, archives, processes and the network belong to the rows above.
    edges = {"pathlib", "shutil", "tempfile", "subprocess", "socket", "sqlite3", "csv", "zipfile"}
    assert tops & edges == set()


@pytest.mark.parametrize("module", modules())
def test_no_module_is_too_long(module: str) -> None:
    lines = modules()[module].read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST, f"{module} has {lines} lines: look for the second thing in it"


def test_the_rows_told_are_those_that_are_kept() -> None:
    lines = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|")[1:3] for line in lines if re.match(r"\| \d+ \|", line)]
    told = {name: int(number) for number, rooms in rows for name in re.findall(r"`kg/(\w+)(?:\.py)?`", rooms)}
    assert told == {package: number for package, number in ROW.items() if package != "__main__"}
