import { type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import type { ShelfFilter } from "./shelfFilter";
import { type ShelfPart, shelfDocument, shelfKey, shelfVariables } from "./shelfQuery";

/** The pets on the shelf, page by page. */
export function useShelf(filter: ShelfFilter) {
  const client = useStorefrontClient();
  return useInfiniteQuery({
    queryKey: shelfKey(filter),
    queryFn: async ({ pageParam, signal }) =>
      (await client.execute(shelfDocument, shelfVariables(filter, pageParam), signal)).pets,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    staleTime: 60_000,
  });
}

/** The shelf's first part, requested before the page's own code was loaded. */
export interface InitialShelf {
  filter: ShelfFilter;
  part: ShelfPart;
}

export function seedShelf(queryClient: QueryClient, { filter, part }: InitialShelf): void {
  queryClient.setQueryData(shelfKey(filter), { pages: [part], pageParams: [null] });
}
