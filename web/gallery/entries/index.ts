import type { Group } from "../entry";
import { account } from "./account";
import { cart } from "./cart";
import { components } from "./components";
import { confirmation } from "./confirmation";
import { floating } from "./floating";
import { frame } from "./frame";
import { look } from "./look";
import { pet } from "./pet";
import { purchases } from "./purchases";
import { shelf } from "./shelf";
import { shelfErrors } from "./shelfErrors";
import { shelfTexts } from "./shelfTexts";
import { signIn } from "./signIn";
import { signUp } from "./signUp";
import { storeErrors } from "./storeErrors";

export const groups: readonly Group[] = [
  { title: "Components", entries: components },
  { title: "Floating components", entries: floating },
  { title: "Signing in", entries: signIn },
  { title: "Creating an account", entries: signUp },
  { title: "Opening the store", entries: storeErrors },
  { title: "Shelf", entries: shelf },
  { title: "Shelf errors", entries: shelfErrors },
  { title: "Unusual text", entries: shelfTexts },
  { title: "Pet", entries: pet },
  { title: "Confirmation", entries: confirmation },
  { title: "Cart", entries: cart },
  { title: "My pets", entries: purchases },
  { title: "Your account", entries: account },
  { title: "A store's look", entries: look },
  { title: "Page frame", entries: frame },
];
