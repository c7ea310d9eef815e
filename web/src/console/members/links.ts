// Invitations that nobody has answered yet, as the pages about members ask for them.

import { invitations } from "../../api/console";
import type { InvitationItem } from "../../api/shapes";
import { useAsk } from "../kit/ask";

export const INVITATIONS = ["invitations"] as const;

export const useInvitations = () => useAsk(INVITATIONS, invitations);

/** The open one of a member. */
export function useInvitation(member: number): InvitationItem | undefined {
  return useInvitations().data?.items.find((one) => one.member === member);
}
