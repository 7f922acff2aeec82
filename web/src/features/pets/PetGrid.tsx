import { type ReactNode, type Ref, useMemo, useState } from "react";
import { Skeleton } from "../../components/Skeleton";
import type { Pet } from "../../graphql/storefrontGraphql";
import styles from "./PetGrid.module.css";
import { PetRows } from "./PetRows";

interface PetGridProps {
  pets: readonly Pet[];
  shelfQuery: string;
  renderActions: (pet: Pet) => ReactNode;
  ref?: Ref<HTMLDivElement>;
}

/** Fills whole rows, with one column or four. */
const cardsPerGroup = 12;

/** Renders only the groups near the screen, so a long shelf is as fast as a short one. */
export function PetGrid({ pets, shelfQuery, renderActions, ref }: PetGridProps) {
  const groups = useMemo(
    () =>
      Array.from({ length: Math.ceil(pets.length / cardsPerGroup) }, (_, index) =>
        pets.slice(index * cardsPerGroup, (index + 1) * cardsPerGroup),
      ),
    [pets],
  );
  const [firstCount] = useState(groups.length);
  return (
    <div className={styles.groups} ref={ref}>
      {groups.map((group, index) => (
        <PetRows
          key={group[0]?.id}
          pets={group}
          isFirst={index === 0}
          // Pages loaded later come into view next: by scrolling, or by the button's focus.
          startsRendered={index === 0 || index >= firstCount}
          shelfQuery={shelfQuery}
          renderActions={renderActions}
        />
      ))}
    </div>
  );
}

export const PetGridSkeleton = () => (
  <div>
    <p className="visually-hidden" role="status">
      Loading pets
    </p>
    <div className={styles.grid} aria-hidden="true">
      {Array.from({ length: 8 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the boxes are identical and never move
        <div key={index} className={styles.skeleton}>
          <Skeleton className={styles.skeletonPicture} />
          <div className={styles.skeletonWords} />
        </div>
      ))}
    </div>
  </div>
);
