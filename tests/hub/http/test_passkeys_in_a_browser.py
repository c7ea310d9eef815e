"""A real browser, with an authenticator of its own, makes a passkey and signs in with it."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from hub.access import Role
from tests.hub.http.site import HASH, PASSWORD
from tests.hubs import running
from tests.record import person

CALLS = """
const call = async (method, path, body) => {
  const answer = await fetch("/api/v1" + path, {
    method, headers: {"Content-Type": "application/json"}, body: JSON.stringify(body),
  });
  const text = await answer.text();
  return {status: answer.status, ...(text ? JSON.parse(text) : {})};
};
"""
MAKE = """
await call("POST", "/session", {login: "sato", password});
const asked = await call("POST", "/account/passkeys/options", {});
const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.options);
const credential = (await navigator.credentials.create({publicKey})).toJSON();
const kept = await call("POST", "/account/passkeys", {
  ceremony: asked.ceremony, name: "この端末", credential,
});
await call("DELETE", "/session", {});
return kept;
"""
USE = """
const asked = await call("POST", "/session/passkey/options", {});
const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.options);
const credential = (await navigator.credentials.get({publicKey})).toJSON();
return await call("POST", "/session/passkey", {ceremony: asked.ceremony, credential});
"""


async def does(page: Page, script: str) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(
        f"async (password) => {{ {CALLS} {script} }}", PASSWORD
    )
    return found


async def authenticator(page: Page, *, verifies: bool) -> None:
    """What the browser asks for passkeys: it keeps them, and says whose finger it was."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.requirement("R49")
async def test_a_browser_makes_a_passkey_and_signs_in_with_it_alone(
    chromium: Browser, tmp_path: Path
) -> None:
    async with running(tmp_path) as hub:
        office = await hub.office()
        async with hub.engine.begin() as conn:
            await person(conn, office.id, "sato", Role.SUPERVISOR, password_hash=HASH)
        page = await chromium.new_page(bypass_csp=True)  # the document there is no page
        await page.goto(f"http://localhost:{hub.port}/healthz")
        await authenticator(page, verifies=True)

        assert (await does(page, MAKE))["status"] == 201
        signed_in = await does(page, USE)
        assert signed_in["status"] == 201
        assert signed_in["member"]["login"] == "sato"
        assert (await does(page, 'return await call("GET", "/session");'))["status"] == 200
