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

/** Changes come in bursts, so the counts are refetched once per burst. */
const countsDelay = 1_500;

/**
 * Follows the live shelf on every page. Sold and removed pets change in place; new ones are only
 * counted, because a list that grows at the top would move what the customer is reading.
 */
export function useShelfChanges() {
  const queryClient = useQueryClient();
  const [listedCount, setListedCount] = useState(0);
  const countsTimer = useRef<number>(undefined);

  const invalidate = (...keys: readonly (readonly string[])[]) => {
    for (const queryKey of keys) void queryClient.invalidateQueries({ queryKey });
  };

  useSubscription(
    document,
    ({ shelf: { kind, pet } }) => {
      if (kind === "LISTED") setListedCount((count) => count + 1);
      else reportPetState(pet.id, kind);
      window.clearTimeout(countsTimer.current);
      countsTimer.current = window.setTimeout(
        () => invalidate(queryKeys.speciesCounts),
        countsDelay,
      );
    },
    () =>
      invalidate(
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
