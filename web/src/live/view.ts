// A live view as its asker goes through it: chosen -> asked -> connecting -> seen -> over. Pure.

import type { IceServer, Purpose, ViewEnd, ViewNews } from "../api/wire";

export interface Target {
  readonly member: number;
  readonly name: string;
  readonly device: number;
}

export type View =
  | { readonly stage: "none" }
  | { readonly stage: "choosing"; readonly target: Target }
  | {
      readonly stage: "asked";
      readonly target: Target;
      readonly purpose: Purpose;
      readonly request: string;
      /** The hub's name for it; null before the hub has one. */
      readonly view: string | null;
      readonly answerBy: number | null;
      readonly ice: readonly IceServer[];
    }
  | {
      readonly stage: "connecting" | "seen";
      readonly target: Target;
      readonly purpose: Purpose;
      readonly view: string;
      readonly since: number;
    }
  | {
      readonly stage: "over";
      readonly target: Target;
      readonly purpose: Purpose;
      readonly reason: ViewEnd;
    };

export const NONE: View = { stage: "none" };

/** What the hub knows the view by, if it is still of any use to say so. */
export const nameOf = (view: View): string | null => ("view" in view ? view.view : null);

export function ended(view: View, reason: ViewEnd): View {
  if (!("purpose" in view) || view.stage === "over") return view;
  const { target, purpose } = view;
  return { stage: "over", target, purpose, reason };
}

/** What a word of the hub makes of it; one about another view changes nothing. */
export function heard(view: View, news: ViewNews, nowMs: number): View {
  if (news.type === "view_opened") {
    if (view.stage !== "asked" || news.request !== view.request) return view;
    const answerBy = nowMs + news.answer_s * 1000;
    return { ...view, view: news.view, answerBy, ice: news.ice ?? [] };
  }
  if (nameOf(view) !== news.view) return view;
  if (news.type === "view_ended") return ended(view, news.reason);
  if (news.type === "view_answered" && view.stage === "asked") {
    const { target, purpose } = view;
    return { stage: "connecting", target, purpose, view: news.view, since: nowMs };
  }
  return view;
}

/** The first picture is there. */
export function seen(view: View, nowMs: number): View {
  return view.stage === "connecting" ? { ...view, stage: "seen", since: nowMs } : view;
}
