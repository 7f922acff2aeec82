import { PetRowSkeleton } from "../../components/PetRowSkeleton";
import { Skeleton } from "../../components/Skeleton";
import styles from "./CartPage.module.css";

/** A cart with one pet in it. */
export const CartSkeleton = () => (
  <div className={styles.cart}>
    <p className="visually-hidden" role="status">
      Loading your cart
    </p>
    <div className={styles.waitingItem}>
      <PetRowSkeleton />
    </div>
    <Skeleton className={styles.waitingSummary} />
  </div>
);
