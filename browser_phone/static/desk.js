/** What the page asks the server over HTTP. */

export class Desk {
  #root;
  #csrf;

  constructor(root, csrf) {
    this.#root = root;
    this.#csrf = csrf;
  }

  /** Rings in; throws a sentence when that is not possible. */
  call(from) {
    return this.#post("/calls", { from });
  }

  /** The stream is over, and nobody has hung up: what would a telephone do now? */
  after(callSid) {
    return this.#post(`/calls/${callSid}/after`);
  }

  /** The caller has hung up; told also while the page is being left. */
  over(callSid) {
    const form = new URLSearchParams({ csrf: this.#csrf });
    navigator.sendBeacon(`${this.#root}/calls/${callSid}/over`, form);
  }

  /** What happened in a call until now. */
  async happened(callSid) {
    return this.#read(await fetch(`${this.#root}/calls/${callSid}`));
  }

  async #post(path, fields = {}) {
    const body = new URLSearchParams({ ...fields, csrf: this.#csrf });
    return this.#read(await fetch(this.#root + path, { method: "POST", body }));
  }

  async #read(answer) {
    const facts = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(facts.problem ?? `The server answered ${answer.status}.`);
    return facts;
  }
}
