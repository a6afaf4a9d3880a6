"""Which media type a client gets for what it says that it accepts (RFC 9110, section 12.5.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import KgError
from kg.serve.negotiate import best, ranges
from kg.serve.protocol import GRAPHS, RESULTS

OTHER_NAMES = {"application/json": RESULTS[0], "text/xml": RESULTS[1], "application/x-turtle": GRAPHS[0]}
NAMES = [*RESULTS, *GRAPHS, *OTHER_NAMES, "text/*", "application/*", "*/*", "image/png"]


@pytest.mark.parametrize(
    ("accept", "offered", "given"),
    [
        (None, RESULTS, RESULTS[0]),
        ("*/*", RESULTS, RESULTS[0]),
        ("application/json", RESULTS, RESULTS[0]),
        ("text/csv;q=0.5, application/json;q=0.4", RESULTS, "text/csv"),
        ("text/*", RESULTS, "text/csv"),
        ("text/csv;q=0, text/*", RESULTS, "text/tab-separated-values"),
        ("application/sparql-results+json;q=0, */*", RESULTS, RESULTS[1]),
        ("application/*;q=0, */*", RESULTS, "text/csv"),
        ("text/turtle;q=0, */*", GRAPHS, "application/n-triples"),
        ("application/*", GRAPHS, "application/n-triples"),
        ("application/x-turtle", GRAPHS, "text/turtle"),
    ],
)
def test_what_is_refused_is_not_sent_and_a_range_is_answered_from_within(accept, offered, given):
    assert best(accept, offered, OTHER_NAMES) == given


@pytest.mark.parametrize("accept", ["image/png", "*/*;q=0", "application/sparql-results+json;q=0, application/json"])
def test_where_nothing_is_accepted_the_fault_lists_what_there_is(accept):
    with pytest.raises(KgError) as caught:
        best(accept, RESULTS[:1], OTHER_NAMES)
    assert caught.value.id == "KG-E1108"
    assert RESULTS[0] in (caught.value.hint or "")


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", ";q=0", ";q=0.3", ";q=0.8"])), min_size=1))
def test_what_is_sent_is_accepted_by_its_own_name_or_one_it_goes_by(wishes):
    accept = ", ".join(name + quality for name, quality in wishes)
    for offered in (RESULTS, GRAPHS):
        try:
            media = best(accept, offered, OTHER_NAMES)
        except KgError:
            continue
        liked = [one for one in ranges(accept) if one.quality > 0]
        names = {media, *(other for other, own in OTHER_NAMES.items() if own == media)}
        assert any(one.fits(media) or f"{one.type}/{one.subtype}" in names for one in liked)
        own = [one.quality for one in ranges(accept) if f"{one.type}/{one.subtype}" == media]
        assert not own or max(own) > 0
