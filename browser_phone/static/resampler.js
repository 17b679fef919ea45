/** Changes the number of samples a second, by a windowed sinc. */

/** Samples of the slower side that each result is made of, on either side of its moment. */
const REACH = 16;

/** Points of the filter for each sample of the slower side; between them it is a straight line. */
const FINENESS = 64;

/** The end of the band that is kept, of the slower side's samples a second. */
const EDGE = 0.46;

/** Half of the filter, from its middle; the other half is the same. */
const FILTER = Float64Array.from({ length: REACH * FINENESS + 2 }, (_, point) => {
  const at = point / FINENESS;
  if (at >= REACH) return 0;
  const phase = 2 * EDGE * Math.PI * at;
  const sinc = phase === 0 ? 1 : Math.sin(phase) / phase;
  return 2 * EDGE * sinc * (0.5 + 0.5 * Math.cos((Math.PI * at) / REACH));
});

function weight(distance) {
  const point = Math.abs(distance) * FINENESS;
  const before = Math.floor(point);
  if (before > REACH * FINENESS) return 0;
  return FILTER[before] + (FILTER[before + 1] - FILTER[before]) * (point - before);
}

export class Resampler {
  #step;
  #scale;
  #reach;
  #kept;
  #next;

  /** From one number of samples a second to another. */
  constructor(from, to) {
    this.#step = from / to;
    this.#scale = Math.min(1, to / from);
    this.#reach = Math.ceil(REACH / this.#scale);
    this.#kept = new Float32Array(this.#reach);
    this.#next = this.#reach;
  }

  /** How many samples of the input a result waits for. */
  get reach() {
    return this.#reach;
  }

  /** How many results of the input so far are still to come. */
  get owed() {
    return Math.max(0, Math.ceil((this.#kept.length - this.#next) / this.#step));
  }

  /** What so much more input gives. */
  push(samples) {
    const input = new Float32Array(this.#kept.length + samples.length);
    input.set(this.#kept);
    input.set(samples, this.#kept.length);
    const results = [];
    while (this.#next + this.#reach < input.length) {
      results.push(this.#at(input, this.#next));
      this.#next += this.#step;
    }
    const unused = Math.max(0, Math.floor(this.#next) - this.#reach);
    this.#kept = input.slice(unused);
    this.#next -= unused;
    return Float32Array.from(results);
  }

  #at(input, moment) {
    const first = Math.max(0, Math.ceil(moment - this.#reach));
    const last = Math.floor(moment + this.#reach);
    let sum = 0;
    for (let at = first; at <= last; at++) {
      sum += input[at] * weight((at - moment) * this.#scale);
    }
    return sum * this.#scale;
  }
}
