"""What a person must still show before a sign-in is a session (pure)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Proof(StrEnum):
    """What was shown. A passkey whose owner was verified is both: it is had, and it is unlocked."""

    PASSWORD = "password"
    PROVIDER = "provider"
    CODE = "code"
    RECOVERY = "recovery"
    PASSKEY = "passkey"


class Need(StrEnum):
    SECOND_FACTOR = "second_factor"
    SET_UP_SECOND_FACTOR = "set_up_second_factor"
    NEW_PASSWORD = "new_password"


class Way(StrEnum):
    """How a second factor can be shown."""

    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


SECOND = frozenset((Proof.CODE, Proof.RECOVERY, Proof.PASSKEY))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member has, and what is asked of them."""

    tenant: int
    member: int
    login: str
    name: str
    locale: str
    tenant_name: str
    email: str | None = None
    password_hash: str | None = None
    must_change: bool = False
    required: bool = False
    totp: bool = False
    passkeys: int = 0
    recovery_codes: int = 0

    @property
    def ways(self) -> tuple[Way, ...]:
        has = {
            Way.TOTP: self.totp,
            Way.PASSKEY: self.passkeys > 0,
            Way.RECOVERY: self.recovery_codes > 0,
        }
        return tuple(way for way in Way if has[way])

    @property
    def protected(self) -> bool:
        """Whether there is a second factor; recovery codes alone are none."""
        return self.totp or self.passkeys > 0


def still_needed(standing: Standing, shown: Collection[Proof]) -> Need | None:
    """The next thing to show, or nothing.

    A second factor comes before a new password, so that a stolen password changes none. Who comes
    without a password is not asked to change it.
    """
    if standing.protected and not SECOND & set(shown):
        return Need.SECOND_FACTOR
    if standing.required and not standing.protected:
        return Need.SET_UP_SECOND_FACTOR
    if standing.must_change and Proof.PASSWORD in shown:
        return Need.NEW_PASSWORD
    return None
