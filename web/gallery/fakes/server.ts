import type { Answers } from "./answers";
import { Failure } from "./answers";
import { unreachable } from "./failures";

let reachable = true;

/** From now on nothing gets through, and the browser reports it. */
export async function loseConnection(): Promise<void> {
  reachable = false;
  window.dispatchEvent(new Event("offline"));
}

/** Replaces the server: answers every operation by name and lets everything else through. */
export function startServer(answers: Answers): void {
  const realFetch = window.fetch;
  const asked = new Map<string, number>();
  window.fetch = async (input, options) => {
    if (typeof input !== "string" || !input.startsWith("/graphql/"))
      return realFetch(input, options);
    if (!reachable) return unreachable.respond();
    const { query } = JSON.parse(String(options?.body)) as { query: string };
    const name = /\b(?:query|mutation|subscription) (\w+)/.exec(query)?.[1] ?? "";
    const turn = asked.get(name) ?? 0;
    asked.set(name, turn + 1);
    return respond(answers, name, turn);
  };
}

async function respond(answers: Answers, name: string, turn: number): Promise<Response> {
  if (name === "ShelfChanges") return shelfStream(answers.ShelfChanges ?? []);
  const answer = answers[name as Exclude<keyof Answers, "ShelfChanges">];
  const reply = Array.isArray(answer) ? (answer[turn] ?? answer.at(-1)) : answer;
  if (reply === undefined) throw new Error(`The entry has no answer for ${name}.`);
  return reply instanceof Failure ? reply.respond() : Response.json({ data: reply });
}

/** GraphQL over server-sent events; the stream stays open like the real one. */
function shelfStream(changes: NonNullable<Answers["ShelfChanges"]>): Response {
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const { kind, petId } of changes) {
        const data = JSON.stringify({ data: { shelf: { kind, pet: { id: petId } } } });
        controller.enqueue(encoder.encode(`event: next\ndata: ${data}\n\n`));
      }
    },
  });
  return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
}
