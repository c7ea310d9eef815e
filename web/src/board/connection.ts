// One socket at a time, kept alive: opens, listens, notices silence, comes back, or says why not.

import { type FromWatcher, isViewNews, type ToWatcher, type ViewNews } from "../api/wire";
import { advice, delayS } from "./backoff";
import type { HubClock } from "./clock";
import { type Effect, EMPTY, receive, reopened } from "./replica";
import type { BoardStore } from "./store";

const SILENCE_S = 25; // the hub pulses every 10 s; this long without a frame is a lost line
const CHECK_MS = 1_000;
/** A line that is back within this time is not worth greying a whole board for. */
const GRACE_MS = 2_500;

export interface Line {
  readonly open: () => WebSocket;
  /** Whether the session still holds; a refused handshake tells a browser nothing. */
  readonly signedIn: () => Promise<boolean>;
  readonly random: () => number;
}

export interface Told {
  readonly signedOut: () => void;
  /** The board was taken anew: what happened in between must be read from the record. */
  readonly renewed: () => void;
  /** A word about a live view. */
  readonly view: (news: ViewNews) => void;
  /** The socket is gone, and with it every live view. */
  readonly cut: () => void;
}

export class Connection {
  #replica = EMPTY;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #grace: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #heardAtMs = 0;

  constructor(
    private readonly store: BoardStore,
    private readonly clock: HubClock,
    private readonly line: Line,
    private readonly told: Told,
  ) {}

  start(): void {
    this.#watch = setInterval(this.#check, CHECK_MS);
    this.#open();
  }

  stop(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    clearTimeout(this.#grace);
    this.#drop();
  }

  retryNow = (): void => {
    clearTimeout(this.#retry);
    this.#drop();
    this.#open();
  };

  /** Whether it could be sent. */
  say = (message: FromWatcher): boolean => {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#send(message);
    return true;
  };

  #open(): void {
    const socket = this.line.open();
    this.#socket = socket;
    this.#heardAtMs = Date.now();
    let opened = false;
    socket.onopen = () => {
      opened = true;
      const [replica, subscribe] = reopened(this.#replica);
      this.#replica = replica;
      this.#send(subscribe);
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(code, opened);
  }

  /** Let go of the socket without listening to its end. */
  #drop(): void {
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
    this.told.cut();
  }

  #send(message: FromWatcher): void {
    this.#socket?.send(JSON.stringify(message));
  }

  #hear(message: ToWatcher): void {
    this.#heardAtMs = Date.now();
    if (isViewNews(message)) {
      this.told.view(message);
      return;
    }
    if ("now" in message) this.clock.told(message.now);
    const [replica, effects] = receive(this.#replica, message);
    this.#replica = replica;
    for (const effect of effects) this.#do(effect);
    this.store.setLink({ lastNews: this.clock.live() });
  }

  #do(effect: Effect): void {
    if (effect.do === "replace") this.store.replace(effect);
    if (effect.do === "patch") this.store.patch(effect);
    if (effect.do === "send") this.#send(effect.message);
    if (effect.do === "live") this.#live(effect.recovered);
  }

  #live(recovered: boolean): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#attempt = 0;
    this.store.setLink({ phase: "live", attempt: 0, stopped: null });
    if (!recovered) this.told.renewed();
  }

  readonly #check = (): void => {
    if (this.#socket && Date.now() - this.#heardAtMs > SILENCE_S * 1000) {
      this.#drop();
      this.#lost();
      this.#again(0);
    }
  };

  #closed(code: number, opened: boolean): void {
    this.#socket = null;
    this.told.cut();
    const next = advice(code);
    if (next.do === "signIn") this.told.signedOut();
    if (next.do === "stop") this.store.setLink({ phase: "lost", stopped: next.why });
    if (next.do !== "retry") return;
    this.#waver();
    this.#again(next.atLeastS);
    if (!opened) void this.#askForSession();
  }

  /** A live board stays for a moment; one that was not live is lost at once. */
  #waver(): void {
    if (this.store.link().phase === "live") {
      this.store.setLink({ phase: "syncing" });
      this.#grace = setTimeout(this.#lost, GRACE_MS);
    } else if (this.#grace === undefined) this.#lost();
  }

  readonly #lost = (): void => this.store.setLink({ phase: "lost" });

  #again(atLeastS: number): void {
    const wait = Math.max(atLeastS, delayS(this.#attempt, this.line.random()));
    this.#attempt += 1;
    this.store.setLink({ attempt: this.#attempt });
    this.#retry = setTimeout(() => this.#open(), wait * 1000);
  }

  async #askForSession(): Promise<void> {
    if (!(await this.line.signedIn())) this.told.signedOut();
  }
}
