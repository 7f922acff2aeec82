import { useMutation, useQueryClient } from "@tanstack/react-query";
import { bidiIsolate } from "../../components/petWords";
import { useToast } from "../../components/ToastProvider";
import { useStorefrontClient } from "../../graphql/client";
import { faultSentence, isSignedOut } from "../../graphql/faultWording";
import { queryKeys } from "../../graphql/queryKeys";
import { cartSummary, type Pet, storefrontGraphql } from "../../graphql/storefrontGraphql";
import { cartMutation, cartWithout, changeCart, keepServerCart } from "./cartData";

const document = storefrontGraphql(
  `
    mutation RemoveFromCart($petId: ID!) {
      removeFromCart(petId: $petId) {
        ...CartSummary
      }
    }
  `,
  [cartSummary],
);

/** Removes a pet from the cart optimistically; it comes back if the request fails. */
export function useRemoveFromCart() {
  const client = useStorefrontClient();
  const queryClient = useQueryClient();
  const toast = useToast();

  return useMutation({
    ...cartMutation,
    mutationFn: async (pet: Pet) =>
      (await client.execute(document, { petId: pet.id })).removeFromCart,
    onMutate: (pet) => changeCart(queryClient, (cart) => cartWithout(cart, pet.id)),
    onSuccess: (cart, pet) => {
      keepServerCart(queryClient, cart);
      toast({ message: `${bidiIsolate(pet.name)} is no longer in your cart.` });
    },
    onError: (fault, pet) => {
      // Refetching puts the pet back in its old place.
      void queryClient.invalidateQueries({ queryKey: queryKeys.cart });
      if (isSignedOut(fault)) return;
      toast({
        message: `${bidiIsolate(pet.name)} is still in your cart. ${faultSentence(fault)}`,
        tone: "bad",
      });
    },
  });
}
