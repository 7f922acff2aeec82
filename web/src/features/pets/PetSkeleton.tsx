import { Skeleton } from "../../components/Skeleton";
import styles from "./PetDetails.module.css";

/** A pet's place while nothing is known about it yet. */
export function PetSkeleton({ level }: { level: 1 | 2 }) {
  const Heading = `h${level}` as const;
  return (
    <div className={styles.details}>
      <Skeleton className={`${styles.picture} ${styles.waiting}`} />
      <div className={styles.waitingWords}>
        <div className="visually-hidden" role="status">
          <Heading>Loading</Heading>
        </div>
      </div>
    </div>
  );
}
