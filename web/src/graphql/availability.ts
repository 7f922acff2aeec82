import { useSyncExternalStore } from "react";
import type { Availability } from "./storefrontGraphql";

/** What became of a pet, as this customer sees it. */
export type PetState = Availability | "YOURS";

/**
 * News about pets after they were loaded: a sale elsewhere, the customer's own purchase. Being sold
 * or removed is final, so data loaded later never overrides it, and one map serves every page.
 */
const news = new Map<string, PetState>();
const listeners = new Set<() => void>();

export function reportPetState(petId: string, state: PetState): void {
  // The live shelf reports the customer's own purchase like any sale.
  if (news.get(petId) === "YOURS" || news.get(petId) === state) return;
  news.set(petId, state);
  for (const listener of listeners) listener();
}

export function forgetPetStates(): void {
  news.clear();
  for (const listener of listeners) listener();
}

export const petState = (pet: { id: string; availability: Availability }): PetState =>
  news.get(pet.id) ?? pet.availability;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Uses the same snapshot on the server, because the build renders the prerendered shell. */
const usePetNews = <Value extends string | number>(read: () => Value): Value =>
  useSyncExternalStore(subscribe, read, read);

export const usePetState = (pet: { id: string; availability: Availability }): PetState =>
  usePetNews(() => petState(pet));

/** How many of these were available when loaded and no longer are. */
export const useGoneCount = (pets: readonly { id: string; availability: Availability }[]): number =>
  usePetNews(
    () =>
      pets.filter((pet) => pet.availability === "AVAILABLE" && petState(pet) !== "AVAILABLE")
        .length,
  );
