import { beforeEach, describe, expect, it, vi } from "vitest";
import { loadSession, saveSession } from "./session";

const session = { email: "ada@example.com", token: "t" };

beforeEach(() => {
  const items = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => items.set(key, value),
    removeItem: (key: string) => items.delete(key),
  });
});

describe("the session of a tab", () => {
  it("belongs to one store", () => {
    saveSession("pawsome", session);
    expect(loadSession("pawsome")).toEqual(session);
    expect(loadSession("frogs-only")).toBeNull();
  });

  it("is gone after signing out", () => {
    saveSession("pawsome", session);
    saveSession("pawsome", null);
    expect(loadSession("pawsome")).toBeNull();
  });

  it.each(["no JSON", "{}", '{"email":"ada@example.com","token":7}'])(
    "is null if %s is stored",
    (stored) => {
      sessionStorage.setItem("menagerie.session.pawsome", stored);
      expect(loadSession("pawsome")).toBeNull();
    },
  );
});
