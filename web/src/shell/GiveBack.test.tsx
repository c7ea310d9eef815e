// @vitest-environment jsdom

import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { GiveBack } from "./GiveBack";

afterEach(cleanup);

interface Page {
  readonly layer?: string | undefined;
  readonly row?: string;
}

/** A table, a button, and above them a layer with a control of its own. */
function Page({ layer, row = "first" }: Page) {
  return (
    <>
      <table>
        <tbody>
          <tr key={row} data-id="7">
            <td>
              <button type="button">{row}</button>
            </td>
          </tr>
        </tbody>
      </table>
      <button type="button">elsewhere</button>
      {layer && (
        <div key={layer} role="dialog" aria-label={layer}>
          <GiveBack />
          <button type="button">{layer}</button>
        </div>
      )}
    </>
  );
}

function focus(name: string) {
  act(() => screen.getByText(name).focus());
}

function focused() {
  return document.activeElement?.textContent;
}

test("who closes a layer is where they were before it opened", () => {
  const { rerender } = render(<Page />);
  focus("elsewhere");
  rerender(<Page layer="layer" />);
  focus("layer");
  rerender(<Page />);
  expect(focused()).toBe("elsewhere");
});

test("a row that was drawn anew meanwhile has the focus again", () => {
  const { rerender } = render(<Page />);
  focus("first");
  rerender(<Page layer="layer" />);
  focus("layer");
  rerender(<Page row="second" />);
  expect(focused()).toBe("second");
});

test("a layer that took another's place leaves to where the first was opened", () => {
  const { rerender } = render(<Page />);
  focus("elsewhere");
  rerender(<Page layer="layer" />);
  focus("layer");
  rerender(<Page layer="next" />);
  focus("next");
  rerender(<Page />);
  expect(focused()).toBe("elsewhere");
});

test("who has gone on by themselves is left there", () => {
  const { rerender } = render(<Page />);
  focus("first");
  rerender(<Page layer="layer" />);
  focus("elsewhere");
  rerender(<Page />);
  expect(focused()).toBe("elsewhere");
});
