// From where people may sign in and PCs may report: networks, and countries where they are known.

import { Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { limits, setLimits } from "../../api/console";
import type { Tagged } from "../../api/http";
import type { Limits as Rules } from "../../api/shapes";
import { Answered } from "../kit/Answered";
import { useAsk, useTell } from "../kit/ask";
import { Form } from "../kit/Dialog";
import { Select } from "../kit/Select";
import { wordsOf } from "./words";

const LIMITS = ["limits"] as const;
type Countries = "default" | "some";

export default function Limits() {
  const asked = useAsk(LIMITS, limits);
  return (
    <div className="block">
      <Answered asked={asked}>
        {(rules) => <Edit key={JSON.stringify([rules.networks, rules.countries])} rules={rules} />}
      </Answered>
    </div>
  );
}

function Edit({ rules }: { rules: Tagged<Rules> }) {
  const { t } = useTranslation();
  const [networks, setNetworks] = useState(rules.networks.join("\n"));
  const [which, setWhich] = useState<Countries>(rules.countries ? "some" : "default");
  const [countries, setCountries] = useState((rules.countries ?? []).join(" "));
  const sending = useTell(setLimits, { changes: [LIMITS] });
  const wanted = {
    networks: wordsOf(networks),
    countries: which === "default" ? null : wordsOf(countries).map((one) => one.toUpperCase()),
  };
  const now = { networks: rules.networks, countries: rules.countries ?? null };
  return (
    <section className="panel-like">
      <h2>{t("page./settings/limits")}</h2>
      <p className="sub">
        {t("limits.you", { address: rules.address })}
        {rules.country && ` (${rules.country})`}
      </p>
      <Form
        sending={sending}
        submit={t("kit.save")}
        ready={JSON.stringify(wanted) !== JSON.stringify(now)}
        onSubmit={() => sending.mutate({ ...wanted, etag: rules.etag })}
      >
        <Textarea
          label={t("limits.networks")}
          description={t("limits.networksHint")}
          placeholder={"192.0.2.0/24\n2001:db8::/32"}
          autosize
          minRows={3}
          className="code"
          spellCheck={false}
          value={networks}
          onChange={(event) => setNetworks(event.currentTarget.value)}
        />
        <Select
          label={t("limits.countries")}
          description={t(rules.geoip ? "limits.countriesHint" : "limits.noGeoip")}
          value={which}
          onPick={setWhich}
          options={[
            { value: "default", label: t("limits.default") },
            { value: "some", label: t("limits.some") },
          ]}
        />
        {which === "some" && (
          <TextInput
            label={t("limits.codes")}
            description={t("limits.codesHint")}
            placeholder="JP"
            value={countries}
            onChange={(event) => setCountries(event.currentTarget.value)}
          />
        )}
      </Form>
    </section>
  );
}
