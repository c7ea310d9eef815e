// The one live view that this page asks for at a time: its state, its picture, its line to the hub.

import { newId } from "../api/ids";
import type { FromWatcher, IceServer, Purpose, ViewEnd, ViewNews } from "../api/wire";
import type { MakePeer, Peer } from "./peer";
import { ended, heard, NONE, nameOf, seen, type Target, type View } from "./view";

type Listener = () => void;

export class LiveDesk {
  #view: View = NONE;
  #stream: MediaStream | null = null;
  #peer: Peer | null = null;
  #ice: readonly IceServer[] = [];
  readonly #listeners = new Set<Listener>();

  constructor(
    private readonly say: (message: FromWatcher) => boolean,
    private readonly makePeer: MakePeer,
    private readonly nowMs: () => number = Date.now,
    private readonly name: () => string = newId,
  ) {}

  view = (): View => this.#view;
  stream = (): MediaStream | null => this.#stream;
  subscribe = (listener: Listener): Listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // ---- what the person does

  choose = (target: Target): void => this.#become({ stage: "choosing", target });

  ask = (purpose: Purpose): void => {
    if (!("target" in this.#view)) return;
    const { target } = this.#view;
    const request = this.name();
    const { member, device } = target;
    this.#become({
      stage: "asked",
      target,
      purpose,
      request,
      view: null,
      answerBy: null,
      ice: [],
    });
    if (!this.say({ type: "ask_view", request, member, device, purpose })) this.#end("offline");
  };

  /** Stop, at whatever stage it is; what happened stays to be read. */
  stop = (): void => {
    this.#tell("watcher_left");
    this.#end("watcher_left");
  };

  /** Stop, and forget it. */
  leave = (): void => {
    this.stop();
    this.#become(NONE);
  };

  /** The picture moves. */
  playing = (): void => {
    const { stage } = this.#view;
    const view = nameOf(this.#view);
    if (stage !== "connecting" || view === null) return;
    this.say({ type: "view_connected", view });
    this.#become(seen(this.#view, this.nowMs()));
  };

  // ---- what the hub says

  heard = (news: ViewNews): void => {
    if (news.type === "view_opened" && this.#strange(news.request)) {
      // asked for and given up before it had a name
      this.say({ type: "view_ended", view: news.view, reason: "watcher_left" });
      return;
    }
    const before = this.#view;
    const after = heard(before, news, this.nowMs());
    if (before.stage === "asked") this.#ice = before.ice;
    if (after.stage === "over") this.#close();
    this.#become(after);
    if (news.type === "view_signal" && after.stage === "connecting" && after.view === news.view)
      void this.#answer(after.view, news.sdp);
  };

  /** The line to the hub is gone, and nobody could stop the view any more. */
  cut = (): void => this.#end("agent_left");

  // ---- inside

  #strange(request: string): boolean {
    return this.#view.stage !== "asked" || this.#view.request !== request;
  }

  async #answer(view: string, offer: string): Promise<void> {
    this.#close();
    const peer = this.makePeer(this.#ice, {
      stream: (stream) => {
        this.#stream = stream;
        this.#told();
      },
      broke: () => this.#broke(),
    });
    this.#peer = peer;
    try {
      const sdp = await peer.answer(offer);
      if (this.#peer === peer) this.say({ type: "view_signal", view, kind: "answer", sdp });
    } catch {
      if (this.#peer === peer) this.#broke();
    }
  }

  #broke(): void {
    this.#tell("no_way");
    this.#end("no_way");
  }

  #tell(reason: ViewEnd): void {
    const view = nameOf(this.#view);
    if (view !== null) this.say({ type: "view_ended", view, reason });
  }

  #end(reason: ViewEnd): void {
    this.#close();
    this.#become(ended(this.#view, reason));
  }

  #close(): void {
    this.#peer?.close();
    this.#peer = null;
    this.#stream = null;
  }

  #become(view: View): void {
    if (view === this.#view) return;
    this.#view = view;
    this.#told();
  }

  #told(): void {
    for (const listener of this.#listeners) listener();
  }
}
