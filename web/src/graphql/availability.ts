import { useSyncExternalStore } from "react";
import type { Availability } from "./storefrontGraphql";

/** What became of a pet, as this customer sees it. */
export type PetState = Availability | "YOURS";

/**
 * News about pets that came after they were loaded: a sale elsewhere, one's own purchase. Being sold
 * or removed is final, so news is never outdated by what is loaded later, and one map serves every
 * page that shows the pet.
 */
const news = new Map<string, PetState>();
const listeners = new Set<() => void>();

export function reportPetState(petId: string, state: PetState): void {
  // The live shelf reports one's own purchase as any other sale.
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

/** The same for the build, which renders what a visit begins with. */
const useNews = <Value extends string | number>(read: () => Value): Value =>
  useSyncExternalStore(subscribe, read, read);

export const usePetState = (pet: { id: string; availability: Availability }): PetState =>
  useNews(() => petState(pet));

/** How many of these were on the shelf when they were loaded and no longer are. */
export const useGoneCount = (pets: readonly { id: string; availability: Availability }[]): number =>
  useNews(
    () =>
      pets.filter((pet) => pet.availability === "AVAILABLE" && petState(pet) !== "AVAILABLE")
        .length,
  );
