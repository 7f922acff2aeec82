let latest: string | undefined;

/** Every answer has an id that the server's log has too. */
export const requestIdOf = (response: Response): string | undefined =>
  response.headers.get("X-Request-Id") ?? undefined;

export function noteRequest(response: Response): void {
  latest = requestIdOf(response) ?? latest;
}

/** The id of the last answer: where in the server's log to look for what went before a mistake of the page. */
export const latestRequestId = (): string | undefined => latest;
