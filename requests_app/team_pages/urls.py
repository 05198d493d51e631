"""The pages of a team, for the URLs of each area."""

from django.urls import path

from requests_app.team_pages import views


def team_urls(prefix, pages, given):
    """Return the URLs below `prefix`; `given` is the area's decorator that gives a view the shop or partner."""
    own = {"pages": pages}
    return [
        path(prefix, given(views.team), own, name="team"),
        path(f"{prefix}history/", given(views.team_history), own, name="team_history"),
        path(f"{prefix}invite/", given(views.invite), own, name="team_invite"),
        path(f"{prefix}invitations/<int:pk>/renew/", views.renew, own, name="team_renew"),
        path(f"{prefix}invitations/<int:pk>/withdraw/", views.withdraw, own, name="team_withdraw"),
        path(f"{prefix}members/<int:pk>/role/", views.change_role, own, name="team_role"),
        path(f"{prefix}members/<int:pk>/remove/", views.remove, own, name="team_remove"),
        path(f"{prefix}members/<int:pk>/leave/", views.leave, own, name="team_leave"),
        path(f"{prefix}members/<int:pk>/hand-over/", views.hand_over, own, name="team_hand_over"),
        path(f"{prefix}hand-overs/<int:pk>/accept/", views.take_over, own, name="team_take_over"),
        path(f"{prefix}hand-overs/<int:pk>/decline/", views.decline, own, name="team_decline"),
        path(f"{prefix}hand-overs/<int:pk>/withdraw/", views.keep, own, name="team_keep"),
    ]
