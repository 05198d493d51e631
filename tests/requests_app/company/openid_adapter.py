"""What the provider's process puts into its tokens (tests.requests_app.company.openid_provider)."""

from allauth.idp.oidc.adapter import DefaultOIDCAdapter

from tests.requests_app.company.openid_provider import change, wrong_with


class Adapter(DefaultOIDCAdapter):
    def populate_id_token(self, id_token, client, scopes, **kwargs):
        change(id_token, id_token.get("email", ""))

    def get_claims(self, purpose, user, client, scopes, email=None, **kwargs):
        claims = super().get_claims(purpose, user, client, scopes, email=email, **kwargs)
        if purpose == "userinfo" and wrong_with(user.email) == "thin-and-wrong":
            claims["sub"] = "1"
        return claims
