"""Which policy is in force for a member: the tenant's, as far as no group of theirs narrows it."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from hub.protocol.messages import EvidenceLevel, Policy

NARROWEST_FIRST = tuple(EvidenceLevel)


def in_force(
    tenant: Policy, groups: Iterable[int], narrowed: Mapping[int, EvidenceLevel]
) -> Policy:
    """`groups` are the member's; `narrowed` is as `narrowed_through` says."""
    levels = (narrowed[group] for group in groups if group in narrowed)
    return replace(tenant, evidence=narrowest([tenant.evidence, *levels]))


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
