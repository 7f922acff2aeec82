import type { ResultOf } from "gql.tada";
import { queryKeys } from "../../graphql/queryKeys";
import { petSummary, storefrontGraphql } from "../../graphql/storefrontGraphql";
import type { ShelfFilter } from "./shelfFilter";

export const shelfDocument = storefrontGraphql(
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

/** One page of the shelf. */
export type ShelfPart = ResultOf<typeof shelfDocument>["pets"];

const pageSize = 24;

/** Equal filters give equal variables, so that the server can answer from its cache. */
export const shelfVariables = ({ species, search, sort }: ShelfFilter, after: string | null) => ({
  first: pageSize,
  after,
  species,
  search: search || null,
  sort,
});

export const shelfKey = ({ species, search, sort }: ShelfFilter) =>
  [...queryKeys.shelf, species, search, sort] as const;
