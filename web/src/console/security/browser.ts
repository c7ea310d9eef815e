// Which browser on which system, from what it says of itself; good enough to know it again.

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:e|A|iOS)?\//, "Edge"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Chrome|CriOS|Chromium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b|\bX11\b/, "Linux"],
];

const first = (among: typeof BROWSERS, agent: string) =>
  among.find(([says]) => says.test(agent))?.[1];

/** Chrome · Windows; null if the browser says nothing that is known. */
export function browserOf(agent: string): string | null {
  const words = [first(BROWSERS, agent), first(SYSTEMS, agent)].filter(Boolean);
  return words.length > 0 ? words.join(" · ") : null;
}
