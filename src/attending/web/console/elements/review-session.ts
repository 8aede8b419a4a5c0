import { say } from "./announce";
import type { ReviewDesk } from "./review-desk";

const CHANNEL = "attending-session";
const LOOK = 20_000; // milliseconds between two looks at the clock
const KEEP = 5; // the session is kept this many times while somebody works through one

interface Form {
  csrf: string;
  reader: string;
}

interface Held {
  desk: ReviewDesk;
  live: Element | null; // what listens for changes, and would lead away from here
  focus: Element | null;
  scroll: number;
}

/**
 * Watches over the session while a case is reviewed. When it ends, the case is taken off the
 * page; what was typed stays in memory, for the same person alone.
 */
class ReviewSession extends HTMLElement {
  #ends = new AbortController();
  #timer = 0;
  #channel: BroadcastChannel | null = null;
  #worked = Date.now(); // when somebody last did something here
  #kept = Date.now(); // when the server last heard of it
  #held: Held | null = null;

  connectedCallback(): void {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    this.#channel = new BroadcastChannel(CHANNEL);
    this.#channel.addEventListener("message", () => void this.#check());
    for (const kind of ["keydown", "pointerdown", "wheel"]) {
      document.addEventListener(kind, () => this.#isWorking(), { signal, passive: true });
    }
    document.addEventListener("attending:expired", () => this.#lock(), { signal });
    document.addEventListener("attending:ended", (event) => this.#ended(event), { signal });
    document.addEventListener("attending:refused", () => void this.#check(), { signal });
    document.addEventListener("visibilitychange", () => this.#back(), { signal });
    window.addEventListener("focus", () => this.#back(), { signal });
    window.addEventListener("pageshow", () => this.#back(), { signal });
    window.addEventListener("beforeunload", (event) => this.#leaving(event), { signal });
    this.#dialog.addEventListener("close", () => this.#held && this.#dialog.showModal(), { signal });
    this.#leave.addEventListener("click", () => this.#clear("/logged-out"), { signal });
    this.#timer = window.setInterval(() => this.#tick(), LOOK);
  }

  disconnectedCallback(): void {
    this.#ends.abort();
    this.#channel?.close();
    window.clearInterval(this.#timer);
  }

  get #dialog(): HTMLDialogElement {
    return this.querySelector("dialog") as HTMLDialogElement;
  }

  get #leave(): HTMLButtonElement {
    return this.querySelector("[data-leave]") as HTMLButtonElement;
  }

  get #desk(): ReviewDesk | null {
    return document.querySelector<ReviewDesk>("review-desk");
  }

  get #idle(): number {
    return Number(this.dataset["idle"]) * 1_000;
  }

  #isWorking(): void {
    if (this.#isIdle()) this.#end();
    else this.#worked = Date.now();
  }

  #isIdle(): boolean {
    return Date.now() - this.#worked >= this.#idle;
  }

  #tick(): void {
    if (this.#held) return;
    if (this.#isIdle()) this.#end();
    else if (this.#worked > this.#kept && Date.now() - this.#kept > this.#idle / KEEP) {
      this.#kept = Date.now();
      void this.#check("");
    }
  }

  #back(): void {
    if (!document.hidden) void this.#check();
  }

  /** Whoever tells it leaves the rest to us. */
  #ended(event: Event): void {
    event.preventDefault();
    this.#end();
  }

  /** Left alone, or ended elsewhere: without words to lose, the page gives way. */
  #end(): void {
    if (this.#held) return;
    if (this.#desk?.typed) this.#lock();
    else this.#clear("/logged-out");
  }

  #lock(): void {
    const desk = this.#desk;
    if (this.#held || !desk) return;
    const live = document.querySelector("live-events");
    this.#held = { desk, live, focus: document.activeElement, scroll: window.scrollY };
    (this.querySelector("[data-typed]") as HTMLElement).hidden = !desk.typed;
    for (const open of document.querySelectorAll<HTMLDialogElement>("dialog[open]")) open.close();
    desk.remove();
    live?.remove();
    document.querySelector<HTMLElement>("header.bar")?.toggleAttribute("hidden", true);
    this.#dialog.showModal();
  }

  /** Who is logged in now: the same person goes on, anybody else finds nothing. */
  async #check(query = "?live=1"): Promise<void> {
    const form = await formOf(query);
    if (form === "nobody") this.#end();
    else if (form === "unknown") return;
    else if (form.reader !== this.dataset["reader"]) this.#clear("/");
    else this.#resume(form);
  }

  #resume(form: Form): void {
    const held = this.#held;
    this.#held = null;
    if (held) {
      this.before(held.desk);
      if (held.live) document.querySelector("main")?.before(held.live);
      document.querySelector<HTMLElement>("header.bar")?.toggleAttribute("hidden", false);
      this.#dialog.close();
      this.#worked = this.#kept = Date.now();
      window.scrollTo(0, held.scroll);
      if (held.focus instanceof HTMLElement) held.focus.focus();
      say("You are logged in again. What you typed is still here.");
    }
    for (const field of document.querySelectorAll<HTMLInputElement>("input[name=csrf]")) {
      field.value = form.csrf;
    }
  }

  #clear(address: string): void {
    this.#ends.abort();
    this.#held = null;
    this.#desk?.remove();
    window.location.replace(address);
  }

  #leaving(event: Event): void {
    if (this.#held?.desk.typed) event.preventDefault();
  }
}

async function formOf(query: string): Promise<Form | "nobody" | "unknown"> {
  try {
    const headers = { "HX-Request": "true" };
    const answer = await fetch(`/session/form${query}`, { headers });
    if (answer.status === 401) return "nobody";
    return answer.ok ? ((await answer.json()) as Form) : "unknown";
  } catch {
    return "unknown";
  }
}

/** The page after a log-in that another page waits for. */
class SessionAgain extends HTMLElement {
  connectedCallback(): void {
    const channel = new BroadcastChannel(CHANNEL);
    channel.postMessage("again");
    channel.close();
  }
}

customElements.define("review-session", ReviewSession);
customElements.define("session-again", SessionAgain);
