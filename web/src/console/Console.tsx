// The console: the bar, the tabs of a place, and the page at the address.

import {
  type ComponentType,
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { useTranslation } from "react-i18next";
import type { Session } from "../api/wire";
import { Link } from "../shell/Link";
import { type Framed, isFramed, type Page, pageAt, pagesIn, startOf } from "../shell/pages";
import { TopBar } from "../shell/TopBar";
import { DeskContext } from "./kit/ask";
import { Empty } from "./kit/Empty";
import { WhoAreYou } from "./kit/WhoAreYou";
import "../i18n/console";
import "../styles/console/tabs.css";
import "../styles/console/tools.css";
import "../styles/console/sheet.css";
import "../styles/console/facts.css";
import "../styles/console/block.css";
import "../styles/console/fields.css";
import "../styles/console/panel.css";
import "../styles/console/roles.css";
import "../styles/console/steps.css";

const SCREENS: Readonly<Record<Framed, ComponentType>> = {
  "/today": lazy(() => import("../today/Today")),
  "/people": lazy(() => import("../person/Person")),
  "/analysis": lazy(() => import("../analysis/Analysis")),
  "/tenants": lazy(() => import("./tenants/Tenants")),
  "/tenants/maintenance": lazy(() => import("./maintenance/Maintenance")),
  "/members": lazy(() => import("./members/Members")),
  "/members/roles": lazy(() => import("./roles/Roles")),
  "/members/groups": lazy(() => import("./groups/Groups")),
  "/members/invitations": lazy(() => import("./members/Invitations")),
  "/members/devices": lazy(() => import("./devices/Devices")),
  "/members/faces": lazy(() => import("./faces/Faces")),
  "/members/consents": lazy(() => import("./consents/MemberConsents")),
  "/evidence": lazy(() => import("./evidence/Evidence")),
  "/evidence/viewings": lazy(() => import("./viewings/Viewings")),
  "/log": lazy(() => import("./log/Log")),
  "/log/heads": lazy(() => import("./log/Heads")),
  "/settings": lazy(() => import("./tenant/Tenant")),
  "/settings/charter": lazy(() => import("./charter/Charter")),
  "/settings/policy": lazy(() => import("./policy/Policy")),
  "/settings/incidents": lazy(() => import("../incidents/Rules")),
  "/settings/sign-in": lazy(() => import("./signin/SignInRules")),
  "/settings/limits": lazy(() => import("./limits/Limits")),
  "/settings/tokens": lazy(() => import("./tokens/Tokens")),
  "/settings/webhooks": lazy(() => import("./webhooks/Webhooks")),
  "/settings/deliveries": lazy(() => import("./webhooks/Deliveries")),
  "/own": lazy(() => import("./own/Profile")),
  "/own/notices": lazy(() => import("../notices/Notices")),
  "/own/security": lazy(() => import("./security/Security")),
  "/own/consents": lazy(() => import("./consents/OwnConsents")),
  "/own/devices": lazy(() => import("./devices/OwnDevices")),
  "/own/faces": lazy(() => import("./faces/OwnFaces")),
  "/own/evidence": lazy(() => import("./evidence/OwnEvidence")),
  "/own/viewings": lazy(() => import("./viewings/OwnViewings")),
  "/pair": lazy(() => import("./pairing/Pair")),
  "/licenses": lazy(() => import("./licenses/Licenses")),
};

export interface ConsoleProps {
  readonly session: Session;
  readonly path: string;
  readonly onLeave: () => void;
  readonly onEnded: () => void;
}

export default function Console({ session, path, onLeave, onEnded }: ConsoleProps) {
  const { role } = session.member;
  const page = pageAt(path, role);
  const [unconfirmed, setUnconfirmed] = useState<(() => void) | null>(null);
  const confirm = useCallback((then: () => void) => setUnconfirmed(() => then), []);
  const desk = useMemo(() => ({ session, onEnded, confirm }), [session, onEnded, confirm]);
  return (
    <DeskContext value={desk}>
      <div className="page">
        <TopBar session={session} place={page?.place ?? null} onLeave={onLeave} />
        {page && <Tabs page={page} role={role} />}
        <main className="console">
          {page && isFramed(page.path) ? <Screen page={page.path} /> : <Nowhere role={role} />}
        </main>
        {unconfirmed && <WhoAreYou then={unconfirmed} onClose={() => setUnconfirmed(null)} />}
      </div>
    </DeskContext>
  );
}

function Screen({ page }: { page: Framed }) {
  const { t } = useTranslation();
  const title = t(`page.${page}`);
  useEffect(() => {
    document.title = `${title} · zaiseki`;
  }, [title]);
  const Shown = SCREENS[page];
  return (
    <>
      <h1 className="unseen">{title}</h1>
      <Suspense fallback={null}>
        <Shown key={page} />
      </Suspense>
    </>
  );
}

function Tabs({ page, role }: { page: Page; role: string }) {
  const { t } = useTranslation();
  const pages = pagesIn(page.place, role);
  const tabs = useRef<HTMLElement>(null);
  const { path: here } = page;
  useEffect(() => {
    const current = tabs.current?.querySelector(`[href="${here}"]`);
    current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [here]);
  if (pages.length < 2) return null;
  return (
    <nav ref={tabs} className="tabs" aria-label={t(`place.${page.place}`)}>
      {pages.map(({ path }) => (
        <Link key={path} href={path} aria-current={path === here ? "page" : undefined}>
          {t(`page.${path}`)}
        </Link>
      ))}
    </nav>
  );
}

function Nowhere({ role }: { role: string }) {
  const { t } = useTranslation();
  return (
    <Empty title={t("kit.nowhere")}>
      <p>{t("kit.nowhereHint")}</p>
      <Link href={startOf(role)}>{t("kit.start")}</Link>
    </Empty>
  );
}
