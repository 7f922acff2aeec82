import { DoorClosed } from "lucide-react";
import { Trouble } from "../components/Trouble";
import { useViewer } from "../features/account/viewer";
import { describeFault } from "../graphql/faultWording";
import { PurchaseConfirmationProvider } from "./PurchaseConfirmationProvider";
import { Shell } from "./Shell";
import { StoreRoutes } from "./StoreRoutes";

export function SignedInStore({ onSignedOut }: { onSignedOut: () => void }) {
  const viewer = useViewer();
  const refused =
    viewer.error?.kind === "storeClosed" || viewer.error?.kind === "forbidden"
      ? viewer.error
      : null;

  return (
    <PurchaseConfirmationProvider>
      <Shell viewer={viewer.data} onSignedOut={onSignedOut}>
        {refused ? (
          <main id="content">
            <Trouble
              icon={DoorClosed}
              {...describeFault(refused)}
              retry={() => void viewer.refetch()}
            />
          </main>
        ) : (
          <StoreRoutes
            storeName={viewer.data?.store.name}
            description={viewer.data?.store.description}
          />
        )}
      </Shell>
    </PurchaseConfirmationProvider>
  );
}
