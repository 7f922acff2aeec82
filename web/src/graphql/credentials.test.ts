import { expect, it } from "vitest";
import { basicAuthorization } from "./credentials";

it("encodes store, email and secret in UTF-8", () => {
  const header = basicAuthorization({
    store: "pawsome",
    email: "ada@example.com",
    secret: "pässwörd 🐸",
  });
  const bytes = Uint8Array.from(atob(header.replace("Basic ", "")), (c) => c.charCodeAt(0));
  expect(new TextDecoder().decode(bytes)).toBe("pawsome/ada@example.com:pässwörd 🐸");
});
