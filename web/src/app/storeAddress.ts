/** The slug in an address such as /stores/pawsome/cart. The store may not exist. */
export const storeSlugIn = (pathname: string): string | undefined =>
  /^\/stores\/([^/]+)/.exec(pathname)?.[1];
