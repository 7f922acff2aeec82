import { type PageEntry, page } from "../entry";
import { firstPets } from "../fixtures/pets";
import { cartOf, shelfOf, storefront, viewer } from "../fixtures/store";

const welcome = "New in spring: five very small frogs.\nCome in, the pond is warm.";

/** A store with this accent, and pets in the cart so that its count shows. */
const withAccent = (accent: string) => ({
  Storefront: { store: { ...storefront, welcome, accent } },
  Viewer: { ...viewer, store: { ...viewer.store, welcome, accent } },
  Shelf: { pets: shelfOf(firstPets(8), { totalCount: 8 }) },
  Cart: { cart: cartOf(...firstPets(2)) },
});

export const look: readonly PageEntry[] = [
  page("look-green", "A welcome and a green accent", "the pond is warm", {
    answers: withAccent("#1f6b4a"),
  }),
  page("look-violet", "A violet accent", "the pond is warm", { answers: withAccent("#7a3e9d") }),
  page("look-black", "A black accent", "the pond is warm", { answers: withAccent("#000000") }),
  page("look-sign-in", "Signing in to a store with an accent", "New here?", {
    visitor: "signedOut",
    answers: withAccent("#1f6b4a"),
  }),
];
