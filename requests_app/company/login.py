"""allauth's object of a sign-in that is under way, which holds what the provider said and looks nobody up."""

from allauth.socialaccount.models import SocialAccount, SocialLogin


class CompanyLogin(SocialLogin):
    def __init__(self, provider, claims):
        super().__init__(account=SocialAccount(provider=provider.sub_id, uid=claims.uid), provider=provider)
        self.claims = claims

    def lookup(self):
        """Leave it to requests_app.company.services.arrive, which decides under locks whose sign-in it is."""
