import { useInfiniteQuery } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { petSummary, storefrontGraphql } from "../../graphql/storefrontGraphql";
import type { ShelfFilter } from "./shelfFilter";

const document = storefrontGraphql(
  `
    query Shelf($first: Int!, $after: String, $species: Species, $search: String, $sort: PetSort!) {
      pets(first: $first, after: $after, species: $species, search: $search, sort: $sort) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...PetSummary
        }
      }
    }
  `,
  [petSummary],
);

const pageSize = 24;

/** The pets on the shelf, page after page. */
export function useShelf({ species, search, sort }: ShelfFilter) {
  const client = useStorefrontClient();
  return useInfiniteQuery({
    queryKey: [...queryKeys.shelf, species, search, sort],
    queryFn: async ({ pageParam, signal }) => {
      const after = pageParam;
      // The same question is always put in the same words: the server answers it from its cache.
      const variables = { first: pageSize, after, species, search: search || null, sort };
      return (await client.execute(document, variables, signal)).pets;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    staleTime: 60_000,
  });
}
