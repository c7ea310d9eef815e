import { describe, expect, it, vi } from "vitest";
import type { FromWatcher, ViewNews } from "../api/wire";
import { LiveDesk } from "./desk";
import type { PeerTold } from "./peer";

const MORI = { member: 7, name: "森 美咲", device: 3 };
const NOW_MS = 1_800_000_000_000;

const OPENED: ViewNews = { type: "view_opened", request: "r1", view: "v1", answer_s: 30 };
const ACCEPTED: ViewNews = { type: "view_answered", view: "v1", accepted: true };
const OFFER: ViewNews = { type: "view_signal", view: "v1", kind: "offer", sdp: "offer" };

function setUp({ sends = true, answer = () => Promise.resolve("answer") } = {}) {
  const said: FromWatcher[] = [];
  const peers: { ice: unknown; told: PeerTold; close: ReturnType<typeof vi.fn> }[] = [];
  let requests = 0;
  const desk = new LiveDesk(
    (message) => sends && said.push(message) > 0,
    (ice, told) => {
      const close = vi.fn();
      peers.push({ ice, told, close });
      return { answer, close };
    },
    () => NOW_MS,
    () => {
      requests += 1;
      return `r${requests}`;
    },
  );
  const hear = async (...news: ViewNews[]) => {
    for (const one of news) desk.heard(one);
    await new Promise((done) => setTimeout(done));
  };
  const ask = () => {
    desk.choose(MORI);
    desk.ask("work_check");
  };
  return { desk, said, peers, hear, ask };
}

describe("a live view", () => {
  it("is asked for with its purpose, and waits until the hub's time is up", async () => {
    const { desk, said, hear, ask } = setUp();
    ask();
    expect(said).toEqual([
      { type: "ask_view", request: "r1", member: 7, device: 3, purpose: "work_check" },
    ]);
    await hear(OPENED);
    expect(desk.view()).toMatchObject({ stage: "asked", view: "v1", answerBy: NOW_MS + 30_000 });
  });

  it("answers the agent's offer with the hub's servers and no others", async () => {
    const { desk, said, peers, hear, ask } = setUp();
    const ice = [{ url: "stun:stun.example.jp" }];
    ask();
    await hear({ ...OPENED, ice }, ACCEPTED, OFFER);
    expect(peers).toMatchObject([{ ice }]);
    expect(said.at(-1)).toEqual({ type: "view_signal", view: "v1", kind: "answer", sdp: "answer" });
    expect(desk.view().stage).toBe("connecting");
  });

  it("is seen once the picture moves, and only then says so", async () => {
    const { desk, said, peers, hear, ask } = setUp();
    ask();
    await hear(OPENED, ACCEPTED, OFFER);
    const stream = {} as MediaStream;
    peers[0]?.told.stream(stream);
    expect(desk.stream()).toBe(stream);
    desk.playing();
    expect(said.at(-1)).toEqual({ type: "view_connected", view: "v1" });
    expect(desk.view()).toMatchObject({ stage: "seen", since: NOW_MS });
  });

  it("that is refused never opens a connection", async () => {
    const { desk, peers, hear, ask } = setUp();
    ask();
    await hear(OPENED, { type: "view_ended", view: "v1", reason: "refused" });
    expect(desk.view()).toMatchObject({ stage: "over", reason: "refused" });
    expect(peers).toEqual([]);
  });

  it("can be asked for again, and is another one then", async () => {
    const { desk, said, hear, ask } = setUp();
    ask();
    await hear(OPENED, { type: "view_ended", view: "v1", reason: "no_answer" });
    desk.choose(MORI);
    desk.ask("audit");
    expect(said.at(-1)).toMatchObject({ request: "r2", purpose: "audit" });
    await hear({ type: "view_ended", view: "v1", reason: "refused" });
    expect(desk.view().stage).toBe("asked");
  });
});

describe("its end", () => {
  it("is told when the asker closes the dialog, and the picture goes", async () => {
    const { desk, said, peers, hear, ask } = setUp();
    ask();
    await hear(OPENED, ACCEPTED, OFFER);
    desk.leave();
    expect(said.at(-1)).toEqual({ type: "view_ended", view: "v1", reason: "watcher_left" });
    expect(peers[0]?.close).toHaveBeenCalled();
    expect(desk.view()).toEqual({ stage: "none" });
  });

  it("is told for a question that was given up before it had a name", async () => {
    const { desk, said, hear, ask } = setUp();
    ask();
    desk.leave();
    await hear(OPENED);
    expect(said.at(-1)).toEqual({ type: "view_ended", view: "v1", reason: "watcher_left" });
  });

  it("comes with the end of the line to the hub", async () => {
    const { desk, peers, hear, ask } = setUp();
    ask();
    await hear(OPENED, ACCEPTED, OFFER);
    desk.cut();
    expect(desk.view()).toMatchObject({ stage: "over", reason: "agent_left" });
    expect(peers[0]?.close).toHaveBeenCalled();
  });

  it("comes when no way is found, and the hub hears of it", async () => {
    const { desk, said, peers, hear, ask } = setUp();
    ask();
    await hear(OPENED, ACCEPTED, OFFER);
    peers[0]?.told.broke();
    expect(said.at(-1)).toEqual({ type: "view_ended", view: "v1", reason: "no_way" });
    expect(desk.view()).toMatchObject({ stage: "over", reason: "no_way" });
  });

  it("comes when the browser cannot read the offer", async () => {
    const { desk, hear, ask } = setUp({ answer: () => Promise.reject(new Error("no")) });
    ask();
    await hear(OPENED, ACCEPTED, OFFER);
    expect(desk.view()).toMatchObject({ stage: "over", reason: "no_way" });
  });

  it("comes at once when there is no line to ask over", () => {
    const { desk, ask } = setUp({ sends: false });
    ask();
    expect(desk.view()).toMatchObject({ stage: "over", reason: "offline" });
  });
});
