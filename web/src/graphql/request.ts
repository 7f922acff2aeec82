import type { TadaDocumentNode } from "gql.tada";
import { reportConnection } from "./connection";
import { textOf } from "./document";
import { noteRequest, requestIdOf } from "./latestRequest";
import { faultIn, TransportFault } from "./transportFault";

export type Endpoint = "/graphql/storefront" | "/graphql/signup";

interface RequestOptions {
  authorization?: string | undefined;
  /** Identify this browser to the server, which counts password attempts by device. */
  devices?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

const timeLimit = 20_000;

/** Sends an operation and returns the response; throws `TransportFault` "offline" without one. */
export async function send<Data, Variables>(
  endpoint: Endpoint,
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  accept: string,
  { authorization, devices, signal }: RequestOptions,
): Promise<Response> {
  try {
    const response = await fetch(endpoint, {
      method: "POST",
      // Otherwise the browser answers a 401 with its own sign-in dialog.
      credentials: "omit",
      cache: "no-store",
      headers: {
        Accept: accept,
        "Content-Type": "application/json",
        ...(authorization ? { Authorization: authorization } : {}),
        ...(devices?.length ? { "Menagerie-Device": devices.join(", ") } : {}),
      },
      body: JSON.stringify({ query: textOf(document), variables }),
      ...(signal ? { signal } : {}),
    });
    reportConnection(true);
    noteRequest(response);
    return response;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    reportConnection(false);
    throw new TransportFault("offline");
  }
}

/** Runs a query or mutation and returns its data; everything else is thrown as `TransportFault`. */
export async function execute<Data, Variables>(
  endpoint: Endpoint,
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  options: RequestOptions = {},
): Promise<Data> {
  const timeout = AbortSignal.timeout(timeLimit);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  const response = await send(
    endpoint,
    document,
    variables,
    "application/graphql-response+json, application/json",
    { ...options, signal },
  );
  const body: unknown = await response.json().catch(() => null);
  const fault = faultIn(response, body);
  if (fault) throw fault;
  if (typeof body === "object" && body !== null && "data" in body && body.data) {
    return body.data as Data;
  }
  throw new TransportFault("fault", { reference: requestIdOf(response) });
}
