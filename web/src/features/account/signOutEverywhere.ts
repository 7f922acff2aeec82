import { useMutation } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(`
  mutation SignOutEverywhere {
    signOutEverywhere
  }
`);

/** Ends every session on every device. Unlike signing out here, this needs the server's answer. */
export function useSignOutEverywhere(onSignedOut: () => void) {
  const client = useStorefrontClient();
  return useMutation({
    mutationFn: () => client.execute(document, {}),
    onSuccess: onSignedOut,
  });
}
