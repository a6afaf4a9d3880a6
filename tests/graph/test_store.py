"""What a user relies on of a store: what was built is what opens, equal content is one release, and faults are told."""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.errors import KgError
from kg.graph.building import Writer, build, quads_writer
from kg.graph.manifest import FORMAT, Contents, Input, Manifest
from kg.graph.store import Snapshot, open_store, verify

KG = "https://w3id.org/terminology-kg/"


def quads(count: int = 60, guidances: int = 3, title: str = "title") -> list[ox.Quad]:
    """Titles in as many named graphs as there are guidances."""
    return [
        ox.Quad(
            ox.NamedNode(f"{KG}id/guidance/IPG{n}"),
            ox.NamedNode("http://purl.org/dc/terms/title"),
            ox.Literal(f'{title} {n} "of" é\n', language="en"),
            ox.NamedNode(f"{KG}graph/guidance/IPG{n % guidances}"),
        )
        for n in range(count)
    ]


def contents(snapshot: Snapshot) -> set[str]:
    """The quads of the named graphs; the default graph has their triples, each once."""
    every = list(snapshot.quads.quads_for_pattern(None, None, None, None))
    named = [quad for quad in every if quad.graph_name != ox.DefaultGraph()]
    together = [quad.triple for quad in every if quad.graph_name == ox.DefaultGraph()]
    assert set(together) == {quad.triple for quad in named}
    assert len(together) == snapshot.manifest.triples == len(set(together))
    return {str(quad) for quad in named}


def told(quads: list[ox.Quad]) -> set[str]:
    return {str(quad) for quad in quads}


def releases(path: Path) -> set[str]:
    return {entry.name for entry in (path / "releases").iterdir()}


def with_other_words(manifest: Path, before: str, after: str) -> None:
    """Change a manifest and seal it again, as only another program could have written it."""
    body = manifest.read_text().rpartition(',\n "digest": ')[0]
    assert before in body
    body = body.replace(before, after)
    digest = hashlib.sha256(body.encode()).hexdigest()
    manifest.write_text(f'{body},\n "digest": "{digest}"\n}}\n')


def refused(id: str, path: Path) -> KgError:
    with pytest.raises(KgError) as fault:
        open_store(path)
    assert fault.value.id == id
    return fault.value


@pytest.fixture
def store(tmp_path: Path) -> Path:
    build(tmp_path / "store", quads_writer(quads()))
    return tmp_path / "store"


def test_what_was_built_is_what_opens(store: Path) -> None:
    with open_store(store) as snapshot:
        assert contents(snapshot) == told(quads())
        assert snapshot.manifest.quads == 60
        assert dict(snapshot.manifest.graphs) == {f"{KG}graph/guidance/IPG{n}": 20 for n in range(3)}
        assert snapshot.verify() == ()


def test_an_empty_store_is_a_store(tmp_path: Path) -> None:
    build(tmp_path / "s", quads_writer([]))
    with open_store(tmp_path / "s") as snapshot:
        assert contents(snapshot) == set()
        assert snapshot.verify() == ()


def test_equal_content_is_one_release_and_is_left_untouched(store: Path) -> None:
    before = {
        path: (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in (store / "releases").rglob("*")
        if path.is_file()
    }
    again = build(store, quads_writer(reversed(quads())))
    assert again.reused
    assert releases(store) == {again.manifest.id}
    assert before == {
        path: (path.stat().st_mtime_ns, path.stat().st_ino)
        for path in (store / "releases").rglob("*")
        if path.is_file()
    }


def test_the_id_is_the_digest_of_the_sorted_n_quads(store: Path) -> None:
    lines = sorted(f"{quad} .\n".encode() for quad in quads())
    with open_store(store) as snapshot:
        assert snapshot.manifest.content == hashlib.sha256(b"".join(lines)).hexdigest()
        assert snapshot.id == snapshot.manifest.content[:16]


def test_the_digest_does_not_depend_on_how_many_lines_fit_in_memory(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.graph.building._LINES_AT_ONCE", 7)
    assert build(store, quads_writer(quads())).reused


def test_inputs_and_counts_and_the_time_of_building_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    source = Input("IPG369.txt", "guidance", 12, hashlib.sha256(b"x").hexdigest())
    built = build(
        tmp_path / "s", quads_writer(quads(), Contents((source,), {"guidances": 60})), program="terminology-kg 0.1"
    )
    with open_store(tmp_path / "s") as snapshot:
        manifest = snapshot.manifest
    assert manifest == built.manifest
    assert manifest.built == "2023-11-14T22:13:20Z"
    assert (manifest.inputs, dict(manifest.counts), manifest.program) == (
        (source,),
        {"guidances": 60},
        "terminology-kg 0.1",
    )


def test_the_release_holds_no_paths_of_the_machine_it_was_built_on(store: Path) -> None:
    for path in store.rglob("*"):
        assert not path.is_file() or str(store).encode() not in path.read_bytes(), path


def test_the_release_before_stays_and_older_ones_go(store: Path) -> None:
    ids = [build(store, quads_writer(quads(title=title))).manifest.id for title in "abc"]
    assert releases(store) == set(ids[1:])
    build(store, quads_writer(quads(title="b")))  # back to the one before
    assert releases(store) == set(ids[1:])
    with open_store(store) as snapshot:
        assert snapshot.id == ids[1]


def test_a_reader_keeps_its_release_however_often_the_store_is_built(store: Path) -> None:
    with open_store(store) as reader:
        for title in "abcd":
            build(store, quads_writer(quads(title=title)))
        assert contents(reader) == told(quads())
        assert reader.verify() == ()
        assert reader.id in releases(store)
    build(store, quads_writer(quads(title="e")))
    assert reader.id not in releases(store)


def test_a_store_can_be_read_where_nothing_may_be_written(store: Path) -> None:
    files = sorted([store, *store.rglob("*")], key=lambda path: -len(path.parts))
    before = {path: path.stat().st_mtime_ns for path in files}
    with open_store(store) as snapshot:
        assert contents(snapshot) == told(quads())
    assert {path: path.stat().st_mtime_ns for path in sorted([store, *store.rglob("*")])} == before


def test_a_moved_or_copied_store_opens(store: Path, tmp_path: Path) -> None:
    store.rename(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / ".lock").unlink()  # copies often leave out hidden files
    with open_store(tmp_path / "elsewhere") as snapshot:
        assert contents(snapshot) == told(quads())
    assert build(tmp_path / "elsewhere", quads_writer(quads())).reused


# What is not a store


def test_no_store_tells_how_to_build_one(tmp_path: Path) -> None:
    fault = refused("KG-E0501", tmp_path / "none")
    assert f"kg build SOURCES… --into {tmp_path / 'none'}" in fault.hint
    (tmp_path / "empty").mkdir()
    refused("KG-E0501", tmp_path / "empty")


@pytest.mark.parametrize("name", ["file", "folder", "bare", "releases"])
def test_other_things_are_neither_opened_nor_written_into(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "file":
        path.write_text("words")
    elif name == "bare":
        ox.Store(str(path)).flush()
    else:
        (path / "releases" / "1.0").mkdir(parents=True)
        (path / "README.md").write_text("words")
    before = sorted(path.rglob("*"))
    refused("KG-E0505", path)
    with pytest.raises(KgError) as fault:
        build(path, quads_writer(quads()))
    assert fault.value.id == "KG-E0505"
    assert sorted(path.rglob("*")) == before


def test_another_format_is_told_with_what_wrote_it(store: Path) -> None:
    manifest = next(store.glob("releases/*/manifest.json"))
    with_other_words(manifest, f'"format": {FORMAT}', f'"format": {FORMAT + 1}')
    with_other_words(manifest, '"program": "terminology-kg"', '"program": "terminology-kg 99"')
    fault = refused("KG-E0503", store)
    assert "terminology-kg 99" in fault.why
    assert "kg build" in fault.hint
    assert build(store, quads_writer(quads())).reused is False
    with open_store(store) as snapshot:
        assert contents(snapshot) == told(quads())


def test_a_triple_of_two_graphs_is_found_and_counted_once_where_no_graph_is_named(tmp_path: Path) -> None:
    triple = (ox.NamedNode("http://example.org/s"), ox.NamedNode("http://example.org/p"), ox.Literal('a " b <c> .\n'))
    graphs = [ox.NamedNode(f"http://example.org/graph/{n}") for n in (1, 2)]
    build(tmp_path / "store", quads_writer([ox.Quad(*triple, graph) for graph in graphs]))
    with open_store(tmp_path / "store") as snapshot:
        assert (snapshot.manifest.quads, snapshot.manifest.triples) == (2, 1)
        (row,) = snapshot.quads.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")  # type: ignore[reportGeneralTypeIssues]
        assert row["n"].value == "1"
        (row,) = snapshot.quads.query("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")  # type: ignore[reportGeneralTypeIssues]
        assert row["n"].value == "2"
        assert snapshot.verify() == ()


# Damage


def damage(data: bytes, kind: str) -> bytes | None:
    middle = len(data) // 2
    match kind:
        case "flipped":
            return data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :] if data else b"\x04"
        case "zeroed":
            return bytes(len(data)) if any(data) else b"\0" * (len(data) + 1)
        case "shortened":
            return data[:-1] if data else None
        case "emptied":
            return b"" if data else None
        case "longer":
            return data + b"\n"
        case _:
            return None


@pytest.mark.parametrize("kind", ["flipped", "zeroed", "shortened", "emptied", "longer", "deleted"])
def test_every_damaged_file_is_found_and_named(tmp_path: Path, kind: str) -> None:
    store = tmp_path / "store"
    build(store, quads_writer(quads()))
    files = [store / "current", *(path for path in sorted(store.glob("releases/**/*")) if path.is_file())]
    assert len(files) > 8
    for path in files:
        data = path.read_bytes()
        if (changed := damage(data, kind)) is None:
            path.unlink()
        else:
            path.write_bytes(changed)
        faults = verify(store)
        assert faults, path
        assert faults[0].id == "KG-E0502"
        assert str(path) in str(faults[0])
        if changed is None or len(changed) != len(data) or path.name in {"current", "manifest.json"}:
            refused("KG-E0502", store)
        path.write_bytes(data)
    assert verify(store) == ()


def test_a_file_that_another_program_added_is_named(store: Path) -> None:
    release = next((store / "releases").iterdir())
    ox.Store(str(release / "quads")).flush()  # opened to write: the engine rewrites its books
    fault = refused("KG-E0502", store)
    assert str(release) in str(fault)
    assert verify(store)


def test_a_pointer_to_a_release_that_is_gone_is_damage(store: Path) -> None:
    next((store / "releases").iterdir()).rename(store.parent / "gone")
    assert "not there" in refused("KG-E0502", store).what


def test_a_damaged_release_is_built_anew_from_the_same_content(store: Path) -> None:
    file = max(store.glob("releases/*/quads/*.sst"), key=lambda path: path.stat().st_size)
    file.write_bytes(damage(file.read_bytes(), "flipped") or b"")
    assert verify(store)
    assert build(store, quads_writer(quads())).reused is False
    assert verify(store) == ()


def test_counts_that_differ_from_the_manifest_are_found(store: Path) -> None:
    graph = f"{KG}graph/guidance/IPG0"
    with_other_words(next(store.glob("releases/*/manifest.json")), f'"{graph}": 20', f'"{graph}": 21')
    (fault,) = verify(store)
    assert fault.what == f"graph <{graph}> has 20 quads, not 21"


def test_a_manifest_is_read_as_it_was_written(store: Path) -> None:
    with open_store(store) as snapshot:
        data = snapshot.manifest.to_bytes()
        path = snapshot.release / "manifest.json"
        assert path.read_bytes() == data
        from kg.errors import Place

        assert Manifest.from_bytes(data, Place("x")) == snapshot.manifest


# Builds that fail


def failing(fault: BaseException) -> Writer:
    def write(store: ox.Store) -> Contents:
        store.bulk_extend(quads(title="half"))
        raise fault

    return write


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), KgError("KG-E0204", "none"), ValueError("a defect")])
def test_a_build_that_fails_leaves_the_store_as_it_was(store: Path, fault: BaseException) -> None:
    before = sorted(store.rglob("*"))
    with pytest.raises(type(fault)):
        build(store, failing(fault))
    assert sorted(store.rglob("*")) == before
    with open_store(store) as snapshot:
        assert contents(snapshot) == told(quads())


def test_a_first_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "s", failing(KeyboardInterrupt()))
    assert not (tmp_path / "s").exists()
    (tmp_path / "there").mkdir()
    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "there", failing(KeyboardInterrupt()))
    assert list((tmp_path / "there").iterdir()) == []


def test_a_source_that_cannot_be_read_is_not_taken_for_a_fault_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        build(tmp_path / "s", failing(FileNotFoundError(2, "No such file", "/nowhere/IPG1.txt")))


def test_two_builds_exclude_each_other_and_the_other_process_is_told(store: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from kg.graph.building import build; from kg.graph.manifest import Contents\n"
        "def write(store):\n    print('inside', flush=True); sys.stdin.readline(); return Contents()\n"
        "build(Path(sys.argv[1]), write)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(store)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=own_environment(),
    ) as other:  # fmt: skip
        assert other.stdin and other.stdout
        assert other.stdout.readline() == "inside\n"
        with pytest.raises(KgError) as fault:
            build(store, quads_writer([]))
        assert fault.value.id == "KG-E0504"
        assert f"process {other.pid} is building" in str(fault.value)
        with open_store(store) as snapshot:  # which can be asked meanwhile
            assert contents(snapshot) == told(quads())
        other.communicate("\n")
    assert other.returncode == 0
    with open_store(store) as snapshot:
        assert contents(snapshot) == set()


def own_environment() -> dict[str, str]:
    """The environment with this checkout first on the way of imports."""
    return os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}


@pytest.fixture
def without_rights() -> Iterator[None]:
    """The rights of nobody, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    place = Path("/proc/self/task") / "store"  # nobody may make folders there, not even root
    with pytest.raises(KgError) as fault:
        build(place, quads_writer(quads()))
    assert fault.value.id == "KG-E0206"
    (tmp_path / "file").write_text("words")
    with pytest.raises(KgError) as fault:
        build(tmp_path / "file" / "store", quads_writer(quads()))
    assert fault.value.id == "KG-E0206"


def test_a_store_of_somebody_else_is_not_written(store: Path, request: pytest.FixtureRequest) -> None:
    for folder in (store, store / "releases"):
        folder.chmod(0o555)
    (store / ".lock").chmod(0o444)
    for folder in store.parents:
        if not folder.stat().st_mode & 0o001 and folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o011)
    before = sorted(store.rglob("*"))
    request.getfixturevalue("without_rights")
    with pytest.raises(KgError) as fault:
        build(store, quads_writer(quads(title="new")))
    assert fault.value.id == "KG-E0206"
    assert re.search("Permission denied", fault.value.what)
    assert sorted(store.rglob("*")) == before
    with open_store(store) as snapshot:  # reading needs no right to write
        assert contents(snapshot) == told(quads())


FULL = """
import resource, sys
from pathlib import Path
from kg.errors import KgError
from kg.graph.building import build
from kg.graph.manifest import Contents
import pyoxigraph as ox

def write(store):
    if sys.argv[2] != "0":
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    p = ox.NamedNode("http://p")
    store.bulk_extend(ox.Quad(ox.NamedNode(f"http://s/{n}"), p, ox.Literal("v" * 100 + str(n))) for n in range(9000))
    return Contents()
try:
    build(Path(sys.argv[1]), write)
except KgError as error:
    print(error)
    sys.exit(error.kind.exit)
"""


def test_a_file_system_that_fills_up_leaves_the_store_as_it_was(store: Path) -> None:
    """On a file system of 1 MB where the system lets us mount one; and with a limit to the size of files."""
    small = store.parent / "small"
    small.mkdir()
    steps = f'mount -t tmpfs -o size=1m tmpfs {small} && cp -a {store} {small}/s && "$0" -c "$1" {small}/s 0; code=$?'
    check = f"; find {small}/s | sort | sed s,{small}/s,,; exit $code"
    mounted = subprocess.run(
        ["/usr/bin/env", "unshare", "--mount", "--map-root-user", "sh", "-c", steps + check, sys.executable, FULL],
        capture_output=True, encoding="utf-8", env=own_environment(), check=False,
    )  # fmt: skip
    if "KG-" in mounted.stdout:
        assert mounted.returncode == 2
        assert mounted.stdout.startswith("KG-E0207"), mounted.stdout
        before = sorted(str(path).removeprefix(str(store)) for path in [store, *store.rglob("*")])
        assert sorted(mounted.stdout.splitlines()[-len(before) :]) == before
    limited = subprocess.run(
        [sys.executable, "-c", FULL, str(store), "200000"],
        capture_output=True, encoding="utf-8", env=own_environment(), check=False,
    )  # fmt: skip
    assert limited.returncode == 2, limited.stderr
    assert re.match("KG-E020[67]", limited.stdout)
    with open_store(store) as snapshot:
        assert contents(snapshot) == told(quads())


def test_many_small_loads_become_few_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(store: ox.Store) -> Contents:
        for quad in quads(4):
            store.bulk_extend([quad])
        return Contents()

    scattered = build(tmp_path / "scattered", write)
    monkeypatch.setattr("kg.graph.building._FEW_FILES", 8)
    joined = build(tmp_path / "joined", write)
    assert joined.manifest.id == scattered.manifest.id
    assert len(joined.manifest.files) < 16 < len(scattered.manifest.files)
    with open_store(tmp_path / "joined") as snapshot:
        assert contents(snapshot) == told(quads(4))
