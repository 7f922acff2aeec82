import { describe, expect, it } from "vitest";
import { isGrey } from "./accent";

describe("isGrey", () => {
  it.each(["#000000", "#6f6f6f", "#2b2420", "#1a1a24"])("is true for %s", (colour) => {
    expect(isGrey(colour)).toBe(true);
  });

  it.each(["#1f6b4a", "#ad4324", "#000040", "#3b4a63"])("is false for %s", (colour) => {
    expect(isGrey(colour)).toBe(false);
  });
});
