import { useEffect, useRef } from "react";
import { capitalised, formatNumber } from "../../components/petWords";
import { allSpecies, speciesNames } from "../../components/species";
import type { Species } from "../../graphql/storefrontGraphql";
import styles from "./SpeciesChips.module.css";
import { countOf, type SpeciesCounts } from "./speciesCounts";

interface SpeciesChipsProps {
  /** Null if they couldn't be loaded, undefined while loading. */
  counts: SpeciesCounts | null | undefined;
  chosen: Species | null;
  onChoose: (species: Species | null) => void;
}

export function SpeciesChips({ counts, chosen, onChoose }: SpeciesChipsProps) {
  const chips = [
    { species: null, label: "All", count: countOf(counts, null) },
    ...allSpecies.map((species) => ({
      species,
      label: capitalised(speciesNames[species].many),
      count: countOf(counts, species),
    })),
  ];
  const place = useRef<HTMLFieldSetElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: on a narrow screen the chosen chip may be off-screen
  useEffect(() => {
    const pressed = place.current?.querySelector("[aria-pressed=true]");
    pressed?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);

  return (
    <fieldset ref={place} className={styles.chips}>
      <legend className="visually-hidden">Species</legend>
      {chips.map(({ species, label, count }) => (
        <button
          key={label}
          type="button"
          className={styles.chip}
          aria-pressed={species === chosen}
          onClick={() => onChoose(species)}
        >
          {label}{" "}
          {counts !== null && (
            <span className={styles.count}>{count !== undefined && formatNumber(count)}</span>
          )}
        </button>
      ))}
    </fieldset>
  );
}
