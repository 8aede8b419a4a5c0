import htmx from "htmx.org";

const EVERY = 30_000; // milliseconds between two looks, if nothing told us before

/** Learns that the case was changed elsewhere, and has the note put in place. */
class ReviewLive extends HTMLElement {
  #ends = new AbortController();
  #timer = 0;

  connectedCallback(): void {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    const look = (): void => void this.#look();
    document.addEventListener("attending:changed", look, { signal });
    document.addEventListener("visibilitychange", look, { signal });
    this.#timer = window.setInterval(look, EVERY);
    look();
  }

  disconnectedCallback(): void {
    this.#ends.abort();
    window.clearInterval(this.#timer);
  }

  get #note(): HTMLElement | null {
    return document.getElementById("note");
  }

  async #look(): Promise<void> {
    const case_ = this.dataset["case"] ?? "";
    if (document.hidden || !this.#note || this.#isBusy()) return;
    const now = await versionOf(case_, this.#ends.signal);
    const note = this.#note;
    if (now === null || !note || this.#isBusy()) return;
    const shown = Number(note.dataset["version"]);
    if (now <= shown) return;
    const address = `/cases/${case_}?since=${shown}&live=1`;
    await htmx.ajax("GET", address, {
      source: this,
      target: "#note",
      select: "#note",
      swap: "outerMorph",
    });
  }

  /** A form of the note is on its way: its answer is newer than what we would ask for. */
  #isBusy(): boolean {
    return this.#note?.getAttribute("aria-busy") === "true";
  }
}

/** Null if it cannot be told now: then the next look tells. */
async function versionOf(case_: string, signal: AbortSignal): Promise<number | null> {
  try {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(`/cases/${case_}/version?live=1`, { headers, signal });
    if (answer.status === 401) {
      document.dispatchEvent(new CustomEvent("attending:ended"));
    }
    if (!answer.ok) return null;
    const { version } = (await answer.json()) as { version: number };
    return version;
  } catch {
    return null;
  }
}

customElements.define("review-live", ReviewLive);
