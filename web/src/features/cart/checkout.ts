import { useMutation, useQueryClient } from "@tanstack/react-query";
import { reportPetState } from "../../graphql/availability";
import { useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { type Purchase, purchaseSummary, storefrontGraphql } from "../../graphql/storefrontGraphql";
import { useIdempotencyKey } from "../../graphql/useIdempotencyKey";
import { cartMutation, cartWithout, changeCart } from "./cartData";

const document = storefrontGraphql(
  `
    mutation Checkout($idempotencyKey: String) {
      checkout(idempotencyKey: $idempotencyKey) {
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

const mutationKey = [...cartMutation.mutationKey, "checkout"];

/** Buys everything in the cart, or nothing. */
export function useCheckout(onPurchased: (purchase: Purchase) => void) {
  const client = useStorefrontClient();
  const queryClient = useQueryClient();
  const key = useIdempotencyKey();

  const checkout = useMutation({
    ...cartMutation,
    mutationKey,
    mutationFn: async () =>
      (await client.execute(document, { idempotencyKey: key.current() })).checkout,
    retry: (failures, fault) => fault.isTemporary && failures < 2,
    retryDelay: (failures) => 600 * 2 ** failures,
    onSuccess: async (result) => {
      key.answered();
      if (result.__typename === "Purchase") {
        // Removed first: until its refetch, the cart would call its pets unavailable.
        await changeCart(queryClient, (cart) =>
          result.pets.reduce((rest, pet) => cartWithout(rest, pet.id), cart),
        );
        for (const pet of result.pets) reportPetState(pet.id, "YOURS");
        onPurchased(result);
      } else if (result.__typename === "PetsUnavailable") {
        for (const pet of result.pets) reportPetState(pet.id, pet.availability);
      }
      await queryClient.invalidateQueries({ queryKey: queryKeys.cart });
    },
  });

  const checkOut = () => {
    // A second press may come before the button renders as busy.
    if (queryClient.isMutating({ mutationKey }) === 0) checkout.mutate();
  };
  return { ...checkout, checkOut };
}
