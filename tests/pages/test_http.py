"""What the pages promise whatever the browser is: text stays text, nothing comes from elsewhere, a fault is a page."""

import hashlib
import http.client
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from tests.pages.conftest import HARM
from tests.serve.serving import serving
from tests.serve.test_hostile_requests import send

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORM = "application/x-www-form-urlencoded"
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
RECORD = {"procedures": "J12.8 Y13.2", "diagnoses": "C78.7"}
PAGES = {
    "the first page": "/",
    "guidances": "/guidances",
    "search": "/search?q=liver",
    "a guidance": "/page/guidance/IPG369",
    "a guidance with readings": "/page/guidance/IP1062-2",
    "a guidance that means harm": "/page/guidance/HARM-1",
    "a guidance of many codes": "/page/guidance/LARGE-1",
    "a code": "/page/opcs-4/J12.8",
    "a code of ICD-10": "/page/icd-10/C78.7",
    "a category": "/page/opcs-4/Y53.-",
    "a chapter": "/page/opcs-4/J",
    "a concept": "/page/snomed-ct/709020001",
    "anything else": "/page/facet/approach",
    "the picture": "/around?of=J12.8",
    "a form": "/check",
    "a verdict": f"/check?{urlencode(RECORD)}",
    "queries": "/query",
    "a named query": "/query?name=combinations&p.guidance=IPG369&run=1",
    "a graph": f"/query?{urlencode({'query': 'CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } } LIMIT 30'})}",
    "a wrong query": "/query?query=SELECT",
    "changes": "/changes?system=SNOMED+CT",
    "review": "/review",
    "nothing": "/nothing",
}


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@cache  # a release never changes, so that a page is the same each time
def page(address: str, path: str) -> tuple[int, dict[str, str], str]:
    status, headers, body = send(address, "GET", path, {"accept": BROWSER})
    return status, headers, body.decode()


def elements(html: str) -> Elements:
    found = Elements()
    found.feed(html)
    return found


def posted(address: str, path: str, values: dict[str, str]) -> tuple[int, dict[str, str], str]:
    status, headers, body = send(
        address, "POST", path, {"accept": BROWSER, "content-type": FORM}, urlencode(values).encode()
    )
    return status, headers, body.decode()


@pytest.mark.parametrize("path", PAGES.values(), ids=list(PAGES))
def test_every_page_has_a_strict_policy_a_language_a_title_and_one_first_heading(site: str, path: str):
    status, headers, html = page(site, path)
    assert status in (200, 400, 404)
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == "text/html; charset=utf-8"
    found = elements(html).found
    assert [attrs["lang"] for tag, attrs in found if tag == "html"] == ["en-GB"]
    assert [tag for tag, _ in found].count("h1") == 1
    assert [tag for tag, _ in found].count("main") == 1
    assert re.search(r"<title>\S.* – Coding guidance</title>", html)


@pytest.mark.parametrize("path", PAGES.values(), ids=list(PAGES))
def test_no_page_has_a_script_or_style_of_its_own_or_takes_anything_from_elsewhere(site: str, path: str):
    for tag, attrs in elements(page(site, path)[2]).found:
        assert "style" not in attrs
        assert not any(name.startswith("on") for name in attrs), (tag, attrs)
        assert tag != "style"
        if tag in ("script", "img", "iframe", "object", "embed") or (tag == "link" and attrs["rel"] != "alternate"):
            source = attrs.get("src") or attrs.get("href") or ""
            assert source.startswith("/static/"), (tag, attrs)


@pytest.mark.parametrize("path", PAGES.values(), ids=list(PAGES))
def test_ids_stand_once_and_labels_and_anchors_lead_to_one(site: str, path: str):
    found = elements(page(site, path)[2]).found
    ids = [attrs["id"] or "" for _, attrs in found if "id" in attrs]
    assert sorted(ids) == sorted(set(ids))
    for tag, attrs in found:
        if tag == "label":
            assert attrs["for"] in ids
        if tag == "a" and (attrs.get("href") or "").startswith("#"):
            assert (attrs["href"] or "")[1:] in ids


@pytest.mark.parametrize(
    "path",
    [
        "/page/guidance/HARM-1",
        "/",
        "/guidances",
        "/review",
        "/page/opcs-4/B27.4",
        "/page/snomed-ct/709020001",
        "/around?of=HARM-1",
        f"/search?{urlencode({'q': HARM})}",
        f"/query?{urlencode({'query': HARM})}",
        f"/query?{urlencode({'query': f'SELECT ({json.dumps(HARM)} AS ?x) {{}}'})}",
        f"/query?{urlencode({'name': 'find', 'p.words': HARM, 'run': '1'})}",
        f"/query?{urlencode({'name': HARM})}",
        f"/check?{urlencode({'procedures': HARM, 'guidance': HARM, 'date': HARM})}",
        f"/check?{urlencode({'procedures': 'B27.4', 'guidance': 'HARM-1'})}",
        f"/changes?{urlencode({'system': HARM, 'old': HARM})}",
        f"/around?{urlencode({'of': HARM})}",
        f"/page/guidance/IPG369?{urlencode({'given.approach': HARM, 'given.' + HARM: 'x'})}",
        "/page/guidance/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "/%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    ],
)
def test_a_hostile_text_stays_text(site: str, path: str):
    _, headers, html = page(site, path)
    assert headers["content-type"].startswith("text/html")
    found = elements(html).found
    assert [attrs.get("src") for tag, attrs in found if tag == "script"] == [
        attrs["src"] for tag, attrs in found if tag == "script" and (attrs["src"] or "").startswith("/static/pages.js")
    ]
    assert not [tag for tag, _ in found if tag == "img"]
    assert "{{7*7}}" in html or "49" not in html or "HARM" not in path


def test_suggestions_are_data_that_no_browser_takes_for_a_page(site: str):
    status, headers, body = send(site, "GET", "/search?q=alert&suggest=1", {"accept": "*/*"})
    assert (status, headers["content-type"]) == (200, "application/json")
    assert headers["x-content-type-options"] == "nosniff"
    assert json.loads(body)[0]["title"] == HARM


def test_search_finds_codes_terms_and_guidances_by_words_and_a_code_in_any_form(site: str):
    html = page(site, "/search?q=liver")[2]
    for heading in ("Guidances", "SNOMED CT", "OPCS-4", "ICD-10"):
        assert re.search(rf"<h2[^>]*>{heading}</h2>", html)
    assert 'href="/page/opcs-4/J12.8"' in page(site, "/search?q=j128")[2]
    assert "Nothing has the words" in page(site, "/search?q=zzzzqqq")[2]


def test_a_repair_carried_out_makes_the_record_valid(site: str):
    _, headers, html = posted(site, "/check", {"procedures": "J12.8 Y13.2", "diagnoses": "C78.7", "guidance": "IPG369"})
    assert headers["cache-control"] == "no-store"
    forms = re.findall(r'<form method="post" action="/check#verdict">(.*?)</form>', html, re.DOTALL)
    assert len(forms) >= 2
    for form in forms:
        fields = [(m[1], m[2]) for m in re.finditer(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)]
        for name, options in re.findall(r'<select id="[^"]+" name="([^"]+)">(.*?)</select>', form, re.DOTALL):
            chosen = re.search(r'value="([^"]+)" selected', options)
            assert chosen
            fields.append((name, chosen[1]))
        status, _, body = send(
            site, "POST", "/check", {"content-type": FORM, "accept": BROWSER}, urlencode(fields).encode()
        )
        assert status == 200
        assert re.search(r'id="verdict"[^>]*>The record is <span class="verdict valid">valid</span>', body.decode())


def test_a_record_has_a_link_that_answers_the_same(site: str):
    told = posted(site, "/check", RECORD)[2]
    link = re.search(r'href="(/check\?[^"]+)"[^>]*>Link to this record', told)
    assert link
    again = page(site, link[1].replace("&amp;", "&"))[2]
    verdicts = re.compile(r'<section aria-labelledby="verdict".*?</section>', re.DOTALL)
    assert verdicts.findall(again) == verdicts.findall(told) != []


def test_switches_work_as_a_form(site: str):
    assert "3 combinations" in page(site, "/page/guidance/IPG369")[2]
    given = page(site, "/page/guidance/IPG369?given.approach=open")[2]
    assert "Procedure side: 1 combination" in given
    assert re.search(r'value="open" checked', given)
    denied = page(site, "/page/guidance/IPG369?given.approach=%21open+%21percutaneous")[2]
    assert "None under these conditions" in denied
    unknown = page(site, "/page/guidance/IPG369?given.approach=sideways")[2]
    assert "KG-E0303" in unknown


def test_words_and_nodes_lead_to_each_other(site: str):
    html = page(site, "/page/guidance/IPG369")[2]
    found = elements(html).found
    nodes = {attrs["data-key"] for _, attrs in found if "data-key" in attrs}
    for _, attrs in found:
        if attrs.get("data-keys"):
            assert set((attrs["data-keys"] or "").split()) <= nodes
    quoted = re.search(r'<div class="quoted">(.*?)</div>', html, re.DOTALL)
    assert quoted
    told = elements(quoted[1])
    assert "J03.2 Destruction of lesion of liver NEC" in "".join(told.words)
    status, headers, _ = send(site, "GET", "/page/guidance/IPG369/node/procedure/4", {"accept": BROWSER})
    assert (status, headers["location"]) == (303, "/page/guidance/IPG369#procedure-4")
    assert "procedure-4" in nodes


def test_national_use_is_drawn_and_told_in_a_table(site: str):
    html = page(site, "/page/opcs-4/J12.8")[2]
    chart = re.search(r'<svg class="chart".*?</svg>', html, re.DOTALL)
    assert chart
    assert chart[0].count("<rect") == 12
    table = re.search(r"<caption>How often J12.8 was recorded in England</caption>.*?</table>", html, re.DOTALL)
    assert table
    assert ("2012/13", "99") in re.findall(r'row">([\d/]+)</th><td class="number">([\d,]+)</td>', table[0])


def test_the_picture_and_its_table_say_the_same(site: str):
    html = page(site, "/around?of=IPG369")[2]
    svg = re.search(r'<svg class="picture".*?</svg>', html, re.DOTALL)
    table = re.search(r"<tbody>.*?</tbody>", html, re.DOTALL)
    assert svg
    assert table
    assert set(re.findall(r'href="(/page/[^"]+)"', svg[0])) == {
        path for path in re.findall(r'href="(/page/[^"]+)"', table[0]) if path != "/page/guidance/IPG369"
    } | {"/page/guidance/IPG369"}


def test_an_answer_is_shown_and_can_be_taken_away_in_each_format(site: str):
    html = page(site, PAGES["a named query"])[2]
    assert "4 rows" in html
    links = re.findall(r'href="(/sparql\?[^"]+)" download', html)
    assert len(links) == 4
    for link in links:
        assert send(site, "GET", link.replace("&amp;", "&"))[0] == 200
    graph = page(site, PAGES["a graph"])[2]
    assert "30 triples" in graph
    assert len(re.findall(r'href="(/sparql\?[^"]+)" download', graph)) == 5


def test_a_wrong_query_is_told_with_its_place_and_stays_in_the_editor(site: str):
    status, _, html = page(site, f"/query?{urlencode({'query': 'SELECT * { ?s ?p }'})}")
    assert status == 400
    assert "KG-E0605" in html
    assert "SELECT * { ?s ?p }</textarea>" in html


def test_changes_of_one_kind_between_two_editions(site: str):
    html = page(site, "/changes?system=OPCS-4&change=retired")[2]
    kinds = set(re.findall(r"</th><td>(\w+)</td>", html))
    assert kinds == {"retired"}


def test_what_waits_is_listed_with_its_words(site: str):
    html = page(site, "/review")[2]
    assert 'href="/page/guidance/IP1062-2"' in html
    assert "KG-W0202" in html
    assert "<q>OR</q>" in html


@pytest.mark.parametrize(
    ("path", "status", "id"),
    [
        ("/nothing", 404, "KG-E1113"),
        ("/page/guidance/NONE", 404, "KG-E0601"),
        ("/page/opcs-4/J99.9", 404, "KG-E0601"),
        ("/page/snomed-ct/123", 400, "KG-E0414"),
        ("/page/snomed-ct/x", 400, "KG-E0414"),
        ("/page", 404, "KG-E1113"),
        ("/page/guidance/", 404, "KG-E1113"),
        ("/page/nothing/x", 404, "KG-E1113"),
        ("/static/../app.py", 404, "KG-E1113"),
        ("/static/%2e%2e/rendering.py", 404, "KG-E1113"),
        ("/query?name=none", 404, "KG-E0602"),
        ("/search?q=%ff", 400, "KG-E1109"),
        ("/page/guidance/%ff", 404, "KG-E1113"),
        ("/data/guidance/NONE", 404, "KG-E1113"),
        ("/around", 404, "KG-E1113"),
    ],
)
def test_a_fault_is_a_page_with_its_id(site: str, path: str, status: int, id: str):
    link = http.client.HTTPConnection(urlsplit(site).netloc, timeout=20)
    link.putrequest("GET", path)
    link.putheader("accept", BROWSER)
    link.endheaders()
    answer = link.getresponse()
    html = answer.read().decode()
    link.close()
    assert answer.status == status
    assert (answer.getheader("content-type") or "").startswith("text/html")
    assert id in html


def test_a_browser_is_led_from_the_endpoint_to_the_page_and_a_client_is_not(site: str):
    status, headers, _ = send(site, "GET", "/sparql", {"accept": BROWSER})
    assert (status, headers["location"]) == (303, "/query")
    status, headers, _ = send(site, "GET", "/sparql", {"accept": "*/*"})
    assert (status, headers["content-type"]) == (200, "text/turtle; charset=utf-8")


def test_forms_take_nothing_but_forms(site: str):
    for path, method, media, status in (
        ("/check", "POST", "text/plain", 415),
        ("/check", "PUT", FORM, 405),
        ("/search", "POST", FORM, 405),
        ("/check", "POST", FORM, 200),
    ):
        assert send(site, method, path, {"content-type": media, "accept": BROWSER}, b"a=1")[0] == status
    assert send(site, "POST", "/check", {"content-type": FORM}, b"procedures=" + b"x" * 1_100_000)[0] == 413


def test_files_are_kept_for_good_and_named_by_their_bytes(site: str):
    html = page(site, "/")[2]
    for file in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
        status, headers, body = send(site, "GET", file)
        assert status == 200
        assert "immutable" in headers["cache-control"]
        assert body


def test_every_name_of_the_graph_has_a_page(site: str):
    ours = "FILTER STRSTARTS(STR(?s), 'https://w3id.org/terminology-kg/id/')"
    query = f"SELECT DISTINCT ?s {{ GRAPH ?g {{ ?s a ?kind }} {ours} }} ORDER BY ?s"
    body = send(site, "GET", f"/sparql?{urlencode({'query': query})}", {"accept": "application/json"})[2]
    names = [row["s"]["value"] for row in json.loads(body)["results"]["bindings"]]
    kinds: dict[str, str] = {}
    for name in names:  # one of each shape
        kinds.setdefault(re.sub(r"[A-Z0-9][^/]*", "*", name.split("/id/")[1]), name.split("/id/")[1])
    assert len(kinds) > 10
    for path in kinds.values():
        status, headers, _ = send(site, "GET", f"/id/{path}", {"accept": BROWSER})
        assert (status, headers["location"]) == (303, f"/page/{path}")
        assert page(site, f"/page/{path}")[0] in (200, 303), path


@pytest.mark.parametrize(
    "name",
    [
        "the first page",
        "guidances",
        "search",
        "a guidance with readings",
        "a code",
        "a category",
        "a concept",
        "changes",
    ],
)
def test_the_data_of_a_page_are_there(site: str, name: str):
    footer = page(site, PAGES[name])[2].partition("<footer>")[2]
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]+)"', footer)]
    assert links
    for link in links:
        assert send(site, "GET", link, {"accept": "*/*"})[0] == 200, link


def test_behind_a_proxy_all_links_have_its_prefix_and_a_browser_is_asked_for_the_token(store: Path, tmp_path: Path):
    settings = tmp_path / "server.toml"
    settings.write_text(f'root = "/kg"\n[tokens]\nward = "sha256:{hashlib.sha256(b"secret").hexdigest()}"\n')
    with serving("--store", store, "--settings", settings) as found:
        address = str(found).removesuffix("/kg")
        for path in ("/kg/", "/kg/page/guidance/IPG369", "/kg/check", "/kg/query"):
            status, _, body = send(address, "GET", path, {"accept": BROWSER})
            assert status == 200
            for _, attrs in elements(body.decode()).found:
                for name in ("href", "src", "action", "data-suggest", "data-editor"):
                    if (attrs.get(name) or "").startswith("/"):
                        assert (attrs[name] or "").startswith("/kg/"), attrs
        asked = {"accept": BROWSER, "content-type": FORM}
        status, headers, body = send(address, "POST", "/kg/check", asked, urlencode(RECORD).encode())
        assert (status, b"KG-E1119" in body) == (401, True)
        assert headers["www-authenticate"].startswith("Bearer")
        assert b'type="password"' in body
        told = urlencode({**RECORD, "token": "secret"}).encode()
        status, _, body = send(address, "POST", "/kg/check", asked, told)
        assert (status, b"incomplete" in body) == (200, True)
        assert b"secret" not in re.findall(rb"/kg/check\?[^\"]*", body)[0]
        for path in (
            "/kg/check?procedures=J12.8",
            "/kg/ch%65ck?procedures=J12.8",
            "/kg/check/?diagnoses=C78.7&token=secret",
        ):
            assert send(address, "GET", path, {"accept": BROWSER})[0] == 401, path
        asked["origin"] = "https://evil.example"
        assert send(address, "POST", "/kg/check", asked, told)[0] == 403
