import { useLayoutEffect, useRef } from "react";
import { Link } from "wouter";
import { bidiIsolate } from "../components/petWords";
import { AddToCartButton } from "../features/cart/AddToCartButton";
import { BuyNowButton } from "../features/purchases/BuyNowButton";
import { usePurchasePet } from "../features/purchases/purchasePet";
import { type PetState, usePetState } from "../graphql/availability";
import type { Pet } from "../graphql/storefrontGraphql";
import styles from "./PetActions.module.css";
import { useConfirmPurchase } from "./PurchaseConfirmationProvider";

interface PetActionsProps {
  pet: Pet;
  prominent?: boolean;
}

const outcomes: Record<Exclude<PetState, "AVAILABLE">, (name: string) => string> = {
  SOLD: (name) => `${name} has found another home.`,
  REMOVED: (name) => `The store has taken ${name} off the shelf.`,
  YOURS: (name) => `${name} is yours.`,
};

/** The buy and cart buttons; once the pet is gone, what became of it. */
export function PetActions({ pet, prominent = false }: PetActionsProps) {
  const state = usePetState(pet);
  const purchase = usePurchasePet(pet, useConfirmPurchase());
  const isOffered = state === "AVAILABLE" || purchase.isPending;

  const place = useRef<HTMLDivElement>(null);
  // Read while the buttons are still there: if the pet is sold just now, the focus must not be lost
  // with them.
  const heldFocus = place.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    if (!isOffered && heldFocus) place.current?.focus();
  }, [isOffered, heldFocus]);

  return (
    <div ref={place} tabIndex={-1} className={styles.place}>
      {isOffered ? (
        <div className={styles.actions}>
          <BuyNowButton
            pet={pet}
            prominent={prominent}
            busy={purchase.isPending}
            onBuy={purchase.buy}
          />
          <AddToCartButton pet={pet} />
        </div>
      ) : (
        <p className={styles.outcome}>
          {outcomes[state](bidiIsolate(pet.name))}{" "}
          {state === "YOURS" && (
            <Link href="/purchases" className={styles.link}>
              See my pets
            </Link>
          )}
        </p>
      )}
    </div>
  );
}
