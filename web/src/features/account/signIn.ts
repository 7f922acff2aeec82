import { useMutation } from "@tanstack/react-query";
import { basicAuthorization } from "../../graphql/credentials";
import { execute } from "../../graphql/request";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";

const document = storefrontGraphql(`
  mutation SignIn {
    signIn {
      token
      customer {
        email
      }
    }
  }
`);

export interface SignInInput {
  store: string;
  email: string;
  password: string;
}

/** Exchanges the password for a token; the password isn't kept. */
export async function signIn({ store, email, password }: SignInInput) {
  const authorization = basicAuthorization({ store, email, secret: password });
  return (await execute("/graphql/storefront", document, {}, { authorization })).signIn;
}

export type NewSession = Awaited<ReturnType<typeof signIn>>;

export const useSignIn = (onSignedIn: (session: NewSession) => void) =>
  useMutation({ mutationFn: signIn, gcTime: 0, onSuccess: onSignedIn });
