import type { Pet } from "../../src/graphql/storefrontGraphql";
import { type PageEntry, page } from "../entry";
import type { Answers } from "../fakes/answers";
import { petNamed, withDetails } from "../fixtures/pets";
import { cartOf, counts, purchaseOf, purchasesOf, shelfOf } from "../fixtures/store";
import { press, waitForText } from "../steps";

const renamed = (pet: string, name: string, description: string): Pet => ({
  ...petNamed(pet),
  name,
  description,
});

const long = renamed(
  "Miso",
  "Miso Clementine Figaro Ziggy von und zu Oberhausen-Unterweissenbach the Twenty-Third",
  "Greets every visitor at the door. ".repeat(40),
);
const unbroken = renamed("Bruno", "Bruno".repeat(16), "Biscuits".repeat(50));
const markup = renamed(
  "Olive",
  '<b>Olive</b> & <script>alert("x")</script>',
  "<h1>Not a heading</h1>",
);
const blank = renamed("Lily", "Lily", "");
const arabic = renamed(
  "Scout",
  "قطة صغيرة لطيفة",
  "تحب الجلوس في الشمس وتشرب الماء من الكوب الأزرق فقط.",
);
const hebrew = renamed("Fernando", "צפרדע ירוקה", "אוהבת גשם, אבנים חמות ושיחות ארוכות.");
const emoji = renamed("Rufus", "🐸 Rufus 🦴", "🌧️🍀 Likes rain ❤️ and boots.");
const chinese = renamed("Ziggy", "小猫咪咪", "喜欢晒太阳，也喜欢在窗台上看鸟。");

const sold = (pet: Pet): Pet => ({ ...pet, availability: "SOLD" });

const written = [long, unbroken, markup, blank];
const otherScripts = [arabic, hebrew, emoji, chinese];

const everywhere = (pets: Pet[]): Answers => ({
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
      ...everywhere(written),
      Viewer: { store: longStore, me: { name: "Ada ".repeat(20), email: "ada@example.com" } },
    },
  }),
  page("long-pet", "A long name and a long description", "With us since", {
    path: "/pets/miso",
    answers: { Pet: { pet: withDetails(long) } },
  }),
  page("unbroken-pet", "A name and a description without spaces", "With us since", {
    path: "/pets/bruno",
    overShelf: true,
    answers: { ...everywhere(written), Pet: { pet: withDetails(unbroken) } },
  }),
  page("long-pet-end", "A long pet over the shelf, scrolled down", "With us since", {
    path: "/pets/miso",
    overShelf: true,
    answers: { ...everywhere(written), Pet: { pet: withDetails(long) } },
    steps: async () => {
      await waitForText("With us since");
      document.querySelector("[role=dialog]")?.parentElement?.scrollTo(0, 100_000);
    },
  }),
  page("long-cart", "Long names in the cart", "4 pets to take home", {
    path: "/cart",
    answers: everywhere(written),
  }),
  page("long-purchases", "Long names in My pets", "November 20, 2026", {
    path: "/purchases",
    answers: everywhere(written),
  }),
  page("long-sign-in", "A store with a long name", "New here?", {
    visitor: "signedOut",
    answers: {
      Storefront: { store: { ...longStore, open: true, signUpOpen: true, demoLogin: null } },
    },
  }),
  page("scripts-shelf", "Other scripts, right-to-left, emoji", "صغيرة", {
    answers: everywhere(otherScripts),
  }),
  page("scripts-pet", "A right-to-left name", "With us since", {
    path: "/pets/scout",
    answers: { Pet: { pet: withDetails(arabic) } },
  }),
  page("scripts-sentence", "Right-to-left names in a sentence", "no longer available", {
    path: "/cart",
    answers: { Cart: { cart: cartOf(sold(arabic), sold(hebrew), emoji, chinese) } },
  }),
  page("scripts-refusal", "… in the server's sentence", "by someone else", {
    answers: {
      ...everywhere(otherScripts),
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
    answers: everywhere(otherScripts),
  }),
];
