import type { QueryClient } from "@tanstack/react-query";
import { queryKeys } from "../../graphql/queryKeys";
import type { Cart, Pet } from "../../graphql/storefrontGraphql";

/** Changes to the cart are sent one after another, so the last answer is the newest cart. */
export const cartMutation = { scope: { id: "cart" }, mutationKey: queryKeys.cart };

function counted(pets: Pet[]): Cart {
  const availableCount = pets.filter((pet) => pet.availability === "AVAILABLE").length;
  return { pets, availableCount, unavailableCount: pets.length - availableCount };
}

export const cartWith = (cart: Cart, pet: Pet): Cart =>
  cart.pets.some(({ id }) => id === pet.id) ? cart : counted([...cart.pets, pet]);

export const cartWithout = (cart: Cart, petId: string): Cart =>
  counted(cart.pets.filter(({ id }) => id !== petId));

/** Makes an optimistic update. */
export async function changeCart(queryClient: QueryClient, change: (cart: Cart) => Cart) {
  await queryClient.cancelQueries({ queryKey: queryKeys.cart });
  queryClient.setQueryData<Cart>(queryKeys.cart, (cart) => cart && change(cart));
}

/** Takes over the server's cart, unless a later change is still in flight. */
export function keepServerCart(queryClient: QueryClient, cart: Cart) {
  if (queryClient.isMutating({ mutationKey: queryKeys.cart }) > 1) return;
  queryClient.setQueryData<Cart>(queryKeys.cart, cart);
}
