import { type QueryClient, useInfiniteQuery } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import type { ShelfFilter } from "./shelfFilter";
import { type ShelfPart, shelfDocument, shelfKey, shelfVariables } from "./shelfQuery";

/** The pets on the shelf, page after page. */
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

/** The first part of a shelf, as it was asked for before the page itself had come. */
export interface ShelfBeginning {
  filter: ShelfFilter;
  part: ShelfPart;
}

export function keepShelfBeginning(
  queryClient: QueryClient,
  { filter, part }: ShelfBeginning,
): void {
  queryClient.setQueryData(shelfKey(filter), { pages: [part], pageParams: [null] });
}
