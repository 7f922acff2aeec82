import { PawPrint } from "lucide-react";
import type { ReactNode } from "react";
import { ErrorState } from "../../components/ErrorState";
import { faultIcon } from "../../components/faultIcon";
import { useDocumentTitle } from "../../components/useDocumentTitle";
import { describeFault } from "../../graphql/faultWording";
import { loadingFault } from "../../graphql/queryClient";
import type { Pet } from "../../graphql/storefrontGraphql";
import { PetDetails } from "./PetDetails";
import { PetSkeleton } from "./PetSkeleton";
import { usePet } from "./pet";

interface PetViewProps {
  id: string;
  level: 1 | 2;
  storeName: string | undefined;
  renderActions: (pet: Pet) => ReactNode;
  backToShelf: ReactNode;
}

/** One pet, in whatever state its query is. */
export function PetView({ id, level, storeName, renderActions, backToShelf }: PetViewProps) {
  const pet = usePet(id);
  const fault = loadingFault(pet);
  const title = pet.data?.name ?? (pet.data === null ? "Unknown pet" : "Pet");
  useDocumentTitle(title, storeName);
  return (
    <>
      {pet.data ? (
        <PetDetails pet={pet.data} level={level} renderActions={renderActions} />
      ) : pet.data === null ? (
        <ErrorState
          level={level}
          icon={PawPrint}
          title="We can't find this pet"
          sentence="There is no such pet in this store. The address may have been mistyped."
        >
          {backToShelf}
        </ErrorState>
      ) : fault ? (
        <ErrorState
          level={level}
          icon={faultIcon(fault.kind)}
          {...describeFault(fault)}
          retry={() => void pet.refetch()}
        />
      ) : (
        <PetSkeleton level={level} />
      )}
    </>
  );
}
