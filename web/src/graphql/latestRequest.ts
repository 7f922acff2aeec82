let latest: string | undefined;

/** Every answer's id is also in the server's log. */
export const requestIdOf = (response: Response): string | undefined =>
  response.headers.get("X-Request-Id") ?? undefined;

export function noteRequest(response: Response): void {
  latest = requestIdOf(response) ?? latest;
}

/** The id of the last answer, for finding what preceded a bug in the server's log. */
export const latestRequestId = (): string | undefined => latest;
