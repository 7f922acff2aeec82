import { parse } from "graphql";
import { expect, it } from "vitest";
import { textOf } from "./document";
import { cartSummary, petSummary, storefrontGraphql } from "./storefrontGraphql";

it("sends every fragment once, however often it is spread", () => {
  const made = storefrontGraphql(
    `
      query Everything($id: ID!) {
        cart {
          ...CartSummary
        }
        pet(id: $id) {
          ...PetSummary
        }
      }
    `,
    [cartSummary, petSummary],
  );
  const { definitions } = parse(textOf(made));
  const names = definitions.map((definition) => "name" in definition && definition.name?.value);
  expect(names).toEqual(["Everything", "CartSummary", "PetSummary"]);
});
