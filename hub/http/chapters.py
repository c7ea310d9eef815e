"""The chapters of the REST interface's description: which paths stand in which, in this order."""

from dataclasses import dataclass

from hub.http.contracts import Operation


@dataclass(frozen=True, slots=True)
class Chapter:
    """A tag of the OpenAPI document; `parts` are the first parts of its paths below the prefix."""

    name: str
    about: str
    parts: tuple[str, ...]


CHAPTERS = (
    Chapter("Board", "Who is at their seat: now, at any moment, and how the day went.",
            ("board", "events", "strips", "counts", "analysis")),
    Chapter("Incidents", "What a device has seen, and what people say about it.",
            ("incidents", "escalation")),
    Chapter("Evidence", "Images that came with incidents or by policy, and who looked at them.",
            ("evidence", "viewings")),
    Chapter("Punches", "Coming, going and breaks.", ("punches",)),
    Chapter("Members", "The people of a tenant, their roles, and how they are let in.",
            ("members", "roles", "invitations")),
    Chapter("Groups", "The tree of groups, and who supervises them.", ("groups",)),
    Chapter("Devices", "The PCs that report, and how they are paired.",
            ("devices", "pairings", "pairing")),
    Chapter("Faces", "Enrolments: by what a person is recognised.", ("enrolments",)),
    Chapter("Charter and consent", "What is watched, who said so, and who agreed.",
            ("charter", "consents", "policy", "disclosure")),
    Chapter("Webhooks", "Endpoints that are told of events, and what became of each delivery.",
            ("webhooks",)),
    Chapter("Notices", "What the hub tells people: in the app, by mail, by push.",
            ("notices", "push")),
    Chapter("Signing in", "Passwords, second factors, passkeys, a company's own accounts.",
            ("session", "sessions", "password", "links", "setup", "sign-in-policy")),
    Chapter("Account", "What everybody sets for themselves.", ("account",)),
    Chapter("Tenant", "A company's own settings, API tokens, and from where it may be used.",
            ("tenant", "tokens", "limits")),
    Chapter("Log", "Who did what, in a chain that nobody changes unseen.",
            ("log",)),
    Chapter("Agents", "What agents send and fetch, with their device's token.", ("agent",)),
    Chapter("Operation", "The installation: its tenants, and times of maintenance.",
            ("tenants", "maintenance")),
    Chapter("About", "Licences, and what problems mean.", ("licenses", "problems")),
)  # fmt: skip
_CHAPTER = {part: chapter for chapter in CHAPTERS for part in chapter.parts}
_BELOW_MEMBERS = {"seat": "Board", "presence": "Board", "months": "Board"}
PREFIX_PARTS = 3  # "", "api", "v1"


def chapter_of(operation: Operation) -> str:
    """Its own, else by its path; raise KeyError for a path that stands in none."""
    if operation.tag is not None:
        return operation.tag
    first, *rest = operation.path.split("/")[PREFIX_PARTS:]
    last = _BELOW_MEMBERS.get(rest[1]) if first == "members" and len(rest) > 1 else None
    return last or _CHAPTER[first.partition(".")[0]].name
