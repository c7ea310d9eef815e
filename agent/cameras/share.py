"""The camera for other programs of this PC: a virtual camera, and streams that stay on it.

One opener of a camera is enough: video calls and players get its pictures from the agent. Off
until the worker turns it on; `Share.outlets` says what is on, for the page that says what is on
air. Streams are at `routes`: `/share/mjpeg` for any browser or player, and `/share/whep` (WebRTC,
draft-ietf-wish-whep), both with the folder's own token.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from av.video.frame import VideoFrame
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from agent.cameras.camera import TAPPED_PER_S
from agent.cameras.pictures import Pictures
from agent.settings import write_private
from agent.troubles import NO_VIRTUAL_CAMERA, Trouble
from agent.vision.coding import jpeg
from agent.vision.pixels import Image

if TYPE_CHECKING:
    from agent.live.webrtc import Sender

TOKEN_FILE = "share-token"
VIEWERS_MAX = 3  # of the streams; each is encoded separately, as a live view is
JPEG_SCALE = 3  # of FFmpeg's 2 (best) to 31
LOOK_UP_S = 0.5  # how soon a stream without new pictures notices that it is over
OFFER_MAX_BYTES = 64 * 1024
BOUNDARY = "picture"
OURS = frozenset(("127.0.0.1", "localhost", "[::1]"))  # whoever came by another name was led here

log = logging.getLogger(__name__)


class Sink(Protocol):
    """A virtual camera of the system."""

    def send(self, frame: Image) -> None: ...

    def close(self) -> None: ...


Open = Callable[[int, int, float], Sink]


def open_virtual_camera(width: int, height: int, per_s: float) -> Sink:
    """Raise RuntimeError or ImportError where the system has none."""
    import pyvirtualcam  # an optional extra

    return cast(Sink, pyvirtualcam.Camera(width, height, per_s))


@dataclass(frozen=True)
class Outlets:
    """What is on at the moment; `trouble` says why the virtual camera is not, where it should."""

    stream: bool
    virtual_camera: bool
    viewers: int
    trouble: Trouble | None = None


class Share:
    """All that other programs get of the camera. On the event loop only."""

    def __init__(
        self, pictures: Pictures, folder: Path, open_sink: Open = open_virtual_camera
    ) -> None:
        self.pictures = pictures
        self.watch: list[Callable[[], None]] = []
        self._folder = folder
        self._open_sink = open_sink
        self._streams = False
        self._camera: asyncio.Task[None] | None = None
        self._trouble: Trouble | None = None
        self._viewers: dict[str, ExitStack] = {}
        self._senders: dict[str, Sender] = {}

    @property
    def outlets(self) -> Outlets:
        running = self._camera is not None and not self._camera.done()
        return Outlets(self._streams, running, len(self._viewers), self._trouble)

    @property
    def token(self) -> str:
        """What a program needs to see the streams; the same until `renew`."""
        file = self._folder / TOKEN_FILE
        try:
            return file.read_text().strip()
        except OSError:
            return self.renew()

    def renew(self) -> str:
        """Whoever has the token until now has it for nothing."""
        made = secrets.token_urlsafe(24)
        write_private(self._folder / TOKEN_FILE, made.encode() + b"\n")
        return made

    # ---- what the worker turns on and off

    async def stream(self, on: bool) -> None:
        self._streams = on
        if not on:
            await self._end_streams()
        self._changed()

    async def virtual_camera(self, on: bool) -> None:
        if on and not self.outlets.virtual_camera:
            self._trouble = None
            self._camera = asyncio.create_task(self._feed())
        elif not on and self._camera:
            self._camera.cancel()
            await asyncio.gather(self._camera, return_exceptions=True)
            self._camera = None
        self._changed()

    async def close(self) -> None:
        """The agent stops."""
        await self.stream(False)
        await self.virtual_camera(False)

    async def _feed(self) -> None:
        """Every picture to the virtual camera, which is opened anew when their size changes."""
        sink: Sink | None = None
        number, size = 0, (0, 0)
        try:
            with self.pictures.looking():
                while True:
                    number, picture = await self.pictures.after(number)
                    if sink is None or size != (picture.width, picture.height):
                        size = picture.width, picture.height
                        if sink:
                            sink.close()
                        sink = await asyncio.to_thread(self._open_sink, *size, TAPPED_PER_S)
                    await asyncio.to_thread(sink.send, rgb(picture))
        except (ImportError, RuntimeError, OSError) as missing:
            log.warning("the virtual camera cannot be used: %s", missing)
            self._trouble = NO_VIRTUAL_CAMERA
        finally:
            if sink:
                sink.close()
            self._changed()

    # ---- viewers of the streams

    def admit(self) -> str | None:
        """A place for one more viewer, if there is one."""
        if len(self._viewers) >= VIEWERS_MAX:
            return None
        viewer = secrets.token_hex(16)
        stack = ExitStack()
        stack.enter_context(self.pictures.looking())
        self._viewers[viewer] = stack
        self._changed()
        return viewer

    def admitted(self, viewer: str) -> bool:
        """Whether that viewer may go on."""
        return viewer in self._viewers

    def leave(self, viewer: str) -> None:
        stack = self._viewers.pop(viewer, None)
        if stack:
            stack.close()
            self._changed()

    async def whep(self, viewer: str, offer: str) -> str:
        """The answer to a player's offer; raise ValueError for what is none."""
        from agent.live.webrtc import Sender  # 70 MB that an agent without viewers does not need

        sender = Sender(self.pictures, (), lambda state: self._moved(viewer, state))
        self._senders[viewer] = sender
        return await sender.answer(offer)

    async def end(self, viewer: str) -> bool:
        """Whether that player was there."""
        sender = self._senders.pop(viewer, None)
        self.leave(viewer)
        if sender:
            await sender.close()
        return sender is not None

    def _moved(self, viewer: str, state: str) -> None:
        if state in ("failed", "closed"):
            self._senders.pop(viewer, None)
            self.leave(viewer)

    async def _end_streams(self) -> None:
        for viewer in list(self._viewers):
            if not await self.end(viewer):
                self.leave(viewer)

    def _changed(self) -> None:
        for tell in self.watch:
            tell()


def rgb(picture: VideoFrame) -> Image:
    return cast(Image, picture.to_ndarray(format="rgb24"))


# ---- the streams over HTTP


def routes(share: Share) -> list[BaseRoute]:
    """For an application that is reached over the loopback alone."""

    async def mjpeg(request: Request) -> Response:
        viewer, refusal = entered(share, request)
        return refusal or Pictured(share, viewer)

    async def whep(request: Request) -> Response:
        viewer, refusal = entered(share, request)
        if refusal:
            return refusal
        offer = (await request.body())[:OFFER_MAX_BYTES].decode(errors="replace")
        try:
            answer = await share.whep(viewer, offer)
        except Exception as wrong:  # whatever a player sends: it fails, the agent does not
            await share.end(viewer)
            return PlainTextResponse(f"this is no offer that can be answered: {wrong}", 400)
        where = f"{request.url.path}/{viewer}"
        return Response(answer, 201, {"location": where}, media_type="application/sdp")

    async def over(request: Request) -> Response:
        """The player's own address is known to it alone, so it needs no token."""
        ended = await share.end(request.path_params["viewer"])
        return Response(status_code=200 if ended else 404)

    return [
        Route("/share/mjpeg", mjpeg),
        Route("/share/whep", whep, methods=["POST"]),
        Route("/share/whep/{viewer}", over, methods=["DELETE"]),
    ]


def entered(share: Share, request: Request) -> tuple[str, Response | None]:
    """The place of a new viewer, or why there is none."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    given = bearer if scheme.lower() == "bearer" else request.query_params.get("token", "")
    if request.url.hostname not in OURS:
        return "", PlainTextResponse("open this at 127.0.0.1", 403)
    if not share.outlets.stream:
        return "", PlainTextResponse("sharing is off; turn it on in the agent", 404)
    if not compare_digest(given.encode(), share.token.encode()):
        return "", PlainTextResponse("this address needs its token; copy it from the agent", 401)
    viewer = share.admit()
    if viewer is None:
        return "", PlainTextResponse(f"{VIEWERS_MAX} programs look already; close one", 503)
    return viewer, None


class Pictured(Response):
    """One JPEG after the other, each in place of the one before, until one side has enough."""

    def __init__(self, share: Share, viewer: str) -> None:
        super().__init__(media_type=f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        self._share = share
        self._viewer = viewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tasks = [asyncio.create_task(self._show(send)), asyncio.create_task(gone(receive))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._share.leave(self._viewer)

    async def _show(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        number = 0
        while self._share.admitted(self._viewer):
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_UP_S):
                    number, picture = await self._share.pictures.after(number)
                body = part(await asyncio.to_thread(jpeg, picture, JPEG_SCALE))
                await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def part(image: bytes) -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(image)}\r\n\r\n"
    return head.encode() + image + b"\r\n"
