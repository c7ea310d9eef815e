import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ToWatcher } from "../api/wire";
import { HubClock } from "./clock";
import { Connection } from "./connection";
import { BoardStore } from "./store";

class Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: unknown[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  hear(message: ToWatcher): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

const SNAPSHOT: ToWatcher = {
  type: "snapshot",
  epoch: "e",
  offset: 5,
  view: "v",
  part: 0,
  last: true,
  now: 1_000,
};
const RESUMED: ToWatcher = { type: "resumed", epoch: "e", offset: 5, view: "v", now: 1_010 };

function setUp({ signedIn = true } = {}) {
  const sockets: Socket[] = [];
  const clock = new HubClock();
  const store = new BoardStore(clock, { frame: () => {}, later: () => {}, nowMs: () => 0 });
  const told = { signedOut: vi.fn(), renewed: vi.fn(), view: vi.fn(), cut: vi.fn() };
  const line = {
    open: () => {
      const socket = new Socket();
      sockets.push(socket);
      return socket as unknown as WebSocket;
    },
    signedIn: () => Promise.resolve(signedIn),
    random: () => 1,
  };
  const connection = new Connection(store, clock, line, told);
  connection.start();
  const last = () => sockets.at(-1) as Socket;
  const live = () => {
    last().onopen?.();
    last().hear(SNAPSHOT);
  };
  return { connection, store, told, sockets, last, live };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a line", () => {
  it("is live only when the whole board is there", () => {
    const { store, last, told } = setUp();
    last().onopen?.();
    expect(last().sent).toEqual([{ type: "subscribe", version: 1 }]);
    expect(store.link().phase).toBe("syncing");

    last().hear(SNAPSHOT);
    expect(store.link().phase).toBe("live");
    expect(told.renewed).toHaveBeenCalledTimes(1);
  });

  it("that comes back at once never greys the board, and goes on from its cursor", () => {
    const { store, sockets, last, live, told } = setUp();
    live();
    last().onclose?.({ code: 1012 });
    expect(store.link().phase).toBe("syncing");

    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
    last().onopen?.();
    expect(last().sent).toMatchObject([{ cursor: { epoch: "e", offset: 5 } }]);
    last().hear(RESUMED);
    vi.advanceTimersByTime(5_000);
    expect(store.link().phase).toBe("live");
    expect(told.renewed).toHaveBeenCalledTimes(1);
  });

  it("that stays away is lost, keeps the time of the last news, and is tried again and again", () => {
    const { store, sockets, last, live } = setUp();
    live();
    for (let seconds = 0; seconds < 20; seconds += 1) {
      last().onclose?.({ code: 1006 });
      vi.advanceTimersByTime(3_000);
    }
    expect(store.link()).toMatchObject({ phase: "lost", lastNews: 1_000 });
    expect(sockets.length).toBeGreaterThan(10);
  });

  it("that says nothing for 25 s is lost, though nobody closed it", () => {
    const { store, sockets, last, live } = setUp();
    live();
    const silent = last();
    vi.advanceTimersByTime(24_000);
    expect(store.link().phase).toBe("live");
    vi.advanceTimersByTime(3_000);
    expect(store.link().phase).toBe("lost");
    expect(silent.closed).toBe(true);
    expect(sockets).toHaveLength(2);
  });
});

describe("the hub's word", () => {
  it("4401 leads to the sign-in page and to no further try", () => {
    const { sockets, last, live, told } = setUp();
    live();
    last().onclose?.({ code: 4401 });
    vi.advanceTimersByTime(60_000);
    expect(told.signedOut).toHaveBeenCalledTimes(1);
    expect(sockets).toHaveLength(1);
  });

  it("4426 stops with its reason", () => {
    const { store, sockets, last, live } = setUp();
    live();
    last().onclose?.({ code: 4426 });
    vi.advanceTimersByTime(60_000);
    expect(store.link()).toMatchObject({ phase: "lost", stopped: "outdated" });
    expect(sockets).toHaveLength(1);
  });

  it("a refused handshake asks whether the session still holds", async () => {
    const { last, told } = setUp({ signedIn: false });
    last().onclose?.({ code: 1006 });
    await vi.advanceTimersByTimeAsync(0);
    expect(told.signedOut).toHaveBeenCalledTimes(1);
  });
});

it("a person may try at once", () => {
  const { connection, sockets, last, live } = setUp();
  live();
  last().onclose?.({ code: 1006 });
  connection.retryNow();
  expect(sockets).toHaveLength(2);
});

it("a stopped connection tries no more and leaves no timer behind", () => {
  const { connection, last, live } = setUp();
  live();
  last().onclose?.({ code: 1006 });
  connection.stop();
  expect(vi.getTimerCount()).toBe(0);
});
