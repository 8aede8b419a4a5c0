// The page that records a visit: <capture-desk>. The server's page says whose visit it is.

import { Kept } from "./capture/kept";
import { Microphone, SAMPLE_RATE } from "./capture/microphone";
import { Sender } from "./capture/sender";
import { Conflicting, LoggedOut, Server, Unreached, type Piece, type State } from "./capture/server";
import { clock, heightOf, keptOf, microphoneOf, statusOf, DISCONNECTED, OTHER_WINDOW, UNPROTECTED, type Deck } from "./capture/words";

const BYTES = 2; // a sample
const LOOK = 3_000; // milliseconds between two looks at what was heard
const OVER = new Set<Deck>(["ending", "making", "drafted", "ended"]);
const SOON = 700; // while a draft is waited for

class CaptureDesk extends HTMLElement {
  private deck: Deck = "opening";
  private server!: Server;
  private sender!: Sender;
  private microphone: Microphone | null = null;
  private samples = 0; // recorded, here and before
  private givenAt = 0; // when the last chunk came from the microphone
  private lastHeard = 0; // number of the last piece that is shown
  private leaveAt = 0;

  connectedCallback(): void {
    this.slotted("record").addEventListener("click", () => void this.toggle());
    this.slotted("end").addEventListener("click", () => void this.end());
    window.addEventListener("beforeunload", (event) => {
      if (this.deck === "recording" || this.sender?.bytes > 0) event.preventDefault();
    });
    for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, () => this.stay());
    void this.open();
  }

  private async open(): Promise<void> {
    this.show("opening");
    this.querySelector<HTMLElement>(".deck")!.hidden = false;
    if (!(await this.alone())) return this.alert(OTHER_WINDOW);
    const capture = this.dataset["capture"]!;
    this.server = new Server(capture);
    const now = await this.reached();
    // A browser that keeps nothing still records: then only this page holds what is not sent.
    const kept = await Kept.opened(capture, now.key).catch(() => null);
    this.sender = new Sender(this.server, kept, () => this.changed());
    const unsent = await this.sender.begin(now.next);
    this.samples = now.samples + unsent / BYTES;
    this.hear(now.heard);
    this.show("ready");
    this.stay();
    setInterval(() => this.tick(), 250);
    setInterval(() => void this.look(), LOOK);
  }

  private async reached(): Promise<State> {
    for (;;) {
      try {
        return await this.server.state();
      } catch (error) {
        if (!(error instanceof Unreached)) throw error;
        await rest(SOON);
      }
    }
  }

  /** One window of a browser records a visit; until it is closed. */
  private alone(): Promise<boolean> {
    return new Promise((resolve) => {
      void navigator.locks.request(`capture/${this.dataset["capture"]}`, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock && new Promise(() => {});
      });
    });
  }

  private async toggle(): Promise<void> {
    if (this.deck === "recording") return this.pause();
    if (!navigator.mediaDevices) return this.alert(UNPROTECTED);
    try {
      this.microphone ??= await this.opened();
    } catch (error) {
      return this.alert(microphoneOf(error));
    }
    this.alert("");
    this.givenAt = performance.now();
    await this.microphone.on();
    this.show("recording");
    await navigator.wakeLock?.request("screen").catch(() => null);
  }

  private opened(): Promise<Microphone> {
    return Microphone.opened(this.dataset["worklet"]!, {
      chunk: (samples) => this.given(samples),
      level: (loudness) => (this.slotted<HTMLMeterElement>("level").value = this.deck === "recording" ? heightOf(loudness) : 0),
      lost: () => void this.disconnected(),
    });
  }

  private given(samples: ArrayBuffer): void {
    this.samples += samples.byteLength / BYTES;
    this.givenAt = performance.now();
    this.dataset["samples"] = String(this.samples);
    this.sender.add(samples);
  }

  private async pause(): Promise<void> {
    await this.microphone?.off();
    this.show("paused");
  }

  private async disconnected(): Promise<void> {
    if (this.deck !== "recording") return;
    await this.pause();
    await this.release();
    this.alert(DISCONNECTED);
  }

  private async release(): Promise<void> {
    await this.microphone?.close();
    this.microphone = null;
  }

  private async end(): Promise<void> {
    if (this.deck === "recording") await this.microphone?.off();
    this.show("ending");
    await this.release();
    await this.sender.settled();
    if (this.sender.trouble === "ended") return this.ended((await this.server.state()).case);
    if (this.sender.bytes > 0) return; // what is in the way is said
    await this.ended(await this.sentEnd());
  }

  /** The case; asked again until the server answers. */
  private async sentEnd(): Promise<string> {
    for (let chunks = this.sender.chunks; ; ) {
      try {
        return await this.server.end(chunks);
      } catch (error) {
        if (error instanceof Conflicting) {
          const now = await this.server.state();
          if (now.state === "ended") return now.case;
          chunks = now.chunks;
        } else if (!(error instanceof Unreached || error instanceof LoggedOut)) throw error;
        await rest(SOON);
      }
    }
  }

  private async ended(made: string): Promise<void> {
    this.show(made ? "making" : "ended");
    const done = this.slotted("done");
    done.hidden = false;
    done.textContent = made ? "" : "Nothing was recorded.";
    if (!made) return;
    const link = document.createElement("a");
    link.href = `/cases/${made}`;
    link.textContent = "To the draft";
    const word = document.createElement("span");
    word.textContent = "You need not wait here. ";
    done.replaceChildren(word, link);
    link.focus();
    while (!(await this.isReady())) await rest(SOON);
    word.textContent = "";
    link.textContent = "Review the draft";
    this.show("drafted");
  }

  private async isReady(): Promise<boolean> {
    const now = await this.server.state(this.lastHeard, true).catch(() => null);
    return now?.ready ?? false;
  }

  private changed(): void {
    if (this.sender.trouble === "elsewhere" && this.deck === "recording") void this.pause();
    this.show(this.deck);
  }

  private async look(): Promise<void> {
    if (OVER.has(this.deck) || this.sender.trouble) return;
    const now = await this.server.state(this.lastHeard, true).catch(() => null);
    if (now) this.hear(now.heard);
  }

  private hear(pieces: Piece[]): void {
    const place = this.slotted("heard");
    const follows = place.scrollTop + place.clientHeight >= place.scrollHeight - 4;
    for (const piece of pieces) {
      if (piece.number <= this.lastHeard) continue;
      this.lastHeard = piece.number;
      if (piece.words) place.append(paragraph(piece));
    }
    this.slotted("so-far").hidden = place.childElementCount === 0;
    if (follows) place.scrollTop = place.scrollHeight;
  }

  private tick(): void {
    const running = this.deck === "recording" ? (performance.now() - this.givenAt) / 1000 : 0;
    this.slotted("clock").textContent = clock(this.samples / SAMPLE_RATE + Math.min(running, 2));
    if (this.deck === "recording") this.stay();
    if (Date.now() > this.leaveAt) window.location.assign("/logged-out");
  }

  /** Somebody is here: left alone, the page gives way to the log-in. */
  private stay(): void {
    this.leaveAt = Date.now() + 1000 * Number(this.dataset["idle"]);
  }

  private show(deck: Deck): void {
    this.deck = deck;
    this.dataset["deck"] = deck;
    const record = this.slotted<HTMLButtonElement>("record");
    const over = OVER.has(deck);
    record.hidden = over;
    record.disabled = deck === "opening";
    record.textContent = deck === "recording" ? "Pause" : this.samples > 0 ? "Go on" : "Record";
    this.slotted("end").hidden = over || deck === "opening" || this.samples + this.givenAt === 0;
    this.slotted("hint").hidden = over;
    if (over) this.slotted<HTMLMeterElement>("level").value = 0;
    this.say("status", statusOf(deck, this.sender?.trouble ?? ""));
    this.say("kept", keptOf((this.sender?.bytes ?? 0) / BYTES / SAMPLE_RATE));
  }

  /** Only if it changes: a reader of the screen says it each time. */
  private say(name: string, text: string): void {
    const place = this.slotted(name);
    if (place.textContent !== text) place.textContent = text;
  }

  private alert(text: string): void {
    this.slotted("refused").hidden = text === "";
    this.say("refused", text);
  }

  private slotted<T extends HTMLElement = HTMLElement>(name: string): T {
    return this.querySelector<T>(`[data-part="${name}"]`)!;
  }
}

function paragraph(piece: Piece): HTMLElement {
  const at = document.createElement("span");
  at.className = "small";
  at.textContent = `${clock(piece.at)} `;
  const made = document.createElement("p");
  made.append(at, piece.words);
  return made;
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

customElements.define("capture-desk", CaptureDesk);
