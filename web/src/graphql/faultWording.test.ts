import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeFault, faultSentence } from "./faultWording";
import { type FaultKind, TransportFault } from "./transportFault";

beforeEach(() => vi.useFakeTimers({ now: new Date("2026-11-22T12:00:00Z") }));
afterEach(() => vi.useRealTimers());

const kinds: FaultKind[] = [
  "offline",
  "busy",
  "unauthenticated",
  "forbidden",
  "storeClosed",
  "throttled",
  "storageFull",
  "fault",
];

describe("the words for a fault", () => {
  it.each(kinds)("for %s are sentences without a code", (kind) => {
    const fault = new TransportFault(kind);
    const { title, sentence } = describeFault(fault);
    for (const words of [title, sentence, faultSentence(fault)]) {
      expect(words).toMatch(/^[A-Z]/);
      expect(words).not.toMatch(/undefined|null|[A-Z]{4,}|\d{3}/);
    }
    expect(sentence).toMatch(/\.$/);
  });

  it("say when a throttled customer can try again", () => {
    const soon = new TransportFault("throttled", { retryAt: new Date(Date.now() + 30_000) });
    const later = new TransportFault("throttled", { retryAt: new Date(Date.now() + 300_000) });
    expect(describeFault(soon).sentence).toContain("less than a minute");
    expect(describeFault(later).sentence).toMatch(/at \d{1,2}:05/);
  });

  it("carry the reference of a fault", () => {
    const fault = new TransportFault("fault", { reference: "7F3K-92QD" });
    expect(describeFault(fault).reference).toBe("7F3K-92QD");
    expect(faultSentence(fault)).toContain("Quote reference 7F3K-92QD.");
  });
});
