import { useQueryClient } from "@tanstack/react-query";
import { createContext, lazy, type ReactNode, Suspense, use, useCallback, useState } from "react";
import { queryKeys } from "../graphql/queryKeys";
import type { Purchase } from "../graphql/storefrontGraphql";

export const loadPurchaseConfirmation = () =>
  import("../features/purchases/PurchaseConfirmation").then((module) => ({
    default: module.PurchaseConfirmation,
  }));

const PurchaseConfirmation = lazy(loadPurchaseConfirmation);

type ConfirmPurchase = (purchase: Purchase) => void;

const ConfirmationContext = createContext<ConfirmPurchase | null>(null);

/** What follows a purchase, wherever it was made: the confirmation, and fresh lists. */
export function PurchaseConfirmationProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const [purchase, setPurchase] = useState<Purchase | null>(null);

  const confirm = useCallback<ConfirmPurchase>(
    (made) => {
      setPurchase(made);
      for (const queryKey of [queryKeys.cart, queryKeys.purchases, queryKeys.speciesCounts]) {
        void queryClient.invalidateQueries({ queryKey });
      }
    },
    [queryClient],
  );

  return (
    <ConfirmationContext value={confirm}>
      {children}
      <Suspense>
        {purchase && <PurchaseConfirmation purchase={purchase} onClose={() => setPurchase(null)} />}
      </Suspense>
    </ConfirmationContext>
  );
}

export function useConfirmPurchase(): ConfirmPurchase {
  const confirm = use(ConfirmationContext);
  if (!confirm) throw new Error("A purchase needs somewhere to be confirmed.");
  return confirm;
}
