import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { cartSummary, storefrontGraphql } from "../../graphql/storefrontGraphql";
import { cartMutation, keepServerCart } from "./cartData";

const document = storefrontGraphql(
  `
    mutation RemoveUnavailableFromCart {
      removeUnavailableFromCart {
        ...CartSummary
      }
    }
  `,
  [cartSummary],
);

export function useRemoveUnavailableFromCart() {
  const client = useStorefrontClient();
  const queryClient = useQueryClient();
  return useMutation({
    ...cartMutation,
    mutationFn: async () => (await client.execute(document, {})).removeUnavailableFromCart,
    onSuccess: (cart) => keepServerCart(queryClient, cart),
  });
}
