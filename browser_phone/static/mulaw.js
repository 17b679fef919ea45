/** G.711 mu-law, the telephone's code: 8000 samples a second, a byte each. */

export const SAMPLE_RATE = 8000;

/** What a telephone line carries when nobody speaks. */
export const SILENCE = 0xff;

const BIAS = 0x84;
const CLIP = 32635;

/** Codes a sample between -1 and 1. */
export function encode(sample) {
  let value = Math.round(sample * 32768);
  const sign = value < 0 ? 0x80 : 0;
  value = Math.min(Math.abs(value), CLIP) + BIAS;
  const exponent = 31 - Math.clz32(value) - 7;
  return ~(sign | (exponent << 4) | ((value >> (exponent + 3)) & 0x0f)) & 0xff;
}

/** The samples between -1 and 1 that the 256 codes stand for. */
export const DECODED = Float32Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const value = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)) - BIAS;
  return (bits & 0x80 ? -value : value) / 32768;
});
