"""The rules of the referral once more, written from docs/design.md alone: the answer by trying every partner.

A partner is a dict of what it is like, `wanted` a partners.matching.Criteria.
"""

NAMED_BY_FULL_SERVICE = "full_service"


def in_currency(amount, source, target, rates):
    if not amount or source == target:
        return amount
    if source not in rates or target not in rates:
        return None
    return amount / rates[source] * rates[target]


def passes(partner, wanted, rates, at):
    smallest = in_currency(partner["smallest_budget"], partner["currency"], wanted.currency, rates)
    paused = partner["paused_until"] and partner["paused_until"] > at
    return (
        partner["status"] == "approved"
        and not paused
        and partner["load"] < partner["capacity"]
        and wanted.market in partner["markets"]
        and wanted.category_id in partner["categories"]
        and wanted.company_size in partner["sizes"]
        and (not wanted.services or bool(offered(partner, wanted)))
        and smallest is not None
        and smallest <= wanted.budget
        and partner["id"] not in wanted.exclude
    )


def offered(partner, wanted):
    if NAMED_BY_FULL_SERVICE in partner["services"]:
        return wanted.services
    return wanted.services & set(partner["services"])


def tenths(partner, wanted, rates, at):
    """The score in tenths of a point, each part rounded."""
    share = len(offered(partner, wanted)) / len(wanted.services) if wanted.services else 1
    budget = in_currency(partner["smallest_budget"], partner["currency"], wanted.currency, rates)
    gmv = in_currency(partner["smallest_gmv"], partner["currency"], wanted.currency, rates)
    answered, unanswered = partner["answered"], partner["unanswered"]
    waited = None if partner["referred_at"] is None else (at - partner["referred_at"]).total_seconds() / 86_400
    points = [
        25 * share,
        max(20 - 2.7 * (len(partner["categories"]) - 1), 4),
        15 if not budget else 6 + 9 * min(1, float((wanted.budget / budget - 1) * 2)),
        10 if not gmv else 10 * min(1, float(wanted.gmv / gmv)),
        5 if answered < 5 else 10 * (answered / (answered + unanswered)),
        2.5,
        5 if wanted.language and wanted.language in partner["languages"] else 0,
        5 if partner["city"] and partner["city"].lower() in wanted.place.lower() else 0,
        5 if waited is None else min(5, max(0, waited / 6)),
    ]
    return sum(round(10 * part) for part in points)
