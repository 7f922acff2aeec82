import type { InfiniteData } from "@tanstack/react-query";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { ResultOf } from "gql.tada";
import { useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { type Pet, petSummary, storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(
  `
    query Pet($id: ID!) {
      pet(id: $id) {
        ...PetSummary
        createdAt
        largePicture: picture {
          url(size: FULL)
        }
      }
    }
  `,
  [petSummary],
);

export type PetInDetail = NonNullable<ResultOf<typeof document>["pet"]>;

/** One pet, available or not; null if this store never had it. */
export function usePet(id: string) {
  const client = useStorefrontClient();
  const queryClient = useQueryClient();

  /** What the shelf already knows, shown until the rest is loaded. */
  const fromShelf = () => {
    const shelves = queryClient.getQueriesData<InfiniteData<{ nodes: Pet[] }>>({
      queryKey: queryKeys.shelf,
    });
    for (const [, shelf] of shelves) {
      const known = shelf?.pages.flatMap((page) => page.nodes).find((pet) => pet.id === id);
      if (known) return { ...known, createdAt: null, largePicture: null };
    }
    return undefined;
  };

  return useQuery<PetInDetail | (Pet & { createdAt: null; largePicture: null }) | null>({
    queryKey: queryKeys.pet(id),
    queryFn: async ({ signal }) => (await client.execute(document, { id }, signal)).pet,
    placeholderData: fromShelf,
  });
}
