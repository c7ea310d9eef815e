// The browser's end of a live view: answers the agent's offer, and gives the picture.

import type { IceServer } from "../api/wire";

const GATHER_MS = 3_000; // a server that does not answer holds nobody up for longer

export interface Peer {
  /** The answer to an offer, with this machine's addresses in it. */
  readonly answer: (offer: string) => Promise<string>;
  readonly close: () => void;
}

export interface PeerTold {
  readonly stream: (stream: MediaStream) => void;
  readonly broke: () => void;
}

export type MakePeer = (ice: readonly IceServer[], told: PeerTold) => Peer;

export const browserPeer: MakePeer = (ice, told) => {
  const connection = new RTCPeerConnection({
    iceServers: ice.map(({ url, username, credential }) => ({
      urls: url,
      ...(username != null && { username }),
      ...(credential != null && { credential }),
    })),
  });
  connection.ontrack = ({ streams, track }) => told.stream(streams[0] ?? new MediaStream([track]));
  connection.onconnectionstatechange = () => {
    if (connection.connectionState === "failed") told.broke();
  };
  return {
    answer: async (offer) => {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      await connection.setLocalDescription();
      await gathered(connection);
      return connection.localDescription?.sdp ?? "";
    },
    close: () => {
      connection.ontrack = connection.onconnectionstatechange = null;
      connection.close();
    },
  };
};

function gathered(connection: RTCPeerConnection): Promise<void> {
  return new Promise((done) => {
    const look = () => connection.iceGatheringState === "complete" && done();
    connection.addEventListener("icegatheringstatechange", look);
    setTimeout(done, GATHER_MS);
    look();
  });
}
