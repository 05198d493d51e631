"""What a partner sends from the page of a share."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.exceptions import ActionRefused
from requests_app.conversation import services
from requests_app.pages.conversation import ANCHOR, MessageForm
from requests_app.portal import share as share_page
from requests_app.portal.decorators import visible_share_or_404, where_open


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@where_open
def message(request, reference):
    """A GET, such as coming back from signing in, leads to the share."""
    shown, standing = visible_share_or_404(request, reference)
    if request.method != "POST":
        return redirect(shown)
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            services.send_as_partner(share_id=shown.pk, by=request.user, **form.cleaned_data)
        except ActionRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Your message is sent."))
            return redirect(f"{shown.get_absolute_url()}#{ANCHOR}")
    return render(request, "portal/share.html", share_page.page_of(shown, request.user, standing, form=form))
