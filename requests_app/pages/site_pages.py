"""Help, privacy and terms: what administrators wrote, and what comes with the product where they wrote nothing."""

from dataclasses import dataclass

from django.apps import apps as installed
from django.conf import settings
from django.template import Context, Engine
from django.utils import translation

from accounts import account_mails, clock, support
from accounts.models import SitePage
from requests_app import referral, schedule
from requests_app.teams import invitations


@dataclass(frozen=True)
class PageText:
    title: str
    body: str  # as accounts.prose reads it
    language: str


def text_of(slug):
    """Return the page in the active language.

    What administrators wrote in this language counts first, then what they wrote in the site's own, so that two
    readers never read rules that contradict each other. Else it is the product's text.
    """
    here = translation.get_language()
    wanted = list(dict.fromkeys([here, settings.LANGUAGE_CODE]))
    rows = {row.language: row for row in SitePage.objects.filter(slug=slug, language__in=wanted)}
    written = next((rows[each] for each in wanted if each in rows and rows[each].is_written), None)
    if written is None:
        return product_text(slug, here)
    ours = product_text(slug, written.language)
    return PageText(written.title or ours.title, written.body or ours.body, written.language)


def product_text(slug, language):
    """Return the page as it comes with the product; its numbers are those of the settings and the rules."""
    with translation.override(language):
        body = Engine.get_default().get_template(f"site_pages/{slug}.txt").render(Context(_facts(), autoescape=False))
        return PageText(str(SitePage.Slug(slug).label), body.strip(), language)


def _facts():
    return {
        "platform": settings.PLATFORM_NAME,
        "support": support.whom(),
        "months": settings.KEEP_CONTACT_MONTHS,
        "application_days": settings.APPLICATION_DAYS,
        "session_days": settings.SESSION_COOKIE_AGE // 86_400,
        "mail_days": account_mails.KEEP.days,
        "invited_days": invitations.KEEP_ADDRESS.days,
        "answer_days": schedule.RESPONSE_TIME.days,
        "stale_days": schedule.STALE_TIME.days,
        "places": referral.PLACES,
    }


def make_rows(using, apps=installed, **kwargs):
    """Make the row of each page in each language that has none yet, and its first record. To run after migrating."""
    try:
        model, record = (apps.get_model("accounts", name) for name in ("SitePage", "HistoricalSitePage"))
    except LookupError:  # a database that is migrated in part
        return
    pages = model.objects.using(using)
    wanted = {(slug, language) for slug in SitePage.Slug.values for language, _name in settings.LANGUAGES}
    missing = sorted(wanted - set(pages.values_list("slug", "language")))
    rows = pages.bulk_create([model(slug=slug, language=language) for slug, language in missing])
    begun = {"history_date": clock.now(), "history_type": "+"}
    record.objects.using(using).bulk_create(
        [record(id=row.pk, slug=row.slug, language=row.language, **begun) for row in rows]
    )
