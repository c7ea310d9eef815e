"""How members show who they are beside a password, and the mail that helps them to."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Id, key, to


class Totp(Base):
    """A member's authenticator app (RFC 6238); the secret is sealed.

    `last_step` is the last time step whose code was taken: none is taken twice. Until
    `confirmed_at` the app has not shown a code, and the row asks nobody for one.
    """

    __tablename__ = "totps"
    member_id: Mapped[int] = to("members", primary_key=True)
    tenant_id: Mapped[int] = to("tenants")
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(Id, default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """One of a set that stands in for a lost second factor, each once; its digest only."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("member_id", "code_hash"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members")
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A credential of WebAuthn: the public key of what a member's device keeps."""

    __tablename__ = "passkeys"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(Id)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class KnownBrowser(Base):
    """A browser that a member has signed in with: others' guesses do not lock it out."""

    __tablename__ = "known_browsers"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class PasswordLink(Base):
    """A one-time link with which a member sets a password: an invitation, or a reset by mail."""

    __tablename__ = "password_links"
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    kind: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OidcProvider(Base):
    """A tenant's own OpenID provider; its client secret is sealed."""

    __tablename__ = "oidc_providers"
    tenant_id: Mapped[int] = to("tenants", primary_key=True)
    issuer: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str] = mapped_column(String(200))
    client_secret: Mapped[bytes]
    label: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class OidcSubject(Base):
    """Who a member is at an issuer: the subject never changes there, an e-mail address may."""

    __tablename__ = "oidc_subjects"
    __table_args__ = (UniqueConstraint("tenant_id", "issuer", "subject"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    member_id: Mapped[int] = to("members", index=True)
    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]


class Mail(Base):
    """The outbox of mail; the text is sealed, for it may hold a link, and goes once it is sent.

    With a `push_id` it goes to that browser instead. No foreign key: the browser may be gone.

    `due_at` is when the next attempt is due, and empty once nothing more will be tried.
    """

    __tablename__ = "mails"
    __table_args__ = (Index(None, "due_at"),)
    id: Mapped[int] = key()
    tenant_id: Mapped[int] = to("tenants")
    message_id: Mapped[str] = mapped_column(String(40), unique=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[bytes | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)
    push_id: Mapped[int | None] = mapped_column(Id)
