// A phone agent made of the Twilio adapter of OpenAI's JavaScript agents SDK, as its example has it.

import { createServer } from "node:http";
import { RealtimeAgent, RealtimeSession } from "@openai/agents/realtime";
import { TwilioRealtimeTransportLayer } from "@openai/agents-extensions";
import { WebSocketServer } from "ws";

const port = Number(process.env.PORT);
const model = "gpt-realtime-2.1";
const url = `${process.env.OPENAI_REALTIME_URL}?model=${model}`;

const server = createServer((request, response) => {
  request.resume();
  if (request.url === "/health") {
    response.setHeader("Content-Type", "application/json").end('{"status":"ok"}');
  } else {
    const stream = `<Stream url="ws://${request.headers.host}/media-stream"/>`;
    response
      .setHeader("Content-Type", "text/xml")
      .end(`<Response><Connect>${stream}</Connect></Response>`);
  }
});

new WebSocketServer({ server, path: "/media-stream" }).on("connection", async (twilioWebSocket) => {
  const transport = new TwilioRealtimeTransportLayer({ twilioWebSocket, url });
  const agent = new RealtimeAgent({ name: "Receptionist", instructions: "You answer the phone." });
  const session = new RealtimeSession(agent, {
    transport,
    model,
    config: {
      audio: {
        input: { format: "g711_ulaw", turnDetection: { type: "server_vad" } },
        output: { format: "g711_ulaw" },
      },
    },
  });
  // An error of the model arrives here; without a listener it would end the process.
  session.on("error", (error) => console.error("session:", JSON.stringify(error)));
  await session.connect({ apiKey: "sk-bench" });
  transport.sendEvent({ type: "response.create" });
});

server.listen(port, "127.0.0.1");
