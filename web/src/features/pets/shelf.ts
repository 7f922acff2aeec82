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

/**
 * The shelf's first part, requested before the page's own code was loaded. It may still be in
 * flight, or never arrive.
 */
export interface InitialShelf {
  filter: ShelfFilter;
  part: ShelfPart | Promise<ShelfPart | undefined>;
}

export function seedShelf(queryClient: QueryClient, { filter, part }: InitialShelf): void {
  const queryKey = shelfKey(filter);
  if (part instanceof Promise) void awaitShelf(queryClient, queryKey, part);
  else queryClient.setQueryData(queryKey, { pages: [part], pageParams: [null] });
}

async function awaitShelf(
  queryClient: QueryClient,
  queryKey: ReturnType<typeof shelfKey>,
  requested: Promise<ShelfPart | undefined>,
): Promise<void> {
  await queryClient.prefetchInfiniteQuery({
    queryKey,
    queryFn: async () => (await requested) ?? Promise.reject(new Error("There was no answer.")),
    initialPageParam: null,
    retry: false,
  });
  // The page makes its own request, and reports what's wrong.
  if (!queryClient.getQueryData(queryKey)) await queryClient.resetQueries({ queryKey });
}
