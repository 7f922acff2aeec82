import type { ReactNode } from "react";
import { PetPicture } from "../../components/PetPicture";
import { PetStateBadge } from "../../components/PetStateBadge";
import { factWords } from "../../components/petWords";
import { usePetState } from "../../graphql/availability";
import type { Pet } from "../../graphql/storefrontGraphql";
import styles from "./PetDetails.module.css";
import type { PetInDetail } from "./pet";

interface PetDetailsProps {
  pet: PetInDetail | (Pet & { createdAt: null; largePicture: null });
  /** 1 on its own page, 2 over the shelf. */
  level: 1 | 2;
  renderActions: (pet: Pet) => ReactNode;
}

const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "long", year: "numeric" });

export function PetDetails({ pet, level, renderActions }: PetDetailsProps) {
  const Heading = `h${level}` as const;
  const state = usePetState(pet);
  return (
    <div className={styles.details} data-state={state}>
      <div className={styles.portrait}>
        <PetPicture
          picture={{ ...pet.picture, url: pet.largePicture?.url ?? pet.picture.url }}
          species={pet.species}
          alt={`Portrait of ${pet.name}`}
          className={styles.picture}
          urgent
          whole
        />
        {state !== "AVAILABLE" && (
          <p className={styles.state}>
            <PetStateBadge state={state} />
          </p>
        )}
      </div>
      {/* All of it follows the name's direction, which may be right to left. */}
      <div className={styles.words} dir="auto">
        <Heading className={styles.name} tabIndex={-1}>
          {pet.name}
        </Heading>
        <p className={styles.facts}>{factWords(pet)}</p>
        <p className={styles.description} dir="auto">
          {pet.description}
        </p>
        <p className={styles.since}>
          {pet.createdAt ? `With us since ${day.format(new Date(pet.createdAt))}` : "\u00a0"}
        </p>
        <div className={styles.actions} dir="ltr">
          {renderActions(pet)}
        </div>
      </div>
    </div>
  );
}
