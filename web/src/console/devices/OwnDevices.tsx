// One's own PCs.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/console";
import { go } from "../../shell/place";
import { Answered } from "../kit/Answered";
import { useAsk, useDesk } from "../kit/ask";
import { Empty } from "../kit/Empty";
import { Tools } from "../kit/Tools";
import { DEVICES, DeviceSheet } from "./DeviceSheet";

export default function OwnDevices() {
  const { t } = useTranslation();
  const { id } = useDesk().session.member;
  const asked = useAsk(DEVICES, devices);
  const pair = <Button onClick={() => go("/pair")}>{t("menu.pair")}</Button>;
  return (
    <>
      <Tools>{pair}</Tools>
      <Answered asked={asked}>
        {({ items }) => {
          const mine = items.filter(({ member }) => member === id);
          return mine.length === 0 ? (
            <Empty title={t("devices.noneOwn")}>
              <p>{t("devices.noneOwnHint")}</p>
              <code>{`zaiseki agent pair ${location.origin}`}</code>
            </Empty>
          ) : (
            <DeviceSheet label={t("page./own/devices")} rows={mine} />
          );
        }}
      </Answered>
    </>
  );
}
