/** The phone on the page: its buttons, and one call at a time. */

import { Desk } from "./desk.js";
import { MediaStream } from "./media_stream.js";
import { Sound } from "./sound.js";
import { Talk } from "./talk.js";

const KEYS = "0123456789*#";

const find = (id) => document.getElementById(id);

const page = find("phone");
const desk = new Desk(page.dataset.root, page.dataset.csrf);
const talk = new Talk(desk, find("talk"), find("text-list"));

/** What a telephone would do when the agent has left the line. */
function sentence({ kind, said, number }) {
  if (kind === "goodbye") return "The agent has hung up.";
  const heard = said ? `You would hear: "${said}" ` : "";
  if (kind === "desk") return `${heard}Now the front desk's phone would ring, at ${number}.`;
  return `${heard}Then you could leave a message after the tone.`;
}

class Call {
  #stream;
  #sound;
  #facts;
  #hungUp = false;

  /** Rings in; true once the line is there. */
  async ring(from) {
    this.#sound = await Sound.open({
      onFrame: (frame) => this.#stream?.isOpen && this.#stream.media(frame),
      onMark: (name) => this.#stream?.mark(name),
      onMyLevel: (level) => (find("my-level").value = level),
      onAgentLevel: (level) => (find("agent-level").value = level),
    });
    try {
      this.#facts = await desk.call(from);
    } catch (error) {
      await this.#sound.close();
      throw error;
    }
    if (this.#facts.refused) {
      await this.#ended(`Not taken: ${this.#facts.refused}. ${sentence(this.#facts.next)}`);
      return false;
    }
    tell("It rings.");
    talk.begin(this.#facts.call_sid);
    this.#stream = new MediaStream(this.#facts, {
      opened: () => tell("You are on the phone."),
      media: (bytes) => this.#sound.media(bytes),
      mark: (name) => this.#sound.mark(name),
      clear: () => this.#sound.clear(),
      closed: () => this.#closed(),
    });
    return true;
  }

  key(digit) {
    this.#stream.key(digit);
    tell(`You pressed ${digit}.`);
  }

  mute(muted) {
    this.#sound.muted = muted;
  }

  hangUp() {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.#stream.stop();
    desk.over(this.#facts.call_sid);
  }

  async #closed() {
    let told = "You have hung up.";
    if (!this.#hungUp) {
      const next = await desk.after(this.#facts.call_sid).catch(() => undefined);
      told = next ? sentence(next) : "The line is lost, and the server does not answer.";
    }
    talk.end();
    await this.#ended(told);
  }

  async #ended(told) {
    await this.#sound.close();
    tell(told);
    onPhone(undefined);
  }
}

let call;

function onPhone(next) {
  call = next;
  find("controls").hidden = !next;
  find("call").disabled = Boolean(next);
  find("mute").setAttribute("aria-pressed", "false");
}

function tell(words) {
  find("state").textContent = words;
}

find("dial").addEventListener("submit", async (event) => {
  event.preventDefault();
  find("problem").textContent = "";
  find("call").disabled = true;
  const next = new Call();
  try {
    if (await next.ring(new FormData(event.target).get("from"))) {
      onPhone(next);
      find("hang-up").focus();
    }
  } catch (error) {
    find("problem").textContent = error.message;
    tell("Not on the phone.");
    onPhone(undefined);
  }
});

find("hang-up").addEventListener("click", () => call?.hangUp());

find("mute").addEventListener("click", ({ currentTarget }) => {
  const muted = currentTarget.getAttribute("aria-pressed") !== "true";
  currentTarget.setAttribute("aria-pressed", String(muted));
  call?.mute(muted);
});

for (const key of document.querySelectorAll("[data-key]")) {
  key.addEventListener("click", () => call?.key(key.dataset.key));
}

document.addEventListener("keydown", (event) => {
  const typing = event.target instanceof HTMLInputElement;
  if (call && !typing && KEYS.includes(event.key) && !event.ctrlKey && !event.metaKey) {
    call.key(event.key);
  }
});

window.addEventListener("pagehide", () => call?.hangUp());
