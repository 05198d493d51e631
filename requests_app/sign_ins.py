"""How a company's people sign in, and at which domains (docs/design.md, Signing in through a company).

The provider itself, with its secret, is a SocialApp of allauth. Staff set it up; owners choose what follows from it.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts import clock
from accounts.acting import OfShopOrPartner
from accounts.fields import address_in_dns
from partners.models import Partner, PartnerMember

OIDC, SAML = "openid_connect", "saml"  # what allauth calls them
SHOP_ROLES, PARTNER_ROLES = ("viewer", "editor"), ("viewer", "reviewer")


def domain_of(address):
    """Return the domain of an address as the DNS has it: the one spelling in which domains are kept and compared."""
    return address_in_dns(address).rpartition("@")[2].lower()


def issuer_in(described):
    """Return who the provider says it is, of what is kept of it: OpenID Connect's issuer, or SAML's entity ID."""
    return described.get("server_url") or described.get("idp", {}).get("entityId")


class CompanySignInQuerySet(models.QuerySet):
    def of(self, kind, of_id):
        """Return that of this shop or partner."""
        return self.filter(**{f"{kind}_id": of_id})

    def for_address(self, address):
        """Return the one that is switched on for people at the domain of this address, if there is any."""
        verified = CompanyDomain.objects.verified().filter(domain=domain_of(address))
        return self.filter(enabled=True, pk__in=verified.values("sign_in"))

    def concerning(self, address, providers):
        """Return those of these providers, and the one at whose verified domain the address is."""
        verified = CompanyDomain.objects.verified().filter(domain=domain_of(address))
        found = self.filter(Q(app__provider_id__in=providers) | Q(pk__in=verified.values("sign_in")))
        return found.select_related("app", "shop", "partner")


class CompanySignIn(OfShopOrPartner, models.Model):
    """The sign-in of one shop or partner through its own provider."""

    shop = models.OneToOneField(
        "requests_app.Shop", on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("shop")
    )
    partner = models.OneToOneField(
        Partner, on_delete=models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("partner")
    )
    app = models.OneToOneField(
        "socialaccount.SocialApp", on_delete=models.PROTECT, related_name="company", editable=False
    )
    enabled = models.BooleanField(_("switched on"), default=False, editable=False)
    default_role = models.CharField(_("role of who joins by it"), max_length=10, default=PartnerMember.Role.VIEWER)
    password_off = models.BooleanField(_("passwords off"), default=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    # Seconds since 1970, of the machine's clock as sessions have it: those that began until then have ended.
    sessions_ended = models.FloatField(default=0, editable=False)
    created_at = models.DateTimeField(_("set up"), default=clock.now, editable=False)

    objects = CompanySignInQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["used_at", "sessions_ended"])

    class Meta:
        verbose_name = _("company sign-in")
        verbose_name_plural = _("company sign-ins")
        constraints = [
            models.CheckConstraint(
                condition=Q(shop__isnull=False, partner=None, default_role__in=SHOP_ROLES)
                | Q(shop=None, partner__isnull=False, default_role__in=PARTNER_ROLES),
                name="company_sign_in_of_one",
                violation_error_message=_("Choose a shop or a partner, and a role that it has."),
            ),
            models.CheckConstraint(
                condition=Q(password_off=False) | Q(used_at__isnull=False), name="company_sign_in_tried_first"
            ),
        ]

    def __str__(self):
        return f"company sign-in {self.pk}"

    def was_member(self, user):
        """Return whether the person is a member of the shop or partner, or was one before."""
        return self.of.members.model.history.filter(**{self.kind: self.of_id, "user": user.pk}).exists()


class CompanyDomainQuerySet(models.QuerySet):
    def verified(self):
        return self.exclude(verified_at=None)


class CompanyDomain(models.Model):
    """A domain of addresses. Once staff verified that it is the company's, no other company can have it."""

    sign_in = models.ForeignKey(
        CompanySignIn, on_delete=models.CASCADE, related_name="domains", db_index=False, verbose_name=_("sign-in")
    )
    domain = models.CharField(_("domain"), max_length=253)
    verified_at = models.DateTimeField(_("verified"), null=True, editable=False)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = CompanyDomainQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["verified_by"])  # who changed it stands there anyway

    class Meta:
        verbose_name = _("domain of a company")
        verbose_name_plural = _("domains of companies")
        constraints = [
            models.UniqueConstraint(
                fields=["sign_in", "domain"],
                name="company_domain_once",
                violation_error_message=_("This domain is named already."),
            ),
            models.UniqueConstraint(
                fields=["domain"],
                condition=Q(verified_at__isnull=False),
                name="company_domain_verified_once",
            ),
            models.CheckConstraint(condition=Q(domain=Lower("domain")) & ~Q(domain=""), name="company_domain_lower"),
            models.CheckConstraint(
                condition=Q(verified_at=None, verified_by=None)
                | Q(verified_at__isnull=False, verified_by__isnull=False),
                name="company_domain_verified_whole",
            ),
        ]

    def __str__(self):
        return self.domain

    @property
    def proof(self):
        """Return the TXT record by which the company shows staff that it holds the domain."""
        named = f"{self.sign_in_id} {self.domain}"
        return f"shop-partners={salted_hmac('domain of a company', named, algorithm='sha256').hexdigest()[:32]}"


class CompanyLeaverQuerySet(models.QuerySet):
    def remember(self, user):
        """Remember of who erases their account that they were in a company's shop or partner.

        Of who came in through it by the provider's key; of other members with an address at its domains by that.
        """
        linked = dict(user.socialaccount_set.values_list("provider", "uid"))
        for sign_in in CompanySignIn.objects.concerning(user.email, linked):
            if uid := linked.get(sign_in.app.provider_id):
                self._add(sign_in, "key", uid)
            elif sign_in.was_member(user):
                self._add(sign_in, "address", user.email.lower())

    def _add(self, sign_in, kind, text):
        row = CompanyLeaver(sign_in=sign_in, digest=_digests(sign_in, kind, text)[0])
        CompanyLeaver.objects.bulk_create([row], ignore_conflicts=True)

    def knows(self, sign_in, uid, address):
        """Return whether somebody with this key of the provider's, or this address, was there and erased all."""
        digests = _digests(sign_in, "key", uid) + _digests(sign_in, "address", address.lower())
        return self.filter(sign_in=sign_in, digest__in=digests).exists()


def _digests(sign_in, kind, text):
    keys = (settings.AUDIT_KEY, *settings.AUDIT_KEY_FALLBACKS)
    of = f"{sign_in.pk} {kind} {text}"
    return [salted_hmac("who left a company", of, secret=key, algorithm="sha256").hexdigest() for key in keys]


class CompanyLeaver(models.Model):
    """That somebody whose account was erased was there before, so that erasing it is no way back in.

    A keyed digest alone: it answers whether somebody who stands before us is the same, and says nothing by itself.
    """

    sign_in = models.ForeignKey(CompanySignIn, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=64)

    objects = CompanyLeaverQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sign_in", "digest"], name="company_leaver_once")]

    def __str__(self):
        return f"company leaver {self.pk}"
