"""Headless Chromium, driven by chromedriver. Both are the system's packages; nothing is downloaded."""

import base64
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--headless=new",
    "--hide-scrollbars",
    # Root can't use Chromium's sandbox, and /dev/shm of a container is small.
    "--no-sandbox",
    "--disable-dev-shm-usage",
    # Chromium loads nothing but the page: no updates, no metrics, no network detection.
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    # Names of somebody else that lead to this machine.
    "--host-resolver-rules=MAP *.evil.example 127.0.0.1",
)


def programs() -> tuple[str, str] | None:
    """Return the paths of the browser and its driver; None where one of them is missing."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    driver = shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


@contextmanager
def opened(browser: str, driver: str) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = browser
    for argument in _ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options=options, service=Service(driver))
    try:
        yield chrome
    finally:
        chrome.quit()


class Page:
    """One file in the browser, at the requested width and colour scheme."""

    def __init__(self, chrome: Chrome, path: Path) -> None:
        self.chrome = chrome
        self._url = path.as_uri()

    def show(
        self,
        *,
        width: int = 1200,
        height: int = 900,
        scheme: str = "light",
        media: str = "screen",
        motion: str = "reduce",
    ) -> None:
        """Load the page again; lengths are CSS pixels, `scheme` is light or dark, `media` screen or print."""
        wanted = {"prefers-color-scheme": scheme, "prefers-reduced-motion": motion}
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        self._tell("Emulation.setEmulatedMedia", media=media, features=features)
        self._tell(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.chrome.get(self._url)

    def ask(self, script: str, *arguments: object) -> Any:
        return self.chrome.execute_script(f"return {script}", *arguments)

    def complaints(self) -> list[str]:
        """Return what the console contains: the script's errors, and everything that could not be loaded."""
        return [entry["message"] for entry in self.chrome.get_log("browser")]  # type: ignore[no-untyped-call]

    def printed(self) -> bytes:
        """Return a PDF of the page on A4."""
        printed = self._tell("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True)
        return base64.b64decode(printed["data"])

    def picture(self, *, height: int, width: int) -> bytes:
        """Return a PNG of the page's upper part."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        shot = self._tell("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def _tell(self, command: str, **arguments: object) -> Any:
        return self.chrome.execute_cdp_cmd(command, arguments)
