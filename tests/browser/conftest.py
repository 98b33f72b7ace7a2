"""The report of the shipped study in Chromium: phone or laptop, light or dark, screen or print."""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mediation.pipeline import report

STUDY = Path(__file__).parents[2] / "data" / "synthetic" / "study.toml"
PHONE, LAPTOP = (390, 844), (1280, 800)


@dataclass(frozen=True)
class Opened:
    """A page that is open, and every address it asked for."""

    page: object
    asked: list


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """`report.html`, made once for all tests."""
    folder = tmp_path_factory.mktemp("browser")
    report(STUDY, folder / "reports")
    return folder / "reports" / "report.html"


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium; none is downloaded."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium")
    assert program, "The browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        # As root in a container there is no sandbox; the only page opened is our own file.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def visit(browser, written):
    """Open the report in a window of its own: `with visit(size=PHONE) as opened`."""

    @contextmanager
    def opening(size=LAPTOP, scheme="light", scripts=True, media="screen"):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            java_script_enabled=scripts,
            reduced_motion="reduce",
            bypass_csp=True,
        )
        asked = []
        context.on("request", lambda request: asked.append(request.url))
        # Whatever is not the file itself is refused, so that no test can reach a network.
        context.route(lambda url: not url.startswith("file:"), lambda route: route.abort())
        page = context.new_page()
        page.emulate_media(media=media, color_scheme=scheme, reduced_motion="reduce")
        page.goto(written.as_uri())
        yield Opened(page, asked)
        context.close()

    return opening
