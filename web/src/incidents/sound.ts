// A calm call when an incident opens, only if the person turned it on in this browser: the graver
// the incident, the more tones it has.

import type { Kind } from "../api/wire";

const CHOICE = "zaiseki.sound";
const TONE_S = 0.18;
const LOUDNESS = 0.12;
const TONES_HZ: Readonly<Record<Kind, readonly number[]>> = {
  impersonation: [660, 880, 660, 880],
  photographing_device: [660, 880, 660],
  peeping: [660, 880],
  camera_covered: [660],
};

export const soundIsOn = (): boolean => localStorage.getItem(CHOICE) === "on";

export function turnSound(on: boolean): void {
  localStorage.setItem(CHOICE, on ? "on" : "off");
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
