import { lazy, Suspense, useCallback, useEffect } from "react";
import { matchRoute, useLocation, useRouter, useSearch } from "wouter";
import { useHistoryState } from "wouter/use-browser-location";
import { loadToastStack } from "../components/ToastProvider";
import { ShelfPage } from "../features/pets/ShelfPage";
import { useShelfChanges } from "../features/pets/shelfChanges";
import type { Pet } from "../graphql/storefrontGraphql";
import { loadAccountMenu } from "./Account";
import { ErrorBoundary } from "./ErrorBoundary";
import { PetActions } from "./PetActions";
import { loadPurchaseConfirmation, useConfirmPurchase } from "./PurchaseConfirmationProvider";
import { UnknownPage } from "./UnknownPage";
import { useScrollOnArrival } from "./useScrollOnArrival";

const loaders = {
  pet: () => import("../features/pets/PetPage").then((m) => ({ default: m.PetPage })),
  petDialog: () => import("../features/pets/PetDialog").then((m) => ({ default: m.PetDialog })),
  cart: () => import("../features/cart/CartPage").then((m) => ({ default: m.CartPage })),
  purchases: () =>
    import("../features/purchases/PurchasesPage").then((m) => ({ default: m.PurchasesPage })),
};

const PetPage = lazy(loaders.pet);
const PetDialog = lazy(loaders.petDialog);
const CartPage = lazy(loaders.cart);
const PurchasesPage = lazy(loaders.purchases);

interface StoreRoutesProps {
  storeName: string | undefined;
  description: string | undefined;
}

export function StoreRoutes({ storeName, description }: StoreRoutesProps) {
  const [path] = useLocation();
  const search = useSearch();
  const { parser } = useRouter();
  const historyState = useHistoryState<{ shelfQuery?: string } | null>();
  const confirmPurchase = useConfirmPurchase();
  const { listedCount, showListed } = useShelfChanges();

  const [isPet, petParameters] = matchRoute(parser, "/pets/:id", path);
  const petId = isPet ? petParameters.id : undefined;
  // A pet that was opened from the shelf lies over it; a link from elsewhere has no shelf beneath.
  const shelfBeneath = petId === undefined ? undefined : historyState?.shelfQuery;
  const page = shelfBeneath === undefined ? path : "/";

  useScrollOnArrival(page);
  useEffect(fetchOtherPagesWhenIdle, []);

  const renderActions = useCallback((pet: Pet) => <PetActions pet={pet} />, []);
  const renderProminentActions = useCallback((pet: Pet) => <PetActions pet={pet} prominent />, []);

  return (
    <ErrorBoundary key={page}>
      <Suspense fallback={<main id="content" />}>
        {page === "/" ? (
          <ShelfPage
            query={shelfBeneath ?? search}
            storeName={storeName}
            description={description}
            renderActions={renderActions}
            listedCount={listedCount}
            onShowListed={showListed}
          />
        ) : petId !== undefined ? (
          <PetPage id={petId} storeName={storeName} renderActions={renderProminentActions} />
        ) : page === "/cart" ? (
          <CartPage storeName={storeName} onPurchased={confirmPurchase} />
        ) : page === "/purchases" ? (
          <PurchasesPage storeName={storeName} />
        ) : (
          <UnknownPage storeName={storeName} />
        )}
      </Suspense>
      <Suspense>
        {petId !== undefined && shelfBeneath !== undefined && (
          <PetDialog
            id={petId}
            storeName={storeName}
            renderActions={renderProminentActions}
            onClose={() => window.history.back()}
          />
        )}
      </Suspense>
    </ErrorBoundary>
  );
}

/** So that the next page opens at once, and opens even if the connection is gone by then. */
function fetchOtherPagesWhenIdle() {
  const fetchAll = () => {
    for (const load of [
      ...Object.values(loaders),
      loadPurchaseConfirmation,
      loadAccountMenu,
      loadToastStack,
    ]) {
      // Fetched again, with its fault shown, when it is really needed.
      load().catch(() => undefined);
    }
  };
  const timer = window.setTimeout(fetchAll, 2_500);
  return () => window.clearTimeout(timer);
}
