"""The system's keychain, through keyring: that takes 14 MB, so it is loaded only when asked."""

from collections.abc import Iterator
from contextlib import contextmanager

SERVICE = "zaiseki"


class KeychainError(Exception):
    """There is none, or it does not open; the text is a few words."""


def kept(name: str) -> str | None:
    """What it has under a name. Raises KeychainError."""
    import keyring

    with explained():
        return keyring.get_password(SERVICE, name)


def keep(name: str, text: str) -> None:
    """Raises KeychainError, also where it forgets at once what it was given."""
    import keyring

    with explained():
        keyring.set_password(SERVICE, name, text)
        if keyring.get_password(SERVICE, name) != text:
            raise KeychainError("it does not keep what it was given")


def drop(name: str) -> None:
    """Raises KeychainError."""
    import keyring

    with explained():
        keyring.delete_password(SERVICE, name)


@contextmanager
def explained() -> Iterator[None]:
    from keyring.errors import KeyringError

    try:
        yield
    except KeyringError as wrong:
        raise KeychainError(str(wrong).partition(".")[0] or type(wrong).__name__) from None
