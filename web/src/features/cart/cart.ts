import { useQuery } from "@tanstack/react-query";
import { type StorefrontClient, useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { type Cart, cartSummary, storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(
  `
    query Cart {
      cart {
        ...CartSummary
      }
    }
  `,
  [cartSummary],
);

const cartQuery = (client: StorefrontClient) => ({
  queryKey: queryKeys.cart,
  queryFn: async ({ signal }: { signal: AbortSignal }) =>
    (await client.execute(document, {}, signal)).cart,
  // The customer's devices share the cart, so coming back to this one refetches it.
  refetchOnWindowFocus: true,
  staleTime: 10_000,
});

export const useCart = () => useQuery(cartQuery(useStorefrontClient()));

export const useCartCount = () =>
  useQuery({
    ...cartQuery(useStorefrontClient()),
    select: (cart: Cart) => cart.pets.length,
  }).data;

export const useIsInCart = (petId: string): boolean =>
  useQuery({
    ...cartQuery(useStorefrontClient()),
    select: (cart: Cart) => cart.pets.some((pet) => pet.id === petId),
  }).data ?? false;
