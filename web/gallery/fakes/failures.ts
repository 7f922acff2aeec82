import { Failure } from "./answers";

interface Refused {
  status: number;
  code: string;
  message: string;
  headers?: HeadersInit;
  reference?: string;
}

/** A refusal or a fault as the server sends it: GraphQL `errors` with an HTTP status. */
const refused = ({ status, code, message, headers = {}, reference }: Refused) =>
  new Failure(async () => {
    const errors = [{ message, extensions: { code, reference } }];
    return Response.json({ errors }, { status, headers });
  });

export const neverAnswered = new Failure(() => new Promise(() => {}));

export const unreachable = new Failure(async () => {
  throw new TypeError("Failed to fetch");
});

/** None of a signed-in page's queries gets through. */
export const allUnreachable = {
  Viewer: unreachable,
  Shelf: unreachable,
  SpeciesCounts: unreachable,
  Pet: unreachable,
  Cart: unreachable,
  Purchases: unreachable,
};

export const notSignedIn = refused({
  status: 401,
  code: "UNAUTHENTICATED",
  message: "The sign-in details are not right.",
});

export const forbidden = refused({
  status: 403,
  code: "FORBIDDEN",
  message: "This is for customers of the store.",
});

export const closed = refused({
  status: 403,
  code: "STORE_CLOSED",
  message: "Pawsome is closed for now. Please come back later.",
});

export const throttled = refused({
  status: 429,
  code: "THROTTLED",
  message: "Too many attempts. Try again in 5 minutes.",
  headers: { "Retry-After": "300" },
});

export const fault = refused({
  status: 200,
  code: "INTERNAL",
  message: "Something went wrong on our side. Quote reference 7f3ac092d1be if you ask about it.",
  reference: "7f3ac092d1be",
});

/** A proxy in front of the server answers with an HTML page. */
export const overloaded = new Failure(
  async () => new Response("<h1>503 Service Unavailable</h1>", { status: 503 }),
);
