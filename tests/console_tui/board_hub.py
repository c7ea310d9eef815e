"""The scripted hub with a board: people whose seats a test changes, and the REST beside it."""

import json
from dataclasses import dataclass, field

from msgspec.json import encode as to_json
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from hub.protocol.watchers import (
    Cursor,
    Delta,
    GroupCard,
    IncidentNews,
    MemberCard,
    Resume,
    Resumed,
    SeatView,
    Snapshot,
    Subscribe,
)
from tests.scripted_hub import Answer, Line, Said, ScriptedHub

NOW = 1_795_000_000.0  # 2026-11-18 20:06:40 in Tokyo
TOKEN = "terminal-token"
PART = 200  # seats in one part of a snapshot


@dataclass
class Told:
    """What the REST side answers, and what it was asked; a test changes either."""

    password: str = "correct horse battery"
    throttled_s: int = 0
    step: dict[str, object] | None = None
    code: str = "287082"
    incidents: list[dict[str, object]] = field(default_factory=list)
    judged: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    strips: list[dict[str, object]] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    then: dict[float, list[SeatView]] = field(default_factory=dict)
    changes: list[tuple[float, SeatView]] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    pictures: list[dict[str, object]] = field(default_factory=list)
    purposes: list[str] = field(default_factory=lambda: ["incident_review", "audit"])
    picture: bytes = b""
    looks: list[str] = field(default_factory=list)
    no_right: bool = False
    window: dict[str, object] | None = None


class BoardHub(ScriptedHub):
    """`tell(...)` changes the board as a commit does, and tells all watchers."""

    def __init__(self) -> None:
        super().__init__()
        self.script = watched
        self.known: set[str] = {TOKEN}
        self.now = NOW
        self.epoch = "life-1"
        self.offset = 0
        self.members: dict[int, MemberCard] = {}
        self.groups: dict[int, GroupCard] = {}
        self.seats: dict[int, SeatView] = {}
        self.history: list[Delta] = []
        self.told = Told()
        self.answers = rest(self)

    @property
    def subscribed(self) -> list[Cursor | None]:
        return [one.cursor for one in self.heard if isinstance(one, Subscribe)]

    def person(self, seat: SeatView, name: str, *groups: int) -> None:
        """Somebody who is on the board from its first snapshot."""
        self.members[seat.member] = MemberCard(seat.member, name, groups)
        self.seats[seat.member] = seat

    async def tell(self, *seats: SeatView, news: tuple[IncidentNews, ...] = ()) -> None:
        after, self.offset = self.offset, self.offset + 1
        self.seats.update((seat.member, seat) for seat in seats)
        delta = Delta(self.epoch, after, self.offset, seats, incidents=news)
        self.history.append(delta)
        await self.say(delta)

    async def end_sessions(self) -> None:
        """Every token is worth nothing from now on, and its sockets are closed."""
        self.known.clear()
        await self.close(4401, "signed out")

    async def show(self, line: Line, cursor: Cursor | None) -> None:
        if cursor and cursor.epoch == self.epoch:
            missed = [delta for delta in self.history if delta.offset > cursor.offset]
            await line.say(Resumed(self.epoch, cursor.offset, "all", self.now), *missed)
            return
        seats = list(self.seats.values())
        parts = [seats[start : start + PART] for start in range(0, max(1, len(seats)), PART)]
        for number, part in enumerate(parts):
            snapshot = Snapshot(
                self.epoch, self.offset, "all", number, number == len(parts) - 1, self.now,
                members=tuple(self.members[seat.member] for seat in part),
                groups=tuple(self.groups.values()), seats=tuple(part),
            )  # fmt: skip
            await line.say(snapshot)

    def signed_in(self) -> Response:
        self.known.add(TOKEN)
        member = {"id": 1, "name": "木村 亮", "role": "supervisor", "locale": "ja"}
        tenant = {"name": "青葉商事", "system_id": "ZS-1"}
        return JSONResponse({"member": member, "tenant": tenant, "token": TOKEN})


async def watched(hub: ScriptedHub, line: Line, message: Said) -> None:
    assert isinstance(hub, BoardHub)
    assert isinstance(message, Subscribe | Resume)
    await hub.show(line, message.cursor)


def rest(hub: BoardHub) -> dict[tuple[str, str], Answer]:
    """The operations that the terminal asks, answered as `hub.told` says."""
    told = hub.told

    async def sign_in(request: Request) -> Response:
        if told.throttled_s:
            return JSONResponse({}, 429, {"Retry-After": str(told.throttled_s)})
        asked = await request.json()
        if asked["password"] != told.password:
            return JSONResponse({"title": "wrong"}, 401)
        return JSONResponse({"step": told.step}) if told.step else hub.signed_in()

    async def sign_out(request: Request) -> Response:
        hub.known.discard(request.headers.get("authorization", "").removeprefix("Bearer "))
        return Response(status_code=204)

    async def second(request: Request) -> Response:
        asked = await request.json()
        if told.step is None or asked["step"] != told.step["token"]:
            return JSONResponse({"title": "over"}, 410)
        if asked["code"] != told.code:
            return JSONResponse({"title": "wrong"}, 401)
        return hub.signed_in()

    async def incidents(request: Request) -> Response:
        return JSONResponse({"items": told.incidents})

    async def one(request: Request) -> Response:
        """A verdict given or taken back, or somebody who takes it."""
        *_, id, what = request.url.path.split("/")
        body = json.loads(await request.body() or b"{}")
        if told.no_right:
            return JSONResponse({"title": "not found"}, 404)
        told.judged.append((request.method, id, body))
        [found] = [item for item in told.incidents if item["id"] == id]
        if what == "assignee":
            found |= {"assignee": body["assignee"], "assignee_name": "木村 亮"}
        elif request.method == "DELETE":
            found.pop("verdict")
            found.pop("judged_at")
            return Response(status_code=204)
        elif body.pop("after") != found.get("judged_at"):
            told.judged.pop()
            return JSONResponse({"type": "/problems/judged-meanwhile"}, 409)
        else:
            found |= {**body, "judged_by": "木村 亮", "judged_at": NOW}
        return JSONResponse(found)

    async def whole(request: Request) -> Response:
        *_, id = request.url.path.split("/")
        for item in told.incidents:
            if item["id"] == id:
                return JSONResponse({"incident": item})
        return JSONResponse({"title": "not found"}, 404)

    async def maintenance(request: Request) -> Response:
        return JSONResponse({"now": NOW} | ({"window": told.window} if told.window else {}))

    async def strips(request: Request) -> Response:
        wanted = set(map(int, request.query_params["members"].split(",")))
        return JSONResponse({"strips": [one for one in told.strips if one["member"] in wanted]})

    async def counts(request: Request) -> Response:
        return JSONResponse({"step_s": 300, "people": 6, "present": told.present})

    async def then(request: Request) -> Response:
        at = float(request.query_params["time"])
        seats = told.then.get(at, list(hub.seats.values()))
        body = {"time": at, "seats": seats, "late": told.late, "left": []}
        return Response(to_json(body), media_type="application/json")

    async def changes(request: Request) -> Response:
        begin, end = (float(request.query_params[name]) for name in ("from", "to"))
        found = [{"at": at, "seat": seat} for at, seat in told.changes if begin <= at < end]
        return Response(to_json({"changes": found}), media_type="application/json")

    async def charter(request: Request) -> Response:
        return JSONResponse({"current": {"viewing_purposes": told.purposes}})

    async def pictures(request: Request) -> Response:
        return JSONResponse({"items": told.pictures})

    async def look(request: Request) -> Response:
        told.looks.append((await request.json())["purpose"])
        return JSONResponse({"id": 9}, 201)

    async def picture(request: Request) -> Response:
        opened = request.query_params.get("viewing") == "9"
        return Response(told.picture, 200 if opened else 403)

    return {
        ("POST", "/api/v1/session"): sign_in,
        ("DELETE", "/api/v1/session"): sign_out,
        ("POST", "/api/v1/session/code"): second,
        ("GET", "/api/v1/maintenance"): maintenance,
        ("GET", "/api/v1/incidents"): incidents,
        ("GET", "/api/v1/incidents/*"): whole,
        ("POST", "/api/v1/incidents/*/verdict"): one,
        ("DELETE", "/api/v1/incidents/*/verdict"): one,
        ("PUT", "/api/v1/incidents/*/assignee"): one,
        ("GET", "/api/v1/strips"): strips,
        ("GET", "/api/v1/counts"): counts,
        ("GET", "/api/v1/board/at"): then,
        ("GET", "/api/v1/board/changes"): changes,
        ("GET", "/api/v1/charter"): charter,
        ("GET", "/api/v1/evidence"): pictures,
        ("POST", "/api/v1/evidence/*/viewings"): look,
        ("GET", "/api/v1/evidence/*"): picture,
    }
