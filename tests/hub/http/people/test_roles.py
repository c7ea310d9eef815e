"""The table of roles as pages show it."""

import pytest

from hub.access import Action, Actor, Role, Subject, may
from tests.hub.http.site import Site


@pytest.mark.requirement("R26", "R64")
async def test_what_the_table_says_is_what_the_hub_decides(hub: Site) -> None:
    async with hub.signed_in("mori") as mori:
        answer = await mori.get("/api/v1/roles")

    told = {
        (row["action"], right["role"]): right["whom"]
        for row in answer.json()["items"]
        for right in row["rights"]
    }
    for action in Action:
        for role in Role:
            actor = Actor(1, 1, role, supervises=frozenset({1}))
            whom = told.get((action, role), [])
            assert ("oneself" in whom or "tenant" in whom) == may(actor, action, Subject(1, 1))
            supervised = may(actor, action, Subject(1, 2, frozenset({1})))
            assert ("supervised" in whom or "tenant" in whom) == supervised
            assert ("tenant" in whom) == may(actor, action, Subject(1, 3, frozenset({9})))
