import { expect, it } from "vitest";
import { unavailableSentence } from "./unavailableSentence";

const named = (...names: string[]) => names.map((name) => ({ name }));

it.each([
  [
    named("Max", "Bella", "Milo"),
    named("Luna", "Kermit"),
    "Luna and Kermit are no longer available. Remove them to buy the other three.",
  ],
  [
    named("Max"),
    named("Luna"),
    "Luna is no longer available. Remove this pet to buy the other one.",
  ],
  [[], named("Luna"), "Luna is no longer available. There is nothing left to buy."],
])("for %j left and %j gone", (available, unavailable, sentence) => {
  expect(unavailableSentence(available, unavailable)).toBe(sentence);
});
