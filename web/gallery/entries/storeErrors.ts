import { type PageEntry, page } from "../entry";
import type { Answers } from "../fakes/answers";
import {
  closed,
  fault,
  forbidden,
  neverAnswered,
  overloaded,
  throttled,
  unreachable,
} from "../fakes/failures";
import { storefront } from "../fixtures/store";

const answering = (Storefront: NonNullable<Answers["Storefront"]>) => ({
  visitor: "signedOut" as const,
  answers: { Storefront },
});

export const storeErrors: readonly PageEntry[] = [
  page("store-opening", "Opening", "Opening the store", answering(neverAnswered)),
  page("store-unknown", "Unknown store", "We can't find this store", answering({ store: null })),
  page(
    "store-closed",
    "Closed store",
    "Pawsome is closed for now",
    answering({ store: { ...storefront, open: false } }),
  ),
  page("store-offline", "Offline", "You seem to be offline", answering(unreachable)),
  page("store-busy", "Overloaded", "The store is very busy", answering(overloaded)),
  page("store-throttled", "Too many attempts", "in 5:00", answering(throttled)),
  page("store-fault", "A fault, with its reference", "7f3ac092d1be", answering(fault)),
  page("store-none", "An address without a store", "There is no page here", { path: "//" }),
  page("store-closed-meanwhile", "Closed while signed in", "Pawsome is closed for now", {
    answers: { Viewer: closed, Shelf: closed, SpeciesCounts: closed, Cart: closed },
  }),
  page("store-forbidden", "Signed in, but not allowed", "Your account can't open this", {
    answers: { Viewer: forbidden, Shelf: forbidden, SpeciesCounts: forbidden, Cart: forbidden },
  }),
];
