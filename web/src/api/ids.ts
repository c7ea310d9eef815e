// Names that this page gives to what it asks for.

const ID_BYTES = 16;

/** 32 hexadecimal digits: pages that are not served over TLS have no randomUUID. */
export const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
