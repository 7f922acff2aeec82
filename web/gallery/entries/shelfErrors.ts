import { type PageEntry, page } from "../entry";
import { fault, nothingReached, overloaded, throttled } from "../fakes/failures";
import { loseConnection } from "../fakes/server";
import { firstPets } from "../fixtures/pets";
import { shelfOf } from "../fixtures/store";
import { words } from "../steps";

export const shelfErrors: readonly PageEntry[] = [
  page("shelf-fault", "A fault, with its reference", "7f3ac092d1be", {
    answers: { Shelf: fault, SpeciesCounts: fault },
  }),
  page("shelf-busy", "Overloaded, with a page for people", "The store is very busy", {
    answers: { Shelf: overloaded, SpeciesCounts: overloaded },
  }),
  page("shelf-throttled", "Too many attempts", "in 5:00", {
    answers: { Shelf: throttled, SpeciesCounts: throttled },
  }),
  page("shelf-offline", "Offline from the beginning", "You are offline.", {
    answers: nothingReached,
    steps: async () => {
      await words("You seem to be offline");
    },
  }),
  page("shelf-connection-lost", "Offline later: what is on screen stays", "You are offline.", {
    answers: { Shelf: { pets: shelfOf(firstPets(4)) } },
    steps: async () => {
      await words("Olive");
      await loseConnection();
    },
  }),
];
