/** Each species, in the order in which the page lists them. */
export type Species = "CAT" | "DOG" | "FROG";

export const speciesNames: Record<Species, { one: string; many: string }> = {
  CAT: { one: "cat", many: "cats" },
  DOG: { one: "dog", many: "dogs" },
  FROG: { one: "frog", many: "frogs" },
};

export const allSpecies = Object.keys(speciesNames) as Species[];
