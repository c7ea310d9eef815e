// This browser and Web Push: whether it can, and subscribing to the hub's key.

import type { Schemas } from "../api/wire";

export type Subscription = Schemas["NewPushSubscription"];

const WORKER = "/push.js";

/** It cannot at all, the person has forbidden it, or it may. */
export type Ability = "none" | "denied" | "may";

export function ability(): Ability {
  const can =
    "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;
  if (!can) return "none";
  return Notification.permission === "denied" ? "denied" : "may";
}

export class Denied extends Error {}

/** base64url without padding, as the hub writes keys. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** Ask the person, then the browser's push service; throws Denied if the person says no. */
export async function subscribed(publicKey: string): Promise<Subscription> {
  if ((await Notification.requestPermission()) !== "granted") throw new Denied();
  await navigator.serviceWorker.register(WORKER);
  const { pushManager } = await navigator.serviceWorker.ready;
  // One that was made for another installation's key, or is not known there any more.
  await (await pushManager.getSubscription())?.unsubscribe();
  const made = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: bytesOf(publicKey),
  });
  const { endpoint = "", keys = {} } = made.toJSON();
  return { endpoint, keys: { p256dh: keys.p256dh ?? "", auth: keys.auth ?? "" } };
}

export async function unsubscribed(): Promise<void> {
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}
