import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { reportPetState } from "../../graphql/availability";
import { queryKeys } from "../../graphql/queryKeys";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";
import { useSubscription } from "../../graphql/useSubscription";

const document = storefrontGraphql(`
  subscription ShelfChanges {
    shelf {
      kind
      pet {
        id
      }
    }
  }
`);

/** Counts are small and many changes come together: ask once for all of them. */
const countsDelay = 1_500;

/**
 * Follows the shelf. Pets that were sold or removed change where they are shown; new ones are only
 * counted, because a list that grows at the top would move under the reader's eyes.
 */
export function useShelfChanges() {
  const queryClient = useQueryClient();
  const [listedCount, setListedCount] = useState(0);
  const [changes, setChanges] = useState(0);

  useSubscription(document, ({ shelf: { kind, pet } }) => {
    if (kind === "LISTED") setListedCount((count) => count + 1);
    else reportPetState(pet.id, kind);
    setChanges((count) => count + 1);
  });

  useEffect(() => {
    if (changes === 0) return;
    const timer = window.setTimeout(
      () => void queryClient.invalidateQueries({ queryKey: queryKeys.speciesCounts }),
      countsDelay,
    );
    return () => window.clearTimeout(timer);
  }, [changes, queryClient]);

  return { listedCount, forgetListed: () => setListedCount(0) };
}
