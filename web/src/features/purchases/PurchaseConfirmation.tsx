import { Link } from "wouter";
import { Button, buttonClass } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import { PetPicture } from "../../components/PetPicture";
import { joinNames } from "../../components/petWords";
import type { Purchase } from "../../graphql/storefrontGraphql";
import styles from "./PurchaseConfirmation.module.css";

export interface PurchaseConfirmationProps {
  purchase: Purchase;
  onClose: () => void;
}

const portraits = 5;

export function PurchaseConfirmation({ purchase: { pets }, onClose }: PurchaseConfirmationProps) {
  const names = joinNames(pets.map((pet) => pet.name));
  const several = pets.length > 1;
  return (
    <Dialog title={`${names} ${several ? "are" : "is"} yours`} onClose={onClose}>
      <div className={styles.confirmation}>
        <div className={styles.portraits}>
          {pets.slice(0, portraits).map((pet) => (
            <PetPicture
              key={pet.id}
              picture={pet.picture}
              species={pet.species}
              className={styles.portrait}
              urgent
            />
          ))}
        </div>
        <p className={styles.sentence}>
          {several ? "They look" : `${names} looks`} forward to meeting you.
        </p>
        <div className={styles.actions}>
          <Link href="/purchases" className={buttonClass("primary", true)} onClick={onClose}>
            See my pets
          </Link>
          <Button look="outlined" wide onClick={onClose}>
            Keep looking
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
