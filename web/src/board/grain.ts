// How fine the overview has to be, so that the whole floor fits. Pure.

export interface Grain {
  readonly cellPx: number;
  readonly across: number;
  readonly heightPx: number;
}

const LARGEST_PX = 8;

/** The largest whole cell with which so many fit; at 1 px more than that are cut off at the foot. */
export function grainOf(people: number, widePx: number, highPx: number): Grain {
  for (let cellPx = LARGEST_PX; ; cellPx -= 1) {
    const across = Math.floor(widePx / cellPx);
    const heightPx = Math.ceil(people / across) * cellPx;
    if (heightPx <= highPx || cellPx === 1)
      return { cellPx, across, heightPx: Math.min(heightPx, highPx) };
  }
}

/** The number of the person at a point, in the order of the board. */
export function memberUnder({ across, cellPx }: Grain, xPx: number, yPx: number): number {
  const column = Math.min(across - 1, Math.max(0, Math.floor(xPx / cellPx)));
  return Math.max(0, Math.floor(yPx / cellPx)) * across + column;
}
