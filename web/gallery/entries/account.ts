import { type PageEntry, page } from "../entry";
import { fault, neverAnswered, throttled, unreachable } from "../fakes/failures";
import { fill, press, scrollToEnd, waitForText } from "../steps";

const path = "/account";

async function changePassword(): Promise<void> {
  await fill("Current password", "sunny-pond-biscuit");
  await fill("New password", "a new and longer one");
  await press("Change password");
}

const problem = (field: string, message: string) => ({
  ChangePassword: {
    changePassword: { __typename: "InvalidInput" as const, problems: [{ field, message }] },
  },
});

export const account: readonly PageEntry[] = [
  page("account", "Your account", "ada@example.com", { path }),
  page("account-loading", "Loading", "Change password", {
    path,
    answers: { Viewer: neverAnswered },
  }),
  page("account-wrong-password", "Wrong current password", "not your current", {
    path,
    answers: problem("currentPassword", "This is not your current password."),
    steps: changePassword,
  }),
  page("account-bad-password", "Invalid new password", "at least 10 characters", {
    path,
    answers: problem("newPassword", "Choose a password of at least 10 characters."),
    steps: changePassword,
  }),
  page("account-password-changed", "Password changed", "Your password has been changed.", {
    path,
    answers: {
      ChangePassword: {
        changePassword: {
          __typename: "Session",
          token: "another-token",
          customer: { email: "ada@example.com" },
        },
      },
    },
    steps: changePassword,
  }),
  page("account-throttled", "Too many attempts", "Too many attempts", {
    path,
    answers: { ChangePassword: throttled },
    steps: changePassword,
  }),
  page("account-fault", "A fault, with its reference", "7f3ac092d1be", {
    path,
    answers: { ChangePassword: fault },
    steps: changePassword,
  }),
  page("account-signing-out", "Signing out everywhere", "Sign out everywhere", {
    path,
    answers: { SignOutEverywhere: neverAnswered },
    steps: async () => {
      await press("Sign out everywhere");
      await scrollToEnd();
    },
  }),
  page("account-sign-out-offline", "Offline", "Check your connection", {
    path,
    answers: { SignOutEverywhere: unreachable },
    steps: async () => {
      await press("Sign out everywhere");
      await waitForText("Check your connection");
      await scrollToEnd();
    },
  }),
  page("account-signed-out", "Signed out everywhere", "on every device", {
    path,
    answers: { SignOutEverywhere: { signOutEverywhere: true } },
    steps: () => press("Sign out everywhere"),
  }),
];
