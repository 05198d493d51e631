"""What the provider's process puts into its tokens (tests.requests_app.company.openid_provider)."""

from allauth.idp.oidc.adapter import DefaultOIDCAdapter

from tests.requests_app.company.openid_provider import change


class Adapter(DefaultOIDCAdapter):
    def populate_id_token(self, id_token, client, scopes, **kwargs):
        change(id_token, id_token.get("email", ""))
