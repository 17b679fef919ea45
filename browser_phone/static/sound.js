/** Microphone and loudspeaker of this page, in mu-law. */

import { SILENCE } from "./mulaw.js";

const HERE = new URL(".", import.meta.url);

/** What the caller says may not be what the loudspeaker says. */
const WANTED = {
  audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
};

export class Sound {
  #context;
  #tracks;
  #speaker;
  muted = false;

  /** Opens both; throws what the browser throws when it may not. */
  static async open({ onFrame, onMark, onMyLevel, onAgentLevel }) {
    if (!navigator.mediaDevices || !window.AudioWorkletNode) {
      throw new Error("The browser gives a microphone only to https pages and to localhost.");
    }
    const stream = await navigator.mediaDevices.getUserMedia(WANTED);
    const context = new AudioContext({ latencyHint: "interactive" });
    const sound = new Sound();
    sound.#context = context;
    sound.#tracks = stream.getTracks();
    try {
      await context.audioWorklet.addModule(new URL("microphone.js", HERE));
      await context.audioWorklet.addModule(new URL("speaker.js", HERE));
      await context.resume();
      sound.#listen(stream, onFrame, onMyLevel);
      sound.#speak(onMark, onAgentLevel);
    } catch (error) {
      await sound.close();
      throw error;
    }
    return sound;
  }

  #listen(stream, onFrame, onLevel) {
    const microphone = new AudioWorkletNode(this.#context, "microphone", {
      channelCount: 1,
      channelCountMode: "explicit",
      numberOfOutputs: 0,
    });
    microphone.port.onmessage = ({ data }) => {
      if (data.level !== undefined) onLevel(this.muted ? 0 : data.level);
      if (data.frame) onFrame(this.muted ? data.frame.fill(SILENCE) : data.frame);
    };
    this.#context.createMediaStreamSource(stream).connect(microphone);
  }

  #speak(onMark, onLevel) {
    this.#speaker = new AudioWorkletNode(this.#context, "speaker", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.#speaker.port.onmessage = ({ data }) => {
      if (data.level !== undefined) onLevel(data.level);
      if (data.mark !== undefined) onMark(data.mark);
    };
    this.#speaker.connect(this.#context.destination);
  }

  media(bytes) {
    this.#speaker.port.postMessage({ media: bytes });
  }

  mark(name) {
    this.#speaker.port.postMessage({ mark: name });
  }

  clear() {
    this.#speaker.port.postMessage({ clear: true });
  }

  async close() {
    for (const track of this.#tracks) track.stop();
    if (this.#context.state !== "closed") await this.#context.close();
  }
}
