"""What the suite measured of the promises, told when it ends (tests/conftest.py): rows of (what, number, wanted)."""

told = {}


def tell(name, rows):
    told[name] = rows


def lines():
    for name, rows in told.items():
        for what, number, wanted in rows:
            yield f"{name}: {number:,} {what}" + ("" if wanted is None else f" (wanted: {wanted:,})")
