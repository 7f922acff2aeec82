import { ErrorBoundary } from "../../src/app/ErrorBoundary";
import { type PageEntry, page } from "../entry";
import { firstPets } from "../fixtures/pets";
import { cartOf, shelfOf } from "../fixtures/store";
import { press } from "../steps";

function Mistake(): never {
  throw new Error("A mistake in the page itself.");
}

export const frame: readonly PageEntry[] = [
  page("account-menu", "Account menu", "ada@example.com", {
    answers: {
      Shelf: { pets: shelfOf(firstPets(4)) },
      Cart: { cart: cartOf(...firstPets(2)) },
    },
    steps: () => press("Account"),
  }),
  page("unknown-page", "Unknown page", "There is no page here", { path: "/nowhere" }),
  page("stuck", "A mistake in the page itself", "This page got stuck", {
    render: () => (
      <ErrorBoundary>
        <Mistake />
      </ErrorBoundary>
    ),
  }),
];
