// One calm tone when an incident opens, only if the person turned it on in this browser.

const CHOICE = "zaiseki.sound";
const TONE_HZ = [660, 880] as const;
const TONE_S = 0.18;
const LOUDNESS = 0.12;

export const soundIsOn = (): boolean => localStorage.getItem(CHOICE) === "on";

export function turnSound(on: boolean): void {
  localStorage.setItem(CHOICE, on ? "on" : "off");
}

export function ring(): void {
  const audio = new AudioContext();
  TONE_HZ.forEach((hz, at) => {
    const start = audio.currentTime + at * TONE_S;
    const tone = new OscillatorNode(audio, { frequency: hz });
    const gain = new GainNode(audio, { gain: 0 });
    gain.gain.setValueAtTime(LOUDNESS, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + TONE_S);
    tone.connect(gain).connect(audio.destination);
    tone.start(start);
    tone.stop(start + TONE_S);
    if (at === TONE_HZ.length - 1) tone.onended = () => void audio.close();
  });
}
