"""What tests compare before and after an act."""

from accounts.models import FailedTask, Notification, User, Wish
from partners.models import Partner, PartnerMember, PartnerTrait
from requests_app.models import Authorisation, Event, PartnerRequest, RequestVersion, Share, Shop, ShopMember

MODELS = (
    User, Partner, PartnerMember, PartnerTrait, Shop, ShopMember,
    PartnerRequest, RequestVersion, Share, Authorisation, Event, Notification, Wish,
    FailedTask,
)  # fmt: skip


def world():
    """Every row that a verb could change, by model; signing in is none."""
    return {model.__name__: rows_of(model) for model in MODELS}


def rows_of(model):
    return [{name: row[name] for name in row.keys() - {"last_login"}} for row in model.objects.order_by("pk").values()]
