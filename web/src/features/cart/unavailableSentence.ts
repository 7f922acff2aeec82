import { joinNames } from "../../components/petWords";

interface Named {
  name: string;
}

const numberWords = [
  "none",
  "one",
  "two",
  "three",
  "four",
  "five",
  "six",
  "seven",
  "eight",
  "nine",
];

/** "Luna and Kermit are no longer available. Remove them to buy the other three." */
export function unavailableSentence(
  available: readonly Named[],
  unavailable: readonly Named[],
): string {
  const one = unavailable.length === 1;
  const gone = `${joinNames(unavailable.map(({ name }) => name))} ${one ? "is" : "are"} no longer available.`;
  if (available.length === 0) return `${gone} There is nothing left to buy.`;
  const rest = numberWords[available.length] ?? available.length;
  return `${gone} Remove ${one ? "this pet" : "them"} to buy the other ${rest}.`;
}
