import type { Pet } from "../../src/graphql/storefrontGraphql";
import { type PageEntry, page } from "../entry";
import type { Answers } from "../fakes/answers";
import { inDetail, petNamed } from "../fixtures/pets";
import { cartOf, counts, purchaseOf, purchasesOf, shelfOf } from "../fixtures/store";
import { press, words } from "../steps";

const called = (pet: string, name: string, description: string): Pet => ({
  ...petNamed(pet),
  name,
  description,
});

const long = called(
  "Miso",
  "Miso Clementine Figaro Ziggy von und zu Oberhausen-Unterweissenbach the Twenty-Third",
  "Greets every visitor at the door. ".repeat(40),
);
const unbroken = called("Bruno", "Bruno".repeat(16), "Biscuits".repeat(50));
const markup = called(
  "Olive",
  '<b>Olive</b> & <script>alert("x")</script>',
  "<h1>Not a heading</h1>",
);
const blank = called("Lily", "Lily", "");
const arabic = called(
  "Scout",
  "قطة صغيرة لطيفة",
  "تحب الجلوس في الشمس وتشرب الماء من الكوب الأزرق فقط.",
);
const hebrew = called("Fernando", "צפרדע ירוקה", "אוהבת גשם, אבנים חמות ושיחות ארוכות.");
const emoji = called("Rufus", "🐸 Rufus 🦴", "🌧️🍀 Likes rain ❤️ and boots.");
const chinese = called("Ziggy", "小猫咪咪", "喜欢晒太阳，也喜欢在窗台上看鸟。");

const sold = (pet: Pet): Pet => ({ ...pet, availability: "SOLD" });

const written = [long, unbroken, markup, blank];
const otherScripts = [arabic, hebrew, emoji, chinese];

const on = (pets: Pet[]): Answers => ({
  Shelf: { pets: shelfOf(pets) },
  SpeciesCounts: { speciesCounts: counts(2, 1, 1) },
  Cart: { cart: cartOf(...pets) },
  Purchases: { purchases: purchasesOf([purchaseOf("2026-11-20T12:00:00Z", ...pets)]) },
});

const longStore = {
  name: "Mademoiselle Clementine's House of Cats, Dogs, Frogs and Other Good Company of Berlin",
  description: "Raised with patience in the middle of Berlin. ".repeat(8).trim(),
  welcome: "",
  accent: null,
};

export const shelfTexts: readonly PageEntry[] = [
  page("long-shelf", "Long names, markup and no description on the shelf", "4 pets", {
    answers: {
      ...on(written),
      Viewer: { store: longStore, me: { name: "Ada ".repeat(20), email: "ada@example.com" } },
    },
  }),
  page("long-pet", "A long name and a long description", "With us since", {
    path: "/pets/miso",
    answers: { Pet: { pet: inDetail(long) } },
  }),
  page("unbroken-pet", "A name and a description without a space", "With us since", {
    path: "/pets/bruno",
    overShelf: true,
    answers: { ...on(written), Pet: { pet: inDetail(unbroken) } },
  }),
  page("long-pet-end", "A long pet over the shelf, read to its end", "With us since", {
    path: "/pets/miso",
    overShelf: true,
    answers: { ...on(written), Pet: { pet: inDetail(long) } },
    steps: async () => {
      await words("With us since");
      document.querySelector("[role=dialog]")?.parentElement?.scrollTo(0, 100_000);
    },
  }),
  page("long-cart", "Long names in the cart", "4 pets to take home", {
    path: "/cart",
    answers: on(written),
  }),
  page("long-purchases", "Long names among one's pets", "November 20, 2026", {
    path: "/purchases",
    answers: on(written),
  }),
  page("long-sign-in", "A store with a long name", "New here?", {
    visitor: "signedOut",
    answers: {
      Storefront: { store: { ...longStore, open: true, signUpOpen: true, demoLogin: null } },
    },
  }),
  page("scripts-shelf", "Other scripts, right to left, emoji", "صغيرة", {
    answers: on(otherScripts),
  }),
  page("scripts-pet", "A name from right to left", "With us since", {
    path: "/pets/scout",
    answers: { Pet: { pet: inDetail(arabic) } },
  }),
  page("scripts-sentence", "Names from right to left in a sentence", "no longer available", {
    path: "/cart",
    answers: { Cart: { cart: cartOf(sold(arabic), sold(hebrew), emoji, chinese) } },
  }),
  page("scripts-refusal", "… in a sentence of the server", "by someone else", {
    answers: {
      ...on(otherScripts),
      PurchasePet: {
        purchasePet: {
          __typename: "PetsUnavailable",
          message: `\u2068${hebrew.name}\u2069 has just been bought by someone else and is no longer on the shelf.`,
          pets: [{ id: hebrew.id, availability: "SOLD" }],
        },
      },
    },
    steps: () => press(`Buy ${hebrew.name} now`),
  }),
  page("scripts-cart", "Other scripts in the cart", "4 pets to take home", {
    path: "/cart",
    answers: on(otherScripts),
  }),
];
