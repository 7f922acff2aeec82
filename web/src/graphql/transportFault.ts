import { requestIdOf } from "./latestRequest";

export type FaultKind =
  /** The server couldn't be reached; the same request may be retried. */
  | "offline"
  /** The server answered that it is overloaded or restarting. */
  | "busy"
  | "unauthenticated"
  | "forbidden"
  | "storeClosed"
  | "throttled"
  /** Nothing can be saved, but everything can be read. */
  | "storageFull"
  /** Anything else: a fault on the server's side, or an answer that makes no sense. */
  | "fault";

interface FaultDetails {
  /** The server's own sentence, if it sent one. */
  sentence?: string | undefined;
  /** An id that a customer can quote to the store, to find the fault in the log. */
  reference?: string | undefined;
  /** When a throttled request may be retried. */
  retryAt?: Date | undefined;
}

/** A request without a usable answer. Domain errors are data, not faults. */
export class TransportFault extends Error {
  readonly kind: FaultKind;
  readonly sentence: string | undefined;
  readonly reference: string | undefined;
  readonly retryAt: Date | undefined;

  constructor(kind: FaultKind, details: FaultDetails = {}) {
    super(details.sentence ?? kind);
    this.name = "TransportFault";
    this.kind = kind;
    this.sentence = details.sentence;
    this.reference = details.reference;
    this.retryAt = details.retryAt;
  }

  /** Whether a retry a little later can help, without the customer doing anything. */
  get isTemporary(): boolean {
    return this.kind === "offline" || this.kind === "busy";
  }
}

interface ErrorEntry {
  message?: unknown;
  extensions?: { code?: unknown; reference?: unknown };
}

const kindByCode: Record<string, FaultKind> = {
  UNAUTHENTICATED: "unauthenticated",
  FORBIDDEN: "forbidden",
  STORE_CLOSED: "storeClosed",
  THROTTLED: "throttled",
  UNAVAILABLE: "busy",
  STORAGE_FULL: "storageFull",
};

const kindByStatus: Record<number, FaultKind> = {
  401: "unauthenticated",
  403: "forbidden",
  429: "throttled",
  502: "busy",
  503: "busy",
  504: "busy",
};

const text = (value: unknown) => (typeof value === "string" && value ? value : undefined);

/** RFC 9110, section 10.2.3: a number of seconds or a date. */
function retryAfter(header: string | null): Date | undefined {
  if (!header) return undefined;
  const seconds = Number(header);
  const date = Number.isFinite(seconds) ? new Date(Date.now() + seconds * 1000) : new Date(header);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** The fault in an answer; undefined if it has none. */
export function faultIn(response: Response, body: unknown): TransportFault | undefined {
  const errors: unknown =
    typeof body === "object" && body !== null && "errors" in body ? body.errors : undefined;
  const first: ErrorEntry | undefined = Array.isArray(errors) ? errors[0] : undefined;
  if (response.ok && !first) return undefined;
  const code = text(first?.extensions?.code);
  return new TransportFault(kindByCode[code ?? ""] ?? kindByStatus[response.status] ?? "fault", {
    sentence: text(first?.message),
    reference: text(first?.extensions?.reference) ?? requestIdOf(response),
    retryAt: retryAfter(response.headers.get("Retry-After")),
  });
}
