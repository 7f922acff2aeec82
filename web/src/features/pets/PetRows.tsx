import { memo, type ReactNode, startTransition, useEffect, useRef, useState } from "react";
import type { Pet } from "../../graphql/storefrontGraphql";
import { PetCard } from "./PetCard";
import styles from "./PetGrid.module.css";

interface PetRowsProps {
  pets: readonly Pet[];
  /** Seen before all others, so that its first pictures are urgent. */
  isFirst: boolean;
  startsDrawn: boolean;
  shelfQuery: string;
  renderActions: (pet: Pet) => ReactNode;
}

/** As many as the widest grid shows in its first row. */
const firstRow = 4;

/** How far beyond the screen cards are drawn: further than one scrolls at a stroke. */
const nearby = "4000px";

/** How high each group was when it was last drawn, so that the shelf keeps its length, and one's place in it. */
const heights = new Map<string, { height: number; screenWidth: number }>();

function knownHeight(firstId: string): number | undefined {
  const known = heights.get(firstId);
  // A phone that was turned shows other columns.
  return known?.screenWidth === window.innerWidth ? known.height : undefined;
}

/** Some rows of the shelf; far from the screen they are an empty box of the same height. */
export const PetRows = memo(function PetRows(props: PetRowsProps) {
  const { pets, isFirst, startsDrawn, shelfQuery, renderActions } = props;
  const [isDrawn, setDrawn] = useState(startsDrawn);
  const box = useRef<HTMLDivElement>(null);
  const firstId = pets[0]?.id ?? "";

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const near = new IntersectionObserver(
      (entries) => {
        // The focus would be lost with the card.
        const stays = entries.at(-1)?.isIntersecting || element.contains(document.activeElement);
        startTransition(() => setDrawn(stays));
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
      {isDrawn ? (
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
            <div key={pet.id} className={styles.undrawn} />
          ))}
        </div>
      )}
    </div>
  );
});
