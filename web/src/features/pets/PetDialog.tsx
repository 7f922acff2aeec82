import type { ReactNode } from "react";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/Dialog";
import type { Pet } from "../../graphql/storefrontGraphql";
import { PetView } from "./PetView";
import { usePet } from "./pet";

interface PetDialogProps {
  id: string;
  storeName: string | undefined;
  renderActions: (pet: Pet) => ReactNode;
  onClose: () => void;
}

/** A pet over the shelf it was chosen from; the shelf stays where it is. */
export function PetDialog({ id, storeName, renderActions, onClose }: PetDialogProps) {
  const pet = usePet(id);
  return (
    <Dialog title={pet.data?.name ?? "Pet"} titleHidden size="large" onClose={onClose}>
      <PetView
        id={id}
        level={2}
        storeName={storeName}
        renderActions={renderActions}
        backToShelf={<Button onClick={onClose}>Back to the shelf</Button>}
      />
    </Dialog>
  );
}
