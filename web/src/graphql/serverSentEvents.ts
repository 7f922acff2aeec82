import { EventSourceParserStream } from "eventsource-parser/stream";

/**
 * Reads one GraphQL operation over SSE, in distinct connections mode: each `next` event carries a
 * result, `complete` ends the stream. The parser skips comments, the server's keep-alive.
 */
export async function readEvents<Data>(
  body: ReadableStream<Uint8Array>,
  onData: (data: Data) => void,
): Promise<void> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value.event === "complete") {
      await reader.cancel();
      return;
    }
    if (value.event !== "next") continue;
    const result: { data?: Data | null } = JSON.parse(value.data);
    if (result.data) onData(result.data);
  }
}
