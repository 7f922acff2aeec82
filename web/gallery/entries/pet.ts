import { type PageEntry, page } from "../entry";
import { allUnreachable, fault, neverAnswered } from "../fakes/failures";
import { firstPets, petNamed, plainPictures, withDetails, withPicture } from "../fixtures/pets";
import { bought, cartOf, shelfOf } from "../fixtures/store";
import { press, waitForText } from "../steps";

const lily = petNamed("Lily");
const path = "/pets/lily";
const answers = { Shelf: { pets: shelfOf(firstPets(4)) }, Pet: { pet: withDetails(lily) } };
const inState = (availability: "SOLD" | "REMOVED") => ({
  path,
  answers: { Pet: { pet: withDetails({ ...lily, availability }) } },
});

export const pet: readonly PageEntry[] = [
  page("pet", "On its own page", "With us since", { path, answers }),
  page("pet-loading", "Loading", "Loading", { path, answers: { Pet: neverAnswered } }),
  page("pet-over-shelf", "Over the shelf", "With us since", { path, answers, overShelf: true }),
  page("pet-over-shelf-loading", "Over the shelf, loading the rest", "dusk", {
    path,
    answers: { ...answers, Pet: neverAnswered },
    overShelf: true,
  }),
  page("pet-over-shelf-white", "Over the shelf, with a white picture", "dusk", {
    path,
    answers: { ...answers, Pet: { pet: withDetails(withPicture(lily, plainPictures.white)) } },
    overShelf: true,
  }),
  page("pet-over-shelf-not-bought", "Over the shelf, not bought", "wasn't bought", {
    path,
    answers: { ...answers, PurchasePet: fault },
    overShelf: true,
    steps: () => press("Buy Lily now"),
  }),
  page("pet-over-shelf-unknown", "Over the shelf, unknown", "Back to the shelf", {
    path: "/pets/nobody",
    answers: { ...answers, Pet: { pet: null } },
    overShelf: true,
  }),
  page("pet-in-cart", "In the cart", "In cart", {
    path,
    answers: { ...answers, Cart: { cart: cartOf(lily) } },
  }),
  page("pet-buying", "Buying", "Buying", {
    path,
    answers: { ...answers, PurchasePet: neverAnswered },
    steps: () => press("Buy Lily now"),
  }),
  page("pet-sold", "Sold", "has found another home", inState("SOLD")),
  page("pet-removed", "Removed", "Taken off the shelf by the store", inState("REMOVED")),
  page("pet-yours", "Yours", "Lily is yours.", {
    path,
    answers: { ...answers, PurchasePet: { purchasePet: bought(lily) } },
    steps: async () => {
      await press("Buy Lily now");
      await press("Keep looking");
    },
  }),
  page("pet-unknown", "Unknown", "We can't find this pet", {
    path,
    answers: { Pet: { pet: null } },
  }),
  page("pet-fault", "A fault, with its reference", "7f3ac092d1be", {
    path,
    answers: { Pet: fault },
  }),
  page("pet-offline", "Offline", "You're offline.", {
    path,
    answers: allUnreachable,
    steps: async () => {
      await waitForText("You seem to be offline");
    },
  }),
];
