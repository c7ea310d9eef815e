// The head of a panel about a day or a month: its title, one back, one on, and what else belongs there.

import { Button } from "@mantine/core";
import type { ReactNode } from "react";

/** A step that leads nowhere is null. */
interface Step {
  readonly label: string;
  readonly go: (() => void) | null;
}

export function PanelHead(props: {
  readonly title: string;
  readonly before: Step;
  readonly after: Step;
  readonly children: ReactNode;
}) {
  return (
    <header>
      <h2>{props.title}</h2>
      <Arrow step={props.before}>←</Arrow>
      <Arrow step={props.after}>→</Arrow>
      <span className="grow" />
      {props.children}
    </header>
  );
}

function Arrow({ step, children }: { readonly step: Step; readonly children: string }) {
  return (
    <Button
      variant="default"
      size="xs"
      aria-label={step.label}
      disabled={step.go === null}
      onClick={step.go ?? undefined}
    >
      {children}
    </Button>
  );
}
