/** The store in an address such as /stores/pawsome/cart. */
export const storeSlugIn = (pathname: string): string | undefined =>
  /^\/stores\/([a-z0-9-]+)(?:\/|$)/.exec(pathname)?.[1];
