// Notifications of the desktop: the first of a burst is shown at once, and from then on that one
// counts; several windows of a browser show it once, by its tag.

import type { IncidentNews } from "../api/wire";
import { go } from "../shell/place";
import { type Burst, type Call, joined, leading } from "./burst";

const COUNTED_MS = 500; // a hundred at once are no hundred notifications that replace each other

/** Draws a burst; `again`: it interrupts once more, because a graver one leads now. */
export type Show = (burst: Burst, again: boolean) => void;

export class Bursts {
  readonly #bursts = new Map<IncidentNews["phase"], Burst>();
  readonly #drawn = new Map<IncidentNews["phase"], Burst>();

  constructor(
    private readonly nowMs: () => number = Date.now,
    private readonly later: (draw: () => void, ms: number) => unknown = (draw, ms) =>
      setTimeout(draw, ms),
  ) {}

  /** One more; openings and what nobody answered do not mix. */
  hear(phase: IncidentNews["phase"], call: Call, show: Show): void {
    const before = this.#bursts.get(phase);
    const burst = joined(before, call, this.nowMs());
    this.#bursts.set(phase, burst);
    if (burst.calls.length === 1) this.#draw(phase, show);
    else if (before === this.#drawn.get(phase))
      this.later(() => this.#draw(phase, show), COUNTED_MS);
  }

  #draw(phase: IncidentNews["phase"], show: Show): void {
    const burst = this.#bursts.get(phase);
    const drawn = this.#drawn.get(phase);
    if (!burst || burst === drawn) return;
    this.#drawn.set(phase, burst);
    const same = drawn?.firstMs === burst.firstMs;
    show(burst, same && leading(drawn).kind !== leading(burst).kind);
  }
}

// `renotify` is not in every browser; where it is not, the sound alone interrupts again
type Options = NotificationOptions & { readonly renotify: boolean };

/** Where it is allowed. A click leads to the gravest; the queue beside it holds the others. */
export function notify(title: string, body: string, burst: Burst, renotify: boolean): void {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const options: Options = { body, tag: burst.calls[0]?.id ?? "", renotify };
  const shown = new Notification(title, options);
  shown.onclick = () => {
    focus();
    go(`/incidents?incident=${leading(burst).id}`);
    shown.close();
  };
}
