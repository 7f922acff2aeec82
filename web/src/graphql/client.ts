import type { TadaDocumentNode } from "gql.tada";
import { createContext, use } from "react";
import { basicAuthorization, type Credentials } from "./credentials";
import { execute, send } from "./request";
import { faultIn, TransportFault } from "./transportFault";

/** Talks to the server as one signed-in customer. */
export interface StorefrontClient {
  execute<Data, Variables>(
    document: TadaDocumentNode<Data, Variables>,
    variables: Variables,
    signal?: AbortSignal,
  ): Promise<Data>;
  /** Calls `onData` for every event until the server completes or the signal aborts. */
  subscribe<Data, Variables>(
    document: TadaDocumentNode<Data, Variables>,
    variables: Variables,
    onOpen: () => void,
    onData: (data: Data) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

export function createStorefrontClient(
  credentials: Credentials,
  onUnauthenticated: () => void,
): StorefrontClient {
  const authorization = basicAuthorization(credentials);
  const reportingSignOut = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof TransportFault && error.kind === "unauthenticated") onUnauthenticated();
      throw error;
    }
  };
  return {
    execute: (document, variables, signal) =>
      reportingSignOut(
        execute("/graphql/storefront", document, variables, { authorization, signal }),
      ),
    subscribe: (document, variables, onOpen, onData, signal) =>
      reportingSignOut(
        (async () => {
          const response = await send(
            "/graphql/storefront",
            document,
            variables,
            "text/event-stream",
            { authorization, signal },
          );
          if (!response.ok || !response.body) {
            const body: unknown = await response.json().catch(() => null);
            throw faultIn(response, body) ?? new TransportFault("fault");
          }
          const { readEvents } = await import("./serverSentEvents");
          signal.throwIfAborted();
          onOpen();
          await readEvents(response.body, onData);
        })(),
      ),
  };
}

const ClientContext = createContext<StorefrontClient | null>(null);

export const StorefrontClientProvider = ClientContext;

export function useStorefrontClient(): StorefrontClient {
  const client = use(ClientContext);
  if (!client) throw new Error("useStorefrontClient needs a signed-in customer.");
  return client;
}
