"""Master keys that never leave a token: PKCS#11 hardware, or whatever speaks like it."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable
from urllib.parse import parse_qs, unquote, urlsplit

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass, Session

from storage.sealing.masters import MasterProblem, NoMaster, damaged

LABEL = "zaiseki master key "  # and a number: the newest has the highest
KEY_BITS = 256
NONCE_BYTES = 12  # a master key wraps one key a tenant and rotation: far from GCM's 2^32 messages
NAME_BYTES = 8
EXAMPLE = (
    "write pkcs11:token=NAME?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/PATH/TO/PIN"
)
T = TypeVar("T")


@runtime_checkable
class AesKey(Protocol):
    """What the library's key of the token can do; its classes are put together at run time."""

    id: bytes
    label: str

    def encrypt(self, data: bytes, **how: object) -> bytes: ...

    def decrypt(self, data: bytes, **how: object) -> bytes: ...

    def destroy(self) -> None: ...


class TokenMasters:
    """The AES keys of one token whose labels are ours; one session, used by one thread at a time.

    `uri` follows RFC 7512: a token's label, the module, and the PIN or the file that has it.
    """

    def __init__(self, uri: str) -> None:
        self._token, self._module, self._pin = _parsed(uri)
        self._lock = threading.Lock()
        self._session: Session | None = None

    def names(self) -> list[str]:
        return self._with(lambda session: [key.id.hex() for key in _ours(session)])

    def wrap(self, name: str, plain: bytes, bound: bytes) -> bytes:
        how = GCMParams(secrets.token_bytes(NONCE_BYTES), bound)

        def wrapped(session: Session) -> bytes:
            sealed = _key(session, name).encrypt(
                plain, mechanism=Mechanism.AES_GCM, mechanism_param=how
            )
            return how.nonce + bytes(sealed)

        return self._with(wrapped)

    def unwrap(self, name: str, wrapped: bytes, bound: bytes) -> bytes:
        how, rest = GCMParams(wrapped[:NONCE_BYTES], bound), wrapped[NONCE_BYTES:]

        def unwrapped(session: Session) -> bytes:
            key = _key(session, name)
            try:
                return bytes(key.decrypt(rest, mechanism=Mechanism.AES_GCM, mechanism_param=how))
            except (pkcs11.GeneralError, pkcs11.EncryptedDataInvalid, pkcs11.FunctionFailed):
                raise damaged() from None  # tokens differ in how they say it

        return self._with(unwrapped)

    def make(self) -> str:
        id = secrets.token_bytes(NAME_BYTES)

        def made(session: Session) -> str:
            number = 1 + max(map(_number, _ours(session)), default=0)
            session.generate_key(
                KeyType.AES,
                KEY_BITS,
                id=id,
                label=f"{LABEL}{number}",
                store=True,
                template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
            )
            return id.hex()

        return self._with(made)

    def drop(self, name: str) -> None:
        self._with(lambda session: _key(session, name).destroy())

    def _with(self, do: Callable[[Session], T]) -> T:
        with self._lock, _told():
            if self._session is None:
                self._session = self._opened()
            try:
                return do(self._session)
            except pkcs11.PKCS11Error:
                self._session = None  # a token that was taken out wants a new one
                raise

    def _opened(self) -> Session:
        token = pkcs11.lib(self._module).get_token(token_label=self._token)
        try:
            return token.open(rw=True, user_pin=self._pin)
        except pkcs11.UserAlreadyLoggedIn:  # by another session of this process
            return token.open(rw=True)


def _ours(session: Session) -> list[AesKey]:
    """Ours on the token, the newest first."""
    wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES}
    found = [key for key in session.get_objects(wanted) if isinstance(key, AesKey)]
    ours = [key for key in found if key.label.startswith(LABEL)]
    return sorted(ours, key=_number, reverse=True)


def _key(session: Session, name: str) -> AesKey:
    found = next((key for key in _ours(session) if key.id.hex() == name), None)
    if found is None:
        raise NoMaster(name)
    return found


def _number(key: AesKey) -> int:
    number = key.label.removeprefix(LABEL)
    return int(number) if number.isdecimal() else 0


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except pkcs11.PinIncorrect:
        raise MasterProblem(
            "the token refuses the PIN; put the right one into pin-source"
        ) from None
    except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned) as wrong:
        raise MasterProblem(f"{wrong}; {EXAMPLE}") from None
    except pkcs11.PKCS11Error as wrong:
        said = str(wrong) or type(wrong).__name__
        raise MasterProblem(f"the token with the master key does not work: {said}") from None


def _parsed(uri: str) -> tuple[str, str, str]:
    """The token's label, the module's path and the PIN."""
    parts = urlsplit(uri)
    named = dict(part.partition("=")[::2] for part in parts.path.split(";"))
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    module, token = asked.get("module-path"), unquote(named.get("token", ""))
    if parts.scheme != "pkcs11" or not token or not module:
        raise MasterProblem(f"ZAISEKI_PKCS11 names no token; {EXAMPLE}")
    return token, module, _pin(asked)


def _pin(asked: dict[str, str]) -> str:
    if "pin-value" in asked:
        return asked["pin-value"]
    source = asked.get("pin-source", "").removeprefix("file:")
    try:
        return Path(source).read_text().strip()
    except OSError as wrong:
        raise MasterProblem(f"ZAISEKI_PKCS11 has no PIN ({wrong}); {EXAMPLE}") from None
