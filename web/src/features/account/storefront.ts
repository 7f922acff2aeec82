import { useQuery } from "@tanstack/react-query";
import type { ResultOf } from "gql.tada";
import { queryKeys } from "../../graphql/queryKeys";
import { execute } from "../../graphql/request";
import { signupGraphql } from "../../graphql/signupGraphql";

const document = signupGraphql(`
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

export type Storefront = NonNullable<ResultOf<typeof document>["store"]>;

/** What the server put into the page, so that the first look at a store costs no question. */
function storefrontInPage(): Storefront | null | undefined {
  const text = window.document.getElementById("storefront")?.textContent;
  return text ? JSON.parse(text) : undefined;
}

/** What a store shows to anybody; null where there is no such store. */
export const useStorefront = (slug: string) =>
  useQuery({
    initialData: storefrontInPage,
    initialDataUpdatedAt: performance.timeOrigin,
    queryKey: queryKeys.storefront(slug),
    queryFn: async ({ signal }) =>
      (await execute("/graphql/signup", document, { slug }, { signal })).store,
  });
