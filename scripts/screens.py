"""Make the pictures in docs/screens/ from a running demo, in the Chromium of this machine.

First `make demo`, in another terminal; then

    .venv/bin/python scripts/screens.py                          # the demo on http://127.0.0.1:8000
    .venv/bin/python scripts/screens.py http://127.0.0.1:8080    # elsewhere

A world just made shows best: `make demo-reset` throws an old one away.
"""

import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from scripts import chromium  # noqa: E402  it is found from the root

SCREENS = ROOT / "docs" / "screens"
PASSWORD = "shop-partners-demo"  # noqa: S105  everybody's, as the README says
LARGEST = 250_000  # bytes
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SELLER, PARTNER = "seller@example.com", "partner@example.com"
PICTURES = (  # file, who looks, page, window, colours
    ("my-requests.png", SELLER, "/requests/", DESK, "light"),
    ("details.png", SELLER, "a request with its partners", DESK, "light"),
    ("request-form.png", SELLER, "/requests/new/", DESK, "light"),
    ("inbox.png", PARTNER, "/portal/", DESK, "light"),
    ("directory.png", SELLER, "/partners/", DESK, "light"),
    ("my-requests-dark-phone.png", SELLER, "/requests/", PHONE, "dark"),
)


def main(site):
    SCREENS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        for name, reader, page, window, colours in PICTURES:
            look: dict[str, Any] = {"viewport": window, "color_scheme": colours, "reduced_motion": "reduce"}
            context = browser.new_context(base_url=site, device_scale_factor=1, **look)
            tab = context.new_page()
            sign_in(tab, reader)
            take(tab, page, SCREENS / name)
            context.close()
        browser.close()


def sign_in(tab, reader):
    tab.goto("/accounts/login/")
    tab.get_by_label("Email").fill(reader)
    tab.locator("input[type=password]").fill(PASSWORD)
    tab.locator("input[type=password]").press("Enter")
    tab.wait_for_url(lambda url: "/accounts/login/" not in url)


def take(tab, page, file):
    tab.goto(page if page.startswith("/") else "/requests/")
    if not page.startswith("/"):
        tab.get_by_role("link", name="View Details").first.click()
    tab.wait_for_load_state("networkidle")
    tab.screenshot(path=file)
    size = file.stat().st_size
    print(f"{file.relative_to(ROOT)}: {size:,} bytes")
    if size > LARGEST:
        sys.exit(f"{file.name} is larger than {LARGEST:,} bytes.")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
