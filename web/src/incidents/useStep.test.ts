// @vitest-environment jsdom

import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import type { IncidentItem } from "../api/wire";
import { useStep } from "./useStep";

const PAGE = 3;

/** A queue of some pages, stepped through: how many are loaded, which is open, what was asked. */
function stepping(pages: number) {
  const shown = { loaded: 1, open: "i0", isFetching: false, isFetchNextPageError: false };
  const fetchNextPage = vi.fn(() => {
    shown.isFetching = true;
  });
  const { result, rerender } = renderHook(() =>
    useStep(
      Array.from({ length: shown.loaded * PAGE }, (_, n) => ({ id: `i${n}` }) as IncidentItem),
      shown.open,
      (id) => {
        shown.open = id;
      },
      { ...shown, hasNextPage: shown.loaded < pages, fetchNextPage },
    ),
  );
  const step = (by: number) => {
    act(() => result.current(by));
    rerender();
  };
  const comes = (told: Partial<typeof shown>) => {
    Object.assign(shown, { isFetching: false }, told);
    rerender();
    rerender();
  };
  return { shown, fetchNextPage, step, comes };
}

const times = (count: number, what: () => void) => Array.from({ length: count }, what);

it("steps past what is loaded are taken when the next page has come", () => {
  const { shown, fetchNextPage, step, comes } = stepping(2);
  times(4, () => step(1));
  expect(shown.open).toBe("i2");
  expect(fetchNextPage).toHaveBeenCalledOnce();

  comes({ loaded: 2 });
  expect(shown.open).toBe("i4");
  step(1);
  expect(shown.open).toBe("i5");
});

it("a step back takes one of them back", () => {
  const { shown, step, comes } = stepping(2);
  times(5, () => step(1));
  step(-1);
  comes({ loaded: 2 });
  expect(shown.open).toBe("i4");
});

it("more steps than a page has rows ask for page after page", () => {
  const { shown, fetchNextPage, step, comes } = stepping(3);
  times(7, () => step(1));
  comes({ loaded: 2 });
  expect(shown.open).toBe("i5");
  comes({ loaded: 3 });
  expect(fetchNextPage).toHaveBeenCalledTimes(2);
  expect(shown.open).toBe("i7");
});

it("whoever has opened another one meanwhile stays there", () => {
  const { shown, step, comes } = stepping(2);
  times(4, () => step(1));
  comes({ open: "i0", isFetching: true });
  comes({ loaded: 2 });
  expect(shown.open).toBe("i0");
});

it("a page that does not come is not asked for without end", () => {
  const { shown, fetchNextPage, step, comes } = stepping(2);
  times(4, () => step(1));
  comes({ isFetchNextPageError: true });
  comes({ isFetchNextPageError: false });
  expect(fetchNextPage).toHaveBeenCalledOnce();
  expect(shown.open).toBe("i2");
});

it("at the end of all there is nothing to step to", () => {
  const { shown, fetchNextPage, step } = stepping(1);
  times(9, () => step(1));
  expect(shown.open).toBe("i2");
  times(9, () => step(-1));
  expect(shown.open).toBe("i0");
  expect(fetchNextPage).not.toHaveBeenCalled();
});
