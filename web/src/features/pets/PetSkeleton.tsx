import { Skeleton } from "../../components/Skeleton";
import details from "./PetDetails.module.css";
import styles from "./PetSkeleton.module.css";

/** Shown while nothing is known about the pet yet. */
export function PetSkeleton({ level }: { level: 1 | 2 }) {
  const Heading = `h${level}` as const;
  return (
    <div className={details.details}>
      <Skeleton className={styles.picture} />
      <div className={details.words}>
        <div className="visually-hidden" role="status">
          <Heading>Loading</Heading>
        </div>
        <Skeleton className={styles.name} />
        <Skeleton className={styles.facts} />
        <Skeleton className={styles.description} />
        <Skeleton className={styles.actions} />
      </div>
    </div>
  );
}
