import type { ResultOf } from "gql.tada";
import { signupGraphql } from "../../graphql/signupGraphql";

export const storefrontDocument = signupGraphql(`
  query Storefront($slug: String!) {
    store(slug: $slug) {
      name
      description
      welcome
      accent
      open
      signUpOpen
      demoLogin {
        email
        password
      }
    }
  }
`);

export type Storefront = NonNullable<ResultOf<typeof storefrontDocument>["store"]>;

/** The data that the server put into the page, which saves a first visit a request. */
export function storefrontInPage(): Storefront | null | undefined {
  const text = window.document.getElementById("storefront")?.textContent;
  return text ? JSON.parse(text) : undefined;
}
