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

/** What each operation is answered with when all is well, by its name in the document. */
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

/** Something else than data: a refusal, a fault, or nothing at all. */
export class Failure {
  readonly respond: () => Promise<Response>;

  constructor(respond: () => Promise<Response>) {
    this.respond = respond;
  }
}

type Reply<Name extends keyof Data> = Data[Name] | Failure;

/** Where there are several replies to one operation, they come in turn, the last one again and again. */
export type Answers = { [Name in keyof Data]?: Reply<Name> | readonly Reply<Name>[] } & {
  /** What the live shelf tells, right after it was opened. */
  ShelfChanges?: readonly { kind: "LISTED" | Exclude<Availability, "AVAILABLE">; petId: string }[];
};
