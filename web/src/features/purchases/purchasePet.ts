import { useMutation, useQueryClient } from "@tanstack/react-query";
import { bidiIsolate } from "../../components/petWords";
import { useToast } from "../../components/ToastProvider";
import { reportPetState } from "../../graphql/availability";
import { useStorefrontClient } from "../../graphql/client";
import { faultSentence, isSignedOut } from "../../graphql/faultWording";
import { queryKeys } from "../../graphql/queryKeys";
import {
  type Pet,
  type Purchase,
  purchaseSummary,
  storefrontGraphql,
} from "../../graphql/storefrontGraphql";
import { useIdempotencyKey } from "../../graphql/useIdempotencyKey";

const document = storefrontGraphql(
  `
    mutation PurchasePet($petId: ID!, $idempotencyKey: String) {
      purchasePet(petId: $petId, idempotencyKey: $idempotencyKey) {
        __typename
        ...PurchaseSummary
        ... on Failure {
          message
        }
        ... on PetsUnavailable {
          pets {
            id
            availability
          }
        }
      }
    }
  `,
  [purchaseSummary],
);

/** Buys one pet, without an optimistic update. */
export function usePurchasePet(pet: Pet, onPurchased: (purchase: Purchase) => void) {
  const client = useStorefrontClient();
  const queryClient = useQueryClient();
  const toast = useToast();
  const key = useIdempotencyKey();
  const mutationKey = ["purchasePet", pet.id];

  const purchase = useMutation({
    mutationKey,
    mutationFn: async () =>
      (await client.execute(document, { petId: pet.id, idempotencyKey: key.current() }))
        .purchasePet,
    // Retried under the same idempotency key, so it can't buy twice.
    retry: (failures, fault) => fault.isTemporary && failures < 2,
    retryDelay: (failures) => 600 * 2 ** failures,
    onSuccess: (result) => {
      key.answered();
      if (result.__typename === "Purchase") {
        for (const bought of result.pets) reportPetState(bought.id, "YOURS");
        onPurchased(result);
        return;
      }
      if (result.__typename === "PetsUnavailable") {
        for (const gone of result.pets) reportPetState(gone.id, gone.availability);
      }
      toast({ message: result.message, tone: "bad" });
    },
    onError: (fault) => {
      if (isSignedOut(fault)) return;
      toast({
        message: `${bidiIsolate(pet.name)} wasn't bought. ${faultSentence(fault)}`,
        tone: "bad",
      });
    },
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: queryKeys.cart });
    },
  });

  const buy = () => {
    // A second press may come before the button renders as busy.
    if (queryClient.isMutating({ mutationKey }) === 0) purchase.mutate();
  };
  return { buy, isPending: purchase.isPending };
}
