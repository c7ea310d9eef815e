// On pages that show nothing live, whoever judges incidents is called all the same.

import { useState } from "react";
import type { Session } from "../api/wire";
import { HubClock } from "../board/clock";
import { StoreContext } from "../board/hooks";
import { useLine } from "../board/line";
import { BoardStore } from "../board/store";
import { Alarm } from "./Alarm";

/** The page itself notices when the session ends. */
const left = () => {};

export default function Calls({ session }: { session: Session }) {
  const [store] = useState(() => new BoardStore(new HubClock()));
  useLine(store, left);
  return (
    <StoreContext value={store}>
      <Alarm me={session.member.id} alone />
    </StoreContext>
  );
}
