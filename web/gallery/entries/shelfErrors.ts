import { type PageEntry, page } from "../entry";
import { allUnreachable, fault, overloaded, throttled } from "../fakes/failures";
import { loseConnection } from "../fakes/server";
import { firstPets } from "../fixtures/pets";
import { shelfOf } from "../fixtures/store";
import { waitForText } from "../steps";

export const shelfErrors: readonly PageEntry[] = [
  page("shelf-fault", "A fault, with its reference", "7f3ac092d1be", {
    answers: { Shelf: fault, SpeciesCounts: fault },
  }),
  page("shelf-busy", "Overloaded, with an HTML answer", "The store is very busy", {
    answers: { Shelf: overloaded, SpeciesCounts: overloaded },
  }),
  page("shelf-throttled", "Too many attempts", "in 5:00", {
    answers: { Shelf: throttled, SpeciesCounts: throttled },
  }),
  page("shelf-offline", "Offline from the start", "You're offline.", {
    answers: allUnreachable,
    steps: async () => {
      await waitForText("You seem to be offline");
    },
  }),
  page("shelf-connection-lost", "Offline later: the shelf stays", "You're offline.", {
    answers: { Shelf: { pets: shelfOf(firstPets(4)) } },
    steps: async () => {
      await waitForText("Olive");
      await loseConnection();
    },
  }),
];
