"""Makes people and requests with the code of the folder that it is run in, an earlier release's too; prints JSON.

`python scene.py PAIRS DUE`: so many shops with a partner each, and requests whose reminders are due.
"""

import json
import sys

sys.path[0] = ""  # the folder, not that of this file

import django  # noqa: E402

django.setup()

from tests.factories import PartnerFactory, ShopFactory, UserFactory, age_shares, make_request  # noqa: E402


def main(pairs, due):
    made = []
    for _number in range(pairs):
        seller, partner = UserFactory(), UserFactory()
        ShopFactory(owner=seller)
        agency = PartnerFactory(owner=partner, capacity=30_000)
        category = agency.categories.first()
        made.append({"seller": seller.email, "partner": partner.email, "agency": agency.pk, "category": category.pk})
    for _number in range(due):
        make_request(ShopFactory(owner=UserFactory()), [PartnerFactory(owner=UserFactory())])
    age_shares(days=5)
    sys.stdout.write(json.dumps(made))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
