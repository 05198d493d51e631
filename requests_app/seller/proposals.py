"""The proposals of a request's partners side by side, and the one that an authorisation is on."""

from django.utils.translation import gettext as _

from requests_app import policies
from requests_app.pages.terms import newest_rows_of, rows_of
from requests_app.proposals import reading
from requests_app.seller import conversation, details
from requests_app.seller.decorators import standing_of
from requests_app.seller.share import state_of
from requests_app.workflow import ShareStatus

MOST_COMPARED = 4


def page_of(request, user, asked_for):
    """Return the context of the page that compares what the request's partners propose.

    `asked_for` are the references of the shares to compare; without any, the first few, those first that can be chosen.
    """
    standing = standing_of(user, request.shop_id)
    shares = details.shares_of(request)
    found = reading.for_seller(user, request, shares)
    proposing = sorted((share for share in shares if share.pk in found), key=lambda share: not found[share.pk].is_open)
    wanted = [share for share in proposing if share.reference in asked_for] or proposing
    compared = wanted[:MOST_COMPARED]
    columns = [column_of(share, found[share.pk], standing) for share in compared]
    return {
        "partner_request": request,
        "columns": columns,
        "rows": _side_by_side(columns),
        "choices": [
            {"reference": share.reference, "name": share.partner.name, "chosen": share in compared}
            for share in (proposing if len(proposing) > MOST_COMPARED else [])
        ],
        "most": MOST_COMPARED,
        "left_out": len(wanted) > MOST_COMPARED and bool(asked_for),
    }


def column_of(share, proposal, standing):
    can_choose = proposal.is_open and share.status == ShareStatus.ACCEPTED
    may = policies.may_authorise(standing)
    return {
        "partner": share.partner.name,
        "url": conversation.address_of(share),
        "status": share.status,
        "alone": share.request.is_open,
        "state": state_of(share, proposal, standing),
        "number": proposal.terms.number,
        "rows": newest_rows_of(proposal),
        "authorise_url": details.authorise_url(share, proposal) if can_choose and may else "",
        "why_not": str(may.reason) if can_choose and not may else "",
    }


def _side_by_side(columns):
    """Return the rows of the table: each label, and what each column says of it."""
    alike = zip(*(column["rows"] for column in columns), strict=True)
    partners = [{"partner": column["partner"]} for column in columns]
    return [
        {"label": each[0]["label"], "cells": [row | partner for row, partner in zip(each, partners, strict=True)]}
        for each in alike
    ]


def choice_of(share, user, number):
    """Return what the page that authorises says of a proposal; None where neither one is asked for nor one holds.

    `number` is the version that was asked for. That of the result is the one to be authorised on, None where none can
    be; its `problem` says that it is another.
    """
    proposal = reading.for_seller(user, share.request, [share], also=number).get(share.pk)
    if proposal is None or not (number or proposal.is_open):
        return None
    terms, before = proposal.terms, None
    if number and number != terms.number:
        before = next((each for each in proposal.versions if each.number == number), None)
    return {
        "asked": bool(number),
        "number": terms.number if number and proposal.is_open else None,
        "offered_url": "" if number else details.authorise_url(share, proposal),
        "state": state_of(share, proposal, standing_of(user, share.request.shop_id)),
        "version": terms.number,
        "rows": rows_of(terms, before),
        "problem": _problem(number, proposal),
    }


def _problem(number, proposal):
    if not number:
        return ""
    if not proposal.is_open:
        return _("The proposal cannot be chosen any more. You can authorise the partner without it.")
    if number != proposal.terms.number:
        return _("The partner changed its proposal since you opened it. Look at what it says now, and authorise again.")
    return ""
