// What moved in front of the reader: the newest turns and openings of incidents, told calmly.

import type { IncidentNews, Kind, Label, SeatView } from "../api/wire";
import { dayOf, startOf } from "../days/tokyo";
import type { HubClock } from "./clock";
import { isAlarm } from "./feed";
import type { Listener } from "./store";

export interface Move {
  /** Counts all that moved, so that two of one person are told apart. */
  readonly number: number;
  readonly member: number;
  readonly at: number;
  readonly label: Label | null;
  readonly kind: Kind | null;
}

const AT_MOST = 30; // more than any rail is high
const TELL_EVERY_MS = 1_000; // faster than that nobody reads it

/** What the board has to have for its feed. */
export interface Moving {
  readonly clock: HubClock;
  readonly seats: () => Iterable<SeatView>;
  readonly onWhole: (listener: Listener) => Listener;
  readonly onTurn: (listener: (seat: SeatView) => void) => Listener;
  readonly onNews: (listener: (news: IncidentNews) => void) => Listener;
}

export class Moves {
  #shown: readonly Move[] = [];
  #newest: readonly Move[] = [];
  #count = 0;
  #held = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<Listener>();

  constructor(private readonly board: Moving) {}

  /** Follow the board until the returned function is called. */
  start(): Listener {
    const deaf = [
      this.board.onWhole(this.#whole),
      this.board.onTurn(({ member, since, label }) =>
        this.#moved({ member, at: since, label, kind: null }),
      ),
      this.board.onNews((news) => {
        const { member, sighting } = news;
        if (isAlarm(news))
          this.#moved({ member, at: sighting.opened_at, label: null, kind: sighting.kind });
      }),
    ];
    return () => {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      for (const stop of deaf) stop();
    };
  }

  /** Newest first. */
  shown = (): readonly Move[] => this.#shown;

  held = (): boolean => this.#held;

  /** While it is held nothing moves; what happened meanwhile comes when it is let go. */
  hold(held: boolean): void {
    this.#held = held;
    this.#tell();
  }

  subscribe = (listener: Listener): Listener => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** A board that is taken anew says how everybody came to be as they are; that is kept, too. */
  readonly #whole = (): void => {
    const today = startOf(dayOf(this.board.clock.live()));
    const told = new Set(this.#newest.map(nameOf));
    const missed = [...this.board.seats()]
      .flatMap(lastMoves)
      .filter((one) => one.at >= today && !told.has(nameOf(one)))
      .sort((a, b) => a.at - b.at)
      .slice(-AT_MOST);
    if (missed.length === 0) return;
    const all = [...missed.map((one) => this.#numbered(one)), ...this.#newest];
    this.#newest = all.sort((a, b) => b.at - a.at || b.number - a.number).slice(0, AT_MOST);
    this.#tell();
  };

  #numbered(one: Moved): Move {
    this.#count += 1;
    return { ...one, number: this.#count };
  }

  #moved(one: Moved): void {
    this.#newest = [this.#numbered(one), ...this.#newest].slice(0, AT_MOST);
    this.#timer ??= setTimeout(this.#tell, TELL_EVERY_MS);
  }

  readonly #tell = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#held) this.#shown = this.#newest;
    for (const listener of this.#listeners) listener();
  };
}

type Moved = Omit<Move, "number">;

const nameOf = ({ member, at, label, kind }: Moved) => `${member} ${at} ${label ?? kind}`;

function lastMoves({ member, since, label, alert }: SeatView): Moved[] {
  const turn = { member, at: since, label, kind: null };
  return alert ? [turn, { member, at: alert.at, label: null, kind: alert.kind }] : [turn];
}
