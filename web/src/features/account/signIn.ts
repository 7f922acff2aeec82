import { useMutation } from "@tanstack/react-query";
import { basicAuthorization } from "../../graphql/credentials";
import { execute } from "../../graphql/request";
import { storefrontGraphql } from "../../graphql/storefrontGraphql";
import { loadDevices, saveDevice } from "./devices";

const document = storefrontGraphql(`
  mutation SignIn {
    signIn {
      token
      device
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
  const devices = loadDevices(store);
  const { signIn } = await execute("/graphql/storefront", document, {}, { authorization, devices });
  saveDevice(store, signIn.device);
  return signIn;
}

export type NewSession = Omit<Awaited<ReturnType<typeof signIn>>, "device">;

export const useSignIn = (onSignedIn: (session: NewSession) => void) =>
  useMutation({ mutationFn: signIn, gcTime: 0, onSuccess: onSignedIn });
