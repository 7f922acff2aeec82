/** In one place, because one feature's mutation invalidates another's query. */
export const queryKeys = {
  storefront: (slug: string) => ["storefront", slug] as const,
  viewer: ["viewer"] as const,
  shelf: ["shelf"] as const,
  speciesCounts: ["speciesCounts"] as const,
  pets: ["pet"] as const,
  pet: (id: string) => ["pet", id] as const,
  cart: ["cart"] as const,
  purchases: ["purchases"] as const,
};
