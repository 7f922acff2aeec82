import { SearchField } from "./SearchField";
import styles from "./ShelfToolbar.module.css";
import { SpeciesChips } from "./SpeciesChips";
import type { ShelfFilter } from "./shelfFilter";
import type { SpeciesCounts } from "./speciesCounts";

interface ShelfToolbarProps {
  filter: ShelfFilter;
  counts: SpeciesCounts | null | undefined;
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
