"""The site map: every REST operation there is."""

from hub.http import events, explained, licenses, log, maintenance, problems, punches
from hub.http.contracts import Operation
from hub.http.history import analysis, board, person, strips
from hub.http.incidents import escalation, handling, reading
from hub.http.people import (
    devices,
    groups,
    limits,
    members,
    notices,
    notifications,
    own_devices,
    pairing,
    push,
    roles,
    seats,
    tenants,
    tokens,
)
from hub.http.pictures import enrolments, evidence, intake
from hub.http.privacy import charter, consents, disclosure, policy
from hub.http.signin import (
    account,
    codes,
    links,
    oidc,
    passkeys,
    session,
    sessions,
    setup,
    sign_in_policy,
)
from hub.http.webhooks import deliveries, endpoints

PREFIX = "/api/v1"

OPERATIONS = (
    Operation(
        "POST", f"{PREFIX}/session", session.sign_in, 201,
        (
            problems.WRONG_PASSWORD, problems.TOO_MANY_ATTEMPTS, problems.SYSTEM_ID_NEEDED,
            problems.TENANT_CLOSED, problems.STEP_EXPIRED, problems.CROWDED,
        ),
    ),
    Operation("GET", f"{PREFIX}/session", session.session),
    Operation("DELETE", f"{PREFIX}/session", session.sign_out, 204),
    Operation("GET", f"{PREFIX}/setup", setup.setup_state, 200, (problems.SETUP_LINK_USED,)),
    Operation(
        "POST", f"{PREFIX}/setup", setup.set_up, 201,
        (problems.SETUP_LINK_USED, problems.WEAK_PASSWORD, problems.CROWDED),
    ),
    Operation("GET", f"{PREFIX}/punches", punches.today, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/punches", punches.punch, 200,
        (problems.NOT_ALLOWED, problems.PUNCH_REFUSED),
    ),
    Operation("GET", f"{PREFIX}/events", events.events, 200, (problems.NOT_ALLOWED,)),
    Operation("GET", f"{PREFIX}/incidents", reading.incidents, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/incidents/verdicts", handling.give_verdicts, 200,
        (
            problems.NOT_FOUND, problems.NOT_ALLOWED, problems.NOT_VIEWED,
            problems.JUDGED_MEANWHILE,
        ),
    ),
    Operation(
        "GET", f"{PREFIX}/incidents/{{incident}}", reading.incident, 200,
        (problems.NOT_FOUND, problems.NOT_ALLOWED),
    ),
    Operation(
        "POST", f"{PREFIX}/incidents/{{incident}}/verdict", handling.give_verdict, 200,
        (problems.NOT_FOUND, problems.NOT_ALLOWED, problems.JUDGED_MEANWHILE),
    ),
    Operation(
        "DELETE", f"{PREFIX}/incidents/{{incident}}/verdict", handling.withdraw_verdict, 204,
        (problems.NOT_FOUND, problems.NOT_ALLOWED, problems.VERDICT_STANDS),
    ),
    Operation(
        "PUT", f"{PREFIX}/incidents/{{incident}}/assignee", handling.assign, 200,
        (problems.NOT_FOUND, problems.NOT_ALLOWED, problems.JUDGED),
    ),
    Operation(
        "POST", f"{PREFIX}/incidents/{{incident}}/dispute", handling.dispute, 200,
        (problems.NOT_FOUND, problems.NOT_ALLOWED, problems.DISPUTED),
    ),
    Operation("GET", f"{PREFIX}/escalation", escalation.escalation, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "PUT", f"{PREFIX}/escalation", escalation.change_escalation, 204, (problems.NOT_ALLOWED,)
    ),
    Operation("GET", f"{PREFIX}/members", members.members, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/members", members.create_member, 201,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TAKEN, problems.WEAK_PASSWORD,
            problems.SEATS_TAKEN, problems.OTHER_HOME, problems.CROWDED,
        ),
    ),
    Operation(
        "GET", f"{PREFIX}/members.csv", members.export_members, 200, (problems.NOT_ALLOWED,)
    ),
    Operation(
        "POST", f"{PREFIX}/members.csv", members.import_members, 200,
        (problems.NOT_ALLOWED, problems.SEATS_TAKEN),
        body_max_bytes=members.IMPORT_MAX_BYTES,
    ),
    Operation(
        "GET", f"{PREFIX}/members/{{member}}", members.one_member, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "PATCH", f"{PREFIX}/members/{{member}}", members.change_member, 200,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TAKEN, problems.OTHER_HOME,
            problems.LAST_ADMINISTRATOR, problems.OWN_ACCOUNT,
        ),
    ),
    Operation(
        "POST", f"{PREFIX}/members/{{member}}/disable", members.disable, 204,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.LAST_ADMINISTRATOR,
            problems.OWN_ACCOUNT,
        ),
    ),
    Operation(
        "POST", f"{PREFIX}/members/{{member}}/enable", members.enable, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.SEATS_TAKEN),
    ),
    Operation("PUT", f"{PREFIX}/account/name", members.rename, 204, (problems.NOT_ALLOWED,)),
    Operation("GET", f"{PREFIX}/groups", groups.groups, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/groups", groups.create_group, 201,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TAKEN),
    ),
    Operation(
        "GET", f"{PREFIX}/groups/{{group}}", groups.one_group, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "PATCH", f"{PREFIX}/groups/{{group}}", groups.change_group, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TAKEN, problems.GROUP_RING),
    ),
    Operation(
        "DELETE", f"{PREFIX}/groups/{{group}}", groups.delete_group, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.GROUP_NOT_EMPTY),
    ),
    Operation(
        "PUT", f"{PREFIX}/groups/{{group}}/supervisors", groups.supervise, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
        changes=f"{PREFIX}/groups/{{group}}",
    ),
    Operation(
        "GET", f"{PREFIX}/tenant", tenants.own_tenant, 200, (problems.NOT_ALLOWED,),
        beside=("seats",),
    ),
    Operation("PATCH", f"{PREFIX}/tenant", tenants.edit_own_tenant, 200, (problems.NOT_ALLOWED,)),
    Operation("GET", f"{PREFIX}/tenants", tenants.tenants, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/tenants", tenants.open_tenant, 201,
        (problems.NOT_ALLOWED, problems.CROWDED),
    ),
    Operation(
        "GET", f"{PREFIX}/tenants/{{tenant}}", tenants.one_tenant, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND), beside=("seats",),
    ),
    Operation(
        "PATCH", f"{PREFIX}/tenants/{{tenant}}", tenants.change_tenant, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/tenants/{{tenant}}/state", tenants.change_state, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND), changes=f"{PREFIX}/tenants/{{tenant}}",
    ),
    Operation("GET", f"{PREFIX}/devices", devices.devices, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/devices", devices.create_device, 201,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "DELETE", f"{PREFIX}/devices/{{device}}", devices.revoke, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/agent/images", intake.offer_image, 200,
        (problems.IMAGE_REFUSED, problems.TAKEN),
    ),
    Operation(
        "PUT", f"{PREFIX}/agent/images/{{image}}", intake.send_image, 200,
        (problems.IMAGE_REFUSED, problems.IMAGE_LATER, problems.NOT_FOUND),
    ),
    Operation("GET", f"{PREFIX}/evidence", evidence.evidence, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/evidence/{{image}}/viewings", evidence.open_image, 201,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "GET", f"{PREFIX}/evidence/{{image}}", evidence.image, 200,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.PURPOSE_NEEDED, problems.NO_IMAGE,
        ),
    ),
    Operation(
        "DELETE", f"{PREFIX}/evidence/{{image}}", evidence.erase_image, 204,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.IMAGE_STAYS, problems.NO_IMAGE,
        ),
    ),
    Operation("GET", f"{PREFIX}/viewings", evidence.viewings, 200, (problems.NOT_ALLOWED,)),
    Operation("GET", f"{PREFIX}/policy", policy.policy, beside=("mine",)),
    Operation("PUT", f"{PREFIX}/policy", policy.set_policy, 204, (problems.NOT_ALLOWED,)),
    Operation(
        "PUT", f"{PREFIX}/groups/{{group}}/policy", policy.narrow_group, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
        changes=f"{PREFIX}/groups/{{group}}",
    ),
    Operation(
        "POST", f"{PREFIX}/agent/enrolments", enrolments.enrol, 201, (problems.CONSENT_NEEDED,)
    ),
    Operation("GET", f"{PREFIX}/agent/enrolments", enrolments.own_enrolments),
    Operation(
        "DELETE", f"{PREFIX}/agent/enrolments/{{enrolment}}", enrolments.forget_own, 204,
        (problems.NOT_FOUND,),
    ),
    Operation("POST", f"{PREFIX}/agent/consents", consents.consent, 204),
    Operation("GET", f"{PREFIX}/agent/charter", charter.charter_on_device),
    Operation("POST", f"{PREFIX}/agent/token", devices.renew_token, 201),
    Operation("GET", f"{PREFIX}/agent/viewings", enrolments.looked_at),
    Operation("GET", f"{PREFIX}/enrolments", enrolments.enrolments),
    Operation(
        "GET", f"{PREFIX}/enrolments/approval", enrolments.approval, 200, (problems.NOT_ALLOWED,)
    ),
    Operation(
        "PUT", f"{PREFIX}/enrolments/approval", enrolments.set_approval, 204,
        (problems.NOT_ALLOWED,),
    ),
    Operation(
        "POST", f"{PREFIX}/enrolments/{{enrolment}}/decision", enrolments.decide, 204,
        (problems.NOT_FOUND,),
    ),
    Operation(
        "DELETE", f"{PREFIX}/enrolments/{{enrolment}}", enrolments.forget, 204,
        (problems.NOT_FOUND,),
    ),
    # Pairing, charter, consent, tokens and limits.
    Operation(
        "POST", f"{PREFIX}/pairing/device_authorization", pairing.authorize_device, 200,
        (problems.TOO_MANY_REQUESTS,),
    ),
    Operation(
        "POST", f"{PREFIX}/pairing/token", pairing.device_token, 200, (problems.NOT_PAIRED,)
    ),
    Operation(
        "GET", f"{PREFIX}/pairings/{{code}}", pairing.pairing, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TOO_MANY_REQUESTS),
    ),
    Operation(
        "POST", f"{PREFIX}/pairings/{{code}}", pairing.answer_pairing, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TOO_MANY_REQUESTS),
    ),
    Operation("GET", f"{PREFIX}/charter", charter.charter, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/charter", charter.publish_charter, 201,
        (problems.NOT_ALLOWED, problems.NOTICE_TOO_SHORT),
    ),
    Operation("GET", f"{PREFIX}/disclosure", disclosure.disclosure, 200, (problems.NOT_ALLOWED,)),
    Operation("GET", f"{PREFIX}/consents", consents.consents, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/consents", consents.consent_to, 204,
        (problems.NOT_ALLOWED, problems.CHARTER_CHANGED),
    ),
    Operation("GET", f"{PREFIX}/consents/members", consents.member_consents),
    Operation("GET", f"{PREFIX}/tokens", tokens.tokens, 200, (problems.NOT_ALLOWED,)),
    Operation("POST", f"{PREFIX}/tokens", tokens.create_token, 201, (problems.NOT_ALLOWED,)),
    Operation(
        "DELETE", f"{PREFIX}/tokens/{{token}}", tokens.revoke_token, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "GET", f"{PREFIX}/limits", limits.limits, 200, (problems.NOT_ALLOWED,),
        beside=("geoip", "address", "country"),
    ),
    Operation(
        "PUT", f"{PREFIX}/limits", limits.set_limits, 204,
        (problems.NOT_ALLOWED, problems.LOCKS_OUT),
    ),
    Operation("GET", f"{PREFIX}/log", log.log, 200, (problems.NOT_ALLOWED,)),
    Operation("GET", f"{PREFIX}/log/words", log.log_words, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "GET", f"{PREFIX}/log.csv", log.export_log, 200,
        (problems.NOT_ALLOWED, problems.EXPORT_TOO_LONG),
    ),
    Operation(
        "GET", f"{PREFIX}/log.json", log.export_log_json, 200,
        (problems.NOT_ALLOWED, problems.EXPORT_TOO_LONG),
    ),
    Operation("GET", f"{PREFIX}/log/heads", log.heads, 200, (problems.NOT_ALLOWED,)),
    # ---- the record read back
    Operation(
        "GET", f"{PREFIX}/members/{{member}}/seat", seats.seat_now, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "GET", f"{PREFIX}/members/{{member}}/presence", person.presence, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.RANGE_TOO_LONG),
    ),
    Operation(
        "GET", f"{PREFIX}/members/{{member}}/months/{{month}}", person.presence_month, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation("GET", f"{PREFIX}/strips", strips.strips, 200, (problems.NOT_ALLOWED,)),
    Operation("GET", f"{PREFIX}/counts", strips.counts, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "GET", f"{PREFIX}/board/at", board.board_at, 200,
        (problems.NOT_ALLOWED, problems.RANGE_TOO_LONG),
    ),
    Operation(
        "GET", f"{PREFIX}/board/changes", board.board_changes, 200,
        (problems.NOT_ALLOWED, problems.RANGE_TOO_LONG),
    ),
    Operation(
        "GET", f"{PREFIX}/analysis", analysis.analysis, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.RANGE_TOO_LONG),
    ),
    Operation(
        "GET", f"{PREFIX}/analysis.csv", analysis.export_analysis, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.RANGE_TOO_LONG),
    ),
    # ---- signing in beyond a password, and one's own account
    Operation("GET", f"{PREFIX}/session/ways", sign_in_policy.ways),
    Operation(
        "POST", f"{PREFIX}/session/step", codes.session_step, 200, (problems.STEP_EXPIRED,)
    ),
    Operation(
        "POST", f"{PREFIX}/session/code", codes.session_code, 201,
        (problems.WRONG_CODE, problems.STEP_EXPIRED, problems.TOO_MANY_ATTEMPTS),
    ),
    Operation(
        "POST", f"{PREFIX}/session/totp", codes.session_totp, 201,
        (problems.STEP_EXPIRED, problems.ALREADY_SET_UP),
    ),
    Operation(
        "POST", f"{PREFIX}/session/totp/confirm", codes.session_totp_confirm, 201,
        (problems.WRONG_CODE, problems.STEP_EXPIRED, problems.TOO_MANY_ATTEMPTS),
    ),
    Operation(
        "POST", f"{PREFIX}/session/password", codes.session_password, 201,
        (
            problems.WEAK_PASSWORD, problems.SAME_PASSWORD, problems.STEP_EXPIRED,
            problems.CROWDED,
        ),
    ),
    Operation(
        "POST", f"{PREFIX}/session/passkey/options", passkeys.passkey_options, 200,
        (problems.STEP_EXPIRED, problems.PASSKEYS_NEED_A_NAME),
    ),
    Operation(
        "POST", f"{PREFIX}/session/passkey", passkeys.passkey_sign_in, 201,
        (
            problems.PASSKEY_REFUSED, problems.STEP_EXPIRED, problems.TOO_MANY_ATTEMPTS,
            problems.PASSKEYS_NEED_A_NAME,
        ),
    ),
    Operation(
        "GET", f"{PREFIX}/session/oidc", oidc.oidc_start, 303,
        (problems.NOT_FOUND, problems.SYSTEM_ID_NEEDED),
    ),
    Operation("GET", f"{PREFIX}/session/oidc/callback", oidc.oidc_back, 303),
    Operation(
        "POST", f"{PREFIX}/password/forgotten", links.forgotten, 202,
        (problems.MAIL_NOT_SET_UP, problems.TOO_MANY_ATTEMPTS, problems.SYSTEM_ID_NEEDED),
    ),
    Operation("GET", f"{PREFIX}/links", links.link_state, 200, (problems.LINK_USED,)),
    Operation(
        "POST", f"{PREFIX}/links", links.set_by_link, 204,
        (problems.LINK_USED, problems.WEAK_PASSWORD, problems.CROWDED),
    ),
    Operation("GET", f"{PREFIX}/sessions", sessions.sessions, 200, (problems.NOT_FOUND,)),
    Operation(
        "DELETE", f"{PREFIX}/sessions/{{session}}", sessions.revoke_session, 204,
        (problems.NOT_FOUND,),
    ),
    Operation(
        "POST", f"{PREFIX}/sessions/revoke", sessions.revoke_all, 204, (problems.NOT_FOUND,)
    ),
    Operation("GET", f"{PREFIX}/account", account.account),
    Operation(
        "GET", f"{PREFIX}/account/devices", own_devices.own_devices, 200, (problems.NOT_ALLOWED,)
    ),
    Operation(
        "POST", f"{PREFIX}/account/devices/{{device}}/pause", own_devices.pause, 202,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.DEVICE_NOT_CONNECTED),
    ),
    Operation(
        "POST", f"{PREFIX}/account/devices/{{device}}/resume", own_devices.resume, 202,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.DEVICE_NOT_CONNECTED),
    ),
    Operation("PUT", f"{PREFIX}/account/locale", account.set_own_locale, 204),
    Operation(
        "GET", f"{PREFIX}/account/notifications", notifications.notifications, 200,
        (problems.NOT_ALLOWED,),
    ),
    Operation(
        "PUT", f"{PREFIX}/account/notifications", notifications.set_notifications, 204,
        (problems.NOT_ALLOWED,),
    ),
    Operation("GET", f"{PREFIX}/notices", notices.notices, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/notices/read", notices.read_notices, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/notices/{{notice}}/read", notices.read_notice, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation("GET", f"{PREFIX}/account/push", push.push, 200, (problems.NOT_ALLOWED,)),
    Operation("PUT", f"{PREFIX}/account/push", push.subscribe_push, 204, (problems.NOT_ALLOWED,)),
    Operation(
        "DELETE", f"{PREFIX}/account/push", push.unsubscribe_push, 204, (problems.NOT_ALLOWED,)
    ),
    Operation(
        "PUT", f"{PREFIX}/account/email", account.set_own_email, 204,
        (problems.CONFIRMATION_NEEDED,),
    ),
    Operation(
        "PUT", f"{PREFIX}/account/password", account.set_own_password, 204,
        (
            problems.WRONG_PASSWORD, problems.WEAK_PASSWORD, problems.SAME_PASSWORD,
            problems.TOO_MANY_ATTEMPTS, problems.CONFIRMATION_NEEDED, problems.CROWDED,
        ),
    ),
    Operation(
        "POST", f"{PREFIX}/account/confirm", account.confirm_own, 204,
        (
            problems.WRONG_PASSWORD, problems.WRONG_CODE, problems.TOO_MANY_ATTEMPTS,
            problems.CROWDED,
        ),
    ),
    Operation(
        "POST", f"{PREFIX}/account/totp", account.own_totp, 201,
        (problems.CONFIRMATION_NEEDED, problems.ALREADY_SET_UP),
    ),
    Operation(
        "DELETE", f"{PREFIX}/account/totp", account.remove_own_totp, 204,
        (problems.CONFIRMATION_NEEDED, problems.SECOND_FACTOR_REQUIRED),
    ),
    Operation(
        "POST", f"{PREFIX}/account/totp/confirm", account.own_totp_confirm, 201,
        (problems.CONFIRMATION_NEEDED, problems.WRONG_CODE, problems.TOO_MANY_ATTEMPTS),
    ),
    Operation(
        "POST", f"{PREFIX}/account/recovery-codes", account.own_recovery_codes, 201,
        (problems.CONFIRMATION_NEEDED, problems.SECOND_FACTOR_REQUIRED),
    ),
    Operation(
        "POST", f"{PREFIX}/account/passkeys/options", passkeys.own_passkey_options, 200,
        (problems.CONFIRMATION_NEEDED, problems.PASSKEYS_NEED_A_NAME),
    ),
    Operation(
        "POST", f"{PREFIX}/account/passkeys", passkeys.add_own_passkey, 201,
        (
            problems.CONFIRMATION_NEEDED, problems.PASSKEY_REFUSED, problems.STEP_EXPIRED,
            problems.TAKEN, problems.PASSKEYS_NEED_A_NAME,
        ),
    ),
    Operation(
        "DELETE", f"{PREFIX}/account/passkeys/{{passkey}}", passkeys.remove_own_passkey, 204,
        (problems.CONFIRMATION_NEEDED, problems.SECOND_FACTOR_REQUIRED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/members/{{member}}/invitation", links.invite, 201,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "GET", f"{PREFIX}/invitations", links.invitations, 200, (problems.NOT_ALLOWED,)
    ),
    Operation(
        "DELETE", f"{PREFIX}/members/{{member}}/invitation", links.revoke_invitation, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "DELETE", f"{PREFIX}/members/{{member}}/second-factor", sign_in_policy.remove_factors, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.CONFIRMATION_NEEDED),
    ),
    Operation(
        "GET", f"{PREFIX}/sign-in-policy", sign_in_policy.sign_in_policy, 200,
        (problems.NOT_ALLOWED,),
    ),
    Operation(
        "PUT", f"{PREFIX}/sign-in-policy", sign_in_policy.set_sign_in_policy, 204,
        (problems.NOT_ALLOWED, problems.CONFIRMATION_NEEDED),
    ),
    Operation(
        "PUT", f"{PREFIX}/sign-in-policy/oidc", sign_in_policy.set_oidc, 204,
        (problems.NOT_ALLOWED, problems.CONFIRMATION_NEEDED, problems.OIDC_UNREACHABLE),
        changes=f"{PREFIX}/sign-in-policy",
    ),
    Operation(
        "DELETE", f"{PREFIX}/sign-in-policy/oidc", sign_in_policy.remove_oidc, 204,
        (problems.NOT_ALLOWED, problems.CONFIRMATION_NEEDED, problems.NOT_FOUND),
        changes=f"{PREFIX}/sign-in-policy",
    ),
    Operation("GET", f"{PREFIX}/maintenance", maintenance.maintenance),
    Operation(
        "GET", f"{PREFIX}/maintenance/windows", maintenance.maintenance_windows, 200,
        (problems.NOT_ALLOWED,),
    ),
    Operation(
        "POST", f"{PREFIX}/maintenance/windows", maintenance.announce_maintenance, 201,
        (problems.NOT_ALLOWED, problems.WINDOW_OVERLAPS, problems.WINDOW_OVER),
    ),
    Operation(
        "POST", f"{PREFIX}/maintenance/windows/{{window}}/begin",
        maintenance.begin_maintenance, 200,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.WINDOW_OVERLAPS,
            problems.WINDOW_OVER,
        ),
    ),
    Operation(
        "POST", f"{PREFIX}/maintenance/windows/{{window}}/end", maintenance.end_maintenance, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.WINDOW_OVER),
    ),
    Operation("GET", f"{PREFIX}/webhooks", endpoints.webhooks, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/webhooks", endpoints.create_webhook, 201,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.WEBHOOK_FORBIDDEN,
            problems.WEBHOOKS_FULL,
        ),
    ),
    Operation(
        "GET", f"{PREFIX}/webhooks/types", endpoints.webhook_types, 200, (problems.NOT_ALLOWED,)
    ),
    Operation(
        "GET", f"{PREFIX}/webhooks/deliveries", deliveries.deliveries, 200,
        (problems.NOT_ALLOWED,),
    ),
    Operation(
        "GET", f"{PREFIX}/webhooks/deliveries/{{delivery}}", deliveries.one_delivery, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/webhooks/deliveries/{{delivery}}/replay", deliveries.replay_delivery,
        204, (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.WEBHOOK_DISABLED),
    ),
    Operation(
        "GET", f"{PREFIX}/webhooks/{{webhook}}", endpoints.webhook, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "PATCH", f"{PREFIX}/webhooks/{{webhook}}", endpoints.change_webhook, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.WEBHOOK_FORBIDDEN),
    ),
    Operation(
        "DELETE", f"{PREFIX}/webhooks/{{webhook}}", endpoints.remove_webhook, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/webhooks/{{webhook}}/secret", endpoints.rotate_webhook, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/webhooks/{{webhook}}/test", endpoints.try_webhook, 201,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.WEBHOOK_DISABLED),
    ),
    Operation(
        "POST", f"{PREFIX}/webhooks/{{webhook}}/enable", endpoints.enable_webhook, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/webhooks/{{webhook}}/disable", endpoints.disable_webhook, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation(
        "POST", f"{PREFIX}/webhooks/{{webhook}}/replay", endpoints.replay_webhook, 200,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.WEBHOOK_DISABLED),
    ),
    Operation("GET", f"{PREFIX}/problems", explained.problem_types),
    Operation("GET", f"{PREFIX}/roles", roles.roles),
    Operation("GET", f"{PREFIX}/licenses", licenses.licenses, 200, (problems.INCOMPLETE,)),
    Operation(
        "GET", f"{PREFIX}/licenses/text", licenses.licence_text, 200,
        (problems.NOT_FOUND, problems.INCOMPLETE),
    ),
)  # fmt: skip
