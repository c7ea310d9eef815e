// All PCs of the tenant, and a token by hand for one that cannot show a code.

import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { addDevice, devices } from "../../api/console";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Dialog, Form } from "../kit/Dialog";
import { Empty } from "../kit/Empty";
import { Secret } from "../kit/Secret";
import { found } from "../kit/sorting";
import { Tools } from "../kit/Tools";
import { PickMember } from "../members/PickMember";
import { DEVICES, DeviceSheet } from "./DeviceSheet";

export default function Devices() {
  const { t } = useTranslation();
  const asked = useAsk(DEVICES, devices);
  const [text, setText] = useState("");
  const [adding, setAdding] = useState(false);
  const add = (
    <Button variant="default" onClick={() => setAdding(true)}>
      {t("devices.add")}
    </Button>
  );
  return (
    <>
      <Tools find={{ text, onText: setText }} placeholder={t("devices.find")}>
        {add}
      </Tools>
      <Answered asked={asked}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t("devices.none")}>
              <p>{t("devices.noneHint")}</p>
              <code>{`zaiseki agent pair ${location.origin}`}</code>
              {add}
            </Empty>
          ) : (
            <DeviceSheet
              label={t("page./members/devices")}
              rows={found(items, text, (row) => [row.name, row.login, row.member_name])}
              owner={({ member_name }) => member_name}
            />
          )
        }
      </Answered>
      {adding && <Add onClose={() => setAdding(false)} />}
    </>
  );
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState("");
  const [member, setMember] = useState<number | null>(null);
  const sending = useTell(addDevice, { changes: [DEVICES] });
  return (
    <Dialog title={t("devices.add")} onClose={onClose}>
      {sending.data ? (
        <>
          <Secret label={t("devices.token")} value={sending.data.token} />
          <p className="t1 sub">{t("devices.tokenHint")}</p>
          <footer className="buttons">
            <Button data-autofocus onClick={onClose}>
              {t("live.close")}
            </Button>
          </footer>
        </>
      ) : (
        <Form
          sending={sending}
          submit={t("devices.addIt")}
          ready={member !== null && name.trim() !== ""}
          onSubmit={() => member !== null && sending.mutate({ member, name })}
          onCancel={onClose}
        >
          <PickMember label={t("devices.member")} picked={member} onPick={setMember} />
          <TextInput
            label={t("devices.name")}
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.currentTarget.value)}
          />
        </Form>
      )}
    </Dialog>
  );
}
