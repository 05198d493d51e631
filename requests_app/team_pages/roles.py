"""What each role of a team may do, asked of the policies themselves: nothing is said here that they do not answer."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.acting import PARTNER, SHOP
from partners.policies import may_change_profile_as
from requests_app import policies
from requests_app.teams.policies import may_invite

APPROVED = SimpleNamespace(is_approved=True)  # a partner at work: a role may not do less for that


class Ability(NamedTuple):
    label: str | Promise
    may: Callable[[policies.Standing], Any]  # gives a Decision


ABILITIES = {
    SHOP: (
        Ability(_("See requests, answers and history"), policies.may_see),
        Ability(_("Submit, edit and close requests"), policies.may_submit),
        Ability(_("Block partners"), policies.may_block_as_shop),
        Ability(_("Authorise partners, renew and revoke"), policies.may_authorise),
        Ability(_("Change settings and how people sign in"), policies.may_change_settings),
        Ability(_("Invite people, change roles and remove members"), may_invite),
    ),
    PARTNER: (
        Ability(_("See requests and open contact details"), lambda s: policies.may_open_contact(s, APPROVED)),
        Ability(_("Accept, reject and withdraw"), lambda s: policies.may_answer(s, APPROVED)),
        Ability(_("Block shops"), policies.may_block_as_partner),
        Ability(_("End connections"), lambda s: policies.may_close_share(s, None)),
        Ability(_("Change profile and availability"), lambda s: may_change_profile_as(s.partner_role)),
        Ability(_("Change the contact and how people sign in"), policies.may_change_settings),
        Ability(_("Invite people, change roles and remove members"), may_invite),
    ),
}


def abilities_of(pages, role):
    """Return what the role may do, as words, in the order of the table."""
    standing = pages.standing_as(None, role)
    return [ability.label for ability in ABILITIES[pages.kind] if ability.may(standing)]


def table_of(pages):
    """Return the roles that head the columns, and rows of {label, cells}: a cell for each role says whether it may."""
    standings = [pages.standing_as(None, role) for role in pages.roles]
    rows = [
        {"label": ability.label, "cells": [bool(ability.may(standing)) for standing in standings]}
        for ability in ABILITIES[pages.kind]
    ]
    return {"roles": [role.label for role in pages.roles], "rows": rows}
