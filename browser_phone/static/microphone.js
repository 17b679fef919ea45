/** The caller's end of the line, in the audio thread: what the microphone hears, as a telephone
 * would send it.
 *
 * Tells `{ frame }`, 160 bytes of mu-law, every 20 ms, and `{ level }`.
 */

import { Level } from "./level.js";
import { SAMPLE_RATE, encode } from "./mulaw.js";
import { Resampler } from "./resampler.js";

const FRAME_BYTES = SAMPLE_RATE / 50;

class Microphone extends AudioWorkletProcessor {
  #resampler = new Resampler(sampleRate, SAMPLE_RATE);
  #level = new Level(sampleRate, (level) => this.port.postMessage({ level }));
  #frame = new Uint8Array(FRAME_BYTES);
  #filled = 0;

  process([input]) {
    const samples = input[0];
    if (!samples) return true;
    this.#level.hear(samples);
    for (const sample of this.#resampler.push(samples)) {
      this.#frame[this.#filled++] = encode(sample);
      if (this.#filled === FRAME_BYTES) {
        this.port.postMessage({ frame: this.#frame }, [this.#frame.buffer]);
        this.#frame = new Uint8Array(FRAME_BYTES);
        this.#filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("microphone", Microphone);
