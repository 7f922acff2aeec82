import { memo, type ReactNode, useId } from "react";
import { Link } from "wouter";
import { PetPicture } from "../../components/PetPicture";
import { PetStateBadge } from "../../components/PetStateBadge";
import { factWords } from "../../components/petWords";
import { usePetState } from "../../graphql/availability";
import type { Pet } from "../../graphql/storefrontGraphql";
import styles from "./PetCard.module.css";

interface PetCardProps {
  pet: Pet;
  /** The shelf's query string, so that the pet opens over the same shelf. */
  shelfQuery: string;
  /** Whether the picture is on the first screen. */
  urgent: boolean;
  renderActions: (pet: Pet) => ReactNode;
}

export const PetCard = memo(function PetCard({
  pet,
  shelfQuery,
  urgent,
  renderActions,
}: PetCardProps) {
  const nameId = useId();
  const state = usePetState(pet);
  return (
    <article className={styles.card} aria-labelledby={nameId} data-state={state}>
      <div className={styles.frame}>
        <PetPicture
          picture={pet.picture}
          species={pet.species}
          urgent={urgent}
          className={styles.picture}
        />
        {state !== "AVAILABLE" && (
          <div className={styles.state}>
            <PetStateBadge state={state} />
          </div>
        )}
      </div>
      {/* All of it follows the name's direction, which may be right to left. */}
      <div className={styles.words} dir="auto">
        <h2 className={styles.name}>
          <Link id={nameId} href={`/pets/${pet.id}`} state={{ shelfQuery }} className={styles.link}>
            {pet.name}
          </Link>
        </h2>
        <p className={styles.facts}>{factWords(pet)}</p>
        <p className={styles.description} dir="auto">
          {pet.description}
        </p>
      </div>
      <div className={styles.actions}>{renderActions(pet)}</div>
    </article>
  );
});
