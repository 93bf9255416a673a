"""Takes the README's screenshots from a fresh demonstration: ``make screenshots`` (needs Chromium)."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
OUT = ROOT / "docs" / "screenshots"
PORT = 8765
BASE = f"http://127.0.0.1:{PORT}"
PASSWORD = "reintegration"
PARTICIPANT = "esenam.tetteh@tvetboard.example"
TUTOR = "r.adeyinka-walsh@centre-formation.example"
COORDINATOR = "a.dembele@centre-formation.example"

# name, who, address, width, height
SHOTS = (
    ("participant-360", PARTICIPANT, "/editions/REINT-2", 360, 720),
    ("lesson-360", PARTICIPANT, "/editions/REINT-2/modules/concepts/lessons/what-return-means", 360, 720),
    ("results-360", PARTICIPANT, "/editions/REINT-2/results", 360, 720),
    ("coordinator-1280", COORDINATOR, "/editions/REINT-2", 1280, 860),
    ("gradebook-1280", COORDINATOR, "/editions/REINT-2/gradebook", 1280, 860),
)


def main() -> None:
    """Load a demonstration into a temporary folder, serve it, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            **os.environ,
            "LMS_INSTANCE": folder,
            "LMS_PUBLIC_URL": BASE,
            "LMS_EMBEDDED_WORKER": "0",
            "FLASK_APP": "wsgi",
        }
        for command in (["db", "upgrade"], ["demo", "load"]):
            subprocess.run([sys.executable, "-m", "flask", *command], cwd=ROOT, env=environ, check=True)
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{PORT}", "--threads", "4", "wsgi:app"],
            cwd=ROOT,
            env=environ,
        )
        try:
            _wait()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium",
                    args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
                )
                for name, email, address, width, height in SHOTS:
                    _take(browser, name, email, address, width, height)
                _take_marking(browser)
                browser.close()
        finally:
            server.terminate()
            server.wait()


def _wait() -> None:
    for _try in range(100):
        try:
            urlopen(f"{BASE}/sign-in")
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server did not start")


def _page(browser: Browser, email: str, width: int, height: int):  # type: ignore[no-untyped-def]
    context = browser.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=1.5 if width < 500 else 1
    )
    page = context.new_page()
    page.goto(f"{BASE}/sign-in")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state()
    return page


def _take(browser: Browser, name: str, email: str, address: str, width: int, height: int) -> None:
    page = _page(browser, email, width, height)
    page.goto(BASE + address)
    page.screenshot(path=str(OUT / f"{name}.png"))
    page.context.close()


def _take_marking(browser: Browser) -> None:
    page = _page(browser, TUTOR, 1280, 860)
    page.goto(f"{BASE}/editions/REINT-2/marking")
    page.locator("main a[href*='/marking/']").last.click()
    page.wait_for_load_state()
    page.screenshot(path=str(OUT / "marking-1280.png"))
    page.context.close()


if __name__ == "__main__":
    main()
