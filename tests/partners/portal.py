"""A partner's own pages: where they are, and what they say."""

SIGNUP, PROFILE, AVAILABILITY = "/accounts/signup/partner/", "/portal/profile/", "/portal/availability/"


def messages_of(response):
    return [str(message) for message in response.context["messages"]]
