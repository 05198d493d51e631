"""What tests compare before and after an act."""

import re
from contextlib import contextmanager
from functools import cache

from django.db import connection

from accounts.models import FailedTask, MailPreference, Notification, PersonalFile, User
from partners.contact import PartnerContact
from partners.models import Partner, PartnerMember, PartnerTrait, PartnerWords
from requests_app.authorisations import Authorisation
from requests_app.blocks import Block
from requests_app.conversation.models import Message, MessageReading
from requests_app.former_names import FormerName
from requests_app.models import Event, PartnerRequest, RequestVersion, Share, Shop, ShopMember
from requests_app.proposals.models import Proposal, ProposalVersion
from requests_app.sign_ins import CompanyDomain, CompanyLeaver, CompanySignIn
from requests_app.teams.models import HandOver, Invitation, TeamEvent, TeamLog

MODELS = (
    User, Partner, PartnerMember, PartnerTrait, PartnerWords, Shop, ShopMember,
    PartnerRequest, RequestVersion, Share, Authorisation, Event, Notification, MailPreference,
    FailedTask, PersonalFile, Block, Invitation, HandOver, TeamLog, TeamEvent, FormerName, PartnerContact,
    CompanySignIn, CompanyDomain, CompanyLeaver, Message, MessageReading, Proposal, ProposalVersion,
)  # fmt: skip


def world():
    """Every row that a verb could change, by model, as the database holds it; signing in is none."""
    return {model.__name__: rows_of(model) for model in MODELS}


def rows_of(model):
    """Give the rows of the model as tuples, by their key."""
    with connection.cursor() as cursor:
        return cursor.execute(_all_of(model)).fetchall()


def columns_of(model):
    """Give what the columns of its rows are called, in their order."""
    return [field.attname for field in model._meta.concrete_fields if field.name != "last_login"]


@cache
def _all_of(model):
    """The statement that reads them: thirty tables are read after each act that is tried."""
    statement, values = model._base_manager.order_by("pk").values_list(*columns_of(model)).query.sql_with_params()
    assert not values
    return statement


WRITE = re.compile(r'(?i)\s*(?:INSERT|UPDATE|DELETE|REPLACE)[^"]*"((?:accounts|partners|requests_app)_\w+)"')


@contextmanager
def writes():
    """Gives a list that holds the tables of ours that the block wrote to; cheaper than comparing the world."""
    tables = []

    def note(execute, sql, *args):
        if match := WRITE.match(sql):
            tables.append(match[1])
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        yield tables
