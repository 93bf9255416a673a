"""What a participant's way through a week costs in data: every byte that the server sends, headers and worker included."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page
from werkzeug.serving import WSGIRequestHandler, make_server

from lms.accounts.passwords import hash_password
from lms.courses.packs import read_pack
from tests import factories
from tests.conftest import NOW
from tests.home.test_page_weight import PACK
from tests.journeys.conftest import PHONE, LiveServer

pytestmark = pytest.mark.browser

KILOBYTE = 1024
FIRST_PAGE = 30 * KILOBYTE
FURTHER_PAGE = 8 * KILOBYTE
WHOLE_JOURNEY = 70 * KILOBYTE
REQUESTS = 20
EMAIL, PASSWORD = "fanta@example.org", "a long enough sentence"


@dataclass
class Meter:
    """What went over the line, request by request: the address, the bytes that came, the bytes that went."""

    lines: list[tuple[str, int, int]] = field(default_factory=list)
    pages: list[tuple[str, int]] = field(default_factory=list)

    def page(self, name: str) -> None:
        """End a page: what came since the last one is its own."""
        self.pages.append((name, sum(came for _path, came, _went in self.lines[self._seen() :])))
        self._marks.append(len(self.lines))

    _marks: list[int] = field(default_factory=list)

    def _seen(self) -> int:
        return self._marks[-1] if self._marks else 0


def counting(meter: Meter) -> type[WSGIRequestHandler]:
    """A request handler that counts what truly passes its sockets."""

    class Counted:
        def __init__(self, stream: Any) -> None:
            self.stream, self.count = stream, 0

        def write(self, data: bytes) -> int:
            self.count += len(data)
            return int(self.stream.write(data))

        def readline(self, *size: int) -> bytes:
            line: bytes = self.stream.readline(*size)
            self.count += len(line)
            return line

        def read(self, *size: int) -> bytes:
            data: bytes = self.stream.read(*size)
            self.count += len(data)
            return data

        def __getattr__(self, name: str) -> Any:
            return getattr(self.stream, name)

    class Handler(WSGIRequestHandler):
        def setup(self) -> None:
            super().setup()
            self.wfile, self.rfile = Counted(self.wfile), Counted(self.rfile)

        def handle_one_request(self) -> None:
            came, went = self.wfile.count, self.rfile.count
            super().handle_one_request()
            if self.wfile.count > came:
                meter.lines.append((self.path, self.wfile.count - came, self.rfile.count - went))

    return Handler


@pytest.fixture
def metered(live: LiveServer) -> Iterator[tuple[LiveServer, Meter]]:
    """The same app on a line that counts."""
    meter = Meter()
    server = make_server("127.0.0.1", 0, live.app, threaded=True, request_handler=counting(meter))
    thread = threading.Thread(target=server.serve_forever, name="metered server", daemon=True)
    thread.start()
    live.url = f"http://127.0.0.1:{server.server_port}"
    with live.database():
        content = read_pack(PACK).content
        assert content is not None
        # In its third week, in the language of Bamako.
        edition = factories.make_edition(
            "REAL", factories.make_release(content, NOW), content, NOW, starts_on=date(2026, 2, 23)
        )
        person = factories.make_person(
            "Fanta", NOW, email=EMAIL, language="fr", time_zone="Africa/Bamako", password_hash=hash_password(PASSWORD)
        )
        factories.enrol(person, edition, "participant", NOW)
    yield live, meter
    for context in live.contexts:
        context.close()
    live.contexts.clear()
    server.shutdown()
    server.server_close()
    thread.join()


def settle(page: Page) -> None:
    """Wait until everything that the page asks for by itself has come: the worker, and this page's piece of what it keeps."""
    page.wait_for_function(
        "!document.querySelector('script[data-worker]') || navigator.serviceWorker.ready.then(() => 1)"
    )
    # Two pages bring the pieces, the first as far as the tool by which one keeps modules: lms/static/offline.js.
    page.wait_for_function(
        """async () => {
          const { store, shell } = document.querySelector("script[data-store]")?.dataset || {};
          if (!store || !shell) return true;
          const held = (await (await caches.open(`segin:${store}`)).keys()).map((one) => new URL(one.url).pathname);
          const wanted = sessionStorage.getItem("settled") ? shell : "/static/keep.js";
          return held.includes(new URL(wanted, location).pathname);
        }"""
    )
    page.evaluate("document.querySelector('script[data-store]') && sessionStorage.setItem('settled', 1)")
    page.wait_for_load_state("networkidle")


def sign_in(page: Page, meter: Meter) -> None:
    page.goto("/sign-in")
    settle(page)
    meter.page("sign-in page")
    page.locator("[name=email]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/editions/REAL")
    settle(page)
    meter.page("first page after it")


def go(page: Page, meter: Meter, name: str, selector: str) -> None:
    page.goto(page.locator(selector).first.get_attribute("href") or "")
    settle(page)
    meter.page(name)


def test_a_week_of_learning_costs_less_than_a_photograph(metered: tuple[LiveServer, Meter]) -> None:
    live, meter = metered
    page = live.new_page(None, PHONE, locale="fr-FR")
    sign_in(page, meter)
    go(page, meter, "modules", "nav.edition-nav a[href$='/modules']")
    go(page, meter, "module", "section.module h2 a >> nth=2")
    quiz = page.locator("a[href*='/quizzes/']").first.get_attribute("href") or ""
    go(page, meter, "lesson", "ul.tasks a[href*='/lessons/']")
    page.goto(quiz)
    settle(page)
    meter.page("quiz")
    page.locator("main form[action$='/attempts'] button").click()
    page.wait_for_url("**/attempts/1")
    settle(page)
    meter.page("questions")
    for position in range(1, page.locator("fieldset.question").count() + 1):
        with page.expect_response("**/answers"):
            page.locator(f'input[name="q{position}"]').first.check()
    settle(page)
    meter.page("ten answers")
    page.locator(
        "#quiz button[value=check], #quiz button[formaction$=check], #quiz button.button-primary"
    ).first.click()
    page.wait_for_url("**/check")
    settle(page)
    meter.page("check")
    page.locator("main form[action$='/submit'] button, main form button.button-primary").first.click()
    page.wait_for_url("**/result")
    settle(page)
    meter.page("result")
    answers = [line for line in meter.lines if line[0].endswith("/answers")]
    table = [*meter.pages, ("sum", sum(came for _path, came, _went in meter.lines))]
    table += [
        ("requests", len(meter.lines)),
        ("of them answers", len(answers)),
        ("sent", sum(line[2] for line in meter.lines)),
    ]
    told = "\n".join(f"{name:20} {number:7}" for name, number in table) + "\n" + "\n".join(map(str, meter.lines))
    print(told)
    assert meter.pages[0][1] <= FIRST_PAGE, told
    assert max(cost for name, cost in meter.pages[1:] if name != "ten answers") <= FURTHER_PAGE, told
    assert sum(cost for _name, cost in meter.pages) <= WHOLE_JOURNEY, told
    # An answer is sent as soon as it is given, so that none is lost; and the browser asks, when it pleases, whether the
    # worker has changed. What the pages themselves ask for is counted here.
    checks = [line for line in meter.lines if line[0] == "/sw.js"][1:]
    assert len(meter.lines) - len(answers) - len(checks) <= REQUESTS, told
