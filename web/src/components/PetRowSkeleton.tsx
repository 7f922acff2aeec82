import styles from "./PetRowSkeleton.module.css";
import { Skeleton } from "./Skeleton";

/** A small picture with a name and facts next to it. */
export const PetRowSkeleton = () => (
  <div className={styles.row}>
    <Skeleton className={styles.picture} />
    <div className={styles.words}>
      <Skeleton className={styles.name} />
      <Skeleton className={styles.facts} />
    </div>
  </div>
);
