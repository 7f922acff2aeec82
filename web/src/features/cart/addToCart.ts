import { useMutation, useQueryClient } from "@tanstack/react-query";
import { bidiIsolate } from "../../components/petWords";
import { useToast } from "../../components/ToastProvider";
import { reportPetState } from "../../graphql/availability";
import { useStorefrontClient } from "../../graphql/client";
import { faultSentence, isSignedOut } from "../../graphql/faultWording";
import { cartSummary, type Pet, storefrontGraphql } from "../../graphql/storefrontGraphql";
import { cartMutation, cartWith, cartWithout, changeCart, keepServerCart } from "./cartData";

const document = storefrontGraphql(
  `
    mutation AddToCart($petId: ID!) {
      addToCart(petId: $petId) {
        __typename
        ...CartSummary
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
  [cartSummary],
);

/** Adds a pet to the cart optimistically, and rolls back if the server refuses. */
export function useAddToCart() {
  const client = useStorefrontClient();
  const queryClient = useQueryClient();
  const toast = useToast();
  const rollBack = (pet: Pet) => changeCart(queryClient, (cart) => cartWithout(cart, pet.id));

  return useMutation({
    ...cartMutation,
    mutationFn: async (pet: Pet) => (await client.execute(document, { petId: pet.id })).addToCart,
    onMutate: (pet) => changeCart(queryClient, (cart) => cartWith(cart, pet)),
    onSuccess: async (result, pet) => {
      if (result.__typename === "Cart") {
        keepServerCart(queryClient, result);
        toast({ message: `${bidiIsolate(pet.name)} is in your cart.` });
        return;
      }
      if (result.__typename === "PetsUnavailable") {
        for (const gone of result.pets) reportPetState(gone.id, gone.availability);
      }
      await rollBack(pet);
      toast({ message: result.message, tone: "bad" });
    },
    onError: async (fault, pet) => {
      await rollBack(pet);
      if (isSignedOut(fault)) return;
      toast({
        message: `${bidiIsolate(pet.name)} isn't in your cart. ${faultSentence(fault)}`,
        tone: "bad",
      });
    },
  });
}
