"""A visitor with a real browser: Debian's Chromium, a window of a phone or a desk, an authenticator."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Browser, BrowserContext, BrowserType, CDPSession, ConsoleMessage, Page, Request

from pakta.web import clock
from tests.people import City

SHELL, WHOLE = "/usr/bin/chromium-headless-shell", "/usr/bin/chromium"  # the same engine; the shell draws no window
CHROMIUM = SHELL if Path(SHELL).exists() else WHOLE
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--renderer-process-limit=1",
)  # fmt: skip
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
}  # fmt: skip
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
# A refusal with a 4xx is an answer, not an error of the page; the console reports it all the same.
ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
# What /v says under its verdict once it has heard from the server or given up, in either language.
HEARD = re.compile("^(Diperiksa|Tanpa sambungan|Server menjawab|Checked|No connection|The server answered)")
WATCH = """
addEventListener("securitypolicyviolation", (event) => {
  console.error("CSP: " + event.violatedDirective + " " + event.blockedURI + " " + event.sourceFile);
});
"""


@dataclass
class Visitor:
    """One browser profile with one page, and what its console complained of."""

    context: BrowserContext
    origin: str
    page: Page = field(init=False)
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the page and listen."""
        self.context.add_init_script(WATCH)
        self.context.on("page", self._listen)
        self.context.on("request", self._request)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        if self.page.url == "about:blank" and not self.page.video:
            self._listen(self.page)

    def open(self, path: str) -> Page:
        """Go to a path of the site, or to a whole address."""
        self.page.goto(path if path.startswith("http") else self.origin + path)
        return self.page

    def authenticator(self) -> CDPSession:
        """Give the page a screen lock that says yes: ctap2, internal, discoverable, user verified."""
        session = self.context.new_cdp_session(self.page)
        session.send("WebAuthn.enable")
        session.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }})  # fmt: skip
        return session

    def expect_complaint(self, words: str) -> None:
        """Say that the console will hold these words, and that this is right."""
        self.expected.append(words)

    def unexpected(self) -> list[str]:
        """Return what the console complained of and nobody expected."""
        return [line for line in self.complaints if not any(words in line for words in self.expected)]

    def _listen(self, page: Page) -> None:
        if getattr(page, "pakta_listening", False):
            return
        page.pakta_listening = True  # type: ignore[attr-defined]
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"pageerror: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not ANSWERED.search(message.text):
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        self.addresses.append(request.url)


def launch(chromium: BrowserType) -> Browser:
    """Start the browser of the whole run."""
    return chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))


def visitor(browser: Browser, origin: str, shape: dict[str, Any]) -> Visitor:
    """Open a fresh profile."""
    return Visitor(browser.new_context(**shape, locale="id-ID", timezone_id="Asia/Jakarta"), origin)


def kept(chromium: BrowserType, folder: Path, origin: str, shape: dict[str, Any]) -> Visitor:
    """Open a profile that lies in `folder` and outlives its browser process."""
    context = chromium.launch_persistent_context(
        folder, executable_path=CHROMIUM, args=list(FLAGS), **shape, locale="id-ID", timezone_id="Asia/Jakarta"
    )
    return Visitor(context, origin)


def let_in(visitor: Visitor, city: City, who: str) -> None:
    """Give a visitor's browser the session of a person, as if they had signed in a moment ago."""
    app = city.app
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert serializer is not None
    value = serializer.dumps({"_user_id": city.sign_in(who).token, "_fresh": True})
    visitor.context.add_cookies(
        [{"name": app.config["SESSION_COOKIE_NAME"], "value": str(value), "url": visitor.origin}]
    )


def stop_clock(page: Page, *, later: timedelta = timedelta(minutes=1)) -> None:
    """Let a page's clock stand, so much later than now; installed alone it goes on by itself."""
    page.clock.install()
    page.clock.pause_at(clock.now() + later)
