import { useMutation } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(`
  mutation SignOut {
    signOut
  }
`);

/** Revokes the token. The page forgets it even if the server can't be reached. */
export function useSignOut(onSignedOut: () => void) {
  const client = useStorefrontClient();
  return useMutation({
    mutationFn: () => client.execute(document, {}),
    onSettled: onSignedOut,
  });
}
