import type { FragmentOf, initGraphQLTada } from "gql.tada";
import { definitionsOf } from "./document";
import type { introspection } from "./storefront.introspection";

/** Documents for POST /graphql/storefront, for signed-in customers. */
export const storefrontGraphql = definitionsOf as unknown as initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string };
  // Every component shows the same few fields of a pet, so masking gains nothing.
  disableMasking: true;
}>;

export type Species = ReturnType<typeof storefrontGraphql.scalar<"Species">>;
export type PetSort = ReturnType<typeof storefrontGraphql.scalar<"PetSort">>;
export type Availability = ReturnType<typeof storefrontGraphql.scalar<"Availability">>;

/**
 * A pet as shown everywhere: on a card, in the cart, in a purchase. They share one picture size, so
 * that no picture is fetched twice.
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
