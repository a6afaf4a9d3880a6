"""Each page's main task in a real Chromium: with the keyboard alone, on a narrow screen, without scripts, for all.

Nothing that a page does asks another host; no page weighs more than 150 KB with all that belongs to it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, Response, expect, sync_playwright

from tests.pages.test_http import PAGES
from tests.pages.test_http import page as html
from tests.programs import chromium

pytestmark = pytest.mark.needs("chromium")
QUIET = (
    "--no-sandbox",  # for root; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}
HEAVIEST = 150_000
LOOKED_AT = {name: path for name, path in PAGES.items() if name != "a guidance of many codes"}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield started
        started.close()


class Watched:
    """A page of the browser, and what went wrong or elsewhere while it was used."""

    def __init__(self, browser: Browser, site: str, **context: object) -> None:
        self.site = site
        self.context = browser.new_context(base_url=site, **context)  # type: ignore[reportArgumentType]
        self.context.set_default_timeout(60_000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.responses: list[Response] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        self.page.on("request", lambda asked: None if asked.url.startswith(site) else self.faults.append(asked.url))
        self.page.on("response", lambda answer: self.responses.append(answer))

    def _note(self, said: str) -> None:
        if "status of 40" not in said:  # a page of a fault
            self.faults.append(said)

    def __enter__(self) -> Page:
        return self.page

    def __exit__(self, *_: object) -> None:
        self.context.close()
        assert not self.faults


@pytest.fixture
def narrow(browser: Browser, site: str) -> Iterator[Page]:
    with Watched(browser, site, viewport=NARROW) as page:
        yield page


@pytest.fixture
def scriptless(browser: Browser, site: str) -> Iterator[Page]:
    with Watched(browser, site, viewport=WIDE, java_script_enabled=False) as page:
        yield page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until an element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is not reached with {most} tabs")


def fits(page: Page) -> bool:
    """Whether the page is no wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def objections(page: Page, name: str, rules: list[str]) -> list[str]:
    """What axe finds wrong with a page, with all that can be folded out."""
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate(AXE.read_text())
    told = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    assert told["passes"]
    return [f"{name}: {one['id']}: {[node['html'][:99] for node in one['nodes'][:3]]}" for one in told["violations"]]


def test_axe_finds_nothing_that_keeps_people_out_of_any_page_on_a_narrow_screen(browser: Browser, site: str):
    found: list[str] = []
    with Watched(browser, site, viewport=NARROW, reduced_motion="reduce") as page:
        for name, path in LOOKED_AT.items():
            page.goto(path)
            found += objections(page, name, RULES)
            found += [] if fits(page) else [f"{name}: wider than the screen"]
    assert not found


def test_nor_in_the_dark_on_a_wide_one(browser: Browser, site: str):
    found: list[str] = []
    with Watched(browser, site, viewport=WIDE, color_scheme="dark", reduced_motion="reduce") as page:
        for name in ("the first page", "a guidance with readings", "a code", "a verdict", "a named query"):
            page.goto(PAGES[name])
            found += objections(page, name, RULES)
    assert not found


def test_no_page_weighs_more_than_150_kb_with_all_that_belongs_to_it(browser: Browser, site: str):
    watched = Watched(browser, site, viewport=WIDE)
    with watched as page:
        page.goto("/")
        page.wait_for_load_state("networkidle")
        shared = sum(len(one.body()) for one in watched.responses if "/static/" in one.url)
        assert len(watched.responses) == 4  # the page, its style, its script, its icon
        for name, path in PAGES.items():
            weight = shared + len(html(site, path)[2].encode())
            assert weight <= HEAVIEST, f"{name} weighs {weight:,} bytes"


def test_a_guidance_is_found_while_one_types(narrow: Page):
    narrow.goto("/")
    press(narrow, "Tab")
    expect(narrow.locator(".skip")).to_be_focused()
    tab_to(narrow, "#q")
    narrow.keyboard.type("cryo", delay=20)
    options = narrow.get_by_role("option")
    expect(options.first).to_contain_text("Cryotherapy")
    expect(narrow.locator("#q")).to_have_attribute("aria-expanded", "true")
    press(narrow, "Escape")
    expect(narrow.locator("#q")).to_have_attribute("aria-expanded", "false")
    press(narrow, "ArrowDown")
    expect(options.first).to_be_visible()
    press(narrow, "ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(narrow.locator("#q")).to_have_attribute("aria-activedescendant", "q-options-0")
    press(narrow, "Enter")
    expect(narrow.locator("h1")).to_contain_text("IPG369")
    assert fits(narrow)


def test_the_skip_link_leads_past_the_navigation(narrow: Page):
    narrow.goto("/page/opcs-4/J12.8")
    press(narrow, "Tab", "Enter")
    expect(narrow.locator("#content")).to_be_focused()


def test_words_and_their_meaning_light_up_together(narrow: Page):
    narrow.goto("/page/guidance/IPG369")
    tab_to(narrow, ".quoted a[href='#procedure-4']")
    expect(narrow.locator("#procedure-4")).to_have_class("node lit")
    press(narrow, "Enter")
    expect(narrow).to_have_url(re.compile("#procedure-4$"))
    tab_to(narrow, "#procedure-5 .to-words")
    lit = narrow.locator(".quoted .lit")
    expect(lit).to_have_count(1)
    expect(lit).to_have_text("Y13.2 Cryotherapy to lesion of organ NOC")


def test_a_switch_narrows_the_combinations_at_once(narrow: Page):
    narrow.goto("/page/guidance/IPG369")
    tab_to(narrow, "input[name='given.approach']:checked")
    press(narrow, "ArrowDown")
    expect(narrow.locator("#valid h3").first).to_have_text("Procedure side: 1 combination, 1 of codes")
    expect(narrow).to_have_url(re.compile("given.approach=open"))
    expect(narrow.locator(":focus")).to_have_value("open")


def test_a_record_is_checked_and_repaired(narrow: Page):
    narrow.goto("/check")
    tab_to(narrow, "#procedures")
    narrow.keyboard.type("j128 y132")
    press(narrow, "Tab")
    narrow.keyboard.type("C78.7")
    press(narrow, "Enter")
    expect(narrow.locator("h2#verdict")).to_contain_text("incomplete")
    assert "j128" not in narrow.url
    assert fits(narrow)
    tab_to(narrow, ".repairs select")
    narrow.keyboard.type("Y53.4")
    press(narrow, "Tab", "Enter")
    expect(narrow.locator("h2#verdict")).to_contain_text("valid")
    expect(narrow.locator("#procedures")).to_have_value("j128 y132 Y53.4")


def test_national_use_can_be_read_as_a_table(narrow: Page):
    narrow.goto("/page/opcs-4/J12.8")
    tab_to(narrow, "section[aria-labelledby=use] summary")
    press(narrow, "Enter")
    expect(narrow.get_by_role("cell", name="219")).to_be_visible()


def test_a_named_query_is_asked(narrow: Page):
    narrow.goto("/query")
    tab_to(narrow, "a[href='?name=combinations']")
    press(narrow, "Enter")
    narrow.wait_for_url("**name=combinations*")
    tab_to(narrow, "#p-guidance")
    narrow.keyboard.type("IPG369")
    press(narrow, "Enter")
    expect(narrow.locator("h2#answer")).to_have_text("4 rows")
    assert fits(narrow)


def test_the_editor_completes_words(narrow: Page):
    narrow.goto("/query")
    tab_to(narrow, "#query", most=120)
    press(narrow, "Control+a")
    narrow.keyboard.type("SELECT * { GRAPH ?g { ?s a kg:Guida")
    expect(narrow.get_by_role("option").first).to_contain_text("kg:Guidance")
    press(narrow, "Enter")
    narrow.keyboard.type(" } } LIMIT 3")
    press(narrow, "Escape", "Tab", "Enter")
    expect(narrow.locator("h2#answer")).to_have_text("3 rows")


def test_changes_are_narrowed_to_a_kind(narrow: Page):
    narrow.goto("/changes")
    tab_to(narrow, "#change")
    narrow.keyboard.type("retired")
    press(narrow, "Tab", "Enter")
    narrow.wait_for_url("**change=retired*")
    assert set(narrow.locator("tbody td:nth-child(2)").all_inner_texts()) == {"retired"}


def test_what_waits_leads_to_its_document(narrow: Page):
    narrow.goto("/review")
    tab_to(narrow, "article a")
    press(narrow, "Enter")
    expect(narrow.get_by_role("heading", name="Other ways to read it")).to_be_visible()


def test_hostile_texts_run_nothing(narrow: Page):
    for path in (
        "/",
        "/page/guidance/HARM-1",
        "/review",
        "/around?of=HARM-1",
        "/check?procedures=B27.4&guidance=HARM-1",
    ):
        narrow.goto(path)
        assert narrow.locator("img").count() == 0
    narrow.goto("/")
    tab_to(narrow, "#q")
    narrow.keyboard.type("alert", delay=20)
    expect(narrow.get_by_role("option").first).to_contain_text("<script>alert(1)</script>")
    assert narrow.locator("[role=listbox] img, [role=listbox] script").count() == 0


def test_everything_works_without_scripts(scriptless: Page):
    page = scriptless
    page.goto("/")
    page.locator("#q").fill("cryotherapy")
    page.locator("#q").press("Enter")
    page.wait_for_url("**q=cryotherapy*")
    page.get_by_role("link", name="IPG369").first.click()
    page.wait_for_url("**/guidance/IPG369")
    page.get_by_role("radio", name="percutaneous").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#valid h3").first).to_contain_text("2 combinations")
    page.locator(".quoted a").first.click()
    expect(page).to_have_url(re.compile("#procedure-"))
    page.goto("/check")
    page.locator("#procedures").fill("J12.8 Y13.2")
    page.locator("#diagnoses").fill("C78.7")
    page.get_by_role("button", name="Check").click()
    page.locator(".repairs button").first.click()
    expect(page.locator("h2#verdict")).to_contain_text("valid")
    page.goto("/query?query=ASK%7B%7D")
    expect(page.locator("h2#answer")).to_have_text("Yes")


def test_a_printed_page_has_its_matter_and_no_navigation(browser: Browser, site: str):
    with Watched(browser, site, viewport=WIDE) as page:
        page.emulate_media(media="print")
        page.goto("/page/guidance/IPG369")
        expect(page.locator("header.top")).to_be_hidden()
        expect(page.locator(".switches")).to_be_hidden()
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator("#valid table").first).to_be_visible()
