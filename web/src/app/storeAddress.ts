/** The store in an address such as /stores/pawsome/cart; whether there is one, the server knows. */
export const storeSlugIn = (pathname: string): string | undefined =>
  /^\/stores\/([^/]+)/.exec(pathname)?.[1];
