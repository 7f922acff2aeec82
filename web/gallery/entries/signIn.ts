import { type PageEntry, page } from "../entry";
import { fault, neverAnswered, notSignedIn, throttled, unreachable } from "../fakes/failures";
import { demoLogin, storefront } from "../fixtures/store";
import { fill, press, waitForText } from "../steps";

async function tryToSignIn(): Promise<void> {
  await fill("Email", "ada@example.com");
  await fill("Password", "not the password");
  await press("Sign in");
}

const signInAnswered = (answer: typeof fault) => ({
  visitor: "signedOut" as const,
  answers: { SignIn: answer },
  steps: tryToSignIn,
});

export const signIn: readonly PageEntry[] = [
  page("sign-in", "Sign in", "New here?", { visitor: "signedOut" }),
  page("sign-in-demo", "With the demo login", "Just looking around?", {
    visitor: "signedOut",
    answers: { Storefront: { store: { ...storefront, demoLogin } } },
  }),
  page("sign-in-expired", "After the session expired", "You've been signed out.", {
    answers: { Viewer: notSignedIn },
  }),
  page("sign-in-after-sign-out", "After signing out", "You're signed out.", {
    steps: async () => {
      await press("Account");
      await press("Sign out");
    },
  }),
  page("sign-in-no-sign-up", "Where sign-up is closed", "Password", {
    visitor: "signedOut",
    answers: { Storefront: { store: { ...storefront, signUpOpen: false } } },
  }),
  page("sign-in-incomplete", "Without a password", "Enter your password.", {
    visitor: "signedOut",
    steps: async () => {
      await fill("Email", "ada@example.com");
      await press("Sign in");
    },
  }),
  page("sign-in-empty", "Without an email address", "Enter your email address.", {
    visitor: "signedOut",
    steps: () => press("Sign in"),
  }),
  page("sign-in-busy", "Signing in", "Password", {
    ...signInAnswered(neverAnswered),
    steps: async () => {
      await tryToSignIn();
      await waitForText("Sign in");
    },
  }),
  page("sign-in-refused", "Refused", "details are not right", signInAnswered(notSignedIn)),
  page("sign-in-throttled", "Too many attempts", "you can try again at", signInAnswered(throttled)),
  page("sign-in-offline", "Offline", "Check your connection", signInAnswered(unreachable)),
  page("sign-in-fault", "A fault, with its reference", "7f3ac092d1be", signInAnswered(fault)),
];
