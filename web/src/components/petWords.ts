import { type Species, speciesNames } from "./species";

/**
 * "2,140". Not `Intl`: its first use on a page takes 20 ms, or 80 on a phone, and every page shows
 * numbers from the start.
 */
export const formatNumber = (count: number): string =>
  String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** "1 pet", "2,140 pets". */
export const countWords = (count: number, noun: string): string =>
  `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;

export const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

export const ageWords = (years: number): string =>
  years < 1 ? "under a year" : countWords(years, "year");

/** "Cat · 2 years". */
export const factWords = (pet: { species: Species; ageYears: number }): string =>
  `${capitalised(speciesNames[pet.species].one)} · ${ageWords(pet.ageYears)}`;

const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/**
 * A name for use in a sentence. Right-to-left letters would flip a comma or name next to them;
 * Unicode isolates prevent that.
 */
export const bidiIsolate = (name: string): string =>
  rightToLeft.test(name) ? `\u2068${name}\u2069` : name;

/** "Luna", "Luna and Kermit", "Luna, Kermit and Max"; at most five by name, then "and 4 others". */
export function joinNames(names: readonly string[]): string {
  const named = names.slice(0, 5).map(bidiIsolate);
  const rest = names.length - named.length;
  const last = rest > 0 ? (rest === 1 ? "1 other" : `${rest} others`) : named.pop();
  return named.length > 0 ? `${named.join(", ")} and ${last}` : (last ?? "");
}
