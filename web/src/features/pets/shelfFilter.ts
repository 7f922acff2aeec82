import type { PetSort, Species } from "../../graphql/storefrontGraphql";

/** What of the shelf is shown; it lives in the address, so that it can be kept and sent on. */
export interface ShelfFilter {
  species: Species | null;
  search: string;
  sort: PetSort;
}

const species: Record<string, Species> = { cats: "CAT", dogs: "DOG", frogs: "FROG" };
const sorts: Record<string, PetSort> = {
  newest: "NEWEST",
  oldest: "OLDEST",
  name: "NAME",
  youngest: "YOUNGEST",
  eldest: "ELDEST",
};

const nameOf = <Value>(values: Record<string, Value>, wanted: Value): string | undefined =>
  Object.keys(values).find((name) => values[name] === wanted);

/** Anything in the address that means nothing is left aside. */
export function readShelfFilter(addressQuery: string): ShelfFilter {
  const entries = new URLSearchParams(addressQuery);
  return {
    species: species[entries.get("species") ?? ""] ?? null,
    search: (entries.get("search") ?? "").trim().slice(0, 100),
    sort: sorts[entries.get("sort") ?? ""] ?? "NEWEST",
  };
}

/** The query part of the address, without the question mark and without what is the default anyway. */
export function writeShelfFilter(filter: ShelfFilter): string {
  const entries = new URLSearchParams();
  if (filter.species) entries.set("species", nameOf(species, filter.species) ?? "");
  if (filter.search) entries.set("search", filter.search);
  if (filter.sort !== "NEWEST") entries.set("sort", nameOf(sorts, filter.sort) ?? "");
  return entries.toString();
}
