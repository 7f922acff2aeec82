import { EventSourceParserStream } from "eventsource-parser/stream";

/**
 * Reads one operation of GraphQL over SSE, distinct connections mode: `next` events carry a result
 * each, `complete` ends the stream. Comments, which the server sends to keep the line open, are
 * skipped by the parser.
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
