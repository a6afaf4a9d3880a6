"""Whatever stands in an address or a form, the answer is a page with the right status, never a failure."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.pages.test_http import BROWSER, FORM
from tests.serve.serving import serving
from tests.serve.test_hostile_requests import send

VALUES = (
    "", "0", "-1", "99999999999", "²", "١٢", "J12.8", "J12.8 J12.8†", "Z94", "C78.7", "Y53.-", "X70-X71", "Z", "IPG369",
    "709020001", "ICD-10:C78.7", "foo:bar", ":", "<script>", "\x00", "a" * 3000, "../../etc", "!open", "!open open",
    "open percutaneous", "2024-13-01", "1", "SELECT * { ?s ?p ?o } LIMIT 3", "ASK {}", "DESCRIBE <http://x>",
    "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 5", "SELECT * { SERVICE <http://x> {} }", "combinations", "codes", "SNOMED CT",
    "OPCS-4", "4.10", "20250924", "retired", "{{7*7}}", "\U0001f9e0", "half \ud800",
)  # fmt: skip
NAMES = (
    "q", "system", "suggest", "go", "from", "waiting", "name", "query", "run", "terms", "p.guidance", "p.selector",
    "of", "old", "new", "change", "procedures", "diagnoses", "snomed", "date", "guidance", "given.approach",
    "given.stated.x", "given.", "given.nothing", "all", "as-printed", "below", "v",
)  # fmt: skip
PATHS = (
    "/", "/guidances", "/search", "/check", "/query", "/around", "/changes", "/review", "/page/guidance/IPG369",
    "/page/opcs-4/{}", "/page/icd-10/{}", "/page/snomed-ct/{}", "/page/{}", "/page/guidance/{}",
    "/page/guidance/IPG369/{}", "/page/facet/{}", "/static/{}", "/{}", "/page//",
    "/ch%65ck", "/check%2F", "/%71uery/",
)  # fmt: skip


@settings(max_examples=80)
@given(
    path=st.sampled_from(PATHS),
    part=st.sampled_from(VALUES),
    values=st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(VALUES)), max_size=5),
    form=st.booleans(),
)
def test_no_address_and_no_form_makes_the_server_fail(
    site: str, path: str, part: str, values: list[tuple[str, str]], form: bool
):
    target = path.format(quote(part, errors="surrogatepass", safe=""))
    told = urlencode(values, errors="surrogatepass")
    if form:
        answer = send(site, "POST", target, {"accept": BROWSER, "content-type": FORM}, told.encode())
    else:
        answer = send(site, "GET", f"{target}?{told}", {"accept": BROWSER})
    assert answer[0] < 500, (target, told)
    assert send(site, "GET", "/health")[0] == 200


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data = tmp_path_factory.mktemp("plain") / "data.trig"
    data.write_text('<urn:a> <urn:b> "c" . <urn:g> { <urn:a> <urn:b> <urn:c> }')
    with serving("--rdf", data) as address:
        yield address


def test_plain_rdf_has_a_first_page_and_a_page_of_queries_and_says_what_it_has_not(plain: str):
    def asked(path: str) -> tuple[int, str]:
        status, _, body = send(plain, "GET", path, {"accept": BROWSER})
        return status, body.decode()

    status, html = asked("/")
    assert (status, "urn:g" in html) == (200, True)
    status, html = asked(f"/query?{urlencode({'query': 'SELECT * { ?s ?p ?o }'})}")
    assert (status, bool(re.search(r"<h2[^>]*>1 row<", html))) == (200, True)
    for path in ("/check", "/review", "/changes", "/search?q=liver", "/page/opcs-4/J12.8"):
        status, html = asked(path)
        assert (status, "KG-E1122" in html) == (404, True), path
    assert asked("/page/facet/approach")[0] == 404
