import type { Availability, Pet } from "../../src/graphql/storefrontGraphql";
import { type PageEntry, page } from "../entry";
import type { Answers } from "../fakes/answers";
import { allUnreachable, fault, neverAnswered } from "../fakes/failures";
import { firstPets, petNamed } from "../fixtures/pets";
import { cartOf } from "../fixtures/store";
import { press, waitForText } from "../steps";

const unavailable = (name: string, availability: Availability): Pet => ({
  ...petNamed(name),
  availability,
});
const path = "/cart";
const withPets = (pets: Pet[], rest: Answers = {}) => ({
  path,
  answers: { Cart: { cart: cartOf(...pets) }, ...rest },
});

export const cart: readonly PageEntry[] = [
  page("cart", "Filled", "3 pets to take home", withPets(firstPets(3))),
  page("cart-loading", "Loading", "Loading your cart", { path, answers: { Cart: neverAnswered } }),
  page("cart-empty", "Empty", "Your cart is empty.", { path }),
  page("cart-one", "One pet", "1 pet to take home", withPets(firstPets(1))),
  page(
    "cart-unavailable",
    "With a sold and a removed pet",
    "Remove them and check out the rest",
    withPets([
      unavailable("Miso", "SOLD"),
      ...firstPets(3).slice(1),
      unavailable("Olive", "REMOVED"),
    ]),
  ),
  page(
    "cart-all-gone",
    "All pets unavailable",
    "Empty the cart",
    withPets([unavailable("Miso", "SOLD"), unavailable("Olive", "REMOVED")]),
  ),
  page("cart-checking-out", "Checking out", "Checking out", {
    ...withPets(firstPets(3), { Checkout: neverAnswered }),
    steps: () => press("Check out"),
  }),
  page("cart-refused", "Refused: a pet was just sold", "so nothing was bought", {
    ...withPets(firstPets(3), {
      Checkout: {
        checkout: {
          __typename: "PetsUnavailable",
          message:
            "Miso is no longer available, so nothing was bought. Remove it to buy the other two.",
          pets: [{ id: "miso", availability: "SOLD" }],
        },
      },
    }),
    steps: () => press("Check out"),
  }),
  page("cart-checkout-fault", "A fault while checking out", "Nothing was bought.", {
    ...withPets(firstPets(3), { Checkout: fault }),
    steps: () => press("Check out"),
  }),
  page("cart-fault", "A fault, with its reference", "7f3ac092d1be", {
    path,
    answers: { Cart: fault },
  }),
  page("cart-offline", "Offline", "You're offline.", {
    path,
    answers: allUnreachable,
    steps: async () => {
      await waitForText("You seem to be offline");
    },
  }),
];
