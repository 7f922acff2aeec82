import { useQueryClient } from "@tanstack/react-query";
import { Sparkles } from "lucide-react";
import { Button } from "../../components/Button";
import { countWords } from "../../components/petWords";
import { queryKeys } from "../../graphql/queryKeys";
import styles from "./NewPets.module.css";
import { useShelfChanges } from "./shelfChanges";

/** Says that new pets have come, and fetches them when asked to. */
export function NewPets() {
  const queryClient = useQueryClient();
  const { listedCount, forgetListed } = useShelfChanges();

  return (
    <div role="status" className={styles.place}>
      {listedCount > 0 && (
        <Button
          look="primary"
          className={styles.pill}
          onClick={() => {
            forgetListed();
            document.querySelector("h1")?.focus({ preventScroll: true });
            void queryClient.resetQueries({ queryKey: queryKeys.shelf });
          }}
        >
          <Sparkles size={18} aria-hidden="true" />
          Show {countWords(listedCount, "new pet")}
        </Button>
      )}
    </div>
  );
}
