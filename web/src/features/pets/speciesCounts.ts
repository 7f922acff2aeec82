import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(`
  query SpeciesCounts($search: String) {
    speciesCounts(search: $search) {
      species
      count
    }
  }
`);

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
