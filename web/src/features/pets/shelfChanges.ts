import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
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
 * Follows the shelf from whichever page is open. Pets that were sold or removed change where they are
 * shown; new ones are only counted, because a list that grows at the top would move under the
 * reader's eyes.
 */
export function useShelfChanges() {
  const queryClient = useQueryClient();
  const [listedCount, setListedCount] = useState(0);
  const countsTimer = useRef<number>(undefined);

  const outdate = (...keys: readonly (readonly string[])[]) => {
    for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
  };

  useSubscription(
    document,
    ({ shelf: { kind, pet } }) => {
      if (kind === "LISTED") setListedCount((count) => count + 1);
      else reportPetState(pet.id, kind);
      window.clearTimeout(countsTimer.current);
      countsTimer.current = window.setTimeout(() => outdate(queryKeys.speciesCounts), countsDelay);
    },
    () =>
      outdate(
        queryKeys.viewer,
        queryKeys.shelf,
        queryKeys.speciesCounts,
        queryKeys.cart,
        queryKeys.pets,
      ),
  );

  useEffect(() => () => window.clearTimeout(countsTimer.current), []);

  const showListed = useCallback(() => {
    setListedCount(0);
    void queryClient.resetQueries({ queryKey: queryKeys.shelf });
  }, [queryClient]);

  return { listedCount, showListed };
}
