import { Button } from "../../components/Button";
import { Notice } from "../../components/Notice";
import { countWords } from "../../components/petWords";
import { faultSentence } from "../../graphql/faultWording";
import type { Pet, Purchase } from "../../graphql/storefrontGraphql";
import styles from "./CartSummary.module.css";
import { useCheckout } from "./checkout";
import { useRemoveUnavailableFromCart } from "./removeUnavailableFromCart";
import { unavailableSentence } from "./unavailableSentence";

interface CartSummaryProps {
  available: readonly Pet[];
  unavailable: readonly Pet[];
  onPurchased: (purchase: Purchase) => void;
}

/** The end of the cart: what can be bought, and the button for it. */
export function CartSummary({ available, unavailable, onPurchased }: CartSummaryProps) {
  const checkout = useCheckout(onPurchased);
  const removeUnavailable = useRemoveUnavailableFromCart();
  const refusal = checkout.data && checkout.data.__typename !== "Purchase" && checkout.data.message;
  const fault = checkout.error ?? removeUnavailable.error;
  const busy = checkout.isPending || removeUnavailable.isPending;

  return (
    <section className={styles.summary} aria-label="Summary">
      {fault ? (
        <Notice tone="bad">Nothing was bought. {faultSentence(fault)}</Notice>
      ) : refusal ? (
        <Notice tone="bad">{refusal}</Notice>
      ) : (
        unavailable.length > 0 && <Notice>{unavailableSentence(available, unavailable)}</Notice>
      )}
      {available.length > 0 && (
        <p className={styles.total}>
          <span>{countWords(available.length, "pet")} to take home</span>
          <span>Free</span>
        </p>
      )}
      {unavailable.length === 0 ? (
        <Button wide busy={busy} onClick={checkout.checkOut}>
          {busy ? "Checking out" : "Check out"}
        </Button>
      ) : (
        <Button
          wide
          busy={busy}
          onClick={() => {
            checkout.reset();
            removeUnavailable.mutate(undefined, {
              onSuccess: (cart) => cart.availableCount > 0 && checkout.checkOut(),
            });
          }}
        >
          {available.length === 0
            ? "Empty the cart"
            : `Remove ${unavailable.length === 1 ? "it" : "them"} and check out the rest`}
        </Button>
      )}
    </section>
  );
}
