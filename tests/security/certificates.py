"""A certificate authority of the tests' own, and hubs that serve with what it signs."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.app import hub
from hub.settings import Settings
from tests.hubs import settings

HOST = "127.0.0.1"


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def pem(key: ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    how: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        how = serialization.BestAvailableEncryption(password)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


@dataclass
class Authority:
    """Signs for 127.0.0.1, into a folder."""

    folder: Path

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.root = self._builder("zaiseki tests", self.key.public_key()).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        ).sign(self.key, hashes.SHA256())  # fmt: skip
        self.roots = self.folder / "roots.pem"
        self.roots.write_bytes(self.root.public_bytes(serialization.Encoding.PEM))
        self.chain, self.private = self.folder / "chain.pem", self.folder / "key.pem"
        self.sign()

    def sign(self, password: bytes | None = None) -> int:
        """A new key and certificate in the same files; its serial number."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))])
        made = self._builder(HOST, key.public_key()).add_extension(names, critical=False)
        signed = made.sign(self.key, hashes.SHA256())
        self.chain.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        self.private.write_bytes(pem(key, password))
        return signed.serial_number

    def _builder(self, name: str, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("zaiseki tests"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )

    def trusting(self) -> ssl.SSLContext:
        """What a client needs that trusts nobody else."""
        return ssl.create_default_context(cafile=self.roots)

    def settings(self, state: Path) -> Settings:
        plain = settings(state)
        return replace(
            plain,
            url=plain.url.replace("http://", "https://"),
            tls_certificate=self.chain,
            tls_key=self.private,
        )


@asynccontextmanager
async def secure_hub(authority: Authority, state: Path) -> AsyncIterator[Settings]:
    async with hub(authority.settings(state)) as running:
        yield running
