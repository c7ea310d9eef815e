"""People with a second factor, for tests."""

import base64
from datetime import UTC, datetime
from typing import Any

import httpx2

from hub.identity import second_factor
from hub.identity.second_factor import STEP_S
from tests.hub.http.site import PASSWORD, Site, sign_in


class App:
    """An authenticator app with one account. Each code that it shows is of another time step."""

    def __init__(self, secret: str) -> None:
        self.secret = base64.b32decode(secret)
        self.ahead = -1

    def code(self) -> str:
        """A code that was not shown yet: of the last step, this one, the next; there are three."""
        now_s = datetime.now(UTC).timestamp() + self.ahead * STEP_S
        self.ahead += 1
        return second_factor.code_at(self.secret, now_s)


async def with_app(client: httpx2.AsyncClient) -> tuple[App, list[str]]:
    """Set an app up for whoever is signed in; the app and the recovery codes."""
    begun = await client.post("/api/v1/account/totp")
    assert begun.status_code == 201, begun.text
    app = App(begun.json()["secret"])
    done = await client.post("/api/v1/account/totp/confirm", json={"code": app.code()})
    assert done.status_code == 201, done.text
    return app, done.json()["recovery_codes"]


async def app_of(hub: Site, login: str) -> tuple[App, list[str]]:
    async with hub.signed_in(login) as client:
        return await with_app(client)


async def step_of(client: httpx2.AsyncClient, login: str, **more: str) -> dict[str, Any]:
    """What is still needed after the right password."""
    answer = await sign_in(client, login, PASSWORD, **more)
    assert answer.status_code == 201, answer.text
    step: dict[str, Any] = answer.json()["step"]
    assert "member" not in answer.json()
    return step


async def show(client: httpx2.AsyncClient, step: dict[str, Any], code: str) -> httpx2.Response:
    return await client.post("/api/v1/session/code", json={"step": step["token"], "code": code})
