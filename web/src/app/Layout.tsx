import { PawPrint } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { buttonClass } from "../components/Button";
import { CartLink } from "../features/cart/CartLink";
import { Account } from "./Account";
import { ConnectionBanner } from "./ConnectionBanner";
import styles from "./Layout.module.css";

interface LayoutProps {
  storeName: string | undefined;
  customer: { name: string; email: string } | undefined;
  onSignedOut: () => void;
  children: ReactNode;
}

/** The frame of every page of a signed-in customer. */
export const Layout = ({ storeName, customer, onSignedOut, children }: LayoutProps) => (
  <>
    <a href="#content" className={styles.skip}>
      Skip to content
    </a>
    <header className={styles.header}>
      <div className={styles.bar}>
        <Link href="/" className={styles.store}>
          <span className={styles.mark}>
            <PawPrint size={18} aria-hidden="true" />
          </span>
          <span className={styles.name}>
            {storeName ?? <span className="visually-hidden">Store</span>}
          </span>
        </Link>
        <nav className={styles.nav} aria-label="Store">
          <Link href="/purchases" className={`${buttonClass("quiet")} ${styles.wide}`}>
            My pets
          </Link>
          <CartLink />
          <Account customer={customer} onSignedOut={onSignedOut} />
        </nav>
      </div>
    </header>
    <ConnectionBanner />
    {children}
  </>
);
