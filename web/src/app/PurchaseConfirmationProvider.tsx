import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useEffect, useState } from "react";
import { joinNames } from "../components/petWords";
import { retryableLazy, useRetryableLazy } from "../components/retryableLazy";
import { useToast } from "../components/ToastProvider";
import type { PurchaseConfirmationProps } from "../features/purchases/PurchaseConfirmation";
import { queryKeys } from "../graphql/queryKeys";
import type { Purchase } from "../graphql/storefrontGraphql";

export const purchaseConfirmation = retryableLazy<PurchaseConfirmationProps>(() =>
  import("../features/purchases/PurchaseConfirmation").then(
    (module) => module.PurchaseConfirmation,
  ),
);

type ConfirmPurchase = (purchase: Purchase) => void;

const ConfirmationContext = createContext<ConfirmPurchase | null>(null);

/** Confirms a purchase, wherever it was made, and refreshes the lists. */
export function PurchaseConfirmationProvider({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const toast = useToast();
  const [purchase, setPurchase] = useState<Purchase | null>(null);
  const { Component, failures } = useRetryableLazy(purchaseConfirmation, purchase !== null);

  // A purchase is always confirmed: by a toast if the dialog couldn't be fetched.
  const isMissing = purchase !== null && !Component && failures > 0;
  useEffect(() => {
    if (!isMissing) return;
    const { pets } = purchase;
    const names = joinNames(pets.map((pet) => pet.name));
    toast({
      message: `${names} ${pets.length > 1 ? "are" : "is"} yours. See My pets for details.`,
    });
    setPurchase(null);
  }, [isMissing, purchase, toast]);

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
      {purchase && Component && <Component purchase={purchase} onClose={() => setPurchase(null)} />}
    </ConfirmationContext>
  );
}

export function useConfirmPurchase(): ConfirmPurchase {
  const confirm = use(ConfirmationContext);
  if (!confirm) throw new Error("useConfirmPurchase needs its provider.");
  return confirm;
}
