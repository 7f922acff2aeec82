import { useCallback, useEffect } from "react";
import { matchRoute, useLocation, useRouter, useSearch } from "wouter";
import { useHistoryState } from "wouter/use-browser-location";
import { retryableLazy } from "../components/retryableLazy";
import { toastStack } from "../components/ToastProvider";
import type { AccountPageProps } from "../features/account/AccountPage";
import { ShelfPage } from "../features/pets/ShelfPage";
import { useShelfChanges } from "../features/pets/shelfChanges";
import type { Pet } from "../graphql/storefrontGraphql";
import { accountMenu } from "./Account";
import { ErrorBoundary } from "./ErrorBoundary";
import { LazyPage } from "./LazyPage";
import { PetActions } from "./PetActions";
import { purchaseConfirmation, useConfirmPurchase } from "./PurchaseConfirmationProvider";
import { UnknownPage } from "./UnknownPage";
import { useScrollOnNavigation } from "./useScrollOnNavigation";

const petPage = retryableLazy(() =>
  import("../features/pets/PetPage").then((module) => module.PetPage),
);
const petDialog = retryableLazy(() =>
  import("../features/pets/PetDialog").then((module) => module.PetDialog),
);
const cartPage = retryableLazy(() =>
  import("../features/cart/CartPage").then((module) => module.CartPage),
);
const purchasesPage = retryableLazy(() =>
  import("../features/purchases/PurchasesPage").then((module) => module.PurchasesPage),
);

const accountPage = retryableLazy(() =>
  import("../features/account/AccountPage").then((module) => module.AccountPage),
);

interface StoreRoutesProps {
  storeName: string | undefined;
  welcome: string | undefined;
  description: string | undefined;
  account: Omit<AccountPageProps, "storeName">;
}

export function StoreRoutes(props: StoreRoutesProps) {
  const { storeName, welcome, description, account } = props;
  const [path] = useLocation();
  const search = useSearch();
  const { parser } = useRouter();
  const historyState = useHistoryState<{ shelfQuery?: string } | null>();
  const confirmPurchase = useConfirmPurchase();
  const { listedCount, showListed } = useShelfChanges();

  const [isPet, petParameters] = matchRoute(parser, "/pets/:id", path);
  const petId = isPet ? petParameters.id : undefined;
  // A pet opened from the shelf is shown over it; a link from elsewhere has no shelf beneath.
  const shelfBeneath = petId === undefined ? undefined : historyState?.shelfQuery;
  const page = shelfBeneath === undefined ? path : "/";

  useScrollOnNavigation(page);
  useEffect(prefetchPages, []);

  const renderActions = useCallback((pet: Pet) => <PetActions pet={pet} />, []);
  const renderProminentActions = useCallback((pet: Pet) => <PetActions pet={pet} prominent />, []);

  return (
    <ErrorBoundary key={page}>
      {page === "/" ? (
        <ShelfPage
          query={shelfBeneath ?? search}
          storeName={storeName}
          welcome={welcome}
          description={description}
          renderActions={renderActions}
          listedCount={listedCount}
          onShowListed={showListed}
        />
      ) : petId !== undefined ? (
        <LazyPage
          page={petPage}
          props={{ id: petId, storeName, renderActions: renderProminentActions }}
        />
      ) : page === "/cart" ? (
        <LazyPage page={cartPage} props={{ storeName, onPurchased: confirmPurchase }} />
      ) : page === "/purchases" ? (
        <LazyPage page={purchasesPage} props={{ storeName }} />
      ) : page === "/account" ? (
        <LazyPage page={accountPage} props={{ storeName, ...account }} />
      ) : (
        <UnknownPage storeName={storeName} />
      )}
      {petId !== undefined && shelfBeneath !== undefined && (
        <LazyPage
          page={petDialog}
          props={{
            id: petId,
            storeName,
            renderActions: renderProminentActions,
            onClose: () => window.history.back(),
          }}
          overlay
        />
      )}
    </ErrorBoundary>
  );
}

/** So that the next page opens at once, even if the connection is lost by then. */
function prefetchPages() {
  const fetchAll = () => {
    for (const { fetch } of [
      toastStack,
      purchaseConfirmation,
      accountMenu,
      petDialog,
      cartPage,
      purchasesPage,
      petPage,
      accountPage,
    ]) {
      fetch();
    }
  };
  const timer = window.setTimeout(fetchAll, 2_500);
  return () => window.clearTimeout(timer);
}
