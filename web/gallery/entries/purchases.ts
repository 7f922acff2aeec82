import { type PageEntry, page } from "../entry";
import { allUnreachable, fault, neverAnswered } from "../fakes/failures";
import { firstPets, petNamed } from "../fixtures/pets";
import { purchaseOf, purchasesOf } from "../fixtures/store";
import { press, scrollToEnd, waitForText } from "../steps";

const path = "/purchases";
const latest = [
  purchaseOf("2026-11-21T12:30:00Z", petNamed("Kermione")),
  purchaseOf("2026-11-02T09:15:00Z", ...firstPets(3)),
  purchaseOf("2026-08-14T10:45:00Z", petNamed("Waffles"), petNamed("Gus")),
];

export const purchases: readonly PageEntry[] = [
  page("purchases", "Filled", "November 21, 2026", {
    path,
    answers: { Purchases: { purchases: purchasesOf(latest) } },
  }),
  page("purchases-loading", "Loading", "Loading your pets", {
    path,
    answers: { Purchases: neverAnswered },
  }),
  page("purchases-empty", "Empty", "No pet has moved in with you yet.", { path }),
  page("purchases-older", "With older purchases", "Show older purchases", {
    path,
    answers: { Purchases: { purchases: purchasesOf(latest, true) } },
    steps: async () => {
      await waitForText("Show older purchases");
      await scrollToEnd();
    },
  }),
  page("purchases-older-loading", "Loading older purchases", "Show older purchases", {
    path,
    answers: { Purchases: [{ purchases: purchasesOf(latest, true) }, neverAnswered] },
    steps: async () => {
      await press("Show older purchases");
      await scrollToEnd();
    },
  }),
  page("purchases-older-failed", "Older purchases failed to load", "7f3ac092d1be", {
    path,
    answers: { Purchases: [{ purchases: purchasesOf(latest.slice(0, 1), true) }, fault] },
    steps: () => press("Show older purchases"),
  }),
  page("purchases-fault", "A fault, with its reference", "7f3ac092d1be", {
    path,
    answers: { Purchases: fault },
  }),
  page("purchases-offline", "Offline", "You're offline.", {
    path,
    answers: allUnreachable,
    steps: async () => {
      await waitForText("You seem to be offline");
    },
  }),
];
