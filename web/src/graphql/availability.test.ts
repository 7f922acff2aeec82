import { beforeEach, describe, expect, it } from "vitest";
import { forgetPetStates, petState, reportPetState } from "./availability";

const luna = { id: "luna", availability: "AVAILABLE" } as const;

beforeEach(forgetPetStates);

describe("news about a pet", () => {
  it("overrides what was loaded", () => {
    reportPetState("luna", "REMOVED");
    expect(petState(luna)).toBe("REMOVED");
  });

  it("tells the customer's purchase from a sale to somebody else", () => {
    reportPetState("luna", "SOLD");
    reportPetState("luna", "YOURS");
    reportPetState("luna", "SOLD");
    expect(petState(luna)).toBe("YOURS");
  });

  it("is forgotten with the customer", () => {
    reportPetState("luna", "YOURS");
    forgetPetStates();
    expect(petState(luna)).toBe("AVAILABLE");
  });
});
