from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core import signing
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.i18n import LANGUAGE_QUERY_PARAMETER
from django.views.i18n import set_language as django_set_language

from accounts import mail_preferences, second_factor, services
from accounts.exceptions import ActionRefused
from accounts.forms import MailPreferencesForm, PreferencesForm
from accounts.models import MailPreference, User
from accounts.outbox import about_of, subject_of
from accounts.paging import page_of
from accounts.reading import reading_as


@require_safe
def notifications(request):
    """List the person's notifications, newest first; `?show=unread` leaves out what they have read."""
    rows = request.user.notifications.all()
    unread_only = request.GET.get("show") == "unread"
    page = page_of(rows.filter(read_at=None) if unread_only else rows, request.GET)
    context = {
        "rows": [_line(row) for row in page.rows],
        "page": page,
        "unread_only": unread_only,
        "newest": max((row.pk for row in page.rows), default=0) if page.is_first else 0,
        "here": request.GET.urlencode(),
    }
    return render(request, "account/notifications.html", context)


def _line(row):
    return {
        "pk": row.pk,
        "text": subject_of(row),
        "template": row.template,
        "path": row.path,
        "about": about_of(row),
        "reference": row.context.get("reference", ""),
        "at": row.created_at,
        "is_read": row.read_at is not None,
    }


@require_POST
def read_notification(request, pk):
    if not services.mark_read(by=request.user, pk=pk):
        raise Http404
    return _back_to_notifications(request)


@require_POST
def read_all_notifications(request):
    until = request.POST.get("until", "")
    if until.isascii() and until.isdigit() and len(until) < 19:
        services.mark_all_read(by=request.user, until=int(until))
        messages.success(request, _("Everything is marked as read."))
    return _back_to_notifications(request)


def _back_to_notifications(request):
    query = request.GET.urlencode()
    return redirect(reverse("accounts:notifications") + (f"?{query}" if query else ""))


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request):
    form = PreferencesForm(request.POST or None, instance=request.user)
    if form.is_valid():
        try:
            form.save()
            with reading_as(request.user):
                messages.success(request, _("Your preferences are saved."))
        except ActionRefused as refused:
            messages.error(request, refused.message)
        return redirect("accounts:preferences")
    return render(
        request, "account/preferences.html", {"form": form, "mail_preferences": MailPreferencesForm(user=request.user)}
    )


@require_POST
def save_mail_preferences(request):
    form = MailPreferencesForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, _("Choose one of the three ways for each topic. Nothing was changed."))
    else:
        mail_preferences.save_mail_preferences(by=request.user, modes=form.cleaned_data)
        messages.success(request, _("Your wishes are saved."))
    return redirect("accounts:preferences")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def first_factor(request):
    """Offer staff the link to set up their first second factor; a POST mails it."""
    if not second_factor.needs_link(request):
        return redirect("mfa_index")
    if request.method == "POST":
        if limited := ratelimit.consume_or_429(request, action="reset_password", key=request.user.email):
            return limited
        services.mail_first_factor_link(user=request.user)
        messages.success(request, _("The link is on its way. It works for two hours."))
        return redirect("accounts:first_factor")
    return render(request, "account/first_factor.html")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def first_factor_link(request, token):
    """Ask whoever followed the link to go on; a POST lets them set up the factor in this session."""
    if not second_factor.link_tokens.check_token(request.user, token):
        messages.error(request, _("This link does not work any more, or it is for somebody else. Ask for a new one."))
        return redirect("accounts:first_factor")
    if request.method == "POST":
        second_factor.follow_link(request)
        return redirect("mfa_index")
    return render(request, "account/first_factor_link.html", {"token": token})


@csrf_exempt  # mail programs POST here (RFC 8058); the token is signed
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request, token):
    """Turn off the mails of the topics that the token names. A GET changes nothing and shows the button."""
    try:
        user, topics = mail_preferences.read_unsubscribe_token(token)
    except (signing.BadSignature, User.DoesNotExist):
        raise Http404 from None
    if request.method == "POST":
        mail_preferences.save_mail_preferences(by=user, modes=dict.fromkeys(topics, MailPreference.Mode.OFF))
    context = {"topics": [topic.label for topic in topics], "done": request.method == "POST"}
    return render(request, "account/unsubscribe.html", context)


@login_not_required
def set_language(request):
    """Do as Django's own view, which redirects to this host only, and store the language of a signed-in person."""
    response = django_set_language(request)
    language = request.POST.get(LANGUAGE_QUERY_PARAMETER)
    if request.method == "POST" and request.user.is_authenticated and language in dict(settings.LANGUAGES):
        services.choose_language(by=request.user, language=language)
    return response
