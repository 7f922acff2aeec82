import { Check, House, Undo2 } from "lucide-react";
import styles from "./PetStateBadge.module.css";

const looks = {
  SOLD: { icon: House, words: "Sold" },
  REMOVED: { icon: Undo2, words: "Taken off the shelf by the store" },
  YOURS: { icon: Check, words: "Yours" },
};

export function PetStateBadge({ state }: { state: keyof typeof looks }) {
  const { icon: Icon, words } = looks[state];
  return (
    <span className={`${styles.badge} ${state === "YOURS" ? styles.good : ""}`}>
      <Icon size={16} aria-hidden="true" />
      {words}
    </span>
  );
}
