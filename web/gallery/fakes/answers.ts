import type { useChangePassword } from "../../src/features/account/changePassword";
import type { NewSession } from "../../src/features/account/signIn";
import type { useSignUp } from "../../src/features/account/signUp";
import type { Storefront } from "../../src/features/account/storefront";
import type { useViewer } from "../../src/features/account/viewer";
import type { PetInDetail } from "../../src/features/pets/pet";
import type { ShelfPart } from "../../src/features/pets/shelfQuery";
import type { SpeciesCounts } from "../../src/features/pets/speciesCounts";
import type { usePurchases } from "../../src/features/purchases/purchases";
import type { Availability, Cart, Pet, Purchase } from "../../src/graphql/storefrontGraphql";

type PageOf<Query extends { data: { pages: unknown[] } | undefined }> = NonNullable<
  Query["data"]
>["pages"][number];

type Refusal =
  | { __typename: "PetsUnavailable"; message: string; pets: Pick<Pet, "id" | "availability">[] }
  | { __typename: "PetNotFound" | "CartEmpty"; message: string };

export type PurchasesPage = PageOf<ReturnType<typeof usePurchases>>;
export type Bought = (Purchase & { __typename: "Purchase" }) | Refusal;

/** The data of each operation, by the operation's name. */
interface Data {
  Storefront: { store: Storefront | null };
  SignIn: { signIn: NewSession };
  SignUp: { signUp: NonNullable<ReturnType<typeof useSignUp>["data"]>["failure"] };
  SignOut: { signOut: boolean };
  SignOutEverywhere: { signOutEverywhere: boolean };
  ChangePassword: { changePassword: NonNullable<ReturnType<typeof useChangePassword>["data"]> };
  Viewer: NonNullable<ReturnType<typeof useViewer>["data"]>;
  Shelf: { pets: ShelfPart };
  SpeciesCounts: { speciesCounts: SpeciesCounts };
  Pet: { pet: PetInDetail | null };
  PurchasePet: { purchasePet: Bought };
  Cart: { cart: Cart };
  AddToCart: { addToCart: (Cart & { __typename: "Cart" }) | Refusal };
  RemoveFromCart: { removeFromCart: Cart };
  RemoveUnavailableFromCart: { removeUnavailableFromCart: Cart };
  Checkout: { checkout: Bought };
  Purchases: { purchases: PurchasesPage };
}

/** Anything but data: a refusal, a fault, or no answer. */
export class Failure {
  readonly respond: () => Promise<Response>;

  constructor(respond: () => Promise<Response>) {
    this.respond = respond;
  }
}

type Reply<Name extends keyof Data> = Data[Name] | Failure;

/** Several replies to one operation are sent in turn; the last one repeats. */
export type Answers = { [Name in keyof Data]?: Reply<Name> | readonly Reply<Name>[] } & {
  /** The live shelf's events, sent as soon as it opens. */
  ShelfChanges?: readonly { kind: "LISTED" | Exclude<Availability, "AVAILABLE">; petId: string }[];
};
