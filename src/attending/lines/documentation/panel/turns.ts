// The list of turns: which are shown, in which order, where the reader is, what is marked.

import type { Span } from "./spans";
import { highlight, rangeOf, within } from "./words";

const READING = 1500; // milliseconds after which a reader who scrolled may be taken elsewhere
const HEARD = 0.15; // seconds around the place that is heard, in which its word lies
const quiet = matchMedia("(prefers-reduced-motion: reduce)");

export class Turns {
  readonly every: readonly HTMLElement[];
  #scrolled = -READING;

  constructor(
    private readonly panel: HTMLElement,
    private readonly list: HTMLElement,
  ) {
    this.every = [...list.querySelectorAll<HTMLElement>(".utterance")];
    for (const link of list.querySelectorAll<HTMLElement>(".fate a")) link.tabIndex = -1;
    const first = this.every[0];
    if (first) this.current(first);
  }

  /** The reader's own hand is on the list. */
  scrolled(): void {
    this.#scrolled = performance.now();
  }

  at(target: EventTarget | null): HTMLElement | null {
    return target instanceof Element ? target.closest<HTMLElement>(".utterance") : null;
  }

  /** One stop for the tab key in the whole list, and the links of that turn. */
  current(turn: HTMLElement): void {
    for (const each of this.list.querySelectorAll<HTMLElement>("[tabindex='0']")) each.tabIndex = -1;
    turn.tabIndex = 0;
    for (const link of turn.querySelectorAll<HTMLElement>(".fate a")) link.tabIndex = 0;
  }

  /** Where a key leads from a turn, of those that are shown. */
  beside(turn: HTMLElement, key: string): HTMLElement | undefined {
    const shown = ([...this.list.children] as HTMLElement[]).filter((each) => each.checkVisibility());
    const at = shown.indexOf(turn);
    const goal = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[key];
    return goal === undefined ? undefined : shown[goal];
  }

  /** What was left out and names most comes first; everything else stays in time. */
  ordered(): void {
    const first = this.panel.querySelector("[name=shown][value=unused]:checked") !== null;
    const rank = (each: HTMLElement): number => Number(each.dataset["rank"]);
    this.list.append(...(first ? this.every.toSorted((a, b) => rank(b) - rank(a)) : this.every));
  }

  /** A turn that was filtered away is shown again, with everything else. */
  uncover(turn: HTMLElement): void {
    const all = this.panel.querySelector<HTMLInputElement>("[name=shown][value=all]");
    if (!all || turn.checkVisibility()) return;
    all.checked = true;
    this.ordered();
  }

  /** Marks the words of these spans, and no others; the first turn of them. */
  mark(spans: readonly Span[]): HTMLElement | undefined {
    const ranges: (Range | null)[] = [];
    const marked = this.every.filter((turn) => {
      const near = spans.filter((span) => touches(turn, span));
      turn.classList.toggle("marked", near.length > 0);
      if (!near.length) return false;
      for (const passage of turn.querySelectorAll(".said")) {
        ranges.push(...near.map((span) => rangeOf(within(turn, passage, span))));
      }
      return true;
    });
    highlight("attending-evidence", ranges);
    return marked[0];
  }

  /** The word that is heard at this second; whether another turn has begun. */
  hear(at: number | null): HTMLElement | null {
    const now = at === null ? undefined : this.every.findLast((turn) => stretch(turn).start <= at);
    const span = { kind: "time", start: (at ?? 0) - HEARD, end: (at ?? 0) + HEARD, anchor: null };
    const passages = now ? [...now.querySelectorAll(".said")] : [];
    const words = passages.flatMap((passage) => (now ? within(now, passage, span) : []));
    highlight("attending-now", [rangeOf(words.slice(0, 1))]);
    const before = this.list.querySelector(".now");
    if (before === (now ?? null)) return null;
    before?.classList.remove("now");
    now?.classList.add("now");
    return now ?? null;
  }

  /** Into view, if it is not there, and not under the hands of whoever scrolls. */
  bring(turn: HTMLElement, asked: boolean): void {
    if (!asked && performance.now() - this.#scrolled < READING) return;
    const [box, view] = [turn.getBoundingClientRect(), this.list.getBoundingClientRect()];
    if (box.top >= view.top && box.bottom <= view.bottom) return;
    const above = Math.max(0, (view.height - box.height) / 3);
    const top = this.list.scrollTop + box.top - view.top - above;
    this.list.scrollTo({ top, behavior: quiet.matches ? "instant" : "smooth" });
  }
}

export function stretch(turn: HTMLElement): { start: number; end: number } {
  return { start: Number(turn.dataset["start"]), end: Number(turn.dataset["end"]) };
}

function touches(turn: HTMLElement, span: Span): boolean {
  if (span.anchor !== null) return span.anchor === turn.id;
  const { start, end } = stretch(turn);
  return span.start < end && start < span.end;
}
