// The transcript beside the note: marks what a statement rests on, plays it, is read by keys.

import { retold } from "./fate";
import { Search } from "./search";
import { Sound } from "./sound";
import { clock, same, spoken, type Evidence, type Span, type Statement } from "./spans";
import { stretch, Turns } from "./turns";
import { highlight } from "./words";

const DWELL = 180; // milliseconds before a pointer that rests means something
const BACK = 3; // seconds
const MARKS = ["evidence", "now", "found", "found-now"];

class TranscriptPanel extends HTMLElement {
  #turns: Turns | null = null;
  #search: Search | null = null;
  #sound: Sound | null = null;
  #marked: Span[] = [];
  #hovering = false; // what plays was begun by a pointer that rested
  #dwell = 0;
  #stop = new AbortController();

  connectedCallback(): void {
    const list = this.querySelector<HTMLElement>("ol.transcript");
    const audio = this.querySelector("audio");
    this.#turns = list && new Turns(this, list);
    this.#search = new Search(this.#turns?.every ?? []);
    this.#sound = audio && this.#playing(audio);
    audio?.removeAttribute("controls"); // ours are in place of the browser's
    for (const part of this.querySelectorAll<HTMLElement>(".controls, .search")) part.hidden = false;
    this.#listen();
  }

  disconnectedCallback(): void {
    this.#stop.abort();
    this.#sound?.pause();
    clearTimeout(this.#dwell);
    for (const name of MARKS) highlight(`attending-${name}`, []);
  }

  #listen(): void {
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    const column = this.closest(".source") ?? this;
    column.addEventListener("attending:evidence", (e) => this.#evidence(detail(e)), { signal });
    column.addEventListener("attending:note-changed", (e) => this.#retell(detail(e)), { signal });
    this.addEventListener("click", (event) => this.#clicked(event.target as Element), { signal });
    this.addEventListener("change", (event) => this.#changed(event), { signal });
    this.addEventListener("input", (event) => this.#typed(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("focusin", (event) => this.#focused(event.target), { signal });
    this.addEventListener("pointerover", (event) => this.#rests(event), { signal });
    this.addEventListener("pointerleave", () => this.#left(), { signal });
    for (const kind of ["wheel", "touchmove", "pointerdown"]) {
      this.addEventListener(kind, () => this.#turns?.scrolled(), { signal, passive: true });
    }
  }

  #playing(audio: HTMLAudioElement): Sound {
    return new Sound(audio, {
      moved: (at, playing) => this.#moved(at, playing),
      failed: (why) => this.#say(".trouble", why),
    });
  }

  // What the console asks for.

  #evidence({ spans, play, why }: Evidence): void {
    const wanted = spoken(spans);
    const again = play && this.#sound?.playing && same(wanted, this.#marked);
    this.#marked = wanted;
    const first = this.#turns?.mark(wanted);
    if (again) return this.#sound?.pause();
    if (first && why !== "hover") this.#turns?.uncover(first);
    if (first) this.#turns?.bring(first, why === "asked");
    const hover = why === "hover" && this.querySelector("[name=hover]:checked") !== null;
    if (wanted.length && (play || hover)) this.#play(wanted, !play);
    else if (this.#hovering) this.#sound?.pause();
  }

  #retell(statements: Statement[]): void {
    const { used, unused } = retold(this.#turns?.every ?? [], statements);
    const counts = [used + unused, used, unused];
    this.querySelectorAll(".count").forEach((each, n) => (each.textContent = String(counts[n])));
    this.#turns?.ordered();
  }

  // What the reader does here.

  #clicked(target: Element): void {
    const turn = this.#turns?.at(target);
    if (target.closest(".when") && turn) return this.#hear(turn);
    if (target.closest(".play")) return this.#sound?.toggle();
    if (target.closest(".back")) return this.#back();
    const selecting = document.getSelection()?.isCollapsed === false;
    if (turn && !selecting && !target.closest("a")) turn.focus({ preventScroll: true });
  }

  #changed(event: Event): void {
    const input = event.target as HTMLInputElement;
    if (input.name === "speed" && this.#sound) this.#sound.speed = Number(input.value);
    if (input.name === "shown") this.#turns?.ordered();
  }

  #typed(event: Event): void {
    const input = event.target as HTMLInputElement;
    if (input.name === "position") this.#sound?.seek(Number(input.value));
    if (input.name !== "search") return;
    const found = this.#search?.find(input.value) ?? 0;
    this.#say(".matches", input.value.trim() ? (found ? `${found} found` : "Not said") : "");
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    const turn = this.#turns?.at(target);
    const isSearch = target.matches("[name=search]");
    if (isSearch && event.key === "Enter") this.#step(event.shiftKey ? -1 : 1);
    if (turn && this.#pressed(event.key, turn, target === turn)) event.preventDefault();
  }

  /** Whether the key means something on a turn, or with ``whole`` false on a part of it. */
  #pressed(key: string, turn: HTMLElement, whole: boolean): boolean {
    const beside = this.#turns?.beside(turn, key);
    if (beside) {
      beside.focus({ preventScroll: true });
      this.#turns?.bring(beside, true);
    } else if (key === "Enter" && whole) this.#hear(turn);
    else if (key === " " && whole) this.#sound?.toggle();
    else if (key === "b") this.#back();
    else if (key === "[" || key === "]") this.#faster(key === "]" ? 1 : -1);
    else return key === "ArrowUp" || key === "ArrowDown";
    return true;
  }

  #step(by: 1 | -1): void {
    const found = this.#search?.step(by);
    if (!found) return;
    this.#say(".matches", `${found.number} of ${found.of}`);
    this.#turns?.uncover(found.match.utterance);
    this.#turns?.bring(found.match.utterance, true);
  }

  #rests(event: PointerEvent): void {
    if (event.pointerType !== "mouse") return;
    const turn = this.#turns?.at(event.target) ?? null;
    clearTimeout(this.#dwell);
    this.#dwell = setTimeout(() => this.#tell(turn, "hover"), DWELL);
  }

  #left(): void {
    clearTimeout(this.#dwell);
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    this.#tell(this.#turns?.at(focused) ?? null, "hover");
  }

  #focused(target: EventTarget | null): void {
    const turn = this.#turns?.at(target);
    if (!turn) return;
    this.#turns?.current(turn);
    this.#tell(turn, "focus");
  }

  /** The reader is at a turn: the console shows what was made of it. */
  #tell(turn: HTMLElement | null, why: "hover" | "focus"): void {
    const place = turn ? { anchor: turn.id, ...stretch(turn), why } : { anchor: null, why };
    const told = new CustomEvent("attending:source-focus", { bubbles: true, detail: place });
    this.dispatchEvent(told);
  }

  // The recording.

  #hear(turn: HTMLElement): void {
    this.#turns?.current(turn);
    this.#play([stretch(turn)], false);
  }

  #play(stretches: readonly { start: number; end: number }[], hovering: boolean): void {
    this.#hovering = hovering;
    this.#sound?.play(stretches);
  }

  #back(): void {
    if (this.#sound) this.#sound.seek(this.#sound.at - BACK);
  }

  #faster(by: 1 | -1): void {
    const select = this.querySelector("select");
    if (!select) return;
    select.selectedIndex = Math.min(select.length - 1, Math.max(0, select.selectedIndex + by));
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #moved(at: number, playing: boolean): void {
    const position = this.querySelector<HTMLInputElement>("[name=position]");
    if (position) position.value = String(at);
    position?.setAttribute("aria-valuetext", clock(at));
    this.#say(".at", clock(at));
    this.#say(".play", playing ? "Pause" : "Play");
    const begun = this.#turns?.hear(playing ? at : null);
    if (begun && !this.#hovering) this.#turns?.bring(begun, false);
  }

  #say(part: string, words: string): void {
    const element = this.querySelector(part);
    if (element && element.textContent !== words) element.textContent = words;
  }
}

function detail<T>(event: Event): T {
  return (event as CustomEvent<T>).detail;
}

customElements.define("transcript-panel", TranscriptPanel);
