import { describe, expect, it } from "vitest";
import { readEvents } from "./serverSentEvents";

function streamOf(...chunks: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
}

async function dataOf(...chunks: string[]): Promise<unknown[]> {
  const received: unknown[] = [];
  await readEvents(streamOf(...chunks), (data) => received.push(data));
  return received;
}

const next = (shelf: string) => `event: next\ndata: {"data":{"shelf":"${shelf}"}}\n\n`;

describe("readEvents", () => {
  it("passes on every result, however the bytes are split", async () => {
    const text = `:\n\n${next("Luna 🐈")}:ping\n\n${next("Kermit")}`;
    const middle = text.indexOf("Luna") + 2;
    expect(await dataOf(text.slice(0, middle), text.slice(middle))).toEqual([
      { shelf: "Luna 🐈" },
      { shelf: "Kermit" },
    ]);
  });

  it("ends at complete", async () => {
    expect(await dataOf(next("Luna"), "event: complete\ndata:\n\n", next("Max"))).toHaveLength(1);
  });

  it("skips a result without data", async () => {
    expect(await dataOf('event: next\ndata: {"errors":[{"message":"No."}]}\n\n')).toEqual([]);
  });
});
