import { ErrorBoundary } from "../../src/app/ErrorBoundary";
import { LazyPage } from "../../src/app/LazyPage";
import { Page } from "../../src/components/Page";
import { retryableLazy } from "../../src/components/retryableLazy";
import { type PageEntry, page } from "../entry";
import { firstPets } from "../fixtures/pets";
import { cartOf, shelfOf, viewer } from "../fixtures/store";
import { Surrounded } from "../Surrounded";
import { press } from "../steps";

function Mistake(): never {
  throw new Error("A mistake in the page itself.");
}

const missing = retryableLazy<object>(async () => {
  throw new Error("The connection was lost on the way.");
});

export const frame: readonly PageEntry[] = [
  page("account-menu", "Account menu", "ada@example.com", {
    answers: {
      Shelf: { pets: shelfOf(firstPets(4)) },
      Cart: { cart: cartOf(...firstPets(2)) },
    },
    steps: () => press("Account"),
  }),
  page("unknown-page", "Unknown page", "There is no page here", { path: "/nowhere" }),
  page("not-arrived", "A page that has not arrived yet", "This page has not arrived yet", {
    render: () => (
      <Surrounded>
        <LazyPage page={missing} props={{}} />
      </Surrounded>
    ),
  }),
  page(
    "not-arrived-over-another",
    "A pet over the shelf that has not arrived yet",
    "We keep trying",
    {
      render: () => (
        <Surrounded>
          <Page heading="Meet our pets" lead={viewer.store.description}>
            <LazyPage page={missing} props={{}} overAnother />
          </Page>
        </Surrounded>
      ),
    },
  ),
  page("stuck", "A mistake in the page itself", "This page got stuck", {
    render: () => (
      <ErrorBoundary>
        <Mistake />
      </ErrorBoundary>
    ),
  }),
];
