import { PawPrint } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./EmptyState.module.css";

interface EmptyStateProps {
  title: string;
  children?: ReactNode;
}

/** Tells the customer that there is nothing to show, and offers something else to do. */
export const EmptyState = ({ title, children }: EmptyStateProps) => (
  <div className={styles.empty}>
    <span className={styles.badge}>
      <PawPrint size={24} strokeWidth={1.6} aria-hidden="true" />
    </span>
    <p className={styles.title}>{title}</p>
    {children && <div className={styles.actions}>{children}</div>}
  </div>
);
