import type { ReactNode, Ref } from "react";
import { Skeleton } from "../../components/Skeleton";
import type { Pet } from "../../graphql/storefrontGraphql";
import { PetCard } from "./PetCard";
import styles from "./PetGrid.module.css";

interface PetGridProps {
  pets: readonly Pet[];
  shelfQuery: string;
  renderActions: (pet: Pet) => ReactNode;
  ref?: Ref<HTMLUListElement>;
}

/** As many as the widest grid shows in its first row. */
const firstRow = 4;

export const PetGrid = ({ pets, shelfQuery, renderActions, ref }: PetGridProps) => (
  <ul className={styles.grid} ref={ref}>
    {pets.map((pet, index) => (
      <li key={pet.id} className={styles.place}>
        <PetCard
          pet={pet}
          shelfQuery={shelfQuery}
          urgent={index < firstRow}
          renderActions={renderActions}
        />
      </li>
    ))}
  </ul>
);

export const PetGridSkeleton = () => (
  <div>
    <p className="visually-hidden" role="status">
      Loading pets
    </p>
    <div className={styles.grid} aria-hidden="true">
      {Array.from({ length: 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the boxes are all alike and never move
        <div key={index} className={styles.skeleton}>
          <Skeleton className={styles.skeletonPicture} />
          <div className={styles.skeletonWords} />
        </div>
      ))}
    </div>
  </div>
);
