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

/** How often a customer of a closed store looks whether it has opened again, in milliseconds. */
const closedPause = 30_000;

/** Who is signed in, and where. */
export function useViewer() {
  const client = useStorefrontClient();
  return useQuery({
    queryKey: queryKeys.viewer,
    queryFn: ({ signal }) => client.execute(document, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
    refetchInterval: ({ state }) => state.error?.kind === "storeClosed" && closedPause,
  });
}
