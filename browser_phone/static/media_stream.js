/** One stream, spoken as Twilio Media Streams speaks to the server. */

import { SAMPLE_RATE } from "./mulaw.js";

const MEDIA_FORMAT = { encoding: "audio/x-mulaw", sampleRate: SAMPLE_RATE, channels: 1 };

const FRAME_MS = 20;

const hexadecimal = (bytes) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));

const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));

export class MediaStream {
  #call;
  #socket;
  #streamSid = "MZ" + hexadecimal(crypto.getRandomValues(new Uint8Array(16)));
  #sequence = 0;
  #chunk = 0;

  /** Opens the stream of a call that the server has taken; `line` hears what it says. */
  constructor(call, line) {
    this.#call = call;
    const url = new URL(call.stream_path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.#socket = new WebSocket(url);
    this.#socket.onopen = () => {
      this.#begin();
      line.opened();
    };
    this.#socket.onmessage = ({ data }) => this.#take(data, line);
    this.#socket.onclose = () => line.closed();
  }

  get isOpen() {
    return this.#socket.readyState === WebSocket.OPEN && this.#sequence > 0;
  }

  #begin() {
    this.#write({ event: "connected", protocol: "Call", version: "1.0.0" });
    this.#number("start", {
      accountSid: this.#call.account_sid,
      streamSid: this.#streamSid,
      callSid: this.#call.call_sid,
      tracks: ["inbound"],
      mediaFormat: MEDIA_FORMAT,
      customParameters: this.#call.parameters,
    });
  }

  /** What the caller said, 20 ms. */
  media(bytes) {
    const timestamp = String(this.#chunk * FRAME_MS);
    const chunk = String(++this.#chunk);
    this.#number("media", { track: "inbound", chunk, timestamp, payload: toBase64(bytes) });
  }

  /** All audio before it was played, or cleared. */
  mark(name) {
    this.#number("mark", { name });
  }

  key(digit) {
    this.#number("dtmf", { track: "inbound_track", digit });
  }

  /** The caller hangs up. */
  stop() {
    const { account_sid: accountSid, call_sid: callSid } = this.#call;
    this.#number("stop", { accountSid, callSid });
    this.#socket.close(1000);
  }

  #number(event, body) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const sequenceNumber = String(++this.#sequence);
    this.#write({ event, sequenceNumber, [event]: body, streamSid: this.#streamSid });
  }

  #write(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** Twilio ignores what it does not understand, and what is for another stream. */
  #take(data, line) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message.streamSid !== this.#streamSid) return;
    if (message.event === "media") line.media(fromBase64(message.media.payload));
    else if (message.event === "mark") line.mark(message.mark.name);
    else if (message.event === "clear") line.clear();
  }
}
