// The guard while a clinician edits: it is asked when the typing rests, and its findings stand
// below the field. They are told politely, take no focus, and are kept nowhere.

import { isTyped } from "./review-typed";

const RESTED = 300; // milliseconds without a key

export class EditCheck extends HTMLElement {
  #ends = new AbortController();
  #asked = new AbortController();
  #rest = 0;
  #checked: string | null = null;

  connectedCallback(): void {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    this.#form?.addEventListener("input", () => this.#typed(), { signal });
    this.#checked = this.#text;
  }

  disconnectedCallback(): void {
    window.clearTimeout(this.#rest);
    this.#ends.abort();
    this.#asked.abort();
  }

  /** After an answer was put in place, and what was typed put back: its findings are gone. */
  settle(): void {
    this.#checked = null;
    if (this.#area && isTyped(this.#area)) this.#typed();
  }

  get #form(): HTMLFormElement | null {
    return this.closest("form");
  }

  get #area(): HTMLTextAreaElement | null {
    return this.#form?.querySelector<HTMLTextAreaElement>("textarea[name=text]") ?? null;
  }

  get #text(): string {
    return this.#area?.value ?? "";
  }

  #typed(): void {
    window.clearTimeout(this.#rest);
    this.#asked.abort();
    this.#rest = window.setTimeout(() => void this.#check(), RESTED);
  }

  async #check(): Promise<void> {
    const text = this.#text;
    if (text === this.#checked) return;
    this.#asked = new AbortController();
    try {
      const answer = await fetch(this.dataset["address"] ?? "", {
        method: "POST",
        body: this.#fields(text),
        headers: { "hx-request": "true" },
        signal: this.#asked.signal,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#show(await answer.text());
      this.#checked = text;
    } catch {
      if (!this.#asked.signal.aborted) this.#tell();
    }
  }

  #fields(text: string): URLSearchParams {
    const fields = new URLSearchParams({ text });
    for (const name of ["csrf", "shown"]) {
      const field = this.#form?.querySelector<HTMLInputElement>(`input[name=${name}]`);
      fields.set(name, field?.value ?? "");
    }
    return fields;
  }

  // The same words are not put there again: a screen reader would say them twice.
  #show(html: string): void {
    const page = new DOMParser().parseFromString(html, "text/html");
    if (page.body.textContent?.trim() === this.textContent?.trim()) return;
    this.replaceChildren(...page.body.childNodes);
  }

  #tell(): void {
    const said = document.createElement("p");
    said.className = "small";
    said.textContent = "This could not be checked now. It is checked when you save.";
    this.replaceChildren(said);
  }
}

customElements.define("edit-check", EditCheck);
