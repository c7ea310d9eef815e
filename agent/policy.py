"""The tenant's policy as this device last heard it: it holds without the hub, too."""

from pathlib import Path

import msgspec

from agent.settings import write_private
from hub.protocol.facts import EvidenceLevel, Policy, Quiet

FILE = "policy.json"

# Only the hub knows whether there is a charter, and a consent on record: until then, nothing.
UNKNOWN = Policy(EvidenceLevel.OFF, quiet=Quiet.NOT_HEARD, faces=False, live=False)


def load(folder: Path) -> Policy:
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Policy)
    except (OSError, msgspec.DecodeError):
        return UNKNOWN


def save(folder: Path, policy: Policy) -> None:
    """Raise SettingsError when the disk does not take it."""
    write_private(folder / FILE, msgspec.json.encode(policy))
