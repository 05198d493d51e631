"""The mails of teams: templates/emails/<name>.html, each with its icon and tone in the list of notifications."""

from requests_app.teams.kinds import ENDING, JOINING, Kind

# By the kind of an event, what the mail to each side is called: team_<name>_for_<member or owner>.
ALSO_THE_PERSON = frozenset({Kind.JOINED, Kind.LEFT, Kind.HANDED_OVER})  # get a receipt of what they did themself
NAMES = (
    dict.fromkeys(JOINING - {Kind.FOUNDED}, "joined")
    | dict.fromkeys(ENDING, "left")
    | {Kind.ROLE_CHANGED: "role", Kind.HANDED_OVER: "handed_over"}
)
OFFERED, OFFER_ENDED = "team_offered_for_member", "team_offer_ended"
OPEN_WORK = "team_open_work_for_member"
FOR_WHO_LEFT = "team_left_for_member"
STEPPED_DOWN = "team_stepped_down_for_member"
# Every mail of a team by its template, with its icon and tone in the list of notifications.
DRAWN = {
    "team_joined_for_member": ("user-plus", "green"),
    "team_joined_for_owner": ("user-plus", "green"),
    "team_role_for_member": ("key", "blue"),
    "team_role_for_owner": ("key", "blue"),
    FOR_WHO_LEFT: ("user-minus", "red"),
    "team_left_for_owner": ("user-minus", "grey"),
    OPEN_WORK: ("inbox-arrow-down", "amber"),
    OFFERED: ("hand-raised", "amber"),
    f"{OFFER_ENDED}_for_member": ("x-mark", "grey"),
    f"{OFFER_ENDED}_for_owner": ("x-mark", "grey"),
    STEPPED_DOWN: ("key", "blue"),
    "team_handed_over_for_member": ("key", "green"),
    "team_handed_over_for_owner": ("key", "green"),
}
FOR_OWNERS = frozenset(template for template in DRAWN if template.endswith("_for_owner"))
