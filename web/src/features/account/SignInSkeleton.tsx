import { PawPrint } from "lucide-react";
import { Skeleton } from "../../components/Skeleton";
import page from "./SignInPage.module.css";
import styles from "./SignInSkeleton.module.css";

/** Shown while nothing is known about the store yet. */
export const SignInSkeleton = () => (
  <main id="content" className={page.page}>
    <div className="visually-hidden" role="status">
      <h1>Opening the store</h1>
    </div>
    <div className={page.store}>
      <span className={`${page.mark} ${styles.mark}`}>
        <PawPrint size={26} aria-hidden="true" />
      </span>
      <Skeleton className={styles.name} />
      <Skeleton className={styles.description} />
    </div>
    <div className={page.card} aria-hidden="true">
      <Skeleton className={styles.title} />
      <Skeleton className={styles.field} />
      <Skeleton className={styles.field} />
      <Skeleton className={styles.button} />
    </div>
    <div className={styles.other} />
  </main>
);
