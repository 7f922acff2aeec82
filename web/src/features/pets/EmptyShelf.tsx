import { Button } from "../../components/Button";
import { EmptyState } from "../../components/EmptyState";
import { bidiIsolate, countWords } from "../../components/petWords";
import { speciesNames } from "../../components/species";
import type { ShelfFilter } from "./shelfFilter";

interface EmptyShelfProps {
  filter: ShelfFilter;
  /** Pets of every species within the same search. */
  totalCount: number;
  onChange: (changes: Partial<ShelfFilter>) => void;
}

export function EmptyShelf({ filter: { species, search }, totalCount, onChange }: EmptyShelfProps) {
  const wanted = species ? speciesNames[species].many : "pets";
  if (search) {
    return (
      <EmptyState title={`No ${wanted} match “${bidiIsolate(search)}”.`}>
        {species && totalCount > 0 && (
          <Button look="tinted" onClick={() => onChange({ species: null })}>
            {totalCount === 1 ? "See the one pet that does" : `See all ${totalCount} pets that do`}
          </Button>
        )}
        <Button look="outlined" onClick={() => onChange({ search: "" })}>
          Clear search
        </Button>
      </EmptyState>
    );
  }
  if (species && totalCount > 0) {
    return (
      <EmptyState title={`No ${wanted} today.`}>
        <Button look="tinted" onClick={() => onChange({ species: null })}>
          See all {countWords(totalCount, "pet")}
        </Button>
      </EmptyState>
    );
  }
  return <EmptyState title="The shelf is empty today. Please check back soon." />;
}
