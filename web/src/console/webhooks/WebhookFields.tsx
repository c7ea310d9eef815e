// What is set of an endpoint: where to, which events, about whom, and how they are written.

import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { NewWebhook } from "../../api/shapes";
import type { Schemas } from "../../api/wire";
import type { Branch } from "../../board/arrange";
import { GroupPicks } from "../groups/GroupPicks";
import { Answered } from "../kit/Answered";
import { Select } from "../kit/Select";
import { Tick } from "../kit/Tick";
import { useTypes, useTypeText } from "./links";
import { type Family, familiesOf, picked } from "./types";

type Whole = Required<NewWebhook>;

export interface Draft extends Omit<Whole, "types" | "groups" | "signing"> {
  readonly types: readonly string[];
  readonly groups: readonly number[];
  readonly signing: readonly Whole["signing"][number][];
  /** Every type, also those that come later; else those in `types`. */
  readonly every: boolean;
}

export const NOTHING: Draft = {
  url: "",
  description: "",
  types: [],
  every: true,
  groups: [],
  content: "standard",
  signing: ["v1"],
};

export const draftOf = (webhook: Schemas["WebhookSettings"]): Draft => ({
  url: webhook.url,
  description: webhook.description,
  types: webhook.types,
  every: webhook.types.length === 0,
  groups: webhook.groups,
  content: webhook.content,
  signing: webhook.signing,
});

/** What the hub is to be told: no type named is every type. */
export const told = ({ every, types, groups, signing, ...rest }: Draft): Whole => ({
  ...rest,
  url: rest.url.trim(),
  types: every ? [] : [...types].sort(),
  groups: [...groups].sort((a, b) => a - b),
  signing: [...signing].sort(),
});

export const isComplete = (draft: Draft): boolean =>
  isAddress(draft.url) && (draft.every || draft.types.length > 0) && draft.signing.length > 0;

const isAddress = (text: string) => /^https?:\/\/[^\s/]+/.test(text.trim());

const SIGNINGS = ["v1", "v1a"] as const;
const CONTENTS = ["standard", "cloudevents"] as const;

export interface WebhookFieldsProps {
  readonly draft: Draft;
  readonly branches: readonly Branch[];
  /** They are what the reader came for: the first one has the focus. */
  readonly first?: boolean;
  readonly onChange: (draft: Draft) => void;
}

export function WebhookFields({ draft, branches, first, onChange }: WebhookFieldsProps) {
  const { t } = useTranslation();
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const { url, signing } = draft;
  return (
    <>
      <TextInput
        data-autofocus={first || undefined}
        className="code"
        type="url"
        label={t("webhooks.address")}
        description={t("webhooks.addressHint")}
        placeholder="https://"
        value={url}
        maxLength={2000}
        spellCheck={false}
        error={url.length > "https://".length && !isAddress(url) && t("webhooks.addressBad")}
        onChange={(event) => set({ url: event.currentTarget.value })}
      />
      <TextInput
        label={t("webhooks.description")}
        value={draft.description}
        maxLength={200}
        onChange={(event) => set({ description: event.currentTarget.value })}
      />
      <TypePicks draft={draft} onChange={set} />
      <GroupPicks
        label={t("webhooks.groups")}
        branches={branches}
        picked={draft.groups}
        onPick={(groups) => set({ groups })}
      />
      {branches.length > 0 && <p className="t1 sub">{t("webhooks.groupsHint")}</p>}
      <Select
        label={t("webhooks.content")}
        description={t(`webhooks.contentHint.${draft.content}`)}
        value={draft.content}
        onPick={(content) => set({ content })}
        options={CONTENTS.map((value) => ({ value, label: t(`webhooks.contents.${value}`) }))}
      />
      <fieldset className="choices">
        <legend>{t("webhooks.signing")}</legend>
        {SIGNINGS.map((one) => (
          <Tick
            key={one}
            label={t(`webhooks.signings.${one}`)}
            hint={t(`webhooks.signingHint.${one}`)}
            checked={signing.includes(one)}
            onTick={(on) =>
              set({ signing: on ? [...signing, one] : signing.filter((other) => other !== one) })
            }
          />
        ))}
      </fieldset>
    </>
  );
}

interface TypePicksProps {
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
}

function TypePicks({ draft, onChange }: TypePicksProps) {
  const { t } = useTranslation();
  const asked = useTypes();
  return (
    <fieldset className="choices">
      <legend>{t("webhooks.types")}</legend>
      <Tick
        label={t("webhooks.everyType")}
        hint={t("webhooks.everyTypeHint")}
        checked={draft.every}
        onTick={(every) => onChange({ every })}
      />
      {!draft.every && (
        <Answered asked={asked}>
          {({ items }) => (
            <div className="type-picks">
              {familiesOf(items).map((family) => (
                <FamilyPicks
                  key={family.name}
                  family={family}
                  chosen={draft.types}
                  onPick={(types) => onChange({ types })}
                />
              ))}
            </div>
          )}
        </Answered>
      )}
    </fieldset>
  );
}

interface FamilyPicksProps {
  readonly family: Family;
  readonly chosen: readonly string[];
  readonly onPick: (types: readonly string[]) => void;
}

function FamilyPicks({ family, chosen, onPick }: FamilyPicksProps) {
  const typeText = useTypeText();
  const { every, types } = family;
  const whole = chosen.includes(every);
  return (
    <>
      {(types.length > 1 || whole) && (
        <Tick
          label={typeText(every)}
          hint={every}
          checked={whole}
          onTick={(on) => onPick(picked(chosen, every, on))}
        />
      )}
      <div className={types.length > 1 ? "within" : undefined}>
        {types.map((one) => (
          <Tick
            key={one.type}
            label={typeText(one.type)}
            hint={one.type}
            checked={whole || chosen.includes(one.type)}
            disabled={whole}
            onTick={(on) => onPick(picked(chosen, one.type, on))}
          />
        ))}
      </div>
    </>
  );
}
