import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./signup.introspection";

/** Documents for POST /graphql/signup, which anybody may ask. */
export const signupGraphql = initGraphQLTada<{
  introspection: introspection;
  disableMasking: true;
}>();
