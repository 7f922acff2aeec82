import { useMutation } from "@tanstack/react-query";
import { execute } from "../../graphql/request";
import { signupGraphql } from "../../graphql/signupGraphql";
import { type NewSession, signIn } from "./signIn";

const document = signupGraphql(`
  mutation SignUp($input: SignUpInput!) {
    signUp(input: $input) {
      __typename
      ... on Customer {
        email
      }
      ... on Failure {
        message
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

export interface SignUpInput {
  store: string;
  name: string;
  email: string;
  password: string;
}

async function signUp(input: SignUpInput) {
  const { signUp: result } = await execute("/graphql/signup", document, { input });
  if (result.__typename !== "Customer") return { failure: result };
  const { store, email, password } = input;
  return { session: await signIn({ store, email, password }) };
}

/** Creates the account and signs in to it. */
export const useSignUp = (onSignedIn: (session: NewSession) => void) =>
  useMutation({
    mutationFn: signUp,
    gcTime: 0,
    onSuccess: ({ session }) => {
      if (session) onSignedIn(session);
    },
  });
