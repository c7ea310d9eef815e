// What a player of the past shows just now, as React has it.

import { useSyncExternalStore } from "react";
import type { Near } from "./around";
import type { Player, Playing } from "./player";

export const usePlaying = (player: Player): Playing =>
  useSyncExternalStore(player.subscribe, player.state);

export const useNear = (player: Player): Near =>
  useSyncExternalStore(player.subscribe, player.near);
