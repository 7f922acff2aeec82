import { useInfiniteQuery } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { purchaseSummary, storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(
  `
    query Purchases($first: Int!, $after: String) {
      purchases(first: $first, after: $after) {
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
        nodes {
          ...PurchaseSummary
        }
      }
    }
  `,
  [purchaseSummary],
);

const pageSize = 24;

/** What the customer has bought, newest first. */
export function usePurchases() {
  const client = useStorefrontClient();
  return useInfiniteQuery({
    queryKey: queryKeys.purchases,
    queryFn: async ({ pageParam, signal }) =>
      (await client.execute(document, { first: pageSize, after: pageParam }, signal)).purchases,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
  });
}
