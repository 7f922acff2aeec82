import { describe, expect, it } from "vitest";
import { readShelfFilter, writeShelfFilter } from "./shelfFilter";

describe("the shelf's filter in the address", () => {
  it("survives a round trip", () => {
    const filter = { species: "FROG", search: "green & calm", sort: "ELDEST" } as const;
    expect(readShelfFilter(writeShelfFilter(filter))).toEqual(filter);
  });

  it("leaves out the defaults", () => {
    expect(writeShelfFilter({ species: null, search: "", sort: "NEWEST" })).toBe("");
  });

  it("ignores unknown values", () => {
    expect(readShelfFilter("species=unicorns&sort=sideways&page=2")).toEqual({
      species: null,
      search: "",
      sort: "NEWEST",
    });
  });
});
