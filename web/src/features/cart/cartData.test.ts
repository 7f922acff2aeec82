import { describe, expect, it } from "vitest";
import type { Cart, Pet } from "../../graphql/storefrontGraphql";
import { cartWith, cartWithout } from "./cartData";

const pet = (id: string, availability: Pet["availability"] = "AVAILABLE"): Pet => ({
  id,
  availability,
  name: id,
  species: "CAT",
  ageYears: 1,
  description: "",
  picture: { url: "", width: 1, height: 1, placeholder: "" },
});

const cart: Cart = {
  pets: [pet("luna"), pet("kermit", "SOLD")],
  availableCount: 1,
  unavailableCount: 1,
};

describe("the optimistic cart", () => {
  it("adds a pet at the end and counts it", () => {
    const changed = cartWith(cart, pet("max"));
    expect(changed.pets.map(({ id }) => id)).toEqual(["luna", "kermit", "max"]);
    expect(changed.availableCount).toBe(2);
  });

  it("holds a pet only once", () => {
    expect(cartWith(cart, pet("luna"))).toBe(cart);
  });

  it("removes a pet in any state", () => {
    expect(cartWithout(cart, "kermit")).toMatchObject({ availableCount: 1, unavailableCount: 0 });
  });
});
