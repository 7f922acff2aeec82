import type { Availability, Pet } from "../../src/graphql/storefrontGraphql";
import { type PageEntry, page } from "../entry";
import type { Answers } from "../fakes/answers";
import { fault, neverAnswered, nothingReached } from "../fakes/failures";
import { firstPets, petNamed } from "../fixtures/pets";
import { cartOf } from "../fixtures/store";
import { press, words } from "../steps";

const gone = (name: string, availability: Availability): Pet => ({
  ...petNamed(name),
  availability,
});
const path = "/cart";
const holding = (pets: Pet[], rest: Answers = {}) => ({
  path,
  answers: { Cart: { cart: cartOf(...pets) }, ...rest },
});

export const cart: readonly PageEntry[] = [
  page("cart", "Filled", "3 pets to take home", holding(firstPets(3))),
  page("cart-loading", "Loading", "Loading your cart", { path, answers: { Cart: neverAnswered } }),
  page("cart-empty", "Empty", "Your cart is empty.", { path }),
  page("cart-one", "One pet", "1 pet to take home", holding(firstPets(1))),
  page(
    "cart-unavailable",
    "With a sold pet and one taken off the shelf",
    "Remove them and check out the rest",
    holding([gone("Miso", "SOLD"), ...firstPets(3).slice(1), gone("Olive", "REMOVED")]),
  ),
  page(
    "cart-all-gone",
    "All of them gone",
    "Empty the cart",
    holding([gone("Miso", "SOLD"), gone("Olive", "REMOVED")]),
  ),
  page("cart-checking-out", "Checking out", "Checking out", {
    ...holding(firstPets(3), { Checkout: neverAnswered }),
    steps: () => press("Check out"),
  }),
  page("cart-refused", "A pet was sold at the same moment", "so nothing was bought", {
    ...holding(firstPets(3), {
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
    ...holding(firstPets(3), { Checkout: fault }),
    steps: () => press("Check out"),
  }),
  page("cart-fault", "A fault, with its reference", "7f3ac092d1be", {
    path,
    answers: { Cart: fault },
  }),
  page("cart-offline", "Offline", "You are offline.", {
    path,
    answers: nothingReached,
    steps: async () => {
      await words("You seem to be offline");
    },
  }),
];
