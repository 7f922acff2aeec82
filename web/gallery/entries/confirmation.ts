import { type PageEntry, page } from "../entry";
import { firstPets, petNamed } from "../fixtures/pets";
import { bought, cartOf, shelfOf } from "../fixtures/store";
import { press } from "../steps";

const afterCheckout = (count: number) => ({
  path: "/cart",
  answers: {
    Cart: [{ cart: cartOf(...firstPets(count)) }, { cart: cartOf() }],
    Checkout: { checkout: bought(...firstPets(count)) },
  },
  steps: () => press("Check out"),
});

export const confirmation: readonly PageEntry[] = [
  page("confirmation", "One pet", "Miso looks forward to meeting you.", {
    answers: {
      Shelf: { pets: shelfOf(firstPets(4)) },
      PurchasePet: { purchasePet: bought(petNamed("Miso")) },
    },
    steps: () => press("Buy Miso now"),
  }),
  page("confirmation-three", "Three pets", "Miso, Bruno and Lily are yours", afterCheckout(3)),
  page("confirmation-six", "Six pets", "and 1 other are yours", afterCheckout(6)),
];
