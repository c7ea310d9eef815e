"""Which policy is in force for a member: the tenant's, as groups, charter and consent narrow it."""

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from hub.protocol.enrolling import ConsentPurpose
from hub.protocol.facts import EvidenceLevel, Policy, Quiet, Work

NARROWEST_FIRST = tuple(EvidenceLevel)


def in_force(
    tenant: Policy, groups: Iterable[int], narrowed: Mapping[int, EvidenceLevel]
) -> Policy:
    """`groups` are the member's; `narrowed` is as `narrowed_through` says."""
    levels = (narrowed[group] for group in groups if group in narrowed)
    return replace(tenant, evidence=narrowest([tenant.evidence, *levels]))


def covered(policy: Policy, charter: int | None, agreed: Collection[ConsentPurpose]) -> Policy:
    """Without a charter, or without consent to capture, nothing is captured and nothing taken.

    `charter` is the version in force, `agreed` what the member's consent covers under it.
    """
    if charter is None or ConsentPurpose.CAPTURE not in agreed:
        quiet = Quiet.NO_CHARTER if charter is None else Quiet.NO_CONSENT
        off = EvidenceLevel.OFF
        return replace(policy, evidence=off, quiet=quiet, faces=False, live=False)
    images = ConsentPurpose.EVIDENCE in agreed
    most = policy.evidence if images else EvidenceLevel.STATE_ONLY
    return replace(
        policy,
        evidence=narrowest([policy.evidence, most]),
        faces=ConsentPurpose.FACE_TEMPLATE in agreed,
        live=ConsentPurpose.LIVE_VIEW in agreed,
    )


def at_work(policy: Policy, punched: Work, by_punch: bool) -> Policy:
    """Cameras are closed outside punched work, whatever anybody sets."""
    if policy.quiet or working(punched, by_punch):
        return policy
    return replace(policy, quiet=Quiet.OFF_WORK)


def working(punched: Work, by_punch: bool) -> bool:
    """Where work does not come from punches, who has not punched works while the agent runs."""
    return punched is Work.WORKING or (punched is Work.OFF and not by_punch)


def narrowed_through(
    parents: Mapping[int, int | None], narrowed: Mapping[int, EvidenceLevel]
) -> dict[int, EvidenceLevel]:
    """For each group that is narrowed, itself or by a group above it, the narrowest level."""
    found: dict[int, EvidenceLevel] = {}
    for group in parents:
        levels = [narrowed[one] for one in with_all_above(group, parents) if one in narrowed]
        if levels:
            found[group] = narrowest(levels)
    return found


def narrowest(levels: Iterable[EvidenceLevel]) -> EvidenceLevel:
    return min(levels, key=NARROWEST_FIRST.index)


def with_all_above(group: int, parents: Mapping[int, int | None]) -> list[int]:
    """The group and everything over it."""
    found = [group]
    while (above := parents.get(found[-1])) is not None and above not in found:
        found.append(above)
    return found
