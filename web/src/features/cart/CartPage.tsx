import { useLayoutEffect, useRef } from "react";
import { Link } from "wouter";
import { buttonClass } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { ErrorState } from "../../components/ErrorState";
import { faultIcon } from "../../components/faultIcon";
import { Page } from "../../components/Page";
import { petState, useGoneCount } from "../../graphql/availability";
import { describeFault } from "../../graphql/faultWording";
import { loadingFault } from "../../graphql/queryClient";
import type { Pet, Purchase } from "../../graphql/storefrontGraphql";
import { CartItem } from "./CartItem";
import styles from "./CartPage.module.css";
import { CartSkeleton } from "./CartSkeleton";
import { CartSummary } from "./CartSummary";
import { useCart } from "./cart";
import { useRemoveFromCart } from "./removeFromCart";

interface CartPageProps {
  storeName: string | undefined;
  onPurchased: (purchase: Purchase) => void;
}

export function CartPage({ storeName, onPurchased }: CartPageProps) {
  const cart = useCart();
  const removeFromCart = useRemoveFromCart();
  const list = useRef<HTMLUListElement>(null);
  const pets = cart.data?.pets ?? [];
  // Rerenders the page when a pet in the cart is sold meanwhile.
  useGoneCount(pets);
  const available = pets.filter((pet) => petState(pet) === "AVAILABLE");
  const unavailable = pets.filter((pet) => petState(pet) !== "AVAILABLE");
  const fault = loadingFault(cart);

  // After checkout, the button that had the focus is gone.
  const isEmpty = pets.length === 0;
  const wasEmpty = useRef(isEmpty);
  useLayoutEffect(() => {
    if (isEmpty && !wasEmpty.current && document.activeElement === document.body) {
      document.querySelector("h1")?.focus();
    }
    wasEmpty.current = isEmpty;
  }, [isEmpty]);

  const remove = (pet: Pet) => {
    const index = pets.findIndex(({ id }) => id === pet.id);
    const neighbour = list.current?.children[index + 1] ?? list.current?.children[index - 1];
    (neighbour?.querySelector("button") ?? document.querySelector("h1"))?.focus();
    removeFromCart.mutate(pet);
  };

  return (
    <Page heading="Cart" storeName={storeName} narrow>
      {fault ? (
        <ErrorState
          level={2}
          icon={faultIcon(fault.kind)}
          {...describeFault(fault)}
          retry={() => void cart.refetch()}
        />
      ) : !cart.data ? (
        <CartSkeleton />
      ) : pets.length === 0 ? (
        <EmptyState title="Your cart is empty.">
          <Link href="/" className={buttonClass("tinted")}>
            Meet our pets
          </Link>
        </EmptyState>
      ) : (
        <div className={styles.cart}>
          <ul ref={list} aria-label="Pets in your cart">
            {pets.map((pet) => (
              <CartItem key={pet.id} pet={pet} onRemove={remove} />
            ))}
          </ul>
          <CartSummary available={available} unavailable={unavailable} onPurchased={onPurchased} />
        </div>
      )}
    </Page>
  );
}
