// The evidence levels from the narrowest to the widest; a group may only be narrower.

import type { EvidenceLevel } from "../../api/shapes";

export const LEVELS: readonly EvidenceLevel[] = ["off", "state_only", "incident_only", "periodic"];

export const narrowerThan = (level: EvidenceLevel, most: EvidenceLevel): boolean =>
  LEVELS.indexOf(level) < LEVELS.indexOf(most);
