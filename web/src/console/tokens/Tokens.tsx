// API tokens for other systems: what each may do, until when; told once.

import { Button, NumberInput, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addToken, revokeToken, tokens } from "../../api/console";
import type { Scope, TokenItem } from "../../api/shapes";
import { Link } from "../../shell/Link";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Confirm, Dialog, Form } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { useList } from "../kit/list";
import { Secret } from "../kit/Secret";
import { type Column, Sheet } from "../kit/Sheet";
import { Tick } from "../kit/Tick";
import { Tools } from "../kit/Tools";
import { useMoment } from "../kit/when";

const TOKENS = ["tokens"] as const;
const SCOPES: readonly Scope[] = [
  "watch",
  "board:read",
  "incidents:read",
  "incidents:write",
  "members:read",
  "members:write",
  "groups:read",
  "groups:write",
  "devices:read",
  "devices:write",
  "viewings:read",
];

export default function Tokens() {
  const { t } = useTranslation();
  const moment = useMoment();
  const list = useList();
  const asked = useAsk(TOKENS, tokens);
  const [adding, setAdding] = useState(false);
  const [revoking, setRevoking] = useState<TokenItem | null>(null);
  const sending = useTell(revokeToken, { changes: [TOKENS], onDone: () => setRevoking(null) });
  const columns: Column<TokenItem>[] = [
    { name: "name", head: t("tokens.name"), cell: ({ name }) => <span title={name}>{name}</span> },
    {
      name: "scopes",
      head: t("tokens.scopes"),
      phone: 0,
      cell: ({ scopes }) => <Scopes text={list(scopes.map((one) => scopeText(one, t)))} />,
    },
    {
      name: "used",
      head: t("tokens.used"),
      width: 168,
      wide: true,
      cell: (row) => (row.last_used_at ? moment(row.last_used_at) : t("tokens.never")),
    },
    {
      name: "expires",
      head: t("tokens.expires"),
      width: 168,
      phone: 136,
      cell: ({ revoked, expires_at }) => (revoked ? t("tokens.revoked") : moment(expires_at)),
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
            aria-label={t("tokens.revokeNamed", { name: row.name })}
            onClick={() => setRevoking(row)}
          >
            {t("tokens.revoke")}
          </Button>
        ),
    },
  ];
  const add = <Button onClick={() => setAdding(true)}>{t("tokens.add")}</Button>;
  return (
    <>
      <Tools filters={<Link href="/reference">{t("menu.reference")}</Link>}>{add}</Tools>
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("tokens.none")}>
              <p>{t("tokens.noneHint")}</p>
            </Empty>
          ) : (
            <Sheet
              label={t("page./settings/tokens")}
              columns={columns}
              rows={items}
              id={({ id }) => id}
              dimmed={({ revoked }) => revoked === true}
            />
          )
        }
      </Answered>
      {adding && <Add onClose={() => setAdding(false)} />}
      {revoking && (
        <Confirm
          title={t("tokens.sure", { name: revoking.name })}
          text={t("tokens.sureText")}
          submit={t("tokens.revoke")}
          sending={sending}
          onConfirm={() => sending.mutate(revoking.id)}
          onClose={() => setRevoking(null)}
        />
      )}
    </>
  );
}

const scopeText = (scope: string, t: (key: string) => string): string =>
  t(`tokens.scope.${scope.replace(":", "_")}`);

function Scopes({ text }: { text: string }) {
  return (
    <span className="t1 sub cut" title={text}>
      {text}
    </span>
  );
}

const DAYS = 90;
const DAYS_MAX = 366;

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const [days, setDays] = useState(DAYS);
  const sending = useTell(addToken, { changes: [TOKENS] });
  return (
    <Dialog title={t("tokens.add")} onClose={onClose}>
      {sending.data ? (
        <>
          <Secret label={t("tokens.token")} value={sending.data.token} />
          <footer className="buttons">
            <Button data-autofocus onClick={onClose}>
              {t("live.close")}
            </Button>
          </footer>
        </>
      ) : (
        <Form
          sending={sending}
          submit={t("tokens.addIt")}
          ready={name.trim() !== "" && scopes.length > 0 && days >= 1 && days <= DAYS_MAX}
          onSubmit={() => sending.mutate({ name, scopes: [...scopes], days })}
          onCancel={onClose}
        >
          <TextInput
            data-autofocus
            label={t("tokens.name")}
            description={t("tokens.nameHint")}
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <fieldset className="choices">
            <legend>{t("tokens.scopes")}</legend>
            {SCOPES.map((scope) => (
              <Tick
                key={scope}
                label={scopeText(scope, t)}
                checked={scopes.includes(scope)}
                onTick={(on) =>
                  setScopes((old) => (on ? [...old, scope] : old.filter((one) => one !== scope)))
                }
              />
            ))}
          </fieldset>
          <NumberInput
            label={t("tokens.days")}
            description={t("tokens.daysHint")}
            hideControls
            allowDecimal={false}
            allowNegative={false}
            value={days}
            onChange={(value) => setDays(Number(value))}
          />
        </Form>
      )}
    </Dialog>
  );
}
