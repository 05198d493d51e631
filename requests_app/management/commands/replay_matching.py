from datetime import timedelta
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from partners.models import Partner
from requests_app.considered import KEPT
from requests_app.referral import PLACES, SPARE
from requests_app.replay import OUTCOMES, BadWeights, replay, weights_in

MOST_NAMED = 10  # partners of each list


class Command(BaseCommand):
    help = (
        "Say what other weights would have made of the referrals of up to 90 days, and what became of those referred"
        " by their rank. It changes nothing."
    )

    def add_arguments(self, parser):
        parser.add_argument("--weights", help="a JSON or TOML file: part = points; parts left out keep their weight")
        parser.add_argument("--since", type=int, default=KEPT.days, metavar="DAYS", help="how far back (90)")

    def handle(self, *args, weights, since, **options):
        if since < 1:
            raise CommandError("--since takes a number of days from 1 on.")
        try:
            tried = weights_in("{}") if weights is None else self.read(weights)
        except BadWeights as error:
            raise CommandError(f"{weights}: {error}") from None
        result = replay(tried, since=clock.now() - timedelta(days=since))
        self.stdout.write("Weights: " + ", ".join(f"{part} {weight:g}" for part, weight in tried.items()))
        if not result.lists:
            self.stdout.write(f"No referral was made in the last {since} days.")
            return
        share = result.other_best / result.lists
        self.stdout.write(f"{result.lists} lists; the first {PLACES} would differ in {result.other_best} ({share:.0%})")
        self.stdout.write(
            f"Of each referral the best {PLACES + SPARE} by the weights of then are kept; nobody else comes up."
        )
        self.write_partners(f"Would come among the first {PLACES}", result.gained)
        self.write_partners(f"Would fall out of the first {PLACES}", result.lost)
        self.write_outcomes(result.outcomes)

    def read(self, path):
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from None
        return weights_in(text, is_toml=path.endswith(".toml"))

    def write_partners(self, title, counted):
        most = counted.most_common(MOST_NAMED)
        names = dict(Partner.objects.filter(pk__in=[pk for pk, _count in most]).values_list("pk", "name"))
        more = f" and {len(counted) - len(most)} others" if len(counted) > len(most) else ""
        listed = ", ".join(f"{names.get(pk, pk)} ({count})" for pk, count in most) or "nobody"
        self.stdout.write(f"{title}: {listed}{more}")

    def write_outcomes(self, outcomes):
        self.stdout.write(f"{'rank':>4} {'referred':>9} " + " ".join(f"{name:>9}" for name in OUTCOMES))
        for rank, counted in sorted(outcomes.items()):
            row = " ".join(f"{counted[name]:>9}" for name in OUTCOMES)
            self.stdout.write(f"{rank:>4} {counted.total():>9} {row}")
