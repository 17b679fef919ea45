/** What Twilio does with what it is sent: a queue of audio and marks, played in order.
 *
 * A mark comes back when all audio before it was played, at once when there is none, and also
 * when the queue is cleared.
 */

import { DECODED } from "./mulaw.js";

/** Bytes that are taken from the queue at a time: 20 ms. */
const PIECE_BYTES = 160;

const isMark = (entry) => typeof entry === "string";

export class Playback {
  #resampler;
  #returned;
  #queue = [];
  #due = [];
  #ready = new Float32Array(0);
  #made = 0;
  #played = 0;
  #dry = true;

  /** Plays by way of a resampler from 8000; `returned` is told the name of each mark. */
  constructor(resampler, returned) {
    this.#resampler = resampler;
    this.#returned = returned;
  }

  media(bytes) {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      this.#queue.push(bytes.subarray(at, at + PIECE_BYTES));
    }
  }

  mark(name) {
    this.#queue.push(name);
    this.#returnMarks();
  }

  clear() {
    const names = [...this.#due.map(({ name }) => name), ...this.#queue.filter(isMark)];
    this.#queue = [];
    this.#due = [];
    this.#ready = new Float32Array(0);
    this.#made = this.#played;
    this.#dry = true;
    names.forEach(this.#returned);
  }

  /** Puts what is heard next into `samples`, and silence where there is nothing. */
  play(samples) {
    let at = 0;
    while (at < samples.length && this.#goOn()) {
      const piece = this.#ready.subarray(0, samples.length - at);
      samples.set(piece, at);
      at += piece.length;
      this.#played += piece.length;
      this.#ready = this.#ready.subarray(piece.length);
    }
    samples.fill(0, at);
    this.#returnMarks();
  }

  /** Whether there is something to play. */
  #goOn() {
    while (!this.#ready.length) {
      this.#takeMarks();
      if (!this.#queue.length && this.#dry) return false;
      // The resampler still has the end of what it was given last.
      this.#dry = !this.#queue.length;
      const codes = this.#queue.shift();
      const samples = codes
        ? Float32Array.from(codes, (code) => DECODED[code])
        : new Float32Array(this.#resampler.reach);
      this.#ready = this.#resampler.push(samples);
      this.#made += this.#ready.length;
    }
    return true;
  }

  #takeMarks() {
    const at = this.#made + (this.#dry ? 0 : this.#resampler.owed);
    while (isMark(this.#queue[0])) this.#due.push({ name: this.#queue.shift(), at });
  }

  #returnMarks() {
    this.#takeMarks();
    while (this.#due.length && this.#due[0].at <= this.#played) {
      this.#returned(this.#due.shift().name);
    }
  }
}
