import { useQuery } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { queryKeys } from "../../graphql/queryKeys";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(`
  query Viewer {
    store {
      name
      description
      welcome
      accent
    }
    me {
      name
      email
    }
  }
`);

/** How often to check whether a closed store is open again, in milliseconds. */
const closedPause = 30_000;

/** The signed-in customer and the store. */
export function useViewer() {
  const client = useStorefrontClient();
  return useQuery({
    queryKey: queryKeys.viewer,
    queryFn: ({ signal }) => client.execute(document, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => state.error?.kind === "storeClosed" && closedPause,
  });
}
