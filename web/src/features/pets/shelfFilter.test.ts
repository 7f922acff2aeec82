import { describe, expect, it } from "vitest";
import { readShelfFilter, writeShelfFilter } from "./shelfFilter";

describe("the shelf's filter in the address", () => {
  it("survives the way there and back", () => {
    const filter = { species: "FROG", search: "green & calm", sort: "ELDEST" } as const;
    expect(readShelfFilter(writeShelfFilter(filter))).toEqual(filter);
  });

  it("leaves the defaults out", () => {
    expect(writeShelfFilter({ species: null, search: "", sort: "NEWEST" })).toBe("");
  });

  it("ignores what means nothing", () => {
    expect(readShelfFilter("species=unicorns&sort=sideways&page=2")).toEqual({
      species: null,
      search: "",
      sort: "NEWEST",
    });
  });
});
