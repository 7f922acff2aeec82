import { useMutation } from "@tanstack/react-query";
import { useStorefrontClient } from "../../graphql/client";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";
import type { NewSession } from "./signIn";

const document = storefrontGraphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      __typename
      ... on Session {
        token
        customer {
          email
        }
      }
      ... on InvalidInput {
        problems {
          field
          message
        }
      }
    }
  }
`);

export interface PasswordChange {
  currentPassword: string;
  newPassword: string;
}

/** A new password ends every session; this tab continues with the one in the answer. */
export function useChangePassword(onRenewed: (session: NewSession) => void) {
  const client = useStorefrontClient();
  return useMutation({
    mutationFn: async (input: PasswordChange) =>
      (await client.execute(document, { input })).changePassword,
    gcTime: 0,
    onSuccess: (result) => {
      if (result.__typename === "Session") onRenewed(result);
    },
  });
}
