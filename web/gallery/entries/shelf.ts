import { type PageEntry, page } from "../entry";
import { fault, neverAnswered, unreachable } from "../fakes/failures";
import { firstPets, petNamed, pets, plainPictures, withPicture } from "../fixtures/pets";
import { bought, cartOf, counts, shelfOf } from "../fixtures/store";
import { press, scrollToEnd, waitForText } from "../steps";

const small = {
  Shelf: { pets: shelfOf(firstPets(4)) },
  SpeciesCounts: { speciesCounts: counts(2, 1, 1) },
};
const emptyShelf = { Shelf: { pets: shelfOf([]) } };
const frogs = pets.filter(({ species }) => species === "FROG");

const plain = [plainPictures.white, plainPictures.black];

const scrollAfter = (text: string) => async () => {
  await waitForText(text);
  await scrollToEnd();
};

export const shelf: readonly PageEntry[] = [
  page("shelf", "Filled, with more to load", "Showing 24 of 60"),
  page("shelf-loading", "Loading", "Loading pets", {
    answers: {
      Viewer: neverAnswered,
      Shelf: neverAnswered,
      SpeciesCounts: neverAnswered,
      Cart: neverAnswered,
    },
  }),
  page("shelf-end", "Filled, all loaded", "4 pets", { answers: small }),
  page("shelf-plain-pictures", "White and black pictures", "4 pets", {
    answers: {
      ...small,
      Shelf: {
        pets: shelfOf(firstPets(4).map((pet, at) => withPicture(pet, plain[at % 2] ?? ""))),
      },
    },
  }),
  page("shelf-filtered", "Filtered and sorted", "8 frogs", {
    path: "/?species=frogs&sort=name",
    answers: {
      Shelf: { pets: shelfOf(frogs.toSorted((one, other) => (one.name < other.name ? -1 : 1))) },
      SpeciesCounts: { speciesCounts: counts(8, 8, 8) },
    },
  }),
  page("shelf-search", "Search results", "1 pet", {
    path: "/?search=washing",
    answers: {
      Shelf: { pets: shelfOf([petNamed("Olive")]) },
      SpeciesCounts: { speciesCounts: counts(1, 0, 0) },
    },
  }),
  page("shelf-no-frogs", "No pets of a species", "See all 57 pets", {
    path: "/?species=frogs",
    answers: { ...emptyShelf, SpeciesCounts: { speciesCounts: counts(27, 30, 0) } },
  }),
  page("shelf-no-match", "No search results", "No pets match “zebra”.", {
    path: "/?search=zebra",
    answers: { ...emptyShelf, SpeciesCounts: { speciesCounts: counts(0, 0, 0) } },
  }),
  page("shelf-no-match-of-species", "Search results in other species", "pets that do", {
    path: "/?species=frogs&search=garden",
    answers: { ...emptyShelf, SpeciesCounts: { speciesCounts: counts(2, 3, 0) } },
  }),
  page("shelf-empty", "Empty", "The shelf is empty today.", {
    answers: { ...emptyShelf, SpeciesCounts: { speciesCounts: counts(0, 0, 0) } },
  }),
  page("shelf-next-page", "Loading the next page", "Loading more pets", {
    answers: {
      Shelf: [
        { pets: shelfOf(firstPets(2), { totalCount: 60, hasNextPage: true }) },
        neverAnswered,
      ],
    },
    steps: scrollAfter("Loading more pets"),
  }),
  page("shelf-next-page-failed", "The next page failed to load", "7f3ac092d1be", {
    answers: {
      Shelf: [{ pets: shelfOf(firstPets(2), { totalCount: 60, hasNextPage: true }) }, fault],
    },
    steps: scrollAfter("7f3ac092d1be"),
  }),
  page("shelf-gone", "Sold and removed while on screen", "has found another home", {
    answers: {
      ...small,
      ShelfChanges: [
        { kind: "SOLD", petId: "miso" },
        { kind: "REMOVED", petId: "bruno" },
      ],
    },
  }),
  page("shelf-new-pets", "New pets", "Show 3 new pets", {
    answers: {
      ...small,
      ShelfChanges: ["one", "two", "three"].map((petId) => ({ kind: "LISTED", petId })),
    },
  }),
  page("shelf-yours", "Just bought", "Miso is yours.", {
    answers: { ...small, PurchasePet: { purchasePet: bought(petNamed("Miso")) } },
    steps: async () => {
      await press("Buy Miso now");
      await press("Keep looking");
    },
  }),
  page("shelf-buying", "Buying", "Buying", {
    answers: { ...small, PurchasePet: neverAnswered },
    steps: () => press("Buy Miso now"),
  }),
  page("shelf-in-cart", "Added to the cart", "Miso is in your cart.", {
    answers: {
      ...small,
      AddToCart: { addToCart: { __typename: "Cart", ...cartOf(petNamed("Miso")) } },
    },
    steps: async () => {
      await waitForText("4 pets");
      await press("Add Miso to cart");
    },
  }),
  page("shelf-just-sold", "Just sold to somebody else", "by someone else", {
    answers: {
      ...small,
      PurchasePet: {
        purchasePet: {
          __typename: "PetsUnavailable",
          message: "Miso has just been bought by someone else and is no longer on the shelf.",
          pets: [{ id: "miso", availability: "SOLD" }],
        },
      },
    },
    steps: () => press("Buy Miso now"),
  }),
  page("shelf-not-in-cart", "Not added to the cart", "Miso isn't in your cart.", {
    answers: { ...small, AddToCart: unreachable },
    steps: async () => {
      await waitForText("4 pets");
      await press("Add Miso to cart");
    },
  }),
];
