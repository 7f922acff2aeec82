import { ShoppingBag } from "lucide-react";
import { Link } from "wouter";
import { countWords } from "../../components/petWords";
import styles from "./CartLink.module.css";
import { useCartCount } from "./cart";

/** The header's link to the cart, with the number of pets in it. */
export function CartLink() {
  const count = useCartCount() ?? 0;
  return (
    <Link href="/cart" className={styles.link}>
      <ShoppingBag size={20} aria-hidden="true" />
      <span className={styles.label}>
        Cart
        {count > 0 && <span className="visually-hidden"> {countWords(count, "pet")}</span>}
      </span>
      {count > 0 && (
        <span className={styles.count} aria-hidden="true">
          {count}
        </span>
      )}
    </Link>
  );
}
