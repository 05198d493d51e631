"""The pages of a team: shops and partners have the same ones, each in its own area."""

from functools import wraps

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import acting
from accounts.exceptions import ActionRefused, NotPossible
from accounts.policies import require
from requests_app.pages.confirm import ask
from requests_app.pages.memberships import active_membership
from requests_app.pages.second_factor import led_or_404
from requests_app.team_pages import confirm, history
from requests_app.team_pages import page as team_page
from requests_app.team_pages.forms import HandOverForm, InviteForm, RoleForm
from requests_app.team_pages.page import Team
from requests_app.teams import policies, reading, services
from requests_app.teams.models import HandOver, Invitation

asks_first = require_http_methods(["GET", "HEAD", "POST"])


# What the pages have in common


def for_team(view):
    """Give the view the team that the reader acts for. What it refuses stands on the team's page."""

    @never_cache
    @wraps(view)
    def given_team(request, of, *, pages):
        return _answer(view, request, _team(request, pages, of))

    return given_team


def for_row(rows_of):
    """Give the view the team of a row and the row, one of `rows_of(pages, user)`, else 404.

    The page acts for that team, whatever the reader acts for elsewhere. A team of theirs that requires a second factor
    leads to it first.
    """

    def decorate(view):
        @asks_first
        @never_cache
        @wraps(view)
        def given_row(request, pk, *, pages):
            rows = rows_of(pages, request.user)
            row = rows.filter(pk=pk).first()
            if row is None:
                of_row = rows.model.objects.filter(pk=pk).values(pages.kind)
                return led_or_404(request, pages.team.model.objects.filter(pk__in=of_row))
            return _answer(view, request, _team(request, pages, getattr(row, pages.kind)), row)

        return given_row

    return decorate


def _team(request, pages, of):
    """Return the Team as the reader sees it, and have the page act for it."""
    named = acting.key_of(pages.kind, of.pk)
    request.acting_for = None
    elsewhere = active_membership(request, pages.kind).key != named
    request.acting_for = named
    return Team(pages, of, pages.standing(request.user, of), f"?{acting.FIELD}={named}" if elsewhere else "")


def _answer(view, request, team, *row):
    try:
        return view(request, team, *row)
    except ActionRefused as refused:
        messages.error(request, refused.message)
        return redirect(team.url)


def members(pages, user):
    return pages.members_visible_to(user).select_related("user", pages.kind)


def own_membership(pages, user):
    return members(pages, user).filter(user=user)


def invitations(pages, user):
    return _of_kind(Invitation, pages, user)


def hand_overs(pages, user):
    return _of_kind(HandOver, pages, user).select_related("by", "to")


def _of_kind(model, pages, user):
    return model.objects.visible_to(user).filter(**{f"{pages.kind}__isnull": False}).select_related(pages.kind)


# The pages


@require_safe
@for_team
def team(request, team):
    return render(request, "teams/team.html", team_page.context_of(team, request.GET))


@require_safe
@for_team
def team_history(request, team):
    require(policies.may_read_log(team.standing))
    return render(request, "teams/history.html", history.context_of(team, request.GET))


@asks_first
@for_team
def invite(request, team):
    require(policies.may_invite(team.standing))
    form = InviteForm(request.POST if request.method == "POST" else None, pages=team.pages, of=team.of)
    if form.is_valid():
        try:
            services.invite(kind=team.pages.kind, of_id=team.of.pk, by=request.user, **form.cleaned_data)
        except NotPossible as refused:
            form.add_error(None, refused.message)
        else:
            said = {"address": form.cleaned_data["email"]}
            messages.success(request, _("The invitation is on its way to %(address)s.") % said)
            return redirect(team.url)
    return render(request, "teams/invite.html", team_page.inviting(team, form))


@require_POST
@for_row(invitations)
def renew(request, team, invitation):
    services.renew_invitation(invitation_id=invitation.pk, by=request.user)
    said = {"address": invitation.address}
    messages.success(request, _("A new link is on its way to %(address)s. The one before works no more.") % said)
    return redirect(team.url)


@for_row(invitations)
def withdraw(request, team, invitation):
    require(policies.may_withdraw(team.standing))
    _require_pending(invitation, _("This invitation has ended already, so nothing was changed."))
    return ask(request, confirm.WithdrawInvitation(team), invitation)


@for_row(members)
def change_role(request, team, member):
    """Choose a role; then ask, with what follows from it."""
    require(policies.may_change_role(team.standing, member, team.pages.roles.VIEWER))
    form = RoleForm(_chosen(request, "role"), pages=team.pages, now=member.role)
    if form.is_valid():
        return ask(request, confirm.ChangeRole(team, form.cleaned_data["role"]), member)
    return render(request, "teams/choose.html", team_page.choosing_role(team, member, form))


@for_row(members)
def remove(request, team, member):
    require(policies.may_remove(team.standing, member))
    return ask(request, confirm.RemoveMember(team), member)


@for_row(own_membership)
def leave(request, team, own):
    require(policies.may_leave(team.standing, own))
    return ask(request, confirm.Leave(team), own)


@for_row(own_membership)
def hand_over(request, team, own):
    """Choose to whom; then ask, with what follows from it."""
    require(policies.may_offer_hand_over(team.standing))
    others = reading.members_of(team.pages.kind, team.of).active().exclude(role=own.role)
    form = HandOverForm(_chosen(request, "member"), members=others)
    if form.is_valid():
        member = form.cleaned_data["member"]
        return ask(request, confirm.OfferHandOver(team, member), member)
    return render(request, "teams/choose.html", team_page.handing_over(team, form))


@for_row(hand_overs)
def take_over(request, team, offer):
    require(policies.may_answer_hand_over(team.standing, offer))
    _require_pending(offer, _("This hand-over has ended already, so nothing was changed."))
    return ask(request, confirm.TakeOver(team), offer)


@require_POST
@for_row(hand_overs)
def decline(request, team, offer):
    services.decline_hand_over(hand_over_id=offer.pk, by=request.user)
    messages.success(request, _("You declined. %(person)s is told.") % {"person": offer.by})
    return redirect(team.url)


@require_POST
@for_row(hand_overs)
def keep(request, team, offer):
    """Take an offer back: whoever owns it keeps it."""
    services.withdraw_hand_over(hand_over_id=offer.pk, by=request.user)
    messages.success(request, _("The offer is withdrawn. %(person)s is told.") % {"person": offer.to})
    return redirect(team.url)


def _chosen(request, name):
    """Return where the choice of the page before stands, in what was sent or in the address; None before it."""
    return next((data for data in (request.POST, request.GET) if name in data), None)


def _require_pending(row, message):
    if row.ended_at:
        raise NotPossible(message)
