// A calm call when an incident opens, only if the person turned it on in this browser: the graver
// the incident, the more tones it has. Many at once are one call, and many windows ring once.

import type { Kind } from "../api/wire";
import { goesOn, isGraver, type Span } from "./burst";

const CHOICE = "zaiseki.sound";
const TONE_S = 0.18;
const LOUDNESS = 0.12;
const HELD_MS = 3_000; // windows hear of an incident within less of each other
export const TONES_HZ: Readonly<Record<Kind, readonly number[]>> = {
  impersonation: [660, 880, 660, 880],
  photographing_device: [660, 880, 660],
  peeping: [660, 880],
  camera_covered: [660],
};

export const soundIsOn = (): boolean => localStorage.getItem(CHOICE) === "on";

export function turnSound(on: boolean): void {
  localStorage.setItem(CHOICE, on ? "on" : "off");
}

/** A burst as it is heard: the gravest kind that has rung for it. */
export interface Rung extends Span {
  readonly kind: Kind;
}

/** What has rung after one more, and whether that one is heard: the first, and any graver one. */
export function heard(kind: Kind, atMs: number, last: Rung | null): [Rung, boolean] {
  if (!goesOn(last, atMs)) return [{ kind, firstMs: atMs, lastMs: atMs }, true];
  const rings = isGraver(kind, last.kind);
  return [{ ...last, kind: rings ? kind : last.kind, lastMs: atMs }, rings];
}

let last: Rung | null = null;

/** Ring for an incident, in one window of this browser. */
export function ringFor(incident: string, kind: Kind): void {
  const [rung, rings] = heard(kind, Date.now(), last);
  last = rung;
  if (!rings) return;
  if (!("locks" in navigator)) {
    ring(kind); // without TLS the browser has no locks: then each window rings
    return;
  }
  const held = new Promise((over) => setTimeout(over, HELD_MS));
  void navigator.locks.request(`zaiseki.ring.${incident}`, { ifAvailable: true }, (lock) => {
    if (!lock) return;
    ring(kind);
    return held;
  });
}

export function ring(kind: Kind = "peeping"): void {
  const audio = new AudioContext();
  const tones = TONES_HZ[kind];
  tones.forEach((hz, at) => {
    const start = audio.currentTime + at * TONE_S;
    const tone = new OscillatorNode(audio, { frequency: hz });
    const gain = new GainNode(audio, { gain: 0 });
    gain.gain.setValueAtTime(LOUDNESS, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + TONE_S);
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(start + TONE_S);
    if (at === tones.length - 1) tone.onended = () => void audio.close();
  });
}
