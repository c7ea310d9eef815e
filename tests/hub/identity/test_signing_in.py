"""What must be shown before a sign-in is a session."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.signing_in import SECOND, Need, Proof, Standing, Way, still_needed

SATO = Standing(1, 2, "sato", "佐藤", "ja", "株式会社A", password_hash="…")
standings = st.builds(
    Standing,
    tenant=st.just(1),
    member=st.just(2),
    login=st.just("sato"),
    name=st.just("佐藤"),
    locale=st.just("ja"),
    tenant_name=st.just("株式会社A"),
    must_change=st.booleans(),
    required=st.booleans(),
    totp=st.booleans(),
    passkeys=st.integers(0, 2),
    recovery_codes=st.integers(0, 10),
)
proofs = st.sets(st.sampled_from(Proof), min_size=1)


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    ("standing", "shown", "need"),
    [
        (SATO, [Proof.PASSWORD], None),
        (replace(SATO, totp=True), [Proof.PASSWORD], Need.SECOND_FACTOR),
        (replace(SATO, passkeys=1), [Proof.PROVIDER], Need.SECOND_FACTOR),
        (replace(SATO, totp=True), [Proof.PASSWORD, Proof.CODE], None),
        (replace(SATO, totp=True), [Proof.PASSWORD, Proof.RECOVERY], None),
        (replace(SATO, passkeys=1), [Proof.PASSKEY], None),
        (replace(SATO, required=True), [Proof.PASSWORD], Need.SET_UP_SECOND_FACTOR),
        (replace(SATO, required=True, totp=True), [Proof.PASSWORD, Proof.CODE], None),
        (replace(SATO, must_change=True), [Proof.PASSWORD], Need.NEW_PASSWORD),
        (replace(SATO, must_change=True), [Proof.PROVIDER], None),
        (replace(SATO, must_change=True, totp=True), [Proof.PASSWORD], Need.SECOND_FACTOR),
        (replace(SATO, recovery_codes=3), [Proof.PASSWORD], None),
    ],
)
def test_the_next_step(standing: Standing, shown: list[Proof], need: Need | None) -> None:
    assert still_needed(standing, shown) is need


@given(standings, proofs)
def test_nobody_gets_past_a_second_factor_that_is_there_or_asked_for(
    standing: Standing, shown: set[Proof]
) -> None:
    if still_needed(standing, shown) is None and (standing.protected or standing.required):
        assert standing.protected
        assert SECOND & shown


@given(standings)
def test_only_what_somebody_has_is_offered(standing: Standing) -> None:
    assert (Way.TOTP in standing.ways) == standing.totp
    assert (Way.PASSKEY in standing.ways) == bool(standing.passkeys)
    assert (Way.RECOVERY in standing.ways) == bool(standing.recovery_codes)
