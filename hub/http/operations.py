"""The site map: every REST operation there is."""

from hub.http import (
    devices,
    enrolments,
    evidence,
    groups,
    images,
    incidents,
    members,
    policy,
    problems,
    punches,
    session,
    setup,
)
from hub.http.rest import Operation

PREFIX = "/api/v1"

OPERATIONS = (
    Operation(
        "POST", f"{PREFIX}/session", session.sign_in, 201,
        (
            problems.WRONG_PASSWORD, problems.TOO_MANY_ATTEMPTS, problems.SYSTEM_ID_NEEDED,
            problems.CROWDED,
        ),
    ),
    Operation("GET", f"{PREFIX}/session", session.session),
    Operation("DELETE", f"{PREFIX}/session", session.sign_out, 204),
    Operation("GET", f"{PREFIX}/setup", setup.setup_state, 200, (problems.SETUP_LINK_USED,)),
    Operation(
        "POST", f"{PREFIX}/setup", setup.set_up, 201,
        (problems.SETUP_LINK_USED, problems.WEAK_PASSWORD, problems.CROWDED),
    ),
    Operation("GET", f"{PREFIX}/punches", punches.today),
    Operation("POST", f"{PREFIX}/punches", punches.punch, 200, (problems.PUNCH_REFUSED,)),
    Operation("GET", f"{PREFIX}/incidents", incidents.incidents),
    Operation("GET", f"{PREFIX}/members", members.members),
    Operation(
        "POST", f"{PREFIX}/members", members.create_member, 201,
        (
            problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TAKEN, problems.WEAK_PASSWORD,
            problems.CROWDED,
        ),
    ),
    Operation(
        "POST", f"{PREFIX}/members/{{member}}/disable", members.disable, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation("GET", f"{PREFIX}/groups", groups.groups, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/groups", groups.create_group, 201,
        (problems.NOT_ALLOWED, problems.NOT_FOUND, problems.TAKEN),
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
        "POST", f"{PREFIX}/agent/images", images.offer_image, 200,
        (problems.IMAGE_REFUSED, problems.TAKEN),
    ),
    Operation(
        "PUT", f"{PREFIX}/agent/images/{{image}}", images.send_image, 200,
        (problems.IMAGE_REFUSED, problems.NOT_FOUND),
    ),
    Operation("GET", f"{PREFIX}/evidence", evidence.evidence, 200, (problems.NOT_ALLOWED,)),
    Operation(
        "POST", f"{PREFIX}/evidence/{{image}}/viewings", evidence.open_image, 201,
        (problems.NOT_FOUND,),
    ),
    Operation(
        "GET", f"{PREFIX}/evidence/{{image}}", evidence.image, 200,
        (problems.NOT_FOUND, problems.PURPOSE_NEEDED, problems.NO_IMAGE),
    ),
    Operation("GET", f"{PREFIX}/viewings", evidence.viewings),
    Operation("GET", f"{PREFIX}/policy", policy.policy),
    Operation("PUT", f"{PREFIX}/policy", policy.set_policy, 204, (problems.NOT_ALLOWED,)),
    Operation(
        "PUT", f"{PREFIX}/groups/{{group}}/policy", policy.narrow_group, 204,
        (problems.NOT_ALLOWED, problems.NOT_FOUND),
    ),
    Operation("POST", f"{PREFIX}/agent/enrolments", enrolments.enrol, 201),
    Operation("GET", f"{PREFIX}/agent/enrolments", enrolments.own_enrolments),
    Operation(
        "DELETE", f"{PREFIX}/agent/enrolments/{{enrolment}}", enrolments.forget_own, 204,
        (problems.NOT_FOUND,),
    ),
    Operation("POST", f"{PREFIX}/agent/consents", enrolments.consent, 204),
    Operation("GET", f"{PREFIX}/agent/viewings", enrolments.looked_at),
    Operation("GET", f"{PREFIX}/enrolments", enrolments.enrolments),
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
)  # fmt: skip
