import type { FragmentOf, initGraphQLTada } from "gql.tada";
import { definitionsOf } from "./document";
import type { introspection } from "./storefront.introspection";

/** Documents for POST /graphql/storefront, where customers are signed in. */
export const storefrontGraphql = definitionsOf as unknown as initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string };
  // The same few fields are shown wherever a pet appears, so hiding them from each other buys nothing.
  disableMasking: true;
}>;

export type Species = ReturnType<typeof storefrontGraphql.scalar<"Species">>;
export type PetSort = ReturnType<typeof storefrontGraphql.scalar<"PetSort">>;
export type Availability = ReturnType<typeof storefrontGraphql.scalar<"Availability">>;

/**
 * A pet as it is shown everywhere: on a card, in the cart, among one's purchases. One picture size
 * for all of them, so that a picture seen once is never fetched again.
 */
export const petSummary = storefrontGraphql(`
  fragment PetSummary on Pet {
    id
    name
    species
    ageYears
    description
    availability
    picture {
      url(size: CARD)
      width
      height
      placeholder
    }
  }
`);

export const cartSummary = storefrontGraphql(
  `
    fragment CartSummary on Cart {
      availableCount
      unavailableCount
      pets {
        ...PetSummary
      }
    }
  `,
  [petSummary],
);

export const purchaseSummary = storefrontGraphql(
  `
    fragment PurchaseSummary on Purchase {
      id
      purchasedAt
      pets {
        ...PetSummary
      }
    }
  `,
  [petSummary],
);

export type Pet = FragmentOf<typeof petSummary>;
export type Cart = FragmentOf<typeof cartSummary>;
export type Purchase = FragmentOf<typeof purchaseSummary>;
