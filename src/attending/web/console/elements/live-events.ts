// <live-events cursor="41" idle="1800">: the page's one connection to the server's stream.
//
// When something changed it says so, as the event `attending:changed` on the document, and
// every part of the page decides what to ask anew (hx-trigger="attending:changed
// from:document"). It reads the stream by fetch and not as an EventSource: it has to go on
// from the cursor of the page, and to tell a lost connection from a session that has ended.

const FIRST_WAIT = 1_000; // milliseconds
const LONGEST_WAIT = 30_000;
const SILENCE = 40_000; // the server says something every 15 s
const PATIENCE = 4_000; // without a connection, before the page says so

class LiveEvents extends HTMLElement {
  #cursor = "";
  #wait = FIRST_WAIT;
  #stream: AbortController | undefined;
  #again: number | undefined;
  #silence: number | undefined;
  #notice: number | undefined;
  #idle: number | undefined;

  connectedCallback(): void {
    this.#cursor = this.getAttribute("cursor") ?? "";
    document.addEventListener("visibilitychange", this.#seen);
    addEventListener("pagehide", this.#pause);
    addEventListener("pageshow", this.#seen);
    addEventListener("online", this.#seen);
    document.addEventListener("htmx:after:request", this.#asked);
    this.#asked();
    this.#seen();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    removeEventListener("pagehide", this.#pause);
    removeEventListener("pageshow", this.#seen);
    removeEventListener("online", this.#seen);
    document.removeEventListener("htmx:after:request", this.#asked);
    clearTimeout(this.#idle);
    this.#pause();
  }

  // A page that nobody sees holds no connection; what it missed it is told when it is seen.
  #seen = (): void => {
    if (document.hidden) return this.#pause();
    if (this.#stream) return;
    this.#wait = FIRST_WAIT;
    void this.#listen();
  };

  #pause = (): void => {
    clearTimeout(this.#again);
    clearTimeout(this.#silence);
    clearTimeout(this.#notice);
    this.#stream?.abort();
    this.#stream = undefined;
    this.toggleAttribute("connected", false);
  };

  // Left alone for as long as a session lasts, it asks whether there still is one.
  #asked = (event?: Event): void => {
    if (event instanceof CustomEvent && isLive(event.detail)) return;
    const idle = Number(this.getAttribute("idle"));
    if (!idle) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#pause();
      void this.#listen();
      this.#asked();
    }, (idle + 1) * 1_000);
  };

  async #listen(): Promise<void> {
    clearTimeout(this.#again);
    const stream = new AbortController();
    this.#stream = stream;
    this.#heard();
    try {
      const headers: HeadersInit = this.#cursor ? { "Last-Event-ID": this.#cursor } : {};
      const answer = await fetch("/events", { headers, cache: "no-store", signal: stream.signal });
      if (answer.status === 401) return this.#over();
      if (answer.ok && answer.body) await this.#read(answer.body);
    } catch {
      // Lost or not there: it is tried again, and the page says so if that takes long.
    }
    if (this.#stream === stream) this.#lost();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    this.#wait = FIRST_WAIT;
    this.toggleAttribute("connected", true);
    this.#connected(true);
    if (document.hidden) return this.#pause();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.#heard();
      const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      blocks.forEach((block) => this.#take(block));
    }
  }

  #take(block: string): void {
    const told = new Map(block.split("\n").map((line) => line.split(": ", 2) as [string, string]));
    this.#cursor = told.get("id") ?? this.#cursor;
    if (told.has("data")) {
      document.dispatchEvent(new CustomEvent("attending:changed"));
    }
  }

  // A connection that died says nothing of it: without a sign of life it is given up.
  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#stream?.abort(), SILENCE);
  }

  #lost(): void {
    this.toggleAttribute("connected", false);
    clearTimeout(this.#silence);
    this.#stream = undefined;
    this.#notice ??= setTimeout(() => this.#connected(false), PATIENCE);
    this.#again = setTimeout(() => void this.#listen(), this.#wait * (0.8 + 0.4 * Math.random()));
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT);
  }

  #connected(now: boolean): void {
    clearTimeout(this.#notice);
    this.#notice = undefined;
    const changed = this.hasAttribute("lost") === now;
    this.toggleAttribute("lost", !now);
    this.#say(now ? "" : "The connection to the server is lost. What you see may be old; it is tried again by itself.");
    if (changed) document.dispatchEvent(new CustomEvent("attending:connection", { detail: now }));
  }

  // Names do not stay on a screen that nobody sits before, unless words would be lost.
  #over(): void {
    this.#pause();
    // A page that keeps typed words by itself takes it from here.
    const ended = new CustomEvent("attending:ended", { cancelable: true });
    if (!document.dispatchEvent(ended)) return;
    if (!typed()) return location.assign("/logged-out");
    this.toggleAttribute("lost", true);
    this.#say("Your session has ended. What you typed is still here: copy it, then log in again.");
  }

  #say(words: string): void {
    const place = this.querySelector("[role=status]");
    if (place && place.textContent !== words) place.textContent = words;
  }
}

// What a page asks by itself keeps no session open, and so shows nobody's presence.
function isLive(detail: { ctx?: { request?: { action?: string } } } | null): boolean {
  return detail?.ctx?.request?.action?.includes("live=") ?? false;
}

function typed(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    "textarea, input:not([type=hidden])",
  );
  return [...fields].some((field) => field.value !== field.defaultValue);
}

customElements.define("live-events", LiveEvents);
