import { ErrorState } from "../components/ErrorState";
import { faultIcon } from "../components/faultIcon";
import type { NewSession } from "../features/account/signIn";
import { useStorefront } from "../features/account/useStorefront";
import { useViewer } from "../features/account/viewer";
import { describeFault } from "../graphql/faultWording";
import { ClosedStore } from "./ClosedStore";
import { Layout } from "./Layout";
import { PurchaseConfirmationProvider } from "./PurchaseConfirmationProvider";
import { StoreRoutes } from "./StoreRoutes";
import { useAccent } from "./useAccent";

interface SignedInStoreProps {
  slug: string;
  onSignedOut: () => void;
  onSignedOutEverywhere: () => void;
  /** The session continues with another token. */
  onRenewed: (session: NewSession) => void;
}

export function SignedInStore({ slug, onSignedOut, ...account }: SignedInStoreProps) {
  const viewer = useViewer();
  const storefront = useStorefront(slug);
  // The storefront is in the page from the start; the viewer comes later and is newer.
  const store = viewer.data?.store ?? storefront.data ?? undefined;
  useAccent(store?.accent);
  const refused =
    viewer.error?.kind === "storeClosed" || viewer.error?.kind === "forbidden"
      ? viewer.error
      : null;

  return (
    <PurchaseConfirmationProvider>
      <Layout storeName={store?.name} customer={viewer.data?.me} onSignedOut={onSignedOut}>
        {refused ? (
          <main id="content">
            {refused.kind === "storeClosed" && store ? (
              <ClosedStore name={store.name} retry={() => void viewer.refetch()} />
            ) : (
              <ErrorState
                icon={faultIcon(refused.kind)}
                {...describeFault(refused)}
                retry={() => void viewer.refetch()}
              />
            )}
          </main>
        ) : (
          <StoreRoutes
            storeName={store?.name}
            welcome={store?.welcome}
            description={store?.description}
            account={{ customer: viewer.data?.me, ...account }}
          />
        )}
      </Layout>
    </PurchaseConfirmationProvider>
  );
}
