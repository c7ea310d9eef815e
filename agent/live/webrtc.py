"""One viewer's connection: the camera's pictures as VP8 over WebRTC. Imports aiortc, so late."""

import asyncio
from collections.abc import Callable, Iterable

from aiortc import (
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.mediastreams import VideoStreamTrack
from av.video.frame import VideoFrame

from agent.cameras.pictures import Pictures
from hub.protocol.live_view import IceServer

# VP8 is the cheaper encoder: half the processor time of H.264 at 640x480 and 15 frames a second.
CODECS = ("video/vp8", "video/rtx")


class Sender:
    """Sends to one viewer until it is closed. `changed` hears each state of the connection."""

    def __init__(
        self, pictures: Pictures, ice: Iterable[IceServer], changed: Callable[[str], None]
    ) -> None:
        self._order = asyncio.Lock()
        # A configuration that names no servers is not the same as none: aiortc then asks its own.
        servers = [RTCIceServer(one.url, one.username, one.credential) for one in ice]
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._pc.on("connectionstatechange", lambda: changed(self._pc.connectionState))
        self._track = CameraTrack(pictures)
        line = self._pc.addTransceiver(self._track, direction="sendonly")
        known = RTCRtpSender.getCapabilities("video").codecs
        line.setCodecPreferences([one for one in known if one.mimeType.lower() in CODECS])

    async def offer(self) -> str:
        """A description with all of this machine's addresses in it."""
        async with self._order:
            await self._pc.setLocalDescription()
            return self._pc.localDescription.sdp

    async def answered(self, sdp: str) -> None:
        """Raise ValueError for what is no answer to our offer."""
        async with self._order:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def answer(self, offer: str) -> str:
        """Raise ValueError for what is no offer."""
        async with self._order:
            await self._pc.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            await self._pc.setLocalDescription()
            return self._pc.localDescription.sdp

    async def close(self) -> None:
        """After what is being done: a connection closed while it gathers keeps its sockets."""
        async with self._order:
            self._track.stop()
            await self._pc.close()


class CameraTrack(VideoStreamTrack):
    """The latest picture, whenever there is a new one: a slow viewer gets fewer."""

    def __init__(self, pictures: Pictures) -> None:
        super().__init__()
        self._pictures = pictures
        self._seen = 0

    async def recv(self) -> VideoFrame:
        self._seen, picture = await self._pictures.after(self._seen)
        return picture
