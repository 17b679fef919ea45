/** How loud somebody is, to be shown. */

/** So many levels a second are enough for the eye. */
const A_SECOND = 15;

/** What is shown as nothing, in decibels below the loudest. */
const QUIETEST_DB = 50;

export class Level {
  #every;
  #tell;
  #energy = 0;
  #count = 0;

  /** Calls `tell` with numbers from 0 to 1. */
  constructor(rate, tell) {
    this.#every = Math.round(rate / A_SECOND);
    this.#tell = tell;
  }

  hear(samples) {
    for (const sample of samples) this.#energy += sample * sample;
    this.#count += samples.length;
    if (this.#count < this.#every) return;
    const decibels = 10 * Math.log10(this.#energy / this.#count + 1e-12);
    this.#tell(Math.min(1, Math.max(0, 1 + decibels / QUIETEST_DB)));
    this.#energy = this.#count = 0;
  }
}
