// A calm call when an incident opens, only if the person turned it on in this browser: the graver
// the incident, the more tones it has. Many at once are one call, and many windows ring once.

import { KINDS, type Kind } from "../api/wire";

const CHOICE = "zaiseki.sound";
const TONE_S = 0.18;
const LOUDNESS = 0.12;
const APART_MS = 3_000; // a burst is one call; who looks finds all of them in the queue
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

export interface Rung {
  readonly kind: Kind;
  readonly atMs: number;
}

/** Whether one more is heard so soon after the last: only if it is graver. */
export const isHeard = (kind: Kind, atMs: number, last: Rung | null): boolean =>
  !last || atMs - last.atMs >= APART_MS || KINDS.indexOf(kind) < KINDS.indexOf(last.kind);

let last: Rung | null = null;

/** Ring for an incident, in one window of this browser. */
export function ringFor(incident: string, kind: Kind): void {
  const now = Date.now();
  if (!isHeard(kind, now, last)) return;
  last = { kind, atMs: now };
  if (!("locks" in navigator)) {
    ring(kind); // without TLS the browser has no locks: then each window rings
    return;
  }
  const held = new Promise((over) => setTimeout(over, APART_MS));
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
