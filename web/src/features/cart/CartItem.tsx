import { X } from "lucide-react";
import { Link } from "wouter";
import { PetPicture } from "../../components/PetPicture";
import { PetStateBadge } from "../../components/PetStateBadge";
import { factWords } from "../../components/petWords";
import { usePetState } from "../../graphql/availability";
import type { Pet } from "../../graphql/storefrontGraphql";
import styles from "./CartItem.module.css";

interface CartItemProps {
  pet: Pet;
  onRemove: (pet: Pet) => void;
}

export function CartItem({ pet, onRemove }: CartItemProps) {
  const state = usePetState(pet);
  return (
    <li className={styles.item} data-state={state}>
      <PetPicture picture={pet.picture} species={pet.species} className={styles.picture} urgent />
      <div className={styles.words}>
        <h2 className={styles.name} dir="auto">
          <Link href={`/pets/${pet.id}`}>{pet.name}</Link>
        </h2>
        <p className={styles.facts}>{factWords(pet)}</p>
        {state !== "AVAILABLE" && (
          <p>
            <PetStateBadge state={state} />
          </p>
        )}
      </div>
      <button
        type="button"
        className={styles.remove}
        aria-label={`Remove ${pet.name} from cart`}
        onClick={() => onRemove(pet)}
      >
        <X size={20} aria-hidden="true" />
      </button>
    </li>
  );
}
