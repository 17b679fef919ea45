/** The agent's end of the line, in the audio thread: what Twilio would play to the caller.
 *
 * Is told `{ media }`, `{ mark }` and `{ clear }`; tells `{ mark }`, when it comes back, and
 * `{ level }`.
 */

import { Level } from "./level.js";
import { SAMPLE_RATE } from "./mulaw.js";
import { Playback } from "./playback.js";
import { Resampler } from "./resampler.js";

class Speaker extends AudioWorkletProcessor {
  #level = new Level(sampleRate, (level) => this.port.postMessage({ level }));
  #playback = new Playback(new Resampler(SAMPLE_RATE, sampleRate), (mark) =>
    this.port.postMessage({ mark }),
  );

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data.media) this.#playback.media(data.media);
      if (data.mark !== undefined) this.#playback.mark(data.mark);
      if (data.clear) this.#playback.clear();
    };
  }

  process(_, [[samples]]) {
    this.#playback.play(samples);
    this.#level.hear(samples);
    return true;
  }
}

registerProcessor("speaker", Speaker);
