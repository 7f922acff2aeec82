import type { Species } from "../../graphql/storefrontGraphql";
import { SearchField } from "./SearchField";
import styles from "./ShelfToolbar.module.css";
import { SpeciesChips } from "./SpeciesChips";
import type { ShelfFilter } from "./shelfFilter";

interface ShelfToolbarProps {
  filter: ShelfFilter;
  counts: readonly { species: Species; count: number }[] | undefined;
  onChange: (changes: Partial<ShelfFilter>) => void;
}

export const ShelfToolbar = ({ filter, counts, onChange }: ShelfToolbarProps) => (
  <div className={styles.toolbar}>
    <div className={styles.search}>
      <SearchField search={filter.search} onSearch={(search) => onChange({ search })} />
    </div>
    <SpeciesChips
      counts={counts}
      chosen={filter.species}
      onChoose={(species) => onChange({ species })}
    />
  </div>
);
