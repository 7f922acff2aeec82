import { expect, it } from "vitest";
import { storeSlugIn } from "./storeAddress";

it.each([
  ["/stores/pawsome", "pawsome"],
  ["/stores/pawsome/", "pawsome"],
  ["/stores/frog-and-friends/pets/7", "frog-and-friends"],
  ["/stores/", undefined],
  ["/stores/Not-a-Slug/cart", "Not-a-Slug"],
  ["/", undefined],
])("%s belongs to %s", (pathname, slug) => {
  expect(storeSlugIn(pathname)).toBe(slug);
});
