import { allSpecies, speciesNames } from "../../components/species";
import type { PetSort, Species } from "../../graphql/storefrontGraphql";

/** Which pets are shown; kept in the address, so it can be bookmarked and shared. */
export interface ShelfFilter {
  species: Species | null;
  search: string;
  sort: PetSort;
}

const sorts: Record<string, PetSort> = {
  newest: "NEWEST",
  oldest: "OLDEST",
  name: "NAME",
  youngest: "YOUNGEST",
  eldest: "ELDEST",
};

const nameOf = <Value>(values: Record<string, Value>, wanted: Value): string | undefined =>
  Object.keys(values).find((name) => values[name] === wanted);

/** Ignores unknown values. */
export function readShelfFilter(addressQuery: string): ShelfFilter {
  const entries = new URLSearchParams(addressQuery);
  return {
    species: allSpecies.find((each) => speciesNames[each].many === entries.get("species")) ?? null,
    search: (entries.get("search") ?? "").trim().slice(0, 100),
    sort: sorts[entries.get("sort") ?? ""] ?? "NEWEST",
  };
}

/** The query string, without the question mark and the defaults. */
export function writeShelfFilter(filter: ShelfFilter): string {
  const entries = new URLSearchParams();
  if (filter.species) entries.set("species", speciesNames[filter.species].many);
  if (filter.search) entries.set("search", filter.search);
  if (filter.sort !== "NEWEST") entries.set("sort", nameOf(sorts, filter.sort) ?? "");
  return entries.toString();
}
