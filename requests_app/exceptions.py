from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import NotPossible


class MovedOn(NotPossible):
    """The request or share is in another state by now."""

    def __init__(self, moved):
        super().__init__(
            _("It is “%(status)s” now, so this is not possible any more. Nothing was changed.")
            % {"status": moved.get_status_display()}
        )


class ClosedToEdits(NotPossible):
    def __init__(self):
        super().__init__(_("This request is closed and cannot be edited. You can request again with its values."))


class OnHold(NotPossible):
    def __init__(self):
        super().__init__(_("This request is on hold: nobody is asked until it is released. Nothing was changed."))


class TooManyConfirmations(NotPossible):
    """So many mails that ask for a confirmation went out for one request within a day."""

    def __init__(self, most):
        super().__init__(
            _(
                "Within a day at most %(most)d mails ask to confirm the contact email of a request. Try again "
                "tomorrow, or give an address that is confirmed already, such as your own."
            )
            % {"most": most}
        )


class TooManyContacts(NotPossible):
    """So many mails were caused by one person lately, to addresses that are not confirmed."""

    def __init__(self):
        super().__init__(
            _(
                "You had so many mails sent to addresses that are not confirmed that no more go out for now. Try again "
                "tomorrow, or give an address that is confirmed already, such as your own."
            )
        )


class TooManyRequests(NotPossible):
    """The person has submitted `most` requests within an hour."""

    def __init__(self, most):
        super().__init__(
            ngettext(
                "You have submitted %(most)d request within an hour, the most that is possible. "
                "Try again a little later.",
                "You have submitted %(most)d requests within an hour, the most that is possible. "
                "Try again a little later.",
                most,
            )
            % {"most": most}
        )


class SubmittedOtherwise(NotPossible):
    """The form made `request` before, and comes again with other content; its sender chooses."""

    def __init__(self, request):
        super().__init__(_("This form was submitted already, with other content. Nothing more was submitted."))
        self.request = request


class PartnersUnavailable(NotPossible):
    """Partners that cannot be asked now; `names` says which, for the form."""

    def __init__(self, message, names):
        super().__init__(message)
        self.names = names


class StandsInTheWay(NotPossible):
    """Other `requests` of the shop stand in the way, which the message names; the page links to them."""

    def __init__(self, message, requests):
        super().__init__(message)
        self.requests = requests


class NewerVersion(NotPossible):
    """The request changed since the version that the person saw; they are shown the difference and decide again."""

    def __init__(self, message, *, seen, current):
        super().__init__(message)
        self.seen, self.current = seen, current


class NewerProposal(NotPossible):
    """The proposal changed, or ended, since the version that the person saw; they are shown it and decide again."""

    def __init__(self):
        super().__init__(
            _("This proposal was changed since you opened it. Nothing was saved: look at what it says now.")
        )


class ProposalEnded(NotPossible):
    """The partner's proposal is not one that it could withdraw."""

    def __init__(self, proposal):
        if proposal is None:
            super().__init__(_("You have not sent a proposal, so there is none to withdraw."))
        else:
            status = {"status": proposal.get_status_display()}
            super().__init__(_("Your proposal is “%(status)s” now, so it cannot be withdrawn.") % status)


class QuestionWaits(NotPossible):
    """The partner asked already, and the seller has not replied yet."""

    def __init__(self):
        super().__init__(
            _("Your last question waits for the seller’s reply. You can write again when they replied, or accept.")
        )


class TooManyMessages(NotPossible):
    """The side has sent as many messages to the other within a day as it may."""

    def __init__(self, most):
        super().__init__(
            ngettext(
                "%(most)d message within a day is the most in one conversation. Your text was not sent: "
                "send it tomorrow.",
                "%(most)d messages within a day are the most in one conversation. Your text was not sent: "
                "send it tomorrow.",
                most,
            )
            % {"most": most}
        )


class TooManyVersions(NotPossible):
    """The partner has sent as many versions of its proposal within a day as it may."""

    def __init__(self, most):
        super().__init__(
            ngettext(
                "A proposal can be sent %(most)d time within a day. Nothing was sent: send it tomorrow.",
                "A proposal can be sent %(most)d times within a day. Nothing was sent: send it tomorrow.",
                most,
            )
            % {"most": most}
        )


class SettingsChanged(NotPossible):
    """Somebody saved other settings since those that the person saw; they are shown them and decide again."""

    def __init__(self):
        super().__init__(
            _("Somebody else changed these settings while you did. Nothing of yours was saved: compare and save again.")
        )
