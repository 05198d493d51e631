"""What a partner says of itself, as searches find it: the words of its city, tagline and description.

A row of PartnerWords holds them for each partner, kept in the transaction that writes the profile; check_invariants
compares. The rule is that of names (accounts.search), but many partners may use a word that few are called by.
"""

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from accounts.search import FEW_KEYS, Named, keyed, keys_of, names_begin, stored_text, term_begins, term_begins_each
from partners.models import Partner, PartnerWords

SAID = ("city", "tagline", "about")  # the shortest first: what a very long text leaves out is of its end
BATCH = 500
MOST_KEYS = 5_000  # of partners that say a word: where more do, a page of a list is soon full
MOST_IN_MARKET = 2_500  # likewise of one market's


def words_of(partner):
    return stored_text("\n".join(getattr(partner, name) for name in SAID))


def refresh(partners):
    """Write the words of these partners, locked by the caller or new."""
    _write(PartnerWords.objects, partners)


def outdated(partners=Partner.objects):
    """Yield those of the partners whose words do not follow from what they say."""
    rows = partners.annotate(held=F("own_words__words")).only(*SAID).order_by("pk")
    yield from (row for row in rows.iterator(chunk_size=BATCH) if row.held != words_of(row))


def refill(partners=Partner.objects, table=PartnerWords.objects):
    """Write the words of all partners anew where they are outdated; return how many were.

    In batches, each a transaction; may run twice. Takes the managers of a migration too.
    """
    changed, keys = 0, list(partners.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH):
        with transaction.atomic():
            batch = partners.filter(pk__in=keys[start : start + BATCH])
            list(batch.select_for_update(no_key=True).order_by("pk").values_list("pk"))
            changed += _write(table, list(outdated(batch)))
    return changed


def _write(table, partners):
    rows = [table.model(partner_id=partner.pk, words=words_of(partner)) for partner in partners]
    table.bulk_create(rows, update_conflicts=True, unique_fields=["partner"], update_fields=["words"])
    return len(rows)


def partners_begin(relation, term, *, market=None):
    """Return the condition that the term begins a word of the name or of the own words of a partner.

    It is the partner that `relation` leads to, or "pk". Both are looked up first, within the market where one is
    given. Of words that many say no keys are listed: the condition compares each row that the list is read by.
    """
    partners = Partner.objects.filter(markets=market) if market else Partner.objects
    of_names = names_begin(relation, partners, term)
    keys = keys_of(PartnerWords.objects.filter(term_begins("words", term)), MOST_KEYS)
    if market and (keys is None or len(keys) > FEW_KEYS):  # many say it, but maybe few of the market
        said = _says("partner", term) if keys is None else keyed("partner", keys).condition
        serving = Partner.markets.through.objects.filter(market=market)
        keys = keys_of(serving.filter(said), MOST_IN_MARKET, "partner")
    if keys is None:
        return Named(of_names.condition | _says(relation, term), None)
    if of_names.keys is None:
        return Named(of_names.condition | keyed(relation, keys).condition, None)
    return keyed(relation, sorted({*of_names.keys, *keys}))


def _says(relation, term):
    words = PartnerWords.objects.filter(partner=OuterRef(relation)).values("words")
    return term_begins_each(Subquery(words), term)
