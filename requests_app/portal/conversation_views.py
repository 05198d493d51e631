"""What a partner sends from the page of a share."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.exceptions import ActionRefused
from requests_app.conversation import services
from requests_app.pages.conversation import ANCHOR, anchor_of
from requests_app.portal import unsent
from requests_app.portal.conversation import message_form
from requests_app.portal.decorators import visible_share_or_404, where_open


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@where_open
def message(request, reference):
    """A GET, such as coming back from signing in, leads to the conversation. A text that is refused comes back."""
    shown, _standing = visible_share_or_404(request, reference)
    there = f"{shown.get_absolute_url()}#{ANCHOR}"
    if request.method != "POST":
        return redirect(there)
    form = message_form(request.POST, shown)
    if form.is_valid():
        try:
            sent = services.send_as_partner(share_id=shown.pk, by=request.user, **form.cleaned_data)
        except ActionRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Your message is sent."))
            return redirect(f"{shown.get_absolute_url()}#{anchor_of(sent.pk)}")
    return unsent.of_message(request, shown, form)
