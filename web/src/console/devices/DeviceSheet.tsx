// PCs that report for members: which, whose, since when, and taking one's access away.

import { Button } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { revokeDevice } from "../../api/console";
import type { DeviceItem } from "../../api/shapes";
import { useTell } from "../kit/ask";
import { Confirm } from "../kit/Dialog";
import { type Column, Sheet } from "../kit/Sheet";
import { useMoment } from "../kit/when";

export const DEVICES = ["devices"] as const;

export interface DeviceSheetProps {
  readonly label: string;
  readonly rows: readonly DeviceItem[];
  /** Whose it is: left out where all are one's own. */
  readonly owner?: (row: DeviceItem) => string;
}

export function DeviceSheet({ label, rows, owner }: DeviceSheetProps) {
  const { t } = useTranslation();
  const moment = useMoment();
  const [revoking, setRevoking] = useState<DeviceItem | null>(null);
  const sending = useTell(revokeDevice, {
    changes: [DEVICES],
    onDone: () => setRevoking(null),
  });
  const columns: Column<DeviceItem>[] = [
    {
      name: "name",
      head: t("devices.name"),
      cell: ({ name }) => <span title={name}>{name}</span>,
      sort: ({ name }) => name,
    },
    ...(owner
      ? [
          {
            name: "owner",
            head: t("devices.member"),
            width: 240,
            phone: 104,
            cell: (row: DeviceItem) => <span title={owner(row)}>{owner(row)}</span>,
            sort: owner,
          },
        ]
      : []),
    {
      name: "created",
      head: t("devices.created"),
      width: 168,
      wide: true,
      cell: (row) => (row.created_at ? moment(row.created_at) : ""),
      sort: (row) => row.created_at ?? 0,
    },
    {
      name: "state",
      head: t("devices.state"),
      width: 104,
      phone: owner ? 0 : 56, // whose it is tells more; one that is out is dim and has no button
      cell: ({ revoked }) => t(revoked ? "devices.revoked" : "devices.valid"),
      sort: ({ revoked }) => (revoked ? 1 : 0),
    },
    {
      name: "act",
      head: t("kit.acts"),
      width: 128,
      phone: 112,
      cell: (row) =>
        !row.revoked && (
          <Button
            variant="default"
            size="xs"
            aria-label={t("devices.revokeNamed", { name: row.name })}
            onClick={() => setRevoking(row)}
          >
            {t("devices.revoke")}
          </Button>
        ),
    },
  ];
  return (
    <>
      <Sheet
        label={label}
        columns={columns}
        rows={rows}
        id={({ id }) => id}
        dimmed={({ revoked }) => revoked === true}
      />
      {revoking && (
        <Confirm
          title={t("devices.sure", { name: revoking.name })}
          text={t("devices.sureText")}
          submit={t("devices.revoke")}
          sending={sending}
          onConfirm={() => sending.mutate(revoking.id)}
          onClose={() => setRevoking(null)}
        />
      )}
    </>
  );
}
