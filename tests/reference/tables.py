"""The verbs: whose each is, where it leads, which event it is and who is notified (docs/design.md, Statuses)."""

from dataclasses import dataclass

STATUSES = ("reviewing", "accepted", "connected", "closed", "rejected")
LIVE, LOAD = ("reviewing", "accepted", "connected"), ("reviewing", "accepted")
ROLES = {"shop": ("owner", "editor", "viewer"), "partner": ("owner", "reviewer", "viewer"), "staff": ("staff",)}

# Of each verb: whose it is and of which roles (with *: the last not while the share, or one of the request, is
# connected); the status it leads to from each status, "-" where it is refused (as in each status without a column); the
# event, the reason of an end, and which sides are notified, but for the person who did it.
SHARE = """
verb                by       roles           reviewing  accepted   connected  event           reason             tells
accept              partner  owner,reviewer  accepted   -          -          accepted        -                  shop
reject              partner  owner,reviewer  rejected   -          -          rejected        rejected           shop
withdraw            partner  owner,reviewer  -          rejected   -          withdrawn       rejected           shop
open_contact        partner  all             reviewing  accepted   connected  contact_opened  -                  -
write_as_partner    partner  owner,reviewer  reviewing  accepted   connected  message         -                  shop
write_as_seller     shop     owner,editor    reviewing  accepted   connected  message         -                  partner
propose             partner  owner,reviewer  -          accepted   -          proposed        -                  shop
take_back           partner  owner,reviewer  -          accepted   -          proposal_withdrawn  -              shop
authorise           shop     owner           -          connected  -          authorised      -                  partner
renew               shop     owner           -          -          connected  renewed         -                  partner
revoke              shop     owner           -          -          accepted   revoked         -                  partner
close_share         shop     owner,editor*   closed     closed     closed     share_closed    seller             partner
end                 partner  owner           -          -          closed     share_closed    partner_ended      shop
close_as_staff      staff    all             closed     closed     closed     share_closed    staff              both
close_with_request  request  -               closed     closed     closed     share_closed    request_closed     partner
close_of_suspended  timer    -               closed     closed     closed     share_closed    partner_suspended  shop
lapse               timer    -               closed     -          -          share_closed    no_response        both
go_stale            timer    -               -          closed     -          share_closed    stale              both
expire              timer    -               -          -          accepted   expired         -                  both
"""
REQUEST = """
verb                    by     roles          open    closed  event           tells
submit                  shop   owner,editor   -       -       submitted       shop
edit                    shop   owner,editor   open    -       edited          partner
ask_for_referral        shop   owner,editor   open    -       edited          -
close_request           shop   owner,editor*  closed  -       request_closed  -
close_request_as_staff  staff  all            closed  -       request_closed  shop
close_stale             timer  -              closed  -       request_closed  shop
close_unconfirmed       timer  -              closed  -       request_closed  shop
release                 staff  all            open    -       released        shop
refer                   staff  all            open    -       shared          both
open_contact_as_staff   staff  all            open    closed  contact_opened  -
erase                   timer  -              -       closed  erased          -
"""
PARTNER = """
verb         by       roles  applied   approved   suspended  declined
approve      staff    all    approved  -          -          approved
decline      staff    all    declined  -          -          -
apply_again  partner  owner  -         -          -          applied
suspend      staff    all    -         suspended  -          -
reinstate    staff    all    -         -          approved   -
"""
REQUEST_STATUSES, PARTNER_STATUSES = ("open", "closed"), ("applied", "approved", "suspended", "declined")


@dataclass(frozen=True)
class Verb:
    """A row of a table."""

    by: str
    roles: tuple
    moves: dict  # status: the status after it
    limited: bool = False  # the * of its last role
    event: str = ""
    reason: str = ""
    tells: tuple = ()

    def is_of(self, side, role, *, connected=False):
        """Whether this is an act of that role of that side."""
        return side == self.by and role in self.roles_while(connected)

    def roles_while(self, connected):
        return self.roles[:-1] if self.limited and connected else self.roles


def verbs(table):
    header, *rows = (line.split() for line in table.strip().splitlines())
    found = {}
    for row in rows:
        cells = {name: cell.strip("-") for name, cell in zip(header, row, strict=True)}
        roles = cells["roles"].rstrip("*")
        found[cells["verb"]] = Verb(
            by=cells["by"],
            roles=ROLES[cells["by"]] if roles == "all" else tuple(roles.split(",")),
            moves={status: cells[status] for status in EVERY_STATUS & cells.keys() if cells[status]},
            limited=cells["roles"].endswith("*"),
            event=cells.get("event", ""),
            reason=cells.get("reason", ""),
            tells=("shop", "partner") if cells.get("tells") == "both" else (cells.get("tells", ""),),
        )
    return found


EVERY_STATUS = {*STATUSES, *REQUEST_STATUSES, *PARTNER_STATUSES}
SHARE_VERBS, REQUEST_VERBS, PARTNER_VERBS = verbs(SHARE), verbs(REQUEST), verbs(PARTNER)
