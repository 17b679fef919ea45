/** The conversation as the journal of the call has it, shown while it happens. */

/** The journal is written once a second. */
const EVERY_MS = 1000;

/** How often it is asked after the call: the last words are written behind it. */
const AFTERWARDS = 4;

export class Talk {
  #desk;
  #list;
  #texts;
  #shown = new Set();
  #timer = 0;
  #left = Infinity;

  /** Shows words in one list, and texts in another one. */
  constructor(desk, list, texts) {
    this.#desk = desk;
    this.#list = list;
    this.#texts = texts;
  }

  begin(callSid) {
    clearTimeout(this.#timer);
    this.#list.replaceChildren();
    this.#texts.replaceChildren();
    this.#texts.parentElement.hidden = true;
    this.#shown.clear();
    this.#left = Infinity;
    this.#ask(callSid);
  }

  end() {
    this.#left = AFTERWARDS;
  }

  async #ask(callSid) {
    try {
      this.#show(await this.#desk.happened(callSid));
    } catch {
      // The next time may do: what is shown is the database's, not the call's.
    }
    if (this.#left-- > 0) this.#timer = setTimeout(() => this.#ask(callSid), EVERY_MS);
  }

  #show({ turns, tools, texts }) {
    const happened = [...turns.map(saidItem), ...tools.map(toolItem)];
    happened.sort((one, other) => one.at.localeCompare(other.at));
    for (const { id, item } of happened) {
      if (this.#shown.has(id)) continue;
      this.#shown.add(id);
      this.#list.append(item);
    }
    this.#texts.replaceChildren(...texts.map(({ body }) => itemOf("", body)));
    this.#texts.parentElement.hidden = texts.length === 0;
  }
}

function saidItem({ entry_id: id, at, who, text, latency_ms: latencyMs }) {
  const latency = latencyMs === null ? "" : `, after ${latencyMs} ms`;
  const item = itemOf(`${who}${latency}`, text || "not kept");
  item.className = who;
  return { id, at, item };
}

function toolItem({ entry_id: id, at, name, ok, duration_ms: durationMs }) {
  const ending = ok === null ? "not answered" : ok ? "done" : "refused";
  const item = itemOf(`${name}: ${ending}${durationMs === null ? "" : `, ${durationMs} ms`}`, "");
  item.className = "tool";
  return { id, at, item };
}

function itemOf(head, words) {
  const item = document.createElement("li");
  if (head) {
    const line = document.createElement("span");
    line.className = "quiet";
    line.textContent = head;
    item.append(line);
  }
  if (words) {
    const paragraph = document.createElement("p");
    paragraph.textContent = words;
    item.append(paragraph);
  }
  return item;
}
