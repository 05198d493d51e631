"""What the tests of the request form ask it."""

from requests_app.models import PartnerRequest

NEW = "/requests/new/"


def errors(response):
    return {name: list(texts) for name, texts in response.context["form"].errors.items()}


def shown(response):
    """The values that stand in the form's fields."""
    form = response.context["form"]
    return {name: form[name].value() for name in form.fields}


def only_request():
    return PartnerRequest.objects.get()
