// Why the sign-in page is here, when the person did not ask for it.

export type Note = "signIn.ended" | "signIn.ready" | "signIn.asked";
