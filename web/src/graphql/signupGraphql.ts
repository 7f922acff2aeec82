import type { initGraphQLTada } from "gql.tada";
import { definitionsOf } from "./document";
import type { introspection } from "./signup.introspection";

/** Documents for POST /graphql/signup, which is open to anybody. */
export const signupGraphql = definitionsOf as unknown as initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
}>;
