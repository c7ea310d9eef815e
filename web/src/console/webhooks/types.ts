// Which events an endpoint gets: all, all of a family ("incident.*"), or some. Pure.

interface Named {
  readonly type: string;
}

export interface Family {
  /** "incident" */
  readonly name: string;
  /** "incident.*" */
  readonly every: string;
  readonly types: readonly Named[];
}

/** The types by what they are about, in the order in which the hub tells them. */
export function familiesOf(types: readonly Named[]): readonly Family[] {
  const families = new Map<string, Named[]>();
  for (const one of types) {
    const name = one.type.split(".")[0] ?? one.type;
    families.set(name, [...(families.get(name) ?? []), one]);
  }
  return [...families].map(([name, of]) => ({ name, every: `${name}.*`, types: of }));
}

/** One more or one less; all of a family takes the place of its single types. */
export function picked(chosen: readonly string[], type: string, on: boolean): readonly string[] {
  if (!on) return chosen.filter((one) => one !== type);
  if (!type.endsWith(".*")) return [...chosen, type];
  const within = type.slice(0, -1);
  return [...chosen.filter((one) => !one.startsWith(within)), type];
}
