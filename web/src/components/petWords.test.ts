import { describe, expect, it } from "vitest";
import { ageWords, countWords, factWords, formatNumber, joinNames } from "./petWords";

describe("ageWords", () => {
  it("calls the youngest under a year", () => {
    expect(ageWords(0)).toBe("under a year");
    expect(ageWords(1)).toBe("1 year");
    expect(ageWords(2)).toBe("2 years");
  });
});

describe("countWords", () => {
  it("agrees in number and groups thousands", () => {
    expect(countWords(1, "pet")).toBe("1 pet");
    expect(countWords(0, "pet")).toBe("0 pets");
    expect(countWords(2140, "pet")).toBe("2,140 pets");
  });
});

describe("formatNumber", () => {
  it.each([0, 7, 60, 999, 1000, 12_345, 999_999, 1_000_000, 2_147_483_647])(
    "writes %d as the language does",
    (count) => {
      expect(formatNumber(count)).toBe(count.toLocaleString("en"));
    },
  );
});

describe("factWords", () => {
  it("joins species and age", () => {
    expect(factWords({ species: "FROG", ageYears: 0 })).toBe("Frog · under a year");
  });
});

describe("joinNames", () => {
  it.each([
    [[], ""],
    [["Luna"], "Luna"],
    [["Luna", "Kermit"], "Luna and Kermit"],
    [["Luna", "Kermit", "Max"], "Luna, Kermit and Max"],
    [["A", "B", "C", "D", "E"], "A, B, C, D and E"],
    [["A", "B", "C", "D", "E", "F"], "A, B, C, D, E and 1 other"],
    [["A", "B", "C", "D", "E", "F", "G", "H", "I"], "A, B, C, D, E and 4 others"],
    [["קרמיט", "قطة", "Zoé"], "\u2068קרמיט\u2069, \u2068قطة\u2069 and Zoé"],
    [["Luna (לונה)"], "\u2068Luna (לונה)\u2069"],
  ])("%j is %s", (names, words) => {
    expect(joinNames(names)).toBe(words);
  });
});
