import { ChevronDown } from "lucide-react";
import type { PetSort } from "../../graphql/storefrontGraphql";
import styles from "./SortSelect.module.css";

interface SortSelectProps {
  sort: PetSort;
  onSort: (sort: PetSort) => void;
}

const orders: readonly { sort: PetSort; label: string }[] = [
  { sort: "NEWEST", label: "Newest first" },
  { sort: "OLDEST", label: "Longest here" },
  { sort: "NAME", label: "By name" },
  { sort: "YOUNGEST", label: "Youngest first" },
  { sort: "ELDEST", label: "Oldest first" },
];

export const SortSelect = ({ sort, onSort }: SortSelectProps) => (
  <label className={styles.sort}>
    <span className="visually-hidden">Sort</span>
    <select
      className={styles.select}
      value={sort}
      onChange={(event) => {
        const chosen = orders.find((order) => order.sort === event.target.value);
        if (chosen) onSort(chosen.sort);
      }}
    >
      {orders.map((order) => (
        <option key={order.sort} value={order.sort}>
          {order.label}
        </option>
      ))}
    </select>
    <ChevronDown className={styles.icon} size={18} aria-hidden="true" />
  </label>
);
