"""Make what cannot be SVG from the SVGs in static/img/, in the Chromium of this machine:

    .venv/bin/python scripts/icons.py

favicon.ico (for what asks for /favicon.ico), apple-touch-icon.png, and social.png, the preview of a link.
"""

import struct
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from scripts import chromium  # noqa: E402  it is found from the root

IMAGES = ROOT / "static" / "img"
ICON_SIZE = 32
PICTURES = (  # from, to, width, height, bytes at most
    ("favicon.svg", "favicon.ico", ICON_SIZE, ICON_SIZE, 4_000),
    ("favicon.svg", "apple-touch-icon.png", 180, 180, 10_000),
    ("social.svg", "social.png", 1200, 630, 60_000),
)


def main():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox", "--disable-gpu"])
        for source, name, width, height, most in PICTURES:
            picture = drawn(browser, (IMAGES / source).read_text(), width, height)
            data = icon_of(picture) if name.endswith(".ico") else picture
            (IMAGES / name).write_bytes(data)
            print(f"static/img/{name}: {len(data):,} bytes")
            if len(data) > most:
                sys.exit(f"{name} is larger than {most:,} bytes.")
        browser.close()


def drawn(browser, svg, width, height):
    """The SVG as PNG; where it is see-through, so is the picture."""
    page = browser.new_page(viewport={"width": width, "height": height})
    sized = svg.replace("<svg ", f'<svg width="{width}" height="{height}" ', 1)
    page.set_content(f'<body style="margin:0;line-height:0">{sized}</body>')
    picture = page.screenshot(omit_background=True)
    page.close()
    return picture


def icon_of(picture):
    """An ICO file of one PNG: its header, its directory of one entry, the picture."""
    header = struct.pack("<HHH", 0, 1, 1)
    entry = struct.pack("<BBBBHHII", ICON_SIZE, ICON_SIZE, 0, 0, 1, 32, len(picture), len(header) + 16)
    return header + entry + picture


if __name__ == "__main__":
    main()
