"""Equal sets of quads are equal bytes, whatever order they came in and whatever hash seed the process has."""

import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from kg.graph import canonical, iris
from kg.graph.vocabulary import Property
from tests.graph.builders import built, encoded
from tests.graph.examples import CRYOTHERAPY, RADIATION

QUADS = encoded(CRYOTHERAPY)


@given(st.permutations(QUADS), st.lists(st.sampled_from(QUADS)))
def test_neither_order_nor_repetition_matters(quads, again):
    assert canonical.canonical_lines([*quads, *again]) == canonical.canonical_lines(QUADS)
    assert canonical.digest([*quads, *again]) == canonical.digest(QUADS)


def test_a_change_of_one_quad_changes_the_digest():
    assert len({canonical.digest(QUADS[:n]) for n in range(len(QUADS) - 9, len(QUADS))}) == 9


def test_lines_are_sorted_n_quads_that_a_store_reads_back():
    out = io.BytesIO()
    assert canonical.write_canonical(QUADS, out) == len(QUADS)
    lines = out.getvalue().splitlines(keepends=True)
    assert lines == sorted(lines)
    store = Store()
    from pyoxigraph import RdfFormat

    store.load(out.getvalue(), format=RdfFormat.N_QUADS)
    assert set(store) == set(QUADS)


def test_line_ends_within_texts_do_not_break_lines():
    text = "a\r\nb\x85c\u2028d"
    (line,) = canonical.canonical_lines([Quad(iris.guidance_iri("X"), Property.WORDS, Literal(text))])
    assert line.count(b"\n") == 1 and b"\r" not in line


def test_a_blank_node_is_a_defect():
    with pytest.raises(ValueError, match="blank node"):
        canonical.digest([Quad(BlankNode("a"), NamedNode("urn:p"), Literal(""))])


_BUILD = """
from tests.graph.builders import built
from tests.graph.examples import CRYOTHERAPY, RADIATION
from kg.graph import canonical
print(canonical.digest(built(CRYOTHERAPY, RADIATION)))
"""


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_building_again_in_another_process_gives_the_same_bytes(seed):
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", _BUILD], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == canonical.digest(built(RADIATION, CRYOTHERAPY))
