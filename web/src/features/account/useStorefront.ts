import { useQuery } from "@tanstack/react-query";
import { queryKeys } from "../../graphql/queryKeys";
import { execute } from "../../graphql/request";
import { storefrontDocument, storefrontInPage } from "./storefront";

/** A store's public data; null if there is no such store. */
export const useStorefront = (slug: string) =>
  useQuery({
    initialData: storefrontInPage,
    initialDataUpdatedAt: performance.timeOrigin,
    queryKey: queryKeys.storefront(slug),
    queryFn: async ({ signal }) =>
      (await execute("/graphql/signup", storefrontDocument, { slug }, { signal })).store,
  });
