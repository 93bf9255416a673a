"""What a listener would stumble over is found, each thing once, and a clear page has nothing of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.spoken import spoken, stumbles

pytestmark = pytest.mark.browser

CLEAR = """<main><h1>Groups</h1><nav aria-label="Pages"><a href="/2">Next</a></nav>
<section aria-labelledby="a"><h2 id="a">Baobab</h2><a href="/a">Read</a><button>Save</button></section>
<section aria-labelledby="b"><h2 id="b">Harmattan</h2><a href="/b">Read</a><button>Save</button></section></main>"""


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (CLEAR.replace("Save", ""), "button without a name"),
        (CLEAR.replace("h2", "h3"), "heading “Baobab” jumps from level 1 to 3"),
        (CLEAR.replace("<h1>Groups</h1>", ""), "0 headings of the first level: []"),
        (CLEAR + CLEAR, "2 main parts"),
        (CLEAR.replace("</main>", "<nav><a href='/3'>Last</a></nav></main>"), "1 of 2 parts navigation are called “”"),
        (CLEAR.replace("Harmattan", "Baobab"), "2 of 2 parts region are called “Baobab”"),
        (CLEAR.replace("section", "div"), "2 different links “Read” side by side"),
        (CLEAR.replace("section", "div"), "2 different buttons “Save” side by side"),
        (CLEAR.replace("<button>", "<a href='/a'>Read</a><button>"), "link “Read” twice in a row"),
        (
            CLEAR.replace("</main>", "<p>Who</p><table><tr><td>Awa</td></tr><tr><th>x</th></tr></table></main>"),
            "table after “Who” without a name",
        ),
        (
            CLEAR.replace('"Pages"', f'"{"Where everybody goes who looks for something " * 4}"'),
            "navigation called by a whole text: “Where everybody goes who looks for somet…”",
        ),
        (CLEAR.replace("</main>", "<div role='group' tabindex='0'>wide</div></main>"), "group without a name"),
    ],
)
def test_each_stumbling_block_is_found(browser: Browser, broken: str, sentence: str) -> None:
    page = browser.new_page()
    page.set_content(f"<!doctype html><title>Groups</title>{broken}")
    assert sentence in stumbles(spoken(page))
    page.set_content(f"<!doctype html><title>Groups</title>{CLEAR}")
    assert stumbles(spoken(page)) == []
    page.close()


def test_what_is_said_besides_the_name_tells_two_buttons_apart(browser: Browser) -> None:
    page = browser.new_page()
    told = "<p><span id='{0}'>{0}</span><button aria-describedby='{0}'>Insert</button></p>"
    page.set_content(f"<title>x</title><main><h1>Bank</h1>{told.format('Well')}{told.format('Poor')}</main>")
    assert stumbles(spoken(page)) == []
    page.close()
