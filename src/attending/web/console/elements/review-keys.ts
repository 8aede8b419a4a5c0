import { say } from "./announce";
import { go, stops, waiting } from "./review-stops";
import { open } from "./review-typed";

const KEPT = "attending.keys"; // in this browser: "off" if single keys are to do nothing
const CHORD = 1_500; // milliseconds in which the second key of two is pressed

/** Single keys for the whole review, and the sheet that says which. */
class ReviewKeys extends HTMLElement {
  #ends = new AbortController();
  #chordUntil = 0;

  connectedCallback(): void {
    this.#ends = new AbortController();
    const { signal } = this.#ends;
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    document.addEventListener("keydown", (event) => this.#quiet(event), { signal, capture: true });
    this.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.#switch.addEventListener("change", () => this.#switched(), { signal });
    this.#switch.checked = localStorage.getItem(KEPT) !== "off";
    this.#switched();
  }

  disconnectedCallback(): void {
    this.#ends.abort();
  }

  get #sheet(): HTMLDialogElement {
    return this.querySelector("dialog") as HTMLDialogElement;
  }

  get #switch(): HTMLInputElement {
    return this.querySelector("#keys-on") as HTMLInputElement;
  }

  get #note(): HTMLElement | null {
    return document.getElementById("note");
  }

  #switched(): void {
    if (this.#switch.checked) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, "off");
    document.documentElement.toggleAttribute("data-keys-off", !this.#switch.checked);
  }

  #clicked(event: Event): void {
    const target = event.target as Element;
    if (target.closest("[data-close]")) this.#sheet.close();
    else if (target.closest("[aria-haspopup]")) this.#sheet.showModal();
  }

  /** Switched off, no single letter means anything to any part of the page. */
  #quiet(event: KeyboardEvent): void {
    const isSingle = event.key.length === 1 && event.key !== " ";
    if (!this.#switch.checked && isSingle && !isTyping(event)) event.stopImmediatePropagation();
  }

  #pressed(event: KeyboardEvent): void {
    if (!this.#switch.checked || event.defaultPrevented || isTyping(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.#do(event.key)) event.preventDefault();
  }

  /** Whether the key meant something here. */
  #do(key: string): boolean {
    const chord = Date.now() < this.#chordUntil;
    this.#chordUntil = key === "g" ? Date.now() + CHORD : 0;
    if (chord && key === "w") {
      document.querySelector<HTMLElement>("a.brand")?.click();
      return true;
    }
    switch (key) {
      case "?":
        this.#sheet.showModal();
        return true;
      case "j":
        return this.#step(1);
      case "k":
        return this.#step(-1);
      case "ArrowDown":
        return this.#isAtStop() && this.#step(1);
      case "ArrowUp":
        return this.#isAtStop() && this.#step(-1);
      case "/":
        return this.#search();
      case "n":
        return this.#next();
      case "s":
        return this.#sign();
      case "x":
        return this.#strike();
      case "o":
      case "a":
      case "e":
      case "r":
        return this.#press(key);
      default:
        return /^[1-9]$/.test(key) && this.#reason(key);
    }
  }

  #isAtStop(): boolean {
    return document.activeElement?.hasAttribute("data-stop") ?? false;
  }

  /** The stop that the focus is at or in; after a click elsewhere, the one that Tab would reach. */
  #at(): HTMLElement | null {
    const active = document.activeElement;
    const inside = active?.closest<HTMLElement>("[data-stop]");
    const card = active?.closest(".card");
    return (
      inside ??
      (card && (stops(card)[0] ?? null)) ??
      this.#note?.querySelector<HTMLElement>('[data-stop][tabindex="0"]') ??
      null
    );
  }

  #step(by: number): boolean {
    if (!this.#note) return false;
    const all = stops(this.#note);
    const inNote = this.#note.contains(document.activeElement);
    const at = all.indexOf(this.#at() as HTMLElement);
    const to = all[inNote ? at + by : Math.max(at, 0)];
    if (to) go(to);
    return true;
  }

  #next(): boolean {
    if (!this.#note) return false;
    const all = stops(this.#note);
    const at = this.#note.contains(document.activeElement)
      ? all.indexOf(this.#at() as HTMLElement)
      : -1;
    const wait = waiting(this.#note);
    const to = wait.find((each) => all.indexOf(each) > at) ?? wait[0];
    const sign = document.querySelector<HTMLElement>("#sign");
    if (to ?? sign) go((to ?? sign) as HTMLElement);
    return true;
  }

  /** In the source, if its panel can be searched. */
  #search(): boolean {
    const field = document.querySelector<HTMLElement>("#source-panel input[type=search]");
    field?.focus();
    return field !== null;
  }

  #sign(): boolean {
    const sign = document.querySelector<HTMLElement>("#sign");
    if (sign) sign.click();
    else say(document.querySelector("#sign-why")?.textContent ?? "");
    return true;
  }

  #press(key: string): boolean {
    const stop = this.#at();
    const card = document.activeElement?.closest(".card");
    if (!card) return stop !== null && go(stop); // first shown, then decided
    const wanted = `[data-key="${key}"]`;
    const found = stop?.querySelector<HTMLElement>(wanted) ?? card.querySelector<HTMLElement>(wanted);
    if (found && isOffered(found)) press(found);
    else this.#explain(card);
    return true;
  }

  /** The editor, with the line of this statement gone; it is still to be saved. */
  #strike(): boolean {
    const stop = this.#at();
    const card = stop?.closest(".card");
    if (!stop?.dataset["evidence"] || !card) return false;
    const opens = card.querySelector<HTMLElement>('[data-key="e"]');
    const area = card.querySelector<HTMLTextAreaElement>("textarea.edited");
    if (!opens || !area) {
      this.#explain(card);
      return true;
    }
    press(opens);
    area.focus();
    const text = stop.querySelector(".statement")?.textContent?.trim();
    const lines = area.value.split("\n");
    const at = lines.findIndex((line) => line.trim() === text);
    if (at < 0) {
      say("The editor is open: strike the statement out by hand.");
      return true;
    }
    area.value = lines.filter((_, line) => line !== at).join("\n");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    say("The statement is struck out. Control and Enter saves, Escape cancels.");
    return true;
  }

  #explain(card: Element): void {
    const why = card.querySelector(".waiting p");
    if (!why) return;
    say(why.textContent ?? "");
    const warning = card.querySelector<HTMLElement>(".open-warning");
    if (warning) go(warning);
  }

  #reason(key: string): boolean {
    const reasons = document.activeElement?.closest("details.reject[open]");
    const found = reasons?.querySelector<HTMLElement>(`[data-key="${key}"]`);
    found?.click();
    return found !== null && found !== undefined;
  }
}

/** It can be seen, or is behind "Change" alone: not what an open editor has put away. */
function isOffered(found: HTMLElement): boolean {
  return found.checkVisibility() || found.closest("details.change:not([open])") !== null;
}

/** What was decided already is only opened: a key alone does not decide it again. */
function press(found: HTMLElement): void {
  const change = found.closest<HTMLDetailsElement>("details.change:not([open])");
  if (change) open(change);
  if (found instanceof HTMLButtonElement && change) {
    go(found);
    return;
  }
  const details = found.tagName === "SUMMARY" ? found.closest("details") : null;
  if (!details) {
    found.click();
    return;
  }
  details.open = true;
  details.querySelector<HTMLElement>("textarea, button")?.focus();
}

function isTyping(event: KeyboardEvent): boolean {
  if (document.querySelector("dialog:modal")) return true;
  const target = event.target as HTMLElement;
  return target.isContentEditable || target.matches("input, textarea, select");
}

customElements.define("review-keys", ReviewKeys);
