import { Sparkles } from "lucide-react";
import { Button } from "../../components/Button";
import { countWords } from "../../components/petWords";
import styles from "./NewPets.module.css";

interface NewPetsProps {
  count: number;
  onShow: () => void;
}

/** Offers to show the pets listed since the shelf was loaded. */
export const NewPets = ({ count, onShow }: NewPetsProps) => (
  <div role="status" className={styles.place}>
    {count > 0 && (
      <Button
        className={styles.pill}
        onClick={() => {
          // The button is about to disappear.
          document.querySelector("h1")?.focus();
          onShow();
        }}
      >
        <Sparkles size={18} aria-hidden="true" />
        Show {countWords(count, "new pet")}
      </Button>
    )}
  </div>
);
