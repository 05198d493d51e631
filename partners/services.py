"""What changes a partner: each function is one transaction, and locks the member who acts, then the partner."""

from collections import defaultdict

from django.conf import settings
from django.db import IntegrityError, transaction
from django.tasks import task
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed

from accounts import clock
from accounts.exceptions import NotPossible
from accounts.models import User
from accounts.outbox import notify
from accounts.policies import require
from accounts.saving import save_changes
from accounts.signals import members_changed
from partners import offers, own_words, policies
from partners.bands import band_columns
from partners.choices import too_many_services
from partners.matching_index import Offer, ServiceOffer
from partners.models import RESERVED_SLUGS, ExchangeRate, Partner, PartnerMember, PartnerTrait
from partners.rates import latest_rates
from partners.signals import partner_suspended, profile_changed
from partners.workflow import DeclineReason

FIELDS = ("name", "tagline", "about", "website", "city", "currency", "smallest_budget", "smallest_gmv", "capacity")
BATCH = 100  # partners a transaction: their rows are locked for a quarter of a second
SLUG_ATTEMPTS = 3
OFFERING = ("approve", "reinstate")  # the verbs after which a partner is offered to sellers
TRAITS = {
    "types": PartnerTrait.Kind.TYPE,
    "services": PartnerTrait.Kind.SERVICE,
    "languages": PartnerTrait.Kind.LANGUAGE,
    "company_sizes": PartnerTrait.Kind.COMPANY_SIZE,
}


def lock_partner(partner_id):
    """Return the partner, locked until the transaction ends; raise Partner.DoesNotExist."""
    return Partner.objects.select_for_update(no_key=True).get(pk=partner_id)


@transaction.atomic
def apply_as_partner(*, by, profile):
    """Create a partner in status applied, with `by` as its owner. It is listed and receives requests once approved.

    `profile` holds FIELDS, `markets`, `categories` and lists of codes under the names of TRAITS. Raise NotAllowed
    while an earlier application of this user waits. The user is locked: two at the same time come one after the other.
    """
    User.objects.lock_acting(by)
    require(policies.may_apply(by))
    for attempt in range(SLUG_ATTEMPTS):
        partner = Partner(slug=free_slug(profile["name"]), applied_at=clock.now())
        try:
            with transaction.atomic():
                _write_profile(partner, profile)
            break
        except IntegrityError:  # another partner took this slug just now
            if attempt == SLUG_ATTEMPTS - 1:
                raise
    PartnerMember.objects.create(partner=partner, user=by, role=PartnerMember.Role.OWNER)
    members_changed.send(Partner, of=partner, changes=[(by, "", PartnerMember.Role.OWNER)], by=by, founded=True)
    _notify_members(partner, "apply", partner.applied_at, "partner_applied_for_partner", days=settings.APPLICATION_DAYS)
    return partner


@transaction.atomic
def apply_again_as_partner(*, partner_id, by, profile):
    """declined -> applied, with this profile: the partner waits for an answer as one that applies for the first time.

    Raise NotAllowed for who is no owner of it, and NotPossible if it is not declined any more.
    """
    User.objects.lock_acting(by)
    partner = lock_partner(partner_id)
    require(policies.may_apply_again(by, partner))
    _write_profile(partner, profile)
    return _move(partner, "apply_again", by, "partner_applied_for_partner", days=settings.APPLICATION_DAYS)


@transaction.atomic
def update_profile(*, partner_id, by, profile):
    """Replace the partner's profile. The slug stays, since others link to it. Raise NotAllowed."""
    User.objects.lock_acting(by)
    partner = lock_partner(partner_id)
    require(policies.may_change_profile(by, partner))
    _change_profile(partner, by, profile)
    return partner


@transaction.atomic
def update_profile_as_staff(*, partner_id, by, profile, changed):
    """Replace the partner's profile as staff; the history records the fields `changed`. Raise NotAllowed."""
    require(policies.may_change_as_staff(by))
    partner = lock_partner(partner_id)
    partner._history_user = by
    partner._change_reason = ", ".join(changed)[:100]
    _change_profile(partner, by, profile, by_staff=True)
    return partner


@transaction.atomic
def set_availability(*, partner_id, by, capacity, paused_until):
    """Set how many requests it takes at a time, and until when (aware, or None) it takes no new ones.

    Raise NotAllowed.
    """
    User.objects.lock_acting(by)
    partner = lock_partner(partner_id)
    require(policies.may_change_availability(by, partner))
    wanted = {"capacity": capacity, "paused_until": paused_until}
    changed = [name for name, value in wanted.items() if getattr(partner, name) != value]
    partner.capacity, partner.paused_until = capacity, paused_until
    partner.save(update_fields=["capacity", "paused_until"])
    offers.refresh([partner])
    _tell_of(partner, by, changed)
    return partner


@transaction.atomic
def approve_partner(*, partner_id, by):
    """applied or declined -> approved: list it in the directory and offer it to sellers.

    Raise NotAllowed or NotPossible.
    """
    require(policies.may_approve(by))
    return _change_status(partner_id, "approve", by, "partner_approved_for_partner")


@transaction.atomic
def decline_partner(*, partner_id, by, reason, note=""):
    """applied -> declined, for a DeclineReason that its members read in a mail; they read the note on their page.

    They may apply again (`apply_again_as_partner`). Raise NotAllowed or NotPossible.
    """
    require(policies.may_approve(by))
    how = {"reason": DeclineReason(reason), "note": note}
    return _change_status(partner_id, "decline", by, "partner_declined_for_partner", how, reason=reason)


@transaction.atomic
def suspend_partner(*, partner_id, by):
    """approved -> suspended: it loses access at once, and a task ends its shares. Raise NotAllowed or NotPossible."""
    require(policies.may_suspend(by))
    partner = _change_status(partner_id, "suspend", by, "partner_suspended_for_partner")
    partner_suspended.send(Partner, partner=partner, by=by)
    return partner


@transaction.atomic
def suspend_without_owner(*, partner_id):
    """approved -> suspended, since its last owner left: as `suspend_partner`, by nobody. Else do nothing.

    To be called when that owner cannot sign in any more.
    """
    partner = lock_partner(partner_id)
    if partner.is_approved and not partner.members.active_owners().exists():
        partner = _change_status(partner_id, "suspend", None, "partner_suspended_for_partner")
        partner_suspended.send(Partner, partner=partner, by=None)


@transaction.atomic
def reinstate_partner(*, partner_id, by):
    """suspended -> approved. Shares that ended stay ended. Raise NotAllowed or NotPossible."""
    require(policies.may_suspend(by))
    return _change_status(partner_id, "reinstate", by, "partner_approved_for_partner")


COUNTERS = ("load", "shares_answered", "shares_unanswered")
COUNTED = (*COUNTERS, "last_referred_at", "answer_minutes")


def counters_of(partner):
    """Return what requests change of a partner, to be passed to `save_counters` later."""
    return {name: getattr(partner, name) for name in COUNTED}, offers.standing_of(partner)


def save_counters(partners, before):
    """Save the counters of these partners that differ from `before` ({id: counters_of}), and update their offers.

    The caller has locked the partners.
    """
    save_changes(partners, {pk: counted for pk, (counted, _standing) in before.items()}, counters=COUNTERS)
    offers.update_standing(partners, {pk: standing for pk, (_counted, standing) in before.items()})


@transaction.atomic
def end_pause(*, partner_id):
    """Offer the partner again if its pause has ended. Return whether it has."""
    partner = lock_partner(partner_id)
    if partner.paused_until is None or partner.is_paused:
        return False
    partner.paused_until = None
    partner._change_reason = "pause ended"
    partner.save(update_fields=["paused_until"])
    offers.refresh([partner])
    return True


@transaction.atomic
def note_who_can_answer(partner_ids):
    """Take these partners out of what sellers are offered while nobody can answer for them, and back in afterwards.

    To be called in the transaction of what changes who their members are, or whether these can sign in.
    """
    for partner in Partner.objects.select_for_update(no_key=True).filter(pk__in=partner_ids).order_by("pk"):
        somebody = partner.members.answering().exists()
        if somebody != (partner.nobody_since is None):
            partner.nobody_since = None if somebody else clock.now()
            partner.save(update_fields=["nobody_since"])
            offers.refresh([partner])


@transaction.atomic
def save_rates(rates, *, date, source):
    """Store how much of each currency one euro buys, {ISO 4217: Decimal}; `refresh_bands` then updates the offers.

    A stored rate of a later date stays. Return the codes that were saved; raise ValidationError for a bad rate.
    """
    held = {rate.currency: rate for rate in ExchangeRate.objects.select_for_update().order_by("pk")}
    saved = []
    for currency, per_euro in sorted(rates.items()):
        rate = held.get(currency) or ExchangeRate(currency=currency)
        if rate.pk is None or rate.date <= date:
            rate.per_euro, rate.date, rate.source = per_euro, date, source
            rate.full_clean()
            rate.save()
            saved.append(currency)
    return saved


@task
def redo_bands(currencies):
    """Run `refresh_bands` in the background: for a million partners it takes minutes."""
    refresh_bands(currencies)


def refresh_bands(currencies):
    """Update the bands of partners whose smallest budget is in these currencies, in batches. Return how many."""
    ids = list(Partner.objects.filter(currency__in=currencies).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        with transaction.atomic():
            batch = Partner.objects.select_for_update(no_key=True).filter(pk__in=ids[start : start + BATCH])
            _redo_bands_of(list(batch.order_by("pk").values_list("pk", "smallest_budget", "currency")))
    return len(ids)


def _redo_bands_of(locked):
    rates, of_budget = latest_rates(), defaultdict(list)
    for pk, budget, currency in locked:
        of_budget[budget, currency].append(pk)
    for (budget, currency), ids in of_budget.items():
        now = band_columns(budget, currency, rates)
        for table in (Offer, ServiceOffer):
            table.objects.filter(partner__in=ids).exclude(**now).update(**now)


def _change_status(partner_id, verb, by, template, how=None, **context):
    """Lock the partner and do as `_move`."""
    return _move(lock_partner(partner_id), verb, by, template, how, **context)


def _move(partner, verb, by, template, how=None, **context):
    """Call the transition `verb` of a locked partner with what is in `how`; notify its members with the `context`."""
    at = clock.now()
    if verb in OFFERING and not partner.members.active_owners().exists():
        raise NotPossible(
            _("%(partner)s has no owner who can sign in. Make somebody an owner first.") % {"partner": partner.name}
        )
    try:
        getattr(partner, verb)(at=at, **(how or {}))
    except TransitionNotAllowed:
        raise NotPossible(
            _("%(partner)s is %(status)s now, so this is not possible any more.")
            % {"partner": partner.name, "status": partner.get_status_display().lower()}
        ) from None
    partner._history_user = by
    partner._change_reason = verb
    partner.save()
    offers.refresh([partner])
    _notify_members(partner, verb, at, template, **context)
    return partner


def _notify_members(partner, verb, at, template, **context):
    members = [member.user for member in partner.members.active().select_related("user")]
    notify(members, source=f"partner:{partner.pk}:{verb}:{at:%Y%m%d%H%M%S}", template=template, path="/portal/profile/",
           partner=partner.name, **context)  # fmt: skip


def _change_profile(partner, by, profile, *, by_staff=False):
    """Write the profile of a locked partner, and say what of it is another one."""
    before = _profile_of(partner)
    _write_profile(partner, profile)
    now = _profile_of(partner)
    _tell_of(partner, by, [name for name in now if now[name] != before[name]], by_staff=by_staff)


def _tell_of(partner, by, changed, *, by_staff=False):
    if changed:
        profile_changed.send(Partner, partner=partner, by=by, changed=changed, by_staff=by_staff)


def _profile_of(partner):
    traits = set(partner.traits.values_list("kind", "code"))
    return {name: getattr(partner, name) for name in FIELDS} | {
        "markets": set(partner.markets.values_list("pk", flat=True)),
        "categories": set(partner.categories.values_list("pk", flat=True)),
        **{name: {code for held, code in traits if held == kind} for name, kind in TRAITS.items()},
    }


def _write_profile(partner, profile):
    if text := too_many_services(profile["services"]):
        raise NotPossible(text)
    for name in FIELDS:
        if name in profile:
            setattr(partner, name, profile[name])
    partner.clean_fields(exclude=["slug", "status"])
    partner.save()
    partner.markets.set(profile["markets"])
    partner.categories.set(profile["categories"])
    wanted = {(kind, code) for name, kind in TRAITS.items() for code in profile[name]}
    held = {(trait.kind, trait.code): trait.pk for trait in partner.traits.all()}
    PartnerTrait.objects.filter(pk__in=[held[key] for key in held.keys() - wanted]).delete()
    PartnerTrait.objects.bulk_create(
        PartnerTrait(partner=partner, kind=kind, code=code) for kind, code in sorted(wanted - held.keys())
    )
    own_words.refresh([partner])
    offers.refresh([partner])


def free_slug(name):
    """Return a slug for the name that no partner and no page of the directory has yet."""
    base = slugify(name)[:120] or "partner"
    taken = {*RESERVED_SLUGS, *Partner.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    return next(slug for n in range(1, len(taken) + 2) if (slug := base if n == 1 else f"{base}-{n}") not in taken)
