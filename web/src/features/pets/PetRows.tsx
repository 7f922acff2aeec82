import { memo, type ReactNode, startTransition, useEffect, useRef, useState } from "react";
import type { Pet } from "../../graphql/storefrontGraphql";
import { PetCard } from "./PetCard";
import styles from "./PetGrid.module.css";

interface PetRowsProps {
  pets: readonly Pet[];
  /** Visible first, so its first pictures are urgent. */
  isFirst: boolean;
  startsRendered: boolean;
  shelfQuery: string;
  renderActions: (pet: Pet) => ReactNode;
}

/** The cards in the widest grid's first row. */
const firstRow = 4;

/** How far off-screen cards are rendered: further than one flick scrolls. */
const nearby = "4000px";

/** Each group's last rendered height, so that the shelf keeps its length and scroll position. */
const heights = new Map<string, { height: number; screenWidth: number }>();

function knownHeight(firstId: string): number | undefined {
  const known = heights.get(firstId);
  // A rotated phone shows a different number of columns.
  return known?.screenWidth === window.innerWidth ? known.height : undefined;
}

/** Some rows of the shelf; far off-screen, an empty box of the same height. */
export const PetRows = memo(function PetRows(props: PetRowsProps) {
  const { pets, isFirst, startsRendered, shelfQuery, renderActions } = props;
  const [isRendered, setRendered] = useState(startsRendered);
  const box = useRef<HTMLDivElement>(null);
  const firstId = pets[0]?.id ?? "";

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const near = new IntersectionObserver(
      (entries) => {
        // Unmounting a card would lose its focus.
        const stays = entries.at(-1)?.isIntersecting || element.contains(document.activeElement);
        startTransition(() => setRendered(stays));
      },
      { rootMargin: nearby },
    );
    const size = new ResizeObserver(() => {
      if (!element.querySelector("ul")) return;
      heights.set(firstId, { height: element.offsetHeight, screenWidth: window.innerWidth });
    });
    near.observe(element);
    size.observe(element);
    return () => {
      near.disconnect();
      size.disconnect();
    };
  }, [firstId]);

  const height = knownHeight(firstId);
  return (
    <div ref={box}>
      {isRendered ? (
        <ul className={styles.grid}>
          {pets.map((pet, index) => (
            <li key={pet.id} className={styles.place}>
              <PetCard
                pet={pet}
                shelfQuery={shelfQuery}
                urgent={isFirst && index < firstRow}
                renderActions={renderActions}
              />
            </li>
          ))}
        </ul>
      ) : height !== undefined ? (
        <div style={{ height }} />
      ) : (
        <div className={styles.grid}>
          {pets.map((pet) => (
            <div key={pet.id} className={styles.unrendered} />
          ))}
        </div>
      )}
    </div>
  );
});
