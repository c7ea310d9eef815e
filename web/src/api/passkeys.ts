// What the browser does of a passkey ceremony: options in, a credential out (WebAuthn level 3); and
// signing in by one.

import { call, Problem, type SignedIn } from "./http";
import type { Ceremony } from "./shapes";

export const passkeysWork = (): boolean =>
  typeof PublicKeyCredential !== "undefined" &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential;

/** The person closed the browser's question, or it timed out: not a fault to tell them of. */
export const GAVE_UP = "gave-up";

async function asked(question: Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await question;
    if (credential instanceof PublicKeyCredential) return credential.toJSON();
  } catch (refused) {
    if (!(refused instanceof DOMException)) throw refused;
  }
  throw new Problem(1, GAVE_UP);
}

export const newCredential = (options: unknown): Promise<unknown> =>
  asked(
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
        options as PublicKeyCredentialCreationOptionsJSON,
      ),
    }),
  );

export const ownCredential = (options: unknown): Promise<unknown> =>
  asked(
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
        options as PublicKeyCredentialRequestOptionsJSON,
      ),
    }),
  );

/** With a step, as its second factor; without one, instead of a password. */
export async function signInPasskey(step: string | null): Promise<SignedIn> {
  const of = step === null ? {} : { step };
  const { ceremony, options } = await call<Ceremony>("POST", "session/passkey/options", of);
  const credential = await ownCredential(options);
  return call<SignedIn>("POST", "session/passkey", { ...of, ceremony, credential });
}
