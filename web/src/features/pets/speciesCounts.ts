import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ResultOf } from "gql.tada";
import { useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { type Species, storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(`
  query SpeciesCounts($search: String) {
    speciesCounts(search: $search) {
      species
      count
    }
  }
`);

export type SpeciesCounts = Readonly<ResultOf<typeof document>["speciesCounts"]>;

/** The count of one species, or of all; undefined while unknown. */
export const countOf = (
  counts: SpeciesCounts | null | undefined,
  species: Species | null,
): number | undefined =>
  counts
    ?.filter((entry) => species === null || entry.species === species)
    .reduce((sum, entry) => sum + entry.count, 0);

/** How many available pets of each species match the search. */
export function useSpeciesCounts(search: string) {
  const client = useStorefrontClient();
  return useQuery({
    queryKey: [...queryKeys.speciesCounts, search],
    queryFn: async ({ signal }) =>
      (await client.execute(document, { search: search || null }, signal)).speciesCounts,
    placeholderData: keepPreviousData,
  });
}
