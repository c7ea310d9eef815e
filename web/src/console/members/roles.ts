// The roles of a tenant's people, in the order in which a list of choices shows them.

import type { Role } from "../../api/shapes";

export const ROLES: readonly Role[] = [
  "worker",
  "supervisor",
  "auditor",
  "administrator",
  "contractor",
];
