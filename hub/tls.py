"""The hub's own certificate: TLS 1.2 and later, renewed files taken without a restart; and whose
certificates it believes."""

import logging
import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx2

CHECK_EVERY_S = 30.0

log = logging.getLogger(__name__)


class BadCertificate(Exception):
    """The files cannot be used; the message is one line that says why."""


@cache
def authorities() -> ssl.SSLContext:
    """Whom to trust when the hub asks others; to read it takes 0.1 s, so it is read once."""
    return httpx2.create_ssl_context()


@dataclass
class Certificate:
    """A chain and its key as PEM files, and the context that every new connection asks."""

    chain: Path
    key: Path
    context: ssl.SSLContext = field(init=False)
    _seen: tuple[float, float] = field(init=False)

    def __post_init__(self) -> None:
        self._seen = self._times()
        self.context = context(self.chain, self.key)

    def is_renewed(self) -> bool:
        """Whether there are other files, which can be used; of those that cannot it is logged.

        Half-written ones spoil a trial, not what serves.
        """
        try:
            if self._times() == self._seen:
                return False
            context(self.chain, self.key)
        except BadCertificate as wrong:
            _cannot_be_used(wrong)
            return False
        return True

    def renew(self) -> None:
        """Take the files. On the thread of the handshakes: one that began between the certificate
        and its key would have the new one and the old one's."""
        try:
            times = self._times()
            self.context.load_cert_chain(self.chain, self.key, password=_no_password)
        except (BadCertificate, OSError, ValueError) as wrong:
            _cannot_be_used(wrong)
            return
        self._seen = times
        log.warning("a new certificate is in use", extra={"file": str(self.chain)})

    def _times(self) -> tuple[float, float]:
        try:
            return self.chain.stat().st_mtime, self.key.stat().st_mtime
        except OSError as wrong:
            raise BadCertificate(f"{wrong.filename}: {wrong.strerror}") from None


def _cannot_be_used(wrong: Exception) -> None:
    log.error("the new certificate cannot be used", extra={"error": str(wrong)})


def context(chain: Path, key: Path) -> ssl.SSLContext:
    """Raise BadCertificate if the files are no certificate and key that belong together."""
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996 forbids what came before
    made.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    made.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")  # RFC 9325 4.2; TLS 1.3 has its own
    made.set_alpn_protocols(["http/1.1"])
    try:
        made.load_cert_chain(chain, key, password=_no_password)
    except ssl.SSLError as wrong:
        what = wrong.reason or "no PEM files"
        raise BadCertificate(f"{chain} and {key} cannot be used: {what}") from None
    except OSError as wrong:
        raise BadCertificate(f"{chain}, {key}: {wrong.strerror}") from None
    except ValueError:
        raise BadCertificate(f"{key} has a password; give a key without one") from None
    return made


def _no_password() -> str:
    """OpenSSL would ask the terminal."""
    raise ValueError
