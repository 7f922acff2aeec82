import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { faultIn } from "./transportFault";

const answer = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, headers });

const errors = (code: string, reference?: string) => ({
  errors: [{ message: "A sentence.", extensions: { code, reference } }],
});

beforeEach(() => vi.useFakeTimers({ now: new Date("2026-11-22T12:00:00Z") }));
afterEach(() => vi.useRealTimers());

describe("faultIn", () => {
  it("finds none in an answer with data", () => {
    expect(faultIn(answer(200), { data: {} })).toBeUndefined();
  });

  it.each([
    [401, "UNAUTHENTICATED", "unauthenticated"],
    [403, "FORBIDDEN", "forbidden"],
    [403, "STORE_CLOSED", "storeClosed"],
    [429, "THROTTLED", "throttled"],
    [400, "BAD_REQUEST", "fault"],
    [413, "TOO_LARGE", "fault"],
    [503, "UNAVAILABLE", "busy"],
  ])("reads %i %s as %s", (status, code, kind) => {
    expect(faultIn(answer(status), errors(code))).toMatchObject({ kind, sentence: "A sentence." });
  });

  it("reads a masked fault in an answer with status 200", () => {
    const fault = faultIn(answer(200), { data: null, ...errors("INTERNAL", "7F3K") });
    expect(fault).toMatchObject({ kind: "fault", reference: "7F3K" });
  });

  it("understands an answer that isn't GraphQL", () => {
    expect(faultIn(answer(502), null)).toMatchObject({ kind: "busy", sentence: undefined });
    expect(faultIn(answer(404), "<html>")).toMatchObject({ kind: "fault" });
  });

  it.each([["90"], ["Sun, 22 Nov 2026 12:01:30 GMT"]])("reads Retry-After %s", (header) => {
    const fault = faultIn(answer(429, { "Retry-After": header }), errors("THROTTLED"));
    expect(fault?.retryAt?.toISOString()).toBe("2026-11-22T12:01:30.000Z");
  });
});
