"""Every URL by every role: what a GET and a POST are answered with. A URL without a row here fails the tests."""

ROLES = (
    "anonymous", "seller", "editor", "viewer", "other_seller",
    "partner_owner", "reviewer", "partner_viewer", "other_partner", "clerk", "staff",
)  # fmt: skip

# What GET answers to ROLES, in their order. login, admin: led to sign in there. told: led back, with the reason why
# not. 404: not one's own. 405: by POST alone. All but the public pages lead the anonymous to sign in. *: where the
# first showing of free text goes on record, which is all that a GET writes.
GET = """
home                                200   302 302 302 302   302 302 302 302   302 302
healthz                             200   200 200 200 200   200 200 200 200   200 200
readyz                              200   200 200 200 200   200 200 200 200   200 200
metrics                             404   404 404 404 404   404 404 404 404   404 404
robots                              200   200 200 200 200   200 200 200 200   200 200
referrals                           200   200 200 200 200   200 200 200 200   200 200
help                                200   200 200 200 200   200 200 200 200   200 200
privacy                             200   200 200 200 200   200 200 200 200   200 200
terms                               200   200 200 200 200   200 200 200 200   200 200
switch                              login 405 405 405 405   405 405 405 405   405 405
set_language                        302   302 302 302 302   302 302 302 302   302 302

partners:directory                  200   200 200 200 200   200 200 200 200   200 200
partners:compare                    200   200 200 200 200   200 200 200 200   200 200
partners:profile                    200   200 200 200 200   200 200 200 200   200 200
partners:amount                     405   405 405 405 405   405 405 405 405   405 405
partners:signup                     200   200 200 200 200   200 200 200 200   200 200

seller:signup                       200   200 200 200 200   200 200 200 200   200 200
seller:confirm_contact              404   404 404 404 404   404 404 404 404   404 404
seller:home                         login 200 200 200 200   302 302 302 302   302 302
seller:partner_hub                  login 200 200 200 200   302 302 302 302   302 302
seller:my_requests                  login 200 200 200 200   302 302 302 302   302 302
seller:request_new                  login 200 200 told 200  302 302 302 302   302 302
seller:request                      login 200 200 200 404   404 404 404 404   404 404
seller:request_edit                 login 200 200 told 404  404 404 404 404   404 404
seller:request_refer                login 405 405 405 405   405 405 405 405   405 405
seller:request_confirm              login 405 405 405 405   405 405 405 405   405 405
seller:request_close                login 200 200 told 404  404 404 404 404   404 404
seller:proposals                    login 200 200 200 404   404 404 404 404   404 404
seller:share                        login 200 200 200 404   404 404 404 404   404 404
seller:share_message                login 302 302 302 404   404 404 404 404   404 404
seller:share_authorise              login 200 told told 404 404 404 404 404   404 404
seller:share_renew                  login 200 told told 404 404 404 404 404   404 404
seller:share_revoke                 login 200 told told 404 404 404 404 404   404 404
seller:share_close                  login 200 200 told 404  404 404 404 404   404 404
seller:team                         login 200 200 200 200   302 302 302 302   302 302
seller:team_history                 login 200 told told 200   302 302 302 302   302 302
seller:team_invite                  login 200 told told 200   302 302 302 302   302 302
seller:team_renew                   login 405 405 405 405   405 405 405 405   405 405
seller:team_withdraw                login 200 told told 404   404 404 404 404   404 404
seller:team_role                    login 200 told told 404   404 404 404 404   404 404
seller:team_remove                  login 200 told told 404   404 404 404 404   404 404
seller:team_leave                   login 404 404 200 404   404 404 404 404   404 404
seller:team_hand_over               login 200 404 404 404   404 404 404 404   404 404
seller:team_take_over               login told 200 told 404   404 404 404 404   404 404
seller:team_decline                 login 405 405 405 405   405 405 405 405   405 405
seller:team_keep                    login 405 405 405 405   405 405 405 405   405 405
seller:settings                     login 200 200 200 200   302 302 302 302   302 302
seller:second_factor                login told told told told 302 302 302 302 302 302
seller:block                        login 200 200 told 200  302 302 302 302   302 302
seller:sign_in                      login 200 200 200 200   302 302 302 302   302 302
seller:unblock                      login 405 405 405 405   405 405 405 405   405 405

portal:inbox                        login 302 302 302 302   200 200 200 200   302 302
portal:share                        login 404 404 404 404   200* 200* 200* 404  404 404
portal:reject_several               login 302 302 302 302   200 200 told told 302 302
portal:contact                      login 404 404 404 404   302 302 302 404   404 404
portal:accept                       login 404 404 404 404   200 200 told 404  404 404
portal:message                      login 404 404 404 404   302 302 302 404  404 404
portal:propose                      login 404 404 404 404   200 200 told 404  404 404
portal:withdraw_proposal            login 404 404 404 404   200 200 told 404  404 404
portal:reject                       login 404 404 404 404   200 200 told 404  404 404
portal:withdraw                     login 404 404 404 404   200 200 told 404  404 404
portal:close                        login 404 404 404 404   200 told told 404 404 404
portal:block                        login 404 404 404 404   200 200 told 404  404 404
portal:unblock                      login 405 405 405 405   405 405 405 405   405 405
portal:profile                      login 302 302 302 302   200 200 200 200   302 302
portal:partner_contact              login 302 302 302 302   200 told told 200 302 302
portal:second_factor                login 302 302 302 302   told told told told 302 302
portal:availability                 login 302 302 302 302   200 200 200 200   302 302
portal:sign_in                      login 302 302 302 302   200 200 200 200   302 302
portal:insights                     login 302 302 302 302   200 200 200 200   302 302
portal:team                         login 302 302 302 302   200 200 200 200   302 302
portal:team_history                 login 302 302 302 302   200 told told 200   302 302
portal:team_invite                  login 302 302 302 302   200 told told 200   302 302
portal:team_renew                   login 405 405 405 405   405 405 405 405   405 405
portal:team_withdraw                login 404 404 404 404   200 told told 404   404 404
portal:team_role                    login 404 404 404 404   200 told told 404   404 404
portal:team_remove                  login 404 404 404 404   200 told told 404   404 404
portal:team_leave                   login 404 404 404 404   404 404 200 404   404 404
portal:team_hand_over               login 404 404 404 404   200 404 404 404   404 404
portal:team_take_over               login 404 404 404 404   told 200 told 404   404 404
portal:team_decline                 login 405 405 405 405   405 405 405 405   405 405
portal:team_keep                    login 405 405 405 405   405 405 405 405   405 405
invitations:invitation              200   200 200 200 200   200 200 200 200   200 200
invitations:signup                  200   302 302 302 302   302 302 302 302   302 302

accounts:notifications              login 200 200 200 200   200 200 200 200   200 200
accounts:read_all_notifications     login 405 405 405 405   405 405 405 405   405 405
accounts:read_notification          login 405 405 405 405   405 405 405 405   405 405
accounts:preferences                login 200 200 200 200   200 200 200 200   200 200
accounts:mail_preferences                login 405 405 405 405   405 405 405 405   405 405
accounts:first_factor               login 302 302 302 302   302 302 302 302   302 302
accounts:first_factor_link          login told told told told told told told told told told
accounts:unsubscribe                200   200 200 200 200   200 200 200 200   200 200

personal:data                       login 200 200 200 200   200 200 200 200   200 200
personal:download                   login 405 405 405 405   405 405 405 405   405 405
personal:file                       login 405 405 405 405   405 405 405 405   405 405
personal:erase                      login 302 302 302 302   302 302 302 302   302 302
usersessions_list                   login 200 200 200 200   200 200 200 200   200 200

company:sign_in                     200   302 302 302 302   302 302 302 302   302 302
company:oidc_callback               404   404 404 404 404   404 404 404 404   404 404
company:saml_acs                    405   405 405 405 405   405 405 405 405   405 405
company:saml_finish                 404   404 404 404 404   404 404 404 404   404 404
company:saml_metadata               404   404 404 404 404   404 404 404 404   404 404

account_signup                      200   200 200 200 200   200 200 200 200   200 200
account_login                       200   302 302 302 302   302 302 302 302   302 302
account_logout                      302   200 200 200 200   200 200 200 200   200 200
account_inactive                    200   200 200 200 200   200 200 200 200   200 200
account_reauthenticate              login 200 200 200 200   200 200 200 200   302 302
account_email                       login 200 200 200 200   200 200 200 200   200 200
account_email_verification_sent     200   200 200 200 200   200 200 200 200   200 200
account_confirm_email               200   200 200 200 200   200 200 200 200   200 200
account_change_password             login 200 200 200 200   200 200 200 200   200 200
account_set_password                login 302 302 302 302   302 302 302 302   302 302
account_reset_password              200   200 200 200 200   200 200 200 200   200 200
account_reset_password_done         200   200 200 200 200   200 200 200 200   200 200
account_reset_password_from_key     200   200 200 200 200   200 200 200 200   200 200
account_reset_password_from_key_done 200  200 200 200 200   200 200 200 200   200 200
account_confirm_login_code          login 302 302 302 302   302 302 302 302   302 302
mfa_index                           login 200 200 200 200   200 200 200 200   200 200
mfa_authenticate                    login 302 302 302 302   302 302 302 302   302 302
mfa_reauthenticate                  login 302 302 302 302   302 302 302 302   200 200
mfa_reauthenticate_webauthn         login 302 302 302 302   302 302 302 302   302 302
mfa_activate_totp                   login 302 302 302 302   302 302 302 302   302 302
mfa_deactivate_totp                 login 404 404 404 404   404 404 404 404   302 302
mfa_view_recovery_codes             login 404 404 404 404   404 404 404 404   404 404
mfa_generate_recovery_codes         login 302 302 302 302   302 302 302 302   302 302
mfa_download_recovery_codes         login 404 404 404 404   404 404 404 404   404 404
mfa_list_webauthn                   login 200 200 200 200   200 200 200 200   200 200
mfa_add_webauthn                    login 302 302 302 302   302 302 302 302   302 302
mfa_remove_webauthn                 login 302 302 302 302   302 302 302 302   302 302
mfa_edit_webauthn                   login 302 302 302 302   302 302 302 302   302 302
mfa_login_webauthn                  login 302 302 302 302   302 302 302 302   302 302

admin:index                         admin admin admin admin admin admin admin admin admin 200 200
admin:figures                       login admin admin admin admin admin admin admin admin 403 200
admin:login                         login 403 403 403 403   403 403 403 403   302 302
admin:logout                        admin 302 302 302 302   302 302 302 302   405 405
admin:password_change               admin admin admin admin admin admin admin admin admin 302 302
admin:password_change_done          admin admin admin admin admin admin admin admin admin 200 200
admin:jsi18n                        admin admin admin admin admin admin admin admin admin 200 200
admin:autocomplete                  admin admin admin admin admin admin admin admin admin 403 403
admin:view_on_site                  admin admin admin admin admin admin admin admin admin 404 404
admin:app_list                      admin admin admin admin admin admin admin admin admin 404 200
"""

# The other pages of the admin lead members to its sign-in, and are forbidden to staff without the permission.
# What they answer to a superuser: rows are not made or removed past the services, and have no older form to go back to.
ADMIN = """
requests_app_shop            changelist 200 add 403 change 200 history 200 delete 403 simple_history 404
requests_app_partnerrequest  changelist 200 add 403 change 200 history 302 delete 403
requests_app_partnerrequest  unmatched 200 refer 200 contact 200 close 200 release 200
requests_app_block           changelist 200 add 403 change 200 history 200 delete 403
requests_app_teamevent       changelist 200 add 403 change 200 history 200 delete 403
requests_app_companysignin   changelist 200 add 200 change 200 history 200 delete 403 simple_history 404
requests_app_companysignin   switch-on 200 switch-off 200 allow-passwords 200
requests_app_companydomain   changelist 200 add 403 change 200 history 200 delete 403 simple_history 404
requests_app_companydomain   verify 200 withdraw 200
requests_app_share           changelist 200 add 403 change 200 history 302 delete 403 close 200
partners_market              changelist 200 add 200 change 200 history 200 delete told simple_history 404
partners_category            changelist 200 add 200 change 200 history 200 delete told simple_history 404
partners_exchangerate        changelist 200 add 200 change 200 history 200 delete 200 simple_history 404
partners_partner             changelist 200 add 403 change 200 history 200 delete 403 simple_history 404
partners_partner             approve 200 decline 200 suspend 200 reinstate 200
auth_group                   changelist 200 add 200 change 200 history 200 delete 200
accounts_sitepage            changelist 200 add 403 change 200 history 200 delete 403 simple_history 404
accounts_user                changelist 200 add 200 change 200 history 200 delete 403
accounts_user                make-inactive 200 make-active 200
auth_user                    password_change 200
accounts_accountmail         changelist 200 add 403 change 200 history 200 delete 403 send-again 200
accounts_notification        changelist 200 add 403 change 200 history 200 delete 403 send-again 200
accounts_failedtask          changelist 200 add 403 change 200 history 200 delete 200 run-again 200
"""
CLERK = {"history 302": "302", "simple_history 404": "404"}  # they only lead on, or are nowhere

# What POST with good values answers to ROLES; * where it changed something.
POST = """
switch                              login 302 302 302 told told told told told told told
partners:amount                     200   200 200 200 200   200 200 200 200   200 200
partners:signup                     302*  302* 302* 302* 302* 302* 302* 302* 302* 302* 302*
seller:signup                       302*  302* 302* 302* 302* 302* 302* 302* 302* 302* 302*
seller:request_new                  login 302* 302* told 302* 302 302 302 302 302 302
seller:request_edit                 login 302* 302* told 404 404 404 404 404  404 404
seller:request_refer                login 302* 302* told 404 404 404 404 404  404 404
seller:request_confirm              login told told told 404 404 404 404 404  404 404
seller:confirm_contact              302   302 302 302 302   302 302 302 302   302 302
seller:request_close                login 302* 302* told 404 404 404 404 404  404 404
seller:share_message                login 302* 302* 200 404 404 404 404 404  404 404
seller:share_authorise              login 302* told told 404 404 404 404 404  404 404
seller:share_renew                  login 302* told told 404 404 404 404 404  404 404
seller:share_revoke                 login 302* told told 404 404 404 404 404  404 404
seller:share_close                  login 302* 302* told 404 404 404 404 404  404 404
seller:settings                     login 302* told told 200 302 302 302 302   302 302
seller:second_factor                login told told told told 302 302 302 302 302 302
seller:block                        login 302* 302* told 302* 302 302 302 302   302 302
seller:unblock                      login 404 404 404 404   302 302 302 302   302 302
seller:team_invite                  login 302* told told 302*   302 302 302 302   302 302
seller:team_renew                   login 302* told told 404   404 404 404 404   404 404
seller:team_withdraw                login 302* told told 404   404 404 404 404   404 404
seller:team_role                    login 302* told told 404   404 404 404 404   404 404
seller:team_remove                  login 302* told told 404   404 404 404 404   404 404
seller:team_leave                   login 404 404 302* 404   404 404 404 404   404 404
seller:team_hand_over               login told 404 404 404   404 404 404 404   404 404
seller:team_take_over               login told 302* told 404   404 404 404 404   404 404
seller:team_decline                 login told 302* told 404   404 404 404 404   404 404
seller:team_keep                    login 302* told told 404   404 404 404 404   404 404
portal:block                        login 404 404 404 404   302* 302* told 404  404 404
portal:unblock                      login 302 302 302 302   404 404 404 404   302 302
portal:reject_several               login 302 302 302 302   302* 302* told told 302 302
portal:contact                      login 404 404 404 404   200* 200* 200* 404 404 404
portal:accept                       login 404 404 404 404   302* 302* told 404 404 404
portal:message                      login 404 404 404 404   302* 302* 200 404 404 404
portal:propose                      login 404 404 404 404   302* 302* 200 404  404 404
portal:withdraw_proposal            login 404 404 404 404   302* 302* told 404 404 404
portal:reject                       login 404 404 404 404   302* 302* told 404 404 404
portal:withdraw                     login 404 404 404 404   302* 302* told 404 404 404
portal:close                        login 404 404 404 404   302* told told 404 404 404
portal:profile                      login 302 302 302 302   302* told told 302* 302 302
portal:availability                 login 302 302 302 302   302* told told 302* 302 302
portal:team_invite                  login 302 302 302 302   302* told told 302*   302 302
portal:team_renew                   login 404 404 404 404   302* told told 404   404 404
portal:team_withdraw                login 404 404 404 404   302* told told 404   404 404
portal:team_role                    login 404 404 404 404   302* told told 404   404 404
portal:team_remove                  login 404 404 404 404   302* told told 404   404 404
portal:team_leave                   login 404 404 404 404   404 404 302* 404   404 404
portal:team_hand_over               login 404 404 404 404   told 404 404 404   404 404
portal:team_take_over               login 404 404 404 404   told 302* told 404   404 404
portal:team_decline                 login 404 404 404 404   told 302* told 404   404 404
portal:team_keep                    login 404 404 404 404   302* told told 404   404 404
invitations:invitation              302   told told told 302* told told told told told told
invitations:signup                  302*  302 302 302 302   302 302 302 302   302 302
portal:partner_contact              login 302 302 302 302   302* told told 302* 302 302
portal:second_factor                login 302 302 302 302   told told told told 302 302
seller:sign_in                      login 302* told told 200  302 302 302 302   302 302
portal:sign_in                      login 302 302 302 302   200 200 200 200   302 302
company:sign_in                     200   302 302 302 302   302 302 302 302   302 302
company:saml_acs                    404   404 404 404 404   404 404 404 404   404 404
accounts:read_all_notifications     login 302* 302* 302 302 302* 302* 302 302 302 302
accounts:read_notification          login 302* 404 404 404  404 404 404 404   404 404
accounts:preferences                login 302* 302* 302* 302* 302* 302* 302* 302* 302* 302*
accounts:mail_preferences                login 302* 302* 302* 302* 302* 302* 302* 302* 302* 302*
accounts:unsubscribe                200*  200* 200* 200* 200* 200* 200* 200* 200* 200* 200*
personal:download                   login 200 200 200 200   200 200 200 200   200 200
personal:file                       login told told told told  told told told told  told told
personal:erase                      login 302 302 302 302   302 302 302 302   302 302
usersessions_list                   login 302 302 302 302   302 302 302 302   302 302
admin:requests_app_partnerrequest_refer   login admin admin admin admin admin admin admin admin 403 302*
admin:requests_app_partnerrequest_contact login admin admin admin admin admin admin admin admin 403 200*
admin:requests_app_partnerrequest_close   login admin admin admin admin admin admin admin admin 403 302*
admin:requests_app_partnerrequest_release login admin admin admin admin admin admin admin admin 403 told
admin:requests_app_share_close            login admin admin admin admin admin admin admin admin 403 302*
admin:requests_app_companysignin_switch-on  login admin admin admin admin admin admin admin admin 403 told
admin:requests_app_companysignin_switch-off login admin admin admin admin admin admin admin admin 403 302*
admin:requests_app_companysignin_allow-passwords login admin admin admin admin admin admin admin admin 403 told
admin:requests_app_companydomain_verify   login admin admin admin admin admin admin admin admin 403 told
admin:requests_app_companydomain_withdraw login admin admin admin admin admin admin admin admin 403 302*
admin:partners_partner_approve            login admin admin admin admin admin admin admin admin 403 told
admin:partners_partner_suspend            login admin admin admin admin admin admin admin admin 403 302*
admin:partners_partner_reinstate          login admin admin admin admin admin admin admin admin 403 told
admin:accounts_user_make-inactive         login admin admin admin admin admin admin admin admin 403 302*
admin:accounts_user_make-active           login admin admin admin admin admin admin admin admin 403 told
admin:accounts_failedtask_run-again       login admin admin admin admin admin admin admin admin 403 302*
"""


def rows(table):
    found = {}
    for line in filter(None, table.splitlines()):
        name, *cells = line.split()
        assert len(cells) == len(ROLES), line
        found[name] = cells
    return found


def admin_rows():
    found = {}
    for line in filter(None, ADMIN.splitlines()):
        model, *pairs = line.split()
        for page, code in zip(pairs[::2], pairs[1::2], strict=True):
            cells = ["login", *(["admin"] * 8), CLERK.get(f"{page} {code}", "403"), code]
            found[f"admin:{model}_{page}"] = cells
    return found


TABLE = rows(GET) | admin_rows()
POST_TABLE = rows(POST)

AUTOCOMPLETE = {"app_label": "partners", "model_name": "partnermember", "field_name": "user", "term": "a", "page": "1"}
# Good queries of the URLs that read one.
QUERIES = {
    "partners:directory": {"q": "a", "market": "GB", "service": "ads", "type": "tsp", "budget": "5", "currency": "GBP",
                           "all": "1", "sort": "newest", "before": "1-1", "partner": "northlight-commerce"},
    "partners:compare": {"partner": "northlight-commerce"},
    "seller:my_requests": {"q": "a", "status": "waiting", "sort": "oldest", "after": "1-1", "seen": "a"},
    "seller:request": {"with": "SPS-2222222222", "before": "1"},
    "seller:proposals": {"with": "SPS-2222222222"},
    "seller:share": {"before": "1", "seen": "a-1", "on": "request"},
    "seller:share_authorise": {"proposal": "1"},
    "seller:request_new": {"q": "a", "partner": "northlight-commerce", "again": "SPR-2222222222"},
    "portal:inbox": {"q": "a", "status": "all", "sort": "newest", "before": "1-1", "seen": "a"},
    "seller:team": {"before": "a-1", "after": "a-1", "acting_for": "shop:1"},
    "seller:team_history": {"before": "1-1", "after": "1-1"},
    "seller:team_role": {"role": "owner"},
    "seller:team_hand_over": {"member": "1"},
    "portal:team": {"before": "a-1", "after": "a-1", "acting_for": "partner:1"},
    "portal:team_history": {"before": "1-1", "after": "1-1"},
    "portal:team_role": {"role": "owner"},
    "portal:team_hand_over": {"member": "1"},
    "accounts:notifications": {"before": "1-1"},
    "admin:autocomplete": AUTOCOMPLETE,
    "admin:accounts_user_changelist": {"q": "a", "is_active__exact": "1", "p": "1"},
    "admin:partners_partner_changelist": {"q": "a", "status__exact": "approved", "markets__code__exact": "GB"},
    "admin:requests_app_shop_changelist": {"q": "a", "market__code__exact": "GB", "nobody": "yes"},
    "admin:requests_app_partnerrequest_changelist": {"q": "a", "status__exact": "open", "unmatched": "yes"},
    "admin:requests_app_partnerrequest_refer": {"q": "a"},
    "admin:requests_app_share_changelist": {"q": "a", "status__exact": "reviewing"},
}  # fmt: skip


def odd_queries(name, value):
    """Yield the good query of the URL with this value in the place of one of its own, for each."""
    good = QUERIES.get(name, {})
    yield from (good | {each: value} for each in good)
