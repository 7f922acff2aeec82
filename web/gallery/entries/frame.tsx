import { ErrorBoundary } from "../../src/app/ErrorBoundary";
import { LazyPage } from "../../src/app/LazyPage";
import { Page } from "../../src/components/Page";
import { retryableLazy } from "../../src/components/retryableLazy";
import { type PageEntry, page } from "../entry";
import { firstPets } from "../fixtures/pets";
import { cartOf, shelfOf, viewer } from "../fixtures/store";
import { press } from "../steps";
import { WithLayout } from "../WithLayout";

function Crash(): never {
  throw new Error("A bug in the page.");
}

const missing = retryableLazy<object>(async () => {
  throw new Error("The connection was lost.");
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
  page("not-loaded", "A page that hasn't loaded yet", "This page hasn't loaded yet", {
    render: () => (
      <WithLayout>
        <LazyPage page={missing} props={{}} />
      </WithLayout>
    ),
  }),
  page("not-loaded-over-shelf", "A pet over the shelf that hasn't loaded yet", "keep trying", {
    render: () => (
      <WithLayout>
        <Page heading="Meet our pets" lead={viewer.store.description}>
          <LazyPage page={missing} props={{}} overlay />
        </Page>
      </WithLayout>
    ),
  }),
  page("stuck", "A page that got stuck", "This page got stuck", {
    render: () => (
      <ErrorBoundary>
        <Crash />
      </ErrorBoundary>
    ),
  }),
];
