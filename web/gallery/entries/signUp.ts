import { type PageEntry, page } from "../entry";
import type { Answers } from "../fakes/answers";
import { fault, neverAnswered } from "../fakes/failures";
import { fill, press, waitForText } from "../steps";

async function openForm(): Promise<void> {
  await press("Create account");
  await waitForText("At least 10 characters.");
}

const submitting = (
  signUp: NonNullable<Answers["SignUp"]>,
  name = "Ada Winter",
  email = "ada@example.com",
  password = "two small frogs",
) => ({
  visitor: "signedOut" as const,
  answers: { SignUp: signUp },
  steps: async () => {
    await openForm();
    await fill("Name", name);
    await fill("Email", email);
    await fill("Password", password);
    await press("Create account");
  },
});

export const signUp: readonly PageEntry[] = [
  page("sign-up", "Create account", "Already have an account?", {
    visitor: "signedOut",
    steps: openForm,
  }),
  page(
    "sign-up-busy",
    "Creating the account",
    "Already have an account?",
    submitting(neverAnswered),
  ),
  page(
    "sign-up-problems",
    "With problems",
    "Please correct the marked fields.",
    submitting(
      {
        signUp: {
          __typename: "InvalidInput",
          message: "The account was not created.",
          problems: [
            { field: "name", message: "The name cannot be empty." },
            {
              field: "email",
              message: "This is not an email address. It should look like ada@example.com.",
            },
            { field: "password", message: "Choose a password of at least 10 characters." },
          ],
        },
      },
      "",
      "ada",
      "cats",
    ),
  ),
  page(
    "sign-up-email-taken",
    "Email address taken",
    "There is already an account",
    submitting({
      signUp: {
        __typename: "EmailTaken",
        message: "There is already an account with this email address. Sign in instead.",
      },
    }),
  ),
  page(
    "sign-up-closed",
    "Sign-up closed meanwhile",
    "new accounts",
    submitting({
      signUp: {
        __typename: "SignUpClosed",
        message: "Pawsome is not accepting new accounts right now.",
      },
    }),
  ),
  page("sign-up-fault", "A fault, with its reference", "7f3ac092d1be", submitting(fault)),
];
